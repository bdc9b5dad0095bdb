"""Measure anonlint and its peers on the same files in one run: wall and CPU time, peak memory.

``python bench/run.py`` (or ``./run bench``) prints a table and whether the targets are met; with --write the
table goes to docs/benchmarks.md, too. Peers from PyPI are installed into a virtual environment in the cache;
a peer that cannot be had is said to be missing.
"""

import argparse
import os
import platform
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

BENCH = Path(__file__).resolve().parent
PEERS = BENCH / "peers"
PREDICATES = "is_(writable|readable|readable_exclusive)_migration_entry"
CACHES = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "anonlint"


class Usage(NamedTuple):
    """What one run of a command cost: seconds, and MB of the largest process in it."""

    wall: float
    cpu: float
    memory: float


def nothing() -> None:
    """Prepare nothing."""


class Contender(NamedTuple):
    """One row: a command, the statuses that are no failure, and how often at most it is run.

    ``prepare`` is called before each run; ``search`` says that each line of output is a hit.
    """

    key: str
    title: str
    command: tuple[str, ...]
    statuses: tuple[int, ...] = (0,)
    most: int = 100
    environ: dict[str, str] | None = None
    prepare: Callable[[], None] = nothing
    search: bool = False


class Row(NamedTuple):
    """A measured contender: medians, number of runs, and hits (None where it is not a search)."""

    contender: Contender
    usage: Usage
    runs: int
    hits: int | None


def measure(contender: Contender, cwd: Path) -> tuple[Usage, int]:
    """Run the command once; return its cost and the number of lines it printed."""
    contender.prepare()
    environ = {**os.environ, **(contender.environ or {})}
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        start = time.perf_counter()
        child = subprocess.Popen(
            contender.command, cwd=cwd, env=environ, stdin=subprocess.DEVNULL, stdout=out, stderr=err
        )
        _, status, used = os.wait4(child.pid, 0)
        wall = time.perf_counter() - start
        child.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        lines = out.read().count(b"\n")
        err.seek(0)
        if child.returncode not in contender.statuses:
            tail = err.read().decode("utf-8", "replace").strip()[-300:]
            sys.exit(f"bench: {contender.title}: exit status {child.returncode}: {tail}")
    return Usage(wall, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024), lines


def rows(contenders: Sequence[Contender], runs: int, cwd: Path) -> list[Row]:
    """Run all contenders in turn, round by round, so that a slow moment of the machine hits all of them."""
    usages: dict[str, list[Usage]] = {contender.key: [] for contender in contenders}
    hits: dict[str, int] = {}
    for turn in range(runs):
        for contender in contenders:
            if turn < contender.most:
                usage, hits[contender.key] = measure(contender, cwd)
                usages[contender.key].append(usage)
        print(f"bench: round {turn + 1} of {runs} done", file=sys.stderr)
    return [
        Row(
            contender,
            Usage(*(statistics.median(column) for column in zip(*usages[contender.key], strict=True))),
            len(usages[contender.key]),
            hits[contender.key] if contender.search else None,
        )
        for contender in contenders
    ]


