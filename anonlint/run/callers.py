"""Who calls a function, and what he has proven by then: the contract under which the function runs.

Callers are executed, not read: what counts is what holds at the call, of what is handed over. They are asked
only about a function of which something is to be said, so that asking costs little.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from anonlint.domain.state import State
from anonlint.engine.contract import starts
from anonlint.graph.ir import CFG
from anonlint.model.function import Extent, Function
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

    def known(self, name: str) -> bool:
        """Return whether a name is one of the file's helpers."""
        return name == self.name or self.helpers.known(name)

    def body(self, name: str, size: int) -> Body | None:
        """Return a helper's body."""
        return None if name == self.name else self.helpers.body(name, size)


Run = Callable[[Function, str, Sequence[State]], Facts]


class Callers:
    """The callers of the functions of one file.

    ``run`` executes a function from given states and watches the calls of another; ``graph`` gives a function's graph.
    """

    def __init__(self, index: FileIndex, run: Run, graph: Callable[[Function], CFG]) -> None:
        self.index = index
        self.run = run
        self.graph = graph
        self._known: dict[str, tuple[Caller, ...]] = {}
        self.unknown: set[str] = set()  # functions whose callers are in sight and take too many steps

    def of(self, function: Function, depth: int = 0) -> tuple[Caller, ...]:
        """Return all callers of a function; none where there may be others than those in sight."""
        if function.name not in self._known:
            self._known[function.name] = ()  # who calls itself, by whatever way, is not asked
            self._known[function.name] = tuple(self._find(function, depth))
        return self._known[function.name]

    def _find(self, function: Function, depth: int) -> list[Caller]:
        name = function.name
        if depth >= _MAX_ABOVE or not function.whole or self.index.exported(function.span):
            return []
        callers = [e for e in self.index.naming(name.encode()) if e.name != name]
        if not 0 < len(callers) <= _MAX_CALLERS or self.index.handed_out(name):
            return []
        graph = self.graph(function)
        found = []
        for extent in callers:
            if not extent.whole:
                return []
            above = self.of(self.index.parse(extent), depth + 1)
            facts = self.run(self.index.parse(extent), name, [state for c in above for state in c.starts])
            if facts.gave_up and above:  # too much to know
                facts = self.run(self.index.parse(extent), name, ())
            if facts.gave_up and facts.tried:
                self.unknown.add(name)
            if facts.gave_up or not facts.sites:
                return []
            found.append(self._caller(extent, facts, starts(facts.sites, graph.params, graph.types), above))
        return found

    def _caller(self, extent: Extent, facts: Facts, begins: tuple[State, ...], above: Sequence[Caller]) -> Caller:
        asked = {what for what, _ in facts.questions}.union(*(c.asked for c in above))
        faults = facts.handles_fault or any(c.faults for c in above)
        others = any(c.others for c in above) if above else self.index.exported(extent.span)
        return Caller(extent, facts.sites[0].span, begins, frozenset(asked), faults, others)
