"""The result of a run: everything a report format may print."""

from typing import NamedTuple

from anonlint.model.finding import Finding
from anonlint.model.snapshot import Skip


class Stats(NamedTuple):
    """Counts of a run; ``functions`` were found, ``analysed`` of them mention a vocabulary word."""

    files: int
    functions: int
    analysed: int
    seconds: float


class Report(NamedTuple):
    """Sorted findings and skips, run statistics, and the errors met (each one line for people)."""

    findings: tuple[Finding, ...]
    skipped: tuple[Skip, ...]
    stats: Stats
    errors: tuple[str, ...] = ()
