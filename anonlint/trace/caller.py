"""One caller of a function, and what he has proven by the time he calls it."""

from typing import NamedTuple

from anonlint.domain.state import State
from anonlint.model.function import Extent
from anonlint.model.source import Span


class Caller(NamedTuple):
    """One caller: where he calls, and the states in which the function then begins.

    ``asked`` is what he, and whoever calls him, ask of mappings and faults; ``others`` says that whoever is at the
    beginning of that is for other files: what he never asks they may have asked.
    """

    function: Extent
    place: Span
    starts: tuple[State, ...]
    asked: frozenset[str]
    faults: bool
    others: bool

    @property
    def decides(self) -> bool:
        """Whether what he hands in is known: so is, then, what a flag stands for."""
        return any(state.mem for state in self.starts)

    @property
    def silent(self) -> bool:
        """Whether he proves nothing, so that the function does what it does for anybody."""
        return not any(s.mem or s.masks or s.cons or s.proofs or s.marks for s in self.starts)
