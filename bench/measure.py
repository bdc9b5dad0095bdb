"""Run commands in turns, and say what each cost: processor and wall time, peak memory, what it found.

How many rounds there are depends on the machine: there are more until no median is in doubt, or time is up.
"""

import hashlib
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

STEADY = 0.03  # a median that is in doubt by no more than this is good enough
_TICK = 0.05  # seconds: of what takes less, so much is the measure of doubt
# Set by those who test: they would make each run compile its modules anew.
_NOT_OURS = ("PYTHONDONTWRITEBYTECODE", "PYTHONUNBUFFERED")


class Usage(NamedTuple):
    """What one run of a command cost: seconds, and MB of the largest process in it."""

    wall: float
    cpu: float
    memory: float


class Answer(NamedTuple):
    """What one run of a command printed: the number of lines, and a digest of them, whatever their order."""

    lines: int
    digest: str


def nothing() -> None:
    """Prepare nothing."""


class Contender(NamedTuple):
    """One row: a command, the statuses that are no failure, and how often at most it is run.

    ``prepare`` is called before each run. Rows of one ``search`` must all print as many lines, each of which is a hit;
    those that are ``exact``, the same lines.
    """

    key: str
    title: str
    command: tuple[str, ...]
    statuses: tuple[int, ...] = (0,)
    most: int = 100
    environ: dict[str, str] | None = None
    prepare: Callable[[], None] = nothing
    search: str = ""
    exact: bool = False


class Row(NamedTuple):
    """A measured contender: medians, by how much that of processor time is in doubt, runs, hits (None: no search)."""

    contender: Contender
    usage: Usage
    doubt: float
    runs: int
    hits: int | None


class Rounds(NamedTuple):
    """At least and at most so many rounds, and none is begun after so many seconds."""

    least: int = 5
    most: int = 25
    seconds: float = 1200


class Measured(NamedTuple):
    """All rows, a sentence that says how many rounds there were, and why no more, and which rows cannot be compared.

    Rows that ``differ`` have not found what others of their search have found: the run has failed.
    """

    rows: list[Row]
    note: str
    differ: tuple[str, ...] = ()


def measure(contender: Contender, cwd: Path) -> tuple[Usage, Answer, bytes]:
    """Run the command once; return its cost, its answer, and all that it printed, on stderr too."""
    contender.prepare()
    environ = {**os.environ, **(contender.environ or {})}
    for name in _NOT_OURS:
        environ.pop(name, None)
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        start = time.perf_counter()
        child = subprocess.Popen(
            contender.command, cwd=cwd, env=environ, stdin=subprocess.DEVNULL, stdout=out, stderr=err
        )
        _, status, used = os.wait4(child.pid, 0)
        wall = time.perf_counter() - start
        child.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        err.seek(0)
        printed, said = out.read(), err.read()
        if child.returncode not in contender.statuses:
            tail = said.decode("utf-8", "replace").strip()[-300:]
            sys.exit(f"bench: {contender.title}: exit status {child.returncode}: {tail}")
    usage = Usage(wall, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)
    return usage, answer(printed), printed + said


def answer(printed: bytes) -> Answer:
    """Return what is compared of an output."""
    lines = sorted(printed.splitlines())
    return Answer(len(lines), hashlib.blake2b(b"\n".join(lines), digest_size=8).hexdigest())


def rows(contenders: Sequence[Contender], rounds: Rounds, cwd: Path) -> Measured:
    """Run all contenders in turn, round by round, so that a slow moment of the machine hits all of them."""
    usages: dict[str, list[Usage]] = {contender.key: [] for contender in contenders}
    hits: dict[str, int] = {}
    agreed: dict[str, tuple[Contender, Answer]] = {}
    differ: dict[str, None] = {}  # in order, each once
    start, turn = time.monotonic(), 0
    while True:
        for contender in contenders:
            if turn < contender.most:
                usage, got, _ = measure(contender, cwd)
                usages[contender.key].append(usage)
                hits[contender.key] = got.lines
                differ.update(dict.fromkeys(disagreement(agreed, contender, got)))
        turn += 1
        unsteady = {
            contender.title: off
            for contender in contenders
            if turn < contender.most and (off := doubt([u.cpu for u in usages[contender.key]])) > STEADY
        }
        print(f"bench: round {turn} done; {len(unsteady)} rows are not steady yet", file=sys.stderr)
        end = enough(turn, bool(unsteady), time.monotonic() - start, rounds)
        if end:
            break
    measured = [_row(c, usages[c.key], hits[c.key]) for c in contenders]
    return Measured(measured, _note(turn, end, unsteady), tuple(differ))


def disagreement(agreed: dict[str, tuple[Contender, Answer]], contender: Contender, got: Answer) -> Iterator[str]:
    """Hold an answer against the first ones of its search; yield a line if it is another."""
    if not contender.search:
        return
    first, before = agreed.setdefault(contender.search, (contender, got))
    if got.lines != before.lines:
        yield f"{contender.title} has {got.lines} hits, {first.title} has {before.lines}: no comparison"
    elif contender.exact:
        first, before = agreed.setdefault(f"{contender.search} exactly", (contender, got))
        if got != before:
            yield f"{contender.title} has other hits than {first.title}, though as many: no comparison"


def doubt(values: Sequence[float]) -> float:
    """Return by what share of itself a median may be off: its standard error, taken from the middle half."""
    if len(values) < 3:
        return 1.0
    low, _, high = statistics.quantiles(values, n=4, method="inclusive")
    error: float = 0.93 * (high - low) / len(values) ** 0.5 / max(statistics.median(values), _TICK)
    return error


def enough(turn: int, unsteady: bool, seconds: float, rounds: Rounds) -> str:
    """Return why there shall be no other round; "" if there shall be one."""
    if turn >= rounds.least and not unsteady:
        return "steady"
    if turn >= rounds.most:
        return "most"
    return "time" if seconds >= rounds.seconds else ""


def _note(turn: int, end: str, unsteady: dict[str, float]) -> str:
    rounds = f"{turn} round" + "s" * (turn != 1)
    if end == "steady":
        return f"{rounds}: then no median of processor time was in doubt by more than {STEADY:.0%}."
    why = "as many as were allowed" if end == "most" else "then time was up"
    if not unsteady:
        return f"{rounds}: {why}."
    worst = sorted(unsteady.items(), key=lambda item: -item[1])[:3]
    named = ", ".join(f"{title} ({off:.0%})" for title, off in worst)
    return f"{rounds}: {why}, and {len(unsteady)} medians were still in doubt by more than {STEADY:.0%}: {named}."


def _row(contender: Contender, usages: Sequence[Usage], lines: int) -> Row:
    usage = Usage(*(statistics.median(column) for column in zip(*usages, strict=True)))
    hits = lines if contender.search else None
    return Row(contender, usage, doubt([u.cpu for u in usages]), len(usages), hits)
