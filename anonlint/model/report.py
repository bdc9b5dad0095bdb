"""The result of a run: everything a report format may print."""

from typing import NamedTuple

from anonlint.model.edit import Remedy
from anonlint.model.finding import Finding
from anonlint.model.snapshot import Skip


class Stats(NamedTuple):
    """Counts of a run; ``functions`` were found, ``analysed`` of them mention a vocabulary word.

    ``executed`` were executed in this run: it knew the others, or they are callers that mention none.
    """

    files: int
    functions: int
    analysed: int
    seconds: float
    executed: int = 0


class Report(NamedTuple):
    """Sorted findings and skips, run statistics, and the errors met (each one line for people).

    ``alone`` are the files that were judged on what hunks show of them, and why; ``left_out`` says by what (a
    settings file, a baseline) how many findings were taken away. ``checked`` are the files that were judged,
    ``remedies`` the replacements that are proven, where a format tells them.
    """

    findings: tuple[Finding, ...]
    skipped: tuple[Skip, ...]
    stats: Stats
    errors: tuple[str, ...] = ()
    alone: tuple[Skip, ...] = ()
    left_out: tuple[tuple[str, int], ...] = ()
    checked: tuple[str, ...] = ()
    remedies: tuple[Remedy, ...] = ()

    @property
    def unseen(self) -> bool:
        """Return whether something was not judged, or not as a whole."""
        return bool(self.alone) or any(not skip.seen for skip in self.skipped)
