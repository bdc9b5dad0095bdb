"""Runs a function over all entry states at once, over its graph, to a fixpoint."""

import heapq
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING

from anonlint import limits
from anonlint.domain.debts import acquit
from anonlint.domain.kinds import VAGUE
from anonlint.domain.notes import Taken
from anonlint.domain.pool import Pool
from anonlint.domain.state import State, root_of
from anonlint.domain.terms import Term
from anonlint.domain.values import Key, Not, SwapEntry, Value, Var
from anonlint.engine import before, conditions, ends, evaluate, forget
from anonlint.engine.handed import callback_slots, describe
from anonlint.engine.runs import Exits, Found, Resumed, Runs, is_whole
from anonlint.graph.ahead import ahead
from anonlint.graph.ir import CFG, Block, Expr
from anonlint.graph.liveness import text
from anonlint.model.source import Span
from anonlint.trace.facts import Facts, GaveUp
from anonlint.words.answers import kept_promise
from anonlint.words.body import LONGEST_HELPER, LONGEST_SHORT, Body, Helpers
from anonlint.words.dictionary import Dictionary
from anonlint.words.domains import used
from anonlint.words.events import event
from anonlint.words.machine import Machine
from anonlint.words.reaching import returned
from anonlint.words.relevance import asks_mapping

if TYPE_CHECKING:
    from anonlint.model.source import Source

Leaf = tuple[int, State, Value]  # where a block leads to, with what state, and the value it returns
MAX_STEPS = 40000  # blocks run with a state; past it the function is given up, and said to be
_LARGE = 64  # conditions in a state, or expressions in a block, that cost a step more
_NOW_AND_THEN = 16  # steps
_CALL = 2  # steps that running a helper in place of its call costs by itself
_MANY = 16  # states that one step leaves, from which on it is worth to put them together
_MAX_INLINE_DEPTH = 4
# What the machine holds of the function that it runs.
_OF_FUNCTION = (
    "frame",
    "types",
    "places",
    "params",
    "copies",
    "pinned",
    "ored",
    "matter",
    "asks_cow",
    "outer",
    "given",
    "behind",
)


