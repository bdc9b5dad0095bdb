"""The functions of an image that matter: those of which all is known, and the executions of the others."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from anonlint.model.finding import Finding
from anonlint.model.function import Extent
from anonlint.model.snapshot import Skip
from anonlint.rule.plugin import Member
from anonlint.run.analysis import Analyser, Execution
from anonlint.run.result import Piece


class Known(NamedTuple):
    """What is known of an image's functions by name; ``served`` and ``skipped`` are those of when it was found out."""

    pieces: Mapping[str, Piece]
    served: frozenset[str]
    skipped: tuple[Skip, ...]


NOTHING = Known({}, frozenset(), ())


class Executed:
    """Executes what is not known, until that is all.

    Whose judgement depends on what others have run in place of their calls is executed where that is not as it was.
    """

    def __init__(self, analyser: Analyser, only: frozenset[str] | None, known: Known) -> None:
        self.analyser = analyser
        self.only = only
        self.left = dict(known.pieces)
        self.awake = self._among(analyser.awake())
        self.executions: list[Execution] = []
        self.served: frozenset[str] = frozenset()
        self._wanted: list[Extent] = []
        self._by_name: dict[str, list[Execution]] = {}
        while self._goes_on(known.served):
            pass

    @property
    def names(self) -> frozenset[str]:
        """Return the functions that were executed."""
        return frozenset(self._by_name)

    def pieces(
        self,
        found: Mapping[str, Mapping[Any, Finding]],
        members: Mapping[str, Mapping[Any, tuple[str, Member]]],
    ) -> Iterator[Piece]:
        """Yield what is known of each function now, in order; ``found`` and ``members`` are what came of executing."""
        for name in dict.fromkeys(extent.name for extent in self._wanted):
            yield self.left.get(name) or Piece(
                name,
                tuple(found.get(name, {}).values()),
                tuple(members.get(name, {}).values()),
                self._serves(name),
                self._leads(name),
                any(facts.short for _, _, facts in self._by_name[name]),
            )

    def _goes_on(self, served: frozenset[str]) -> bool:
        """Execute what is wanted and not known; return whether something may be wanted now that was not."""
        own = {extent.name for extent in self.awake}
        leading = {name for one in own for name in self._leads(one)}
        self._wanted = [*self.awake, *self._among(self.analyser.callers_of(leading, own))]
        new = [one for one in self._wanted if one.name not in self.left and one.name not in self._by_name]
        for extent in new:
            self._by_name.setdefault(extent.name, [])
        for execution in self.analyser.executions(new):
            self.executions.append(execution)
            self._by_name[execution.function.name].append(execution)
        self.served = frozenset().union(*(self._serves(extent.name) for extent in self._wanted))
        odd = (self.served ^ served) & self.left.keys()
        for name in odd:
            del self.left[name]
        return bool(new or odd)

    def _leads(self, name: str) -> frozenset[str]:
        if name in self.left:
            return self.left[name].leading
        return frozenset().union(*map(self.analyser.leading, self._by_name.get(name, ())))

    def _serves(self, name: str) -> frozenset[str]:
        if name in self.left:
            return self.left[name].served
        return frozenset().union(*(facts.served for _, _, facts in self._by_name.get(name, ())))

    def _among(self, extents: list[Extent]) -> list[Extent]:
        return extents if self.only is None else [extent for extent in extents if extent.name in self.only]
