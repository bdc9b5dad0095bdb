"""What the bench prints, and docs/benchmarks.md."""

import os
import platform
import resource
from collections.abc import Sequence
from pathlib import Path

from bench import targets
from bench.measure import Measured, Row

KEYS = "\n## One key stroke\n"  # what follows is bench/keys.py's


def keys(page: str) -> str:
    """Return what docs/benchmarks.md says of key strokes, "" where it says nothing."""
    _, heading, rest = page.partition(KEYS)
    return heading + rest


def table(measured: Sequence[Row]) -> str:
    """Return the results as a Markdown table."""
    floor = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    lines = ["| what | CPU s | ± | wall s | peak MB | hits | runs |", "|---|--:|--:|--:|--:|--:|--:|"]
    for row in measured:
        usage = row.usage
        # A child's peak counts from its birth as a copy of this process: less than that cannot be seen.
        memory = f"{usage.memory:.0f}" if usage.memory > floor * 1.02 else f"< {floor:.0f}"
        hits = "" if row.hits is None else str(row.hits)
        doubt = f"{row.doubt:.0%}" if row.runs > 2 else ""
        lines.append(
            f"| {row.contender.title} | {usage.cpu:.3f} | {doubt} | {usage.wall:.3f} | {memory} | {hits} | {row.runs} |"
        )
    return "\n".join(lines) + "\n"


def judged(measured: Measured, spent: Sequence[str]) -> str:
    """Return the targets, and of what missed its own, what the time is spent on."""
    lines = [f"- {line}" for line in spent]
    if lines:
        lines = ["", "Where a target is missed, the time is spent on (profiled, in one process, by room):", "", *lines]
    return "\n".join([targets.table(targets.verdicts(measured.rows)).rstrip(), *lines]) + "\n"


def printed(measured: Measured, missing: Sequence[str], spent: Sequence[str], asked: str) -> str:
    """Return what is printed."""
    notes = "".join(f"- {line}\n" for line in (measured.note, *missing))
    return "\n".join((table(measured.rows) + notes, judged(measured, spent), asked))


def document(measured: Measured, missing: Sequence[str], spent: Sequence[str], asked: str, tree: Path) -> str:
    """Return docs/benchmarks.md."""
    dropped = any(row.contender.key == "disk" for row in measured.rows)
    lines = [
        "# Benchmarks",
        "",
        "Written by `./run bench --write`; measured in one run, in turns, on the same files; each figure",
        "is the median of its runs. CPU is the processor time of all processes of a run, user and system; ± is by",
        "how much its median is in doubt. Peak memory is that of the largest single process.",
        "",
        f"Machine: {os.cpu_count()} CPUs, {platform.system()} {platform.machine()}, "
        f"Python {platform.python_version()}. Files: {tree.name}. {measured.note}",
        "",
        table(measured.rows).rstrip(),
        "",
        "- The peers do one plain search (`bench/peers/`) in mm/: a predicate called in the condition of an `if`.",
        "  anonlint runs all its rules. A search that finds another number of things than the others fails the run.",
        "- *whole tree* is mm, fs, kernel, arch and include; grep reads the same files, those named `*.c` and `*.h`.",
        "- The *series* is made of edits of `tests/edits`, one patch each, one on top of the other; *one patch with",
        "  tree* is the first of them. *One patch, no tree*, and what checkpatch gets, is `bench/small.patch`.",
        "- *compiled*: the same program, its hot rooms compiled by mypyc (`ANONLINT_COMPILE=1 pip install .`).",
        "- *cold*: a new process and an empty cache directory of its own; the files are in the page cache.",
        "- *warm*: a new process; anonlint's cache directory is that of the runs before.",
        "- *page cache dropped*: cold, and the kernel's page cache was emptied before each run."
        if dropped
        else "- The kernel's page cache could not be dropped here, so nothing was read from disk.",
        *(f"- {line}" for line in missing),
        "",
        "## Targets",
        "",
        judged(measured, spent).rstrip(),
        "",
        asked.rstrip(),
    ]
    return "\n".join(lines) + "\n"