class Executor:
    """Executes one function; ``helpers`` are the same-file functions to run in place of a call.

    Kinds, proofs and software bits are followed in one go; ``short`` says that
    only short helpers are run. ``options`` are the conditions of the function's ``#if`` groups, with their outcome.
    ``watched`` is a function whose calls are to be noted (facts.sites); ``starts`` are the states in which the
    executed function may be called, nothing known if there is none. ``thorough`` says that no branch is passed by, and
    that all that is reached is noted (trace/acts.py).
    """

    def __init__(
        self,
        body: Body,
        source: "Source",
        dictionary: Dictionary,
        helpers: "Helpers",
        *,
        short: bool = False,
        options: Iterable[tuple[str, bool]] = (),
        kernel: bool = False,
        watched: str = "",
        starts: Sequence[State] = (),
        thorough: bool = False,
    ) -> None:
        self.body = body
        self.starts = starts
        self.longest = LONGEST_SHORT if short else LONGEST_HELPER
        self.patience = MAX_STEPS * (4 if short else 1)
        self.steps = 0
        # The places of variables, and their types, by frame and function.
        self.scopes: dict[tuple[str, CFG], tuple[dict[str, Key], dict[str, str]]] = {}
        self.machine = m = self.assembled(Machine(source, dictionary, body.cfg, helpers, dict(options)))
        self.kept = Runs(m)
        relevance = forget.relevance(m, body)
        m.watched, m.thorough = watched, thorough
        m.ored = relevance.ored
        m.copies = relevance.copies
        m.pinned = relevance.makers if m.copies else frozenset()
        m.matter = relevance.called if thorough else relevance.alone
        m.asks_cow = relevance.asks_cow
        walked = set(callback_slots(body.cfg))
        m.begun = frozenset(root for state in starts for root in state.masks)
        m.callbacks = set() if kernel else walked
        self.facts = Facts()
        m.facts = self.facts
        self.facts.short = short
        self.facts.tried = True
        self.ahead = ahead(body.cfg, self.is_watched) if watched else None
        self.facts.turned |= body.turned()
        describe(m, self.facts, body.cfg)
        self.facts.user = self.facts.user and not (kernel and walked)

    def assembled(self, m: Machine) -> Machine:
        """Return the machine with the engine's verbs."""
        m.eval = partial(evaluate.evaluate, m)
        m.branch = partial(conditions.branch, m)
        m.split = partial(conditions.split, m)
        m.forget = partial(forget.forget, m)
        m.leave_off = partial(ends.leave_off, m)
        m.inline = self.inline
        return m

    def release(self) -> None:
        """Let go of what refers to itself: a collector of cycles would find it long after."""
        self.kept.release()
        self.machine.release()

    def is_watched(self, expr: Expr) -> bool:
        """Return whether an expression may be a call that is to be noted."""
        op = self.machine.dictionary.op(expr.name, len(expr.args)) if expr.op == "call" else None
        return expr.op == "call" and (expr.name == self.machine.watched or (op is not None and op.cls == "call-back"))

    def run(self) -> Facts:
        """Execute the whole function and return what was seen."""
        try:
            for state, _ in self.execute(self.body, self.start()):
                ends.finish(self.machine, state, list(state.masks))
            self.facts.settle()
        except GaveUp as reason:
            self.facts.gave_up = str(reason)
        except RecursionError:
            self.facts.gave_up = "expressions or calls nest too deeply"
        return self.facts

    def start(self) -> list[State]:
        """Return the states at the function's beginning: what its configuration leaves out is known."""
        off = [option for option, on in self.machine.options.items() if not on]
        absent = [fact for option in off for fact in conditions.absent(self.machine, option)]
        return [state.noted(*absent) for state in self.starts or (State({}, {}, {}),)]

    def execute(self, body: Body, starts: Sequence[State], run: Resumed | None = None) -> Found:
        """Run a body; return the states at its returns, each with the value returned.

        Of one that is resumed (``run``) those that have not been there before.
        """
        blocks, rank = body.cfg.blocks, body.cfg.rank
        ahead = self.ahead if body is self.body else None
        told, turns = self.machine.told, body.live.turns
        pools = run.pools if run else {}
        exits: Exits = run.exits if run else {}
        first = pools.setdefault(0, Pool(told, again=run is not None or turns[0]))
        for start in starts:
            first.add(start)
        heap = [(rank[0], 0)]
        queued = {0}
        while heap:
            _, index = heapq.heappop(heap)
            queued.discard(index)
            block = blocks[index]
            for state in pools[index].take():
                self.spend(1 + (len(state.cons) + len(block.steps)) // _LARGE)
                for target, after, value in self.step(body, block, state):
                    if target < 0:
                        if value not in exits:
                            exits[value] = Pool(told, again=run is not None)
                        exits[value].add(after)
                        continue
                    if ahead is not None and not ahead[target]:
                        after = ends.only_flags(after)
                    elif body.live.joins[target]:
                        after = forget.prune(self.machine, after, body, target)
                    pool = pools.get(target)
                    if pool is None:
                        pool = pools[target] = Pool(told, again=run is not None or turns[target])
                    if pool.add(after) and target not in queued:
                        queued.add(target)
                        heapq.heappush(heap, (rank[target], target))
        return [(state, value) for value, pool in exits.items() for state in pool.take()]

    def spend(self, steps: int) -> None:
        """Count steps; give up past the patience, or when the run is to end (looked at now and then)."""
        before = self.steps
        self.steps = before + steps
        if self.steps > self.patience:
            raise GaveUp(f"more than {self.patience} steps")
        if before // _NOW_AND_THEN != self.steps // _NOW_AND_THEN or not before:
            reason = limits.over()
            if reason:
                raise GaveUp(reason)

    def step(self, body: Body, block: Block, state: State) -> list[Leaf]:
        """Run one block; return (target, state, returned value) with target -1 for a return."""
        states = self.steps_of(body, block, state)
        if block.cond is not None:
            self.here = body, block.index, len(block.steps), block.cond
        if block.kind == "jump":
            return [(block.targets[0], s, 0) for s in states]
        if block.kind == "branch" and block.cond is not None:
            if block.index in self.machine.matter.skips and not self.machine.thorough:
                meet = self.machine.matter.skips[block.index]
                return [(meet, after, 0) for s in states for after in self.passed(block.cond, s)]
            out: list[Leaf] = []
            for s in states:
                yes, no = self.machine.branch(block.cond, s)
                out += [(block.targets[0], t, 0) for t in yes] + [(block.targets[1], f, 0) for f in no]
            return out
        if block.kind == "switch" and block.cond is not None:
            return [leaf for s in states for leaf in self.switch(block, s)]
        if block.kind == "return":
            if block.cond is None:
                for s in states:
                    returned(self.machine, None, s, None)
                return [(-1, s, 0) for s in states]
            out = [(-1, after, value) for s in states for after, value in self.machine.eval(block.cond, s)]
            if not self.machine.calls:
                out = [(target, used(self.machine, value, block.cond, after), value) for target, after, value in out]
            for _, after, value in out:
                self.leaving(block.cond, after, value)
                returned(self.machine, block.cond, after, value)
            return [(at, self.given_back(after, value), value) for at, after, value in out]
        return []

    def steps_of(self, body: Body, block: Block, state: State) -> list[State]:
        """Run the steps of a block."""
        m = self.machine
        states = [state]
        for at, expr in enumerate(block.steps):
            self.here = body, block.index, at, expr
            m.top = expr
            if len(states) == 1:
                states = [after for after, _ in m.eval(expr, states[0])]
            else:
                states = [after for s in states for after, _ in m.eval(expr, s)]
            if len(states) >= _MANY:
                states = self.merged(forget.trim(m, states, body, block.index, at))
                m.bound(len(states))
        return states

    def merged(self, states: list[State]) -> list[State]:
        """Return fewer states that stand for the same, where an expression has split one into many."""
        pool = Pool(self.machine.told, again=False)
        for state in states:
            pool.add(state)
        return pool.take()

    def passed(self, cond: Expr, state: State) -> list[State]:
        """Return the state behind a branch that decides about nothing: no answer is remembered."""
        yes, no = self.machine.branch(cond, state)
        found: dict[Value, int] = {}
        for after in (*yes, *no):
            for root, entry_states in after.masks.items():
                found[root] = found.get(root, 0) | entry_states
        found.update(state.masks)
        out: list[State] = []
        for after in (*yes, *no):
            masks = {root: found[root] for root in after.masks}
            cons = {cond: got for cond, got in state.cons.items() if cond in after.cons}
            back = State(after.mem, masks, cons, state.proofs & after.proofs, after.marks, state.way)
            if not any(back.key() == other.key() and masks == other.masks for other in out):
                out.append(back)
        return out

    def given_back(self, state: State, value: Value) -> State:
        """Return the state after a function has returned: an entry that it took and returns is its caller's."""
        if isinstance(value, Term) and len(self.machine.stack) == 1:
            for root in [root for root in state.masks if root in value.inside]:
                state = acquit(state, root)
        return state

    def leaving(self, expr: Expr, state: State, value: Value) -> None:
        """Record what a function returns where access was forced."""
        if self.machine.dictionary.promises(self.machine.stack[-1]):
            for kept in self.machine.split(state, value, "")[0]:
                mapped = [r for r in kept.masks if Taken(r) not in kept.mem or r in self.machine.given]
                for root in mapped or (None,):
                    event(self.machine, "promise", expr, kept, root, value, self.machine.stack[-1])
        if isinstance(value, Not):
            self.machine.decides(value.value)
        if isinstance(value, SwapEntry) and value.source in state.masks and len(self.machine.stack) == 1:
            event(self.machine, "remade", expr, state, value.source, value)
        self.machine.decides(value)  # the caller's to decide by
        if "force" in state.marks:
            for root in state.masks:
                event(self.machine, "exit", expr, state, root, value)

    def switch(self, block: Block, state: State) -> list[Leaf]:
        """Send each part of a state to the case that takes it."""
        assert block.cond is not None
        label = text(block.cond, self.machine.source.data) + "=="
        out: list[Leaf] = []
        for rest, value in self.machine.eval(block.cond, state):
            remaining = [rest]
            default = -1
            for case, target in zip(block.cases, block.targets, strict=True):
                if not case:
                    default = target
                    continue
                left = []
                self.spend(sum(len(s.cons) for s in remaining) // _LARGE)
                for s in remaining:
                    for after, wanted in self.machine.eval(case[0], s):
                        yes, no = conditions.compare(
                            self.machine, after, value, wanted, label + text(case[0], self.machine.source.data)
                        )
                        span = Span(case[0].start, case[0].end)
                        out += [(target, t.went(span, True) if no else t, 0) for t in yes]
                        left += no
                remaining = left
            out += [(default, s, 0) for s in remaining]
        return out

    # -- calls of functions in the same file

    def inline(self, expr: Expr, args: list[Value], state: State) -> list[tuple[State, Value]] | None:
        """Run a same-file helper in place of its call; None when there is none to run."""
        m = self.machine
        if len(m.stack) > _MAX_INLINE_DEPTH or expr.name in m.stack:
            return None
        body = m.helpers.body(expr.name, self.longest)
        if body is None or len(body.cfg.params) != len(args):
            return None
        if not body.is_worth(m.dictionary) and not (m.watched and asks_mapping(body.cfg)):  # the callee may rely on it
            return None
        self.spend(_CALL)
        inside, index, at, top = here = self.here
        over = inside.over(index, at, top, m.frame)
        self.facts.inlined.add(expr.name)
        self.facts.turned |= body.turned()
        if not any(entry_states & VAGUE for entry_states in state.masks.values()):
            self.facts.served.add(expr.name)
        state = before.before_call(m, state, args, inside, (index, at, top))
        with self.inside_of(expr, body, args, state):
            m.behind = (*m.behind, (inside, index))
            state = before.of_frame(m, state)
            mem = {key: value for key, value in state.mem.items() if key not in over}
            for name, value in zip(body.cfg.params, args, strict=True):
                mem[Var(m.frame + name)] = value
            results = self.kept.ran(self.execute, body, state.but(mem=mem), whole=is_whole(top, expr))
            self.here = here
            if m.dictionary.promises(expr.name):
                results = [kept for after, value in results for kept in kept_promise(m, expr, after, value)]
            asked_here = () if "force" in state.marks else ("force",)
            return [(self.kept.leave(s.unmark(*asked_here)), self.kept.returned(expr, value)) for s, value in results]

    @contextmanager
    def inside_of(self, expr: Expr, body: Body, args: list[Value], state: State) -> Iterator[None]:
        """Let the machine run a helper, and then go on with its caller."""
        m, relevance = self.machine, forget.relevance(self.machine, body)
        callers = {name: getattr(m, name) for name in _OF_FUNCTION}
        m.frame = f"{m.frame}{expr.start}:"
        scope = self.scopes.get((m.frame, body.cfg))
        if scope is None:
            scope = self.scopes[m.frame, body.cfg] = {}, dict(body.cfg.types)
        m.places, m.types = scope
        m.scopes[m.frame] = m.types
        m.params = body.cfg.params
        m.copies = m.copies or relevance.copies
        m.pinned = m.pinned | relevance.makers if m.copies else m.pinned
        m.ored, m.matter = relevance.ored, relevance.called
        m.asks_cow = m.asks_cow or relevance.asks_cow
        m.outer, m.given = state.cons, frozenset(filter(None, map(root_of, args)))
        m.stack.append(expr.name)
        m.calls.append(expr.span)
        try:
            yield
        finally:
            m.stack.pop()
            m.calls.pop()
            for name, was in callers.items():
                setattr(m, name, was)


__all__ = ["MAX_STEPS", "Body", "Executor"]
