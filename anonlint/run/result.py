"""What the analysis of one file image gives."""

from typing import NamedTuple

from anonlint.model.finding import Evidence, Finding
from anonlint.model.remark import Remark
from anonlint.model.snapshot import Skip
from anonlint.rule.plugin import Member


class Piece(NamedTuple):
    """What came of the functions of one name: what executing them has found, and what the judgement of others needs.

    ``served`` are the helpers that were judged in them, ``leading`` those whose other callers are executed, too.
    """

    name: str
    findings: tuple[Finding, ...] = ()
    members: tuple[tuple[str, Member], ...] = ()
    served: frozenset[str] = frozenset()
    leading: frozenset[str] = frozenset()
    short: bool = False


class Felt(NamedTuple):
    """A finding in a file that a patch does not touch: ``fingerprint`` is its own.

    ``place`` is the line of the patch that it is due to, and ``function`` the changed function there.
    """

    fingerprint: str
    place: Evidence
    end_column: int
    function: str


class ImageResult(NamedTuple):
    """What one image gave: ``members`` are to compare, by rule code; ``crashes`` those skipped because of a bug.

    ``elsewhere`` are the remarks of other files in which something was found. ``cut`` says that the clock, a signal
    or a bug has ended something early: another run may see more. ``held`` are the members as bytes, where
    they come from the cache: mostly nobody looks at them. ``judged`` are the functions that were looked at, None for
    all; ``short`` those that cost too much to be executed with their longer helpers. ``executed`` is how many functions
    were executed for this result; ``pieces`` is the same by function, where somebody may ask for a next text's.
    ``felt`` says which findings are in files that the patch does not touch, and due to which of its lines.
    """

    findings: tuple[Finding, ...] = ()
    members: tuple[tuple[str, Member], ...] = ()
    skipped: tuple[Skip, ...] = ()
    remarks: tuple[Remark, ...] = ()
    elsewhere: tuple[Remark, ...] = ()
    functions: int = 0
    analysed: int = 0
    crashes: tuple[Skip, ...] = ()
    cut: bool = False
    held: bytes = b""
    judged: frozenset[str] | None = None
    short: tuple[str, ...] = ()
    executed: int = 0
    pieces: tuple[Piece, ...] = ()
    felt: tuple[Felt, ...] = ()

    @property
    def compares(self) -> bool:
        """Return whether it has a function that takes part in a comparison."""
        return bool(self.members or self.held)


class Sides(NamedTuple):
    """The two sides of one snapshot."""

    before: ImageResult
    after: ImageResult
