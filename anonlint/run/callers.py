"""Who calls a function, and what he has proven by then: the contract under which the function runs.

Callers are executed, not read: what counts is what holds at the call, of what is handed over. They are asked
only about a function of which something is to be said, so that asking costs little.
"""

import sys
from collections.abc import Callable, Sequence
from typing import NamedTuple

from anonlint.domain.state import State
from anonlint.engine.contract import starts
from anonlint.graph.ir import CFG
from anonlint.model.function import Extent, Function
from anonlint.model.source import Span
from anonlint.syntax.enums import Enumerators
from anonlint.syntax.index import FileIndex
from anonlint.trace.caller import Caller
from anonlint.trace.facts import Facts
from anonlint.words.body import Body, Helpers

_MAX_ABOVE = 5  # callers of callers: a page table has five levels
_MAX_CALLERS = 12  # a function that more call is its own master


class Watch(NamedTuple):
    """The helpers of a file, but for one function: it is not run in place of its calls, and each of them counts."""

    helpers: Helpers
    name: str

    @property
    def enumerators(self) -> Enumerators:
        """The enumerators of the file."""
        return self.helpers.enumerators

    def known(self, name: str) -> bool:
        """Return whether a name is one of the file's helpers."""
        return name == self.name or self.helpers.known(name)

    def decides(self, name: str) -> bool:
        """Return whether a word means what its body says."""
        return self.helpers.decides(name)

    def body(self, name: str, size: int) -> Body | None:
        """Return a helper's body."""
        return None if name == self.name else self.helpers.body(name, size)

    def read(self, name: str) -> Body | None:
        """Return the body of the function, too: what it asks its callers may have answered."""
        return self.helpers.body(name, sys.maxsize) if name == self.name else self.helpers.read(name)

    @property
    def plain(self) -> Helpers:
        """The helpers of the file."""
        return self.helpers


Run = Callable[[Function, str, Sequence[State]], Facts]


class Elsewhere(NamedTuple):
    """A caller: whose file's callers know him, and what is added to his places (worked out when it is asked)."""

    callers: "Callers"
    extent: Extent
    shift: Callable[[], int]


class Callers:
    """The callers of the functions of one file.

    ``run`` executes a function from given states and watches the calls of another; ``graph`` gives a function's
    graph, ``abroad`` who calls a function from other files, None where there may be others than those in sight.
    """

    def __init__(
        self,
        index: FileIndex,
        run: Run,
        graph: Callable[[Function], CFG],
        abroad: Callable[[str], list[Elsewhere] | None],
    ) -> None:
        self.index = index
        self.run = run
        self.graph = graph
        self.abroad = abroad
        self._known: dict[str, tuple[Caller, ...]] = {}
        self._in_sight: dict[str, bool] = {}
        self.unknown: set[str] = set()  # functions of whose callers it is not known what they have proven

    def of(self, function: Function, depth: int = 0) -> tuple[Caller, ...]:
        """Return all callers of a function; none where there may be others than those in sight."""
        if function.name not in self._known:
            self._known[function.name] = ()  # who calls itself, by whatever way, is not asked
            self._known[function.name] = tuple(self._find(function, depth))
            if not self._known[function.name] and self.index.exported(function.span) and self.in_sight(function):
                self.unknown.add(function.name)
        return self._known[function.name]

    def in_sight(self, function: Function) -> bool:
        """Return whether all callers of a function are in sight, and it is not known yet that they cannot be run."""
        if function.name not in self._in_sight:
            self._in_sight[function.name] = bool(self._callers(function))
        return self._in_sight[function.name] and function.name not in self.unknown

    def _find(self, function: Function, depth: int) -> list[Caller]:
        name = function.name
        callers = self._callers(function) if depth < _MAX_ABOVE else []
        if not callers:
            return []
        graph = self.graph(function)
        found = []
        for caller in callers:
            if not caller.extent.whole:
                return []
            above, facts = caller.callers.calling(name, caller.extent, depth + 1)
            if facts.gave_up and facts.tried:
                self.unknown.add(name)
            if facts.gave_up or not facts.sites:
                return []
            found.append(_caller(caller, facts, starts(facts.sites, graph.params, graph.types), above))
        return found

    def _callers(self, function: Function) -> list[Elsewhere]:
        """Return all who call a function; none where there may be others than those in sight, or they are too many."""
        found = self._all(function) if function.whole and not self.index.handed_out(function.name) else []
        return found if len(found) <= _MAX_CALLERS else []

    def _all(self, function: Function) -> list[Elsewhere]:
        name = function.name
        own = [Elsewhere(self, e, int) for e in self.index.naming(name.encode()) if e.name != name]
        if not self.index.exported(function.span):
            return own
        abroad = self.abroad(name)
        return [] if abroad is None else own + abroad

    def calling(self, name: str, extent: Extent, depth: int) -> tuple[tuple[Caller, ...], Facts]:
        """Return who calls a function of this file, and what is seen of its calls of ``name`` when they call it."""
        function = self.index.parse(extent)
        above = self.of(function, depth)
        facts = self.run(function, name, [state for caller in above for state in caller.starts])
        if facts.gave_up and above:  # too much to know
            facts = self.run(function, name, ())
        return above, facts


def _caller(caller: Elsewhere, facts: Facts, begins: tuple[State, ...], above: Sequence[Caller]) -> Caller:
    asked = {what for what, _ in facts.questions}.union(*(c.asked for c in above))
    faults = facts.handles_fault or any(c.faults for c in above)
    exported = caller.callers.index.exported(caller.extent.span)
    others = any(c.others for c in above) if above else exported
    site, shift = facts.sites[0].span, caller.shift()
    place = Span(site.start + shift, site.end + shift)
    return Caller(caller.extent, place, begins, frozenset(asked), faults, others)
