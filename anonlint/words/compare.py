"""Comparing two entries: a slot with what was read from it before, an entry with the one before it."""

from anonlint.domain.kinds import ALL
from anonlint.domain.notes import Handed, Pending, Stepped
from anonlint.domain.softbits import bare
from anonlint.domain.state import State, is_root, root_of
from anonlint.domain.values import OPERATIONS, BeforeLock, Call, Cell, Field, KindTest, Slot, SwapEntry, Value, Var
from anonlint.graph.ir import Expr
from anonlint.words.dictionary import Op
from anonlint.words.domains import found, same_as
from anonlint.words.machine import Machine, Results


def same_entry(m: Machine, op: Op, expr: Expr, args: list[Value], state: State) -> Results:
    """Compare two entries: whoever does that has done to the one what makes it like the other (see domains.py)."""
    a, b = bare(args[op.at("a")]), bare(args[op.at("b")])
    for root in map(root_of, (a, b)):
        if Stepped(root) in state.mem:
            state = state.without(Pending(root)).write(Handed(root), 1)
    left, right = m.mask_of(state, a, op.level), m.mask_of(state, b, op.level)
    if left is not None and right is not None and not left & right:
        return [(state, 0)]
    for root, other, entry_states in ((a, b, right), (b, a, left)):
        if is_root(root) and not is_root(other) and entry_states is not None:
            return [(m.known(state, root, op.level), KindTest(root, entry_states, ALL))]
    if is_root(a) and is_root(b):
        return alias(m, a, b, state)
    for root, other in ((a, b), (b, a)):
        if is_root(root) and Stepped(root) in state.mem and isinstance(other, (SwapEntry, *OPERATIONS)):
            return [(state.write(Handed(root), 1), 1), (state, 0)]  # it is of the kind of the one before
    return [(state, Call(op.name, (a, b)))]


def alias(m: Machine, a: Value, b: Value, state: State) -> Results:
    """Split by whether a slot still holds what was read from it before: then it is known by that."""
    met = isinstance(b, Cell) and a in state.masks and b not in state.masks  # a is the older one
    slot, entry = (a, b) if isinstance(a, Cell) and not met else (b, a)
    m.facts.same(slot, entry)
    again = isinstance(entry, Cell) and isinstance(slot, Cell) and isinstance(slot.pointer, Slot)
    if (again or entry == BeforeLock(slot)) and slot not in state.masks:
        looked_up_once_more = same_as(state, entry, slot)
        return [(theirs(m, looked_up_once_more, slot, entry), 1), (state, 0)]
    if isinstance(slot, Cell) and entry in state.masks and slot not in state.masks:
        return [(theirs(m, state.write(slot, entry), slot, entry), 1), (state, 0)]
    if isinstance(slot, Cell) and isinstance(entry, (Var, Field)) and found(m, slot) and slot not in state.masks:
        handed = same_as(state, entry, slot).write(entry, slot).write(Handed(slot), 1)
        return [(handed, 1), (state, 0)]
    if isinstance(slot, Cell) and (found(m, slot) or Stepped(slot) in state.mem):
        return [(state.write(Handed(slot), 1), 1), (state, 0)]  # whoever knows the other one knows it, too
    return [(state, Call("pte_same", (a, b)))]


def theirs(m: Machine, state: State, slot: Value, entry: Value) -> State:
    """Return the state in which a slot holds an entry: one that was handed in is the caller's where it is found."""
    if isinstance(entry, OPERATIONS) or found(m, entry) or not found(m, slot):
        return state
    return state.write(Handed(slot), 1)