def compiled_build(directory: Path, install: bool) -> str:
    """Put the compiled build into ``directory`` unless it is there and newer than its sources; say why it is not."""
    root = BENCH.parent
    sources = [*(root / "anonlint").rglob("*.py"), *(root / "rules").rglob("*.py"), root / "hatch_build.py"]
    stamp = directory / ".built"
    if stamp.exists() and stamp.stat().st_mtime > max(source.stat().st_mtime for source in sources):
        return ""
    if not install:
        return "the compiled build is missing and was not measured (--no-install)"
    print(f"bench: compiling into {directory} (a minute or two)", file=sys.stderr)
    shutil.rmtree(directory, ignore_errors=True)
    pip = (sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps")
    environ = {**os.environ, "ANONLINT_COMPILE": "1"}
    subprocess.run([*pip, "--target", directory, root], env=environ, check=False)
    if not list(directory.glob("*__mypyc*")):
        return "the compiled build is missing and was not measured (no working C compiler, or pip failed)"
    stamp.touch()
    return ""


def own_contenders(scratch: Path, compiled: Path | None) -> list[Contender]:
    """Return the bare interpreter and anonlint itself, compiled too if it is; caches live below ``scratch``."""
    script = Path(sys.executable).with_name("anonlint")
    program = (str(script),) if script.exists() else (sys.executable, "-m", "anonlint")
    cold, warm = scratch / "cold", scratch / "warm"

    def forget() -> None:
        shutil.rmtree(cold, ignore_errors=True)

    def own(
        key: str, title: str, cache: Path, arguments: tuple[str, ...], prepare: Callable[[], None] = nothing
    ) -> Contender:
        environ = {"XDG_CACHE_HOME": str(cache)}
        if compiled is not None and key.startswith("compiled"):
            environ["PYTHONPATH"] = str(compiled)
        return Contender(key, title, (*program, *arguments), (0, 1), environ=environ, prepare=prepare)

    small = str(BENCH / "small.patch")
    mm = ("check", "--format", "json", "mm")
    contenders = [
        Contender("pass", "python -c pass", (sys.executable, "-c", "pass")),
        own("patch", "anonlint check small.patch", warm, ("check", small)),
        own("checkpatch", "anonlint checkpatch small.patch", warm, ("checkpatch", "--no-tree", small)),
        own("cold", "anonlint check mm/ (cold)", cold, mm, forget),
        own("warm", "anonlint check mm/ (warm)", warm, mm),
    ]
    if compiled is not None:
        contenders += [
            own("compiled-patch", "compiled: anonlint check small.patch", warm, ("check", small)),
            own("compiled-cold", "compiled: anonlint check mm/ (cold)", cold, mm, forget),
        ]
    if drop_page_cache():

        def drop() -> None:
            forget()
            drop_page_cache()

        contenders.append(own("disk", "anonlint check mm/ (cold, page cache dropped)", cold, mm, drop))
    return contenders


def drop_page_cache() -> bool:
    """Make the kernel forget file contents; False where that is not allowed."""
    try:
        os.sync()
        Path("/proc/sys/vm/drop_caches").write_text("3\n")
    except OSError:
        return False
    return True


def peers(directory: Path, install: bool) -> tuple[list[Contender], list[str]]:
    """Return the peers that can be run, and a line for each that cannot."""
    binaries = directory / "bin"
    if install and not (binaries / "semgrep").exists():
        install_peers(directory)
    search = f"if .*{PREDICATES}\\("
    astgrep, semgrep = str(binaries / "ast-grep"), str(binaries / "semgrep")
    rule = {kind: str(PEERS / f"predicate_in_if.{kind}") for kind in ("astgrep.yml", "semgrep.yml", "cocci")}
    path = {"PATH": f"{binaries}{os.pathsep}{os.environ['PATH']}"}
    quiet = ("--metrics=off", "--disable-version-check", "--quiet", "--emacs")
    small = str(BENCH / "small.patch")
    known = [
        Contender(
            "checkpatch.pl",
            "checkpatch.pl small.patch",
            ("perl", "scripts/checkpatch.pl", "--no-tree", small),
            (0, 1),
        ),
        Contender("grep", "grep -E", ("grep", "-rnE", search, "mm"), search=True),
        Contender(
            "ast-grep",
            "ast-grep",
            (astgrep, "scan", "--rule", rule["astgrep.yml"], "--json=stream", "mm"),
            search=True,
        ),
        Contender(
            "spatch",
            "spatch",
            ("spatch", "--very-quiet", "--sp-file", rule["cocci"], "--dir", "mm"),
            most=3,
            search=True,
        ),
        Contender(
            "semgrep",
            "semgrep",
            (semgrep, "scan", *quiet, "--config", rule["semgrep.yml"], "mm"),
            most=3,
            environ=path,
            search=True,
        ),
    ]
    hints = {"spatch": "apt-get install coccinelle", "grep": "apt-get install grep"}
    present = [peer for peer in known if shutil.which(peer.command[0])]
    missing = [
        f"{peer.title} is missing and was not measured ({hints.get(peer.key, 'not to be had from PyPI')})"
        for peer in known
        if peer not in present
    ]
    return present, missing


def install_peers(directory: Path) -> None:
    """Install the peers that PyPI has; what fails shows up as missing."""
    print(f"bench: installing peers into {directory}", file=sys.stderr)
    subprocess.run([sys.executable, "-m", "venv", "--clear", directory], check=True)
    for line in (PEERS / "requirements.txt").read_text().split():
        pip = (directory / "bin" / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check")
        subprocess.run([*pip, line], check=False)


def table(measured: Sequence[Row]) -> str:
    """Return the results as a Markdown table."""
    floor = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    lines = ["| what | wall s | CPU s | peak MB | hits | runs |", "|---|--:|--:|--:|--:|--:|"]
    for row in measured:
        usage = row.usage
        # A child's peak counts from its birth as a copy of this process: less than that cannot be seen.
        memory = f"{usage.memory:.0f}" if usage.memory > floor * 1.02 else f"< {floor:.0f}"
        hits = "" if row.hits is None else str(row.hits)
        lines.append(f"| {row.contender.title} | {usage.wall:.3f} | {usage.cpu:.3f} | {memory} | {hits} | {row.runs} |")
    return "\n".join(lines) + "\n"


def targets(measured: Sequence[Row]) -> str:
    """Return a line for each target: what was wanted, what was measured, met or not."""
    wall = {row.contender.key: row.usage.wall for row in measured}
    cpu = {row.contender.key: row.usage.cpu for row in measured}
    lines = []
    if "ast-grep" in wall:
        lines.append(_target("mm/ cold within 3 x ast-grep's CPU time", cpu["cold"], 3 * cpu["ast-grep"]))
        if "compiled-cold" in cpu:
            limit = 1.5 * cpu["ast-grep"]
            lines.append(_target("compiled: mm/ cold within 1.5 x ast-grep's CPU time", cpu["compiled-cold"], limit))
        lines.append(_target("mm/ cold within ast-grep's time", wall["cold"], wall["ast-grep"]))
        lines.append(_target("mm/ cold within half of ast-grep's time", wall["cold"], wall["ast-grep"] / 2))
    else:
        lines.append("- mm/ cold within half of ast-grep's time: not known, ast-grep was not measured")
    if "checkpatch.pl" in wall:
        third = wall["checkpatch.pl"] / 3
        lines.append(_target("anonlint checkpatch in a third of checkpatch.pl's time", wall["checkpatch"], third))
    limit = 3 * wall["pass"] + 0.060
    lines.append(_target("one small patch within 3 x `python -c pass` + 60 ms", wall["patch"], limit))
    return "\n".join(lines) + "\n"


def _target(what: str, measured: float, limit: float) -> str:
    verdict = "met" if measured <= limit else "NOT met"
    return f"- {what}: {measured:.3f} s of {limit:.3f} s allowed: {verdict}"


def document(measured: Sequence[Row], missing: Sequence[str], tree: Path) -> str:
    """Return docs/benchmarks.md."""
    dropped = any(row.contender.key == "disk" for row in measured)
    lines = [
        "# Benchmarks",
        "",
        "Written by `./run bench --write`; measured in one run, in turns, on the same files; each figure",
        "is the median of its runs. Peak memory is that of the largest single process.",
        "",
        f"Machine: {os.cpu_count()} CPUs, {platform.system()} {platform.machine()}, "
        f"Python {platform.python_version()}. Files: mm/ of {tree.name}.",
        "",
        table(measured).rstrip(),
        "",
        "- The peers do one plain search (`bench/peers/`): a predicate called in the condition of an `if`.",
        "  anonlint runs all its rules.",
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
        targets(measured).rstrip(),
    ]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Measure, print, and write on request."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kernels", default=os.environ.get("ANONLINT_KERNELS", str(CACHES / "kernels")))
    parser.add_argument("--runs", type=int, default=7, help="rounds; slow peers take part in the first 3")
    parser.add_argument("--peers", type=Path, default=CACHES / "bench-peers", help="virtual environment for peers")
    parser.add_argument(
        "--compiled", type=Path, default=CACHES / "bench-compiled", help="where the compiled build is put"
    )
    parser.add_argument("--no-install", action="store_true", help="install no missing peers, compile nothing")
    parser.add_argument("--write", action="store_true", help="write docs/benchmarks.md")
    arguments = parser.parse_args()
    tree = Path(arguments.kernels) / "linux-source-6.12"
    if not (tree / "mm").is_dir():
        sys.exit(f"bench: {tree}/mm is missing; ./run kernels gets it")
    present, missing = peers(arguments.peers, not arguments.no_install)
    fault = compiled_build(arguments.compiled, not arguments.no_install)
    missing += [fault] if fault else []
    with tempfile.TemporaryDirectory(prefix="anonlint-bench-") as scratch:
        contenders = [*own_contenders(Path(scratch), None if fault else arguments.compiled), *present]
        rows(
            [c for c in contenders if c.key in ("patch", "warm", "compiled-patch")], 1, tree
        )  # fills the warm cache and __pycache__
        measured = rows(contenders, arguments.runs, tree)
    print(table(measured) + "\n" + targets(measured), end="")
    print("".join(f"- {line}\n" for line in missing), end="")
    if arguments.write:
        (BENCH.parent / "docs" / "benchmarks.md").write_text(document(measured, missing, tree))


if __name__ == "__main__":
    main()
