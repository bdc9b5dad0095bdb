"""Helpers that are run in place of their calls: from where one has been it is not run again."""

from collections.abc import Callable, Sequence

from anonlint.domain.notes import Stepped
from anonlint.domain.pool import Pool
from anonlint.domain.state import State, parts
from anonlint.domain.values import Index, Site, Value, Var
from anonlint.graph.ir import Expr
from anonlint.words.body import Body
from anonlint.words.machine import Machine

Exits = dict[Value, Pool]  # the states in which a function returns, by the value that it returns
Found = list[tuple[State, Value]]  # the states in which a function has returned, each with the value returned
_GONE_WITH_FRAME = frozenset((Var, Stepped, Index))  # what is about a helper's variables, and nobody's without them


class Resumed:
    """A helper that is run at one call of its caller, time and again: what has been there before is not run again.

    The states hold what their caller has at hand, and he goes on behind the call from each of them: from what has come
    out of it before he has gone on. ``within`` are those that are run in it.
    """

    __slots__ = ("exits", "pools", "within")

    def __init__(self) -> None:
        self.pools: dict[int, Pool] = {}
        self.exits: Exits = {}
        self.within: dict[object, Resumed | None] = {}


Execute = Callable[[Body, Sequence[State], Resumed | None], Found]


class Runs:
    """The helpers that one execution has run."""

    __slots__ = ("_locals", "_machine", "_resumed", "_runs")

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self._runs: dict[object, Found] = {}  # what helpers came back with
        self._resumed: dict[object, Resumed | None] = {}  # those that were run at calls of the function at hand
        self._locals: dict[tuple[str, Value], bool] = {}  # whether a value is about a frame's variables

    def release(self) -> None:
        """Let go of what helpers have come back with."""
        self._runs.clear()
        self._resumed.clear()

    def ran(self, execute: Execute, body: Body, state: State, *, whole: bool) -> Found:
        """Run a helper; from where it has been called with the same state before it comes back the same.

        Where nothing but the state tells how its caller goes on behind the call (``whole``), he need not go on from
        what has come back before.
        """
        m = self._machine
        context = m.asserting, m.complaining, m.doubted
        key = m.frame, state.key(), frozenset(state.masks.items()), state.proofs, context
        found = self._runs.get(key)
        if found is not None:
            return found
        outer = self._resumed
        run = self._again((m.frame, context, m.given, "force" in state.marks)) if whole else None
        self._resumed = {} if run is None else run.within
        found = execute(body, (state,), run)
        self._resumed = outer
        if run is None:
            self._runs[key] = found
        return found

    def _again(self, call: object) -> Resumed | None:
        """Return what is resumed at a call; nothing the first time, as most are not come back to."""
        if call not in self._resumed:
            self._resumed[call] = None
            return None
        run = self._resumed[call]
        if run is None:
            run = self._resumed[call] = Resumed()
        return run

    def leave(self, state: State) -> State:
        """Drop a finished helper's variables."""
        mem = {
            key: value
            for key, value in state.mem.items()
            if not (type(key) in _GONE_WITH_FRAME and self._is_local(key))
            or (type(key) is Index and not state.masks.keys().isdisjoint(parts(value)))
        }
        cons = {cond: got for cond, got in state.cons.items() if not self._is_local(cond)} if state.cons else state.cons
        return state.but(mem=mem, cons=cons)

    def returned(self, expr: Expr, value: Value) -> Value:
        """Return what a helper has returned: a number of its own that nobody knows has no name outside."""
        if not isinstance(value, Var) or not value.name.startswith(self._machine.frame):
            return value
        if self._machine.types.get(value.name[len(self._machine.frame) :], "*").endswith("*"):
            return value
        return Site(expr.start, self._machine.frame)

    def _is_local(self, cond: Value) -> bool:
        """Return whether a condition is about a variable of the frame: nothing outside can ask it again."""
        frame = self._machine.frame
        found = self._locals.get((frame, cond))
        if found is None:
            found = self._locals[frame, cond] = any(
                (isinstance(part, Var) and part.name.startswith(frame))
                or (isinstance(part, Site) and part.frame.startswith(frame))
                for part in parts(cond)
            )
        return found


def is_whole(top: Expr, call: Expr) -> bool:
    """Return whether a call is all that an expression does, but for keeping its value, or asking for it."""
    if top.op in ("assign", "decl", "not") and top.args:
        top = top.args[-1]
    return top is call
