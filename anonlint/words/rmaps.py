"""Sharing, duplicating, adding, moving and removing the mapping of a page."""

from anonlint.domain.debts import pay
from anonlint.domain.operators import COW, names_in
from anonlint.domain.softbits import bare
from anonlint.domain.state import State, root_of
from anonlint.domain.subjects import alike, base
from anonlint.domain.values import Batch, Cell, Flags, Mapping, Ref, Result, Shared, Value, Var
from anonlint.graph.ir import Expr
from anonlint.trace.records import Rmap
from anonlint.words.dictionary import Op
from anonlint.words.events import event
from anonlint.words.machine import Machine, Results
from anonlint.words.slots import inert, unmapped


def add_file(m: Machine, op: Op, expr: Expr, args: list[Value], state: State) -> Results:
    """Map a page of a file: nobody reuses it for himself."""
    return [m.fresh(expr, state.proven("file", of=base(args[op.at("page")])))]


def add_rmap(m: Machine, op: Op, expr: Expr, args: list[Value], state: State) -> Results:
    exclusive = 2
    if op.meaning.get("exclusive") == "always":
        exclusive = 1
    elif op.at("flags") >= 0:
        exclusive = says_exclusive(m, args[op.at("flags")])
    for root, entry_states in state.masks.items():
        record = Rmap(expr.span, root, exclusive, op.name)
        m.facts.seen(record, entry_states, state.way)
    return [m.fresh(expr, state)]


def share_page(m: Machine, op: Op, expr: Expr, args: list[Value], state: State) -> Results:
    page = args[op.at("page")]
    mapped = m.page_root(page)
    slots: list[Value] = [] if mapped in state.masks else [root for root in state.masks if isinstance(root, Cell)]
    for root in slots or [mapped]:
        live = root is not None and bare(state.mem.get(root, root)) == root
        event(m, "share", expr, state, root, int(live), op.name)
    state = state.assume(Shared(), True, "").mark("shared")
    result = Result("share", op.meaning.get("fail", "nonzero"), m.site(expr), None)
    m.facts.can_fail(result, expr.span)
    return [(state, result)]


def dup(m: Machine, op: Op, expr: Expr, args: list[Value], state: State) -> Results:
    page = args[op.at("page")]
    state = forked(m, state)
    if op.meaning.get("file") == "1":
        return [m.fresh(expr, state)]
    if "fail" not in op.meaning:
        if state.known(COW) is not False:
            event(m, "dup-blind", expr, state, m.page_root(page), page, op.name)
        return [m.fresh(expr, state)]
    event(m, "dup", expr, state, m.page_root(page), page, op.name)
    result = Result("dup", op.meaning["fail"], m.site(expr), None)
    m.facts.can_fail(result, expr.span)
    return [(state.mark("dup"), result)]


def forked(m: Machine, state: State) -> State:
    """Return the state in which a fork goes on: the child's mapping is a copy of its parent's, and as accessible."""
    names = (key.name for key in m.handed if isinstance(key, Var))
    mappings = sorted(name for name in names if "vm_area_struct" in m.type_of(name))
    return alike(state, *map(Mapping, mappings)) if len(mappings) == 2 else state


def claim(m: Machine, op: Op, expr: Expr, args: list[Value], state: State, page: Value) -> None:
    """Record that a page is said to be exclusive."""
    root = m.page_root(page)
    root = root if root is not None else restored(m, state)
    event(m, "claim", expr, state, root, page, op.name, m.mapping_of(args))


def restored(m: Machine, state: State) -> Value:
    """Return the slot whose non-present entry is about to be mapped again, None if there is no such slot."""
    slots = [r for r, entry_states in state.masks.items() if isinstance(r, Cell) and unmapped(state, r, entry_states)]
    return slots[0] if len(slots) == 1 else None


def add_page(m: Machine, op: Op, expr: Expr, args: list[Value], state: State) -> Results:
    if op.meaning.get("new") == "1":
        m.facts.maps_new()
    results = add_rmap(m, op, expr, args, state)
    page = args[op.at("page")]
    exclusive = op.meaning.get("exclusive") == "always" or claims(m, op, args)
    if op.meaning.get("new") == "1" and m.page_root(page) is None:  # what an entry maps is not new
        state = state.proven("new", of=base(page))
    if exclusive is True or exclusive == 1:
        claim(m, op, expr, args, state, page)
    return [(s.proven("excl", "anon", of=base(page)) if exclusive else s, v) for s, v in results]


def move_rmap(m: Machine, op: Op, expr: Expr, args: list[Value], state: State) -> Results:
    page = args[op.at("page")]
    event(m, "move", expr, state, m.page_root(page), page, op.name)
    if op.meaning.get("exclusive") == "always":
        claim(m, op, expr, args, state, args[op.at("page")])
        state = state.proven("excl", "anon", of=base(args[op.at("page")]))
    return [m.fresh(expr, state)]


def batch(m: Machine, op: Op, expr: Expr, args: list[Value], state: State) -> Results:
    """Count entries: the number remembers of which one, if they may differ in the write bit."""
    results = inert(m, op, expr, args, state)
    told = op.at("writable") >= 0 and args[op.at("writable")] != 0
    if op.at("flags") >= 0:
        flags = args[op.at("flags")]
        told |= any(m.dictionary.meaning(name, "compares") == "write" for name in names_in(flags)) or not (
            flags == 0 or isinstance(flags, Flags)
        )
    first = args[op.at("arg")]
    if isinstance(first, Ref):
        first = state.mem.get(first.key, first.key)
    return results if told else [(s, Batch(root_of(first))) for s, _ in results]


def remove_rmap(m: Machine, op: Op, expr: Expr, args: list[Value], state: State) -> Results:
    """Give back the mapping of a page: from here on nobody need hold it for this entry's sake."""
    return [m.fresh(expr, pay(state, "rmap", m.page_root(args[op.at("page")])))]


def claims(m: Machine, op: Op, args: list[Value]) -> int:
    """Return 1 if the flags of an rmap call say exclusive."""
    return int(op.at("flags") >= 0 and says_exclusive(m, args[op.at("flags")]) == 1)


def says_exclusive(m: Machine, flags: Value) -> int:
    """Return 1 if the flags of an rmap call say exclusive, 0 if they do not, 2 if that is not known."""
    if flags == 0:
        return 0
    if not isinstance(flags, Flags):
        return 2
    said = [on for name, on in flags.bits if m.dictionary.meaning(name, "exclusive") == "1"]
    return max(said) if said else 0 if flags.base is None else 2
