"""What anonlint is to cost, in terms of what others cost in the same run on the same machine."""

from collections.abc import Sequence
from typing import NamedTuple

from bench.measure import Row


class Target(NamedTuple):
    """The processor time of a row is at most ``times`` that of another row, and ``plus`` seconds."""

    what: str
    key: str
    times: float
    of: str
    plus: float = 0.0


class MemoryTarget(NamedTuple):
    """The largest of some rows' processes takes at most so many MB."""

    what: str
    keys: tuple[str, ...]
    most: float


TIMES: tuple[Target, ...] = (
    Target("mm/ cold, all rules, compiled: 1.5 x ast-grep's one search", "compiled-cold", 1.5, "ast-grep"),
    Target("mm/ cold, all rules, pure: 3 x ast-grep's one search", "cold", 3, "ast-grep"),
    Target("mm/ warm: 0.15 x ast-grep", "warm", 0.15, "ast-grep"),
    Target("whole tree cold: 4 x grep of the vocabulary's words", "tree-cold", 4, "grep-words"),
    Target("whole tree warm: 1.2 x grep of the vocabulary's words", "tree-warm", 1.2, "grep-words"),
    Target("one patch, no tree: python -c pass + 60 ms", "patch", 1, "pass", 0.060),
    Target("one patch with tree, warm: python -c pass + 150 ms", "one-warm", 1, "pass", 0.150),
    Target("17-patch series with tree, cold: 1.5 x ast-grep", "series-cold", 1.5, "ast-grep"),
    Target("17-patch series with tree, warm: 0.5 x ast-grep", "series-warm", 0.5, "ast-grep"),
    Target("anonlint checkpatch: checkpatch.pl / 2.5", "checkpatch", 1 / 2.5, "checkpatch.pl"),
)
MEMORY: tuple[MemoryTarget, ...] = (
    MemoryTarget("memory for mm/, one process", ("mm-j1",), 60),
    MemoryTarget("memory for anything with -j1", ("mm-j1", "tree-j1", "series-j1", "patch", "one-cold"), 100),
)


class Verdict(NamedTuple):
    """The target of a row with its figure and limit in ``unit``; the figure is None where a row was not measured."""

    key: str
    what: str
    figure: float | None
    limit: float | None
    unit: str
    missing: str = ""

    @property
    def met(self) -> bool:
        """Whether it was measured, and within the limit."""
        return self.figure is not None and self.limit is not None and self.figure <= self.limit


def verdicts(measured: Sequence[Row]) -> list[Verdict]:
    """Judge all targets."""
    rows = {row.contender.key: row for row in measured}
    return [_time(target, rows) for target in TIMES] + [_memory(target, rows) for target in MEMORY]


def _time(target: Target, rows: dict[str, Row]) -> Verdict:
    limit = target.times * rows[target.of].usage.cpu + target.plus if target.of in rows else None
    figure = rows[target.key].usage.cpu if target.key in rows else None
    return Verdict(target.key, target.what, figure, limit, "s", _missing((target.key, target.of), rows))


def _memory(target: MemoryTarget, rows: dict[str, Row]) -> Verdict:
    missing = _missing(target.keys, rows)
    figure = None if missing else max(rows[key].usage.memory for key in target.keys)
    return Verdict(target.keys[0], target.what, figure, target.most, "MB", missing)


def _missing(keys: Sequence[str], rows: dict[str, Row]) -> str:
    return ", ".join(key for key in keys if key not in rows)


def table(judged: Sequence[Verdict]) -> str:
    """Return the targets as a Markdown table."""
    lines = ["| target (CPU time) | measured | allowed | |", "|---|--:|--:|---|"]
    for verdict in judged:
        word = "met" if verdict.met else "NOT met"
        if verdict.figure is None or verdict.limit is None:
            word = f"not known: {verdict.missing} was not measured"
        lines.append(
            f"| {verdict.what} | {_amount(verdict.figure, verdict.unit)} | "
            f"{_amount(verdict.limit, verdict.unit)} | {word} |"
        )
    return "\n".join(lines) + "\n"


def _amount(value: float | None, unit: str) -> str:
    if value is None:
        return ""
    return f"{value:.0f} MB" if unit == "MB" else f"{value:.3f} s"
