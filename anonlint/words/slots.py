"""Slots: reading them, taking what is in them, storing and clearing, and what is recorded of it."""

from anonlint.domain.debts import inherit, owe, owed, pay, reread
from anonlint.domain.kinds import ALL, NONE, NONPRESENT, PRESENT, VAGUE
from anonlint.domain.notes import Converted, Copied, Huge, Taken, Within, Wrote
from anonlint.domain.softbits import bare, entry_root, stale
from anonlint.domain.state import State, is_root, root_of
from anonlint.domain.subjects import base, gone_by
from anonlint.domain.terms import Term
from anonlint.domain.values import (
    Ask,
    Batch,
    BeforeLock,
    Bit,
    Cell,
    Cleared,
    Field,
    Key,
    MadeEntry,
    PageOf,
    PresentEntry,
    Ref,
    SwapEntry,
    Value,
    Var,
)
from anonlint.graph.ir import Expr, walk
from anonlint.trace.records import Store
from anonlint.words.dictionary import Op
from anonlint.words.domains import asked_of, is_outdated, require, wipe
from anonlint.words.events import event, noted
from anonlint.words.machine import Machine, Results, without


def read(m: Machine, op: Op, expr: Expr, args: list[Value], state: State) -> Results:
    value = m.content(state, args[op.at("ptr")])
    if op.level == "huge" and is_root(value):
        state = state.write(Huge(value), 1)
    return [(reread(state, m.pointee(args[op.at("ptr")])), value)]


def take(m: Machine, op: Op, expr: Expr, args: list[Value], state: State) -> Results:
    pointer = args[op.at("ptr")]
    value = m.content(state, pointer)
    state = reread(state, m.pointee(pointer))
    root = bare(value)
    if is_root(root):
        state = m.known(state, root, op.level)
        if not state.masks[root] & (m.dictionary.existing.get(op.level, ALL) | VAGUE):
            return []  # only a path that cannot be taken finds this in a table of that level
    return [(state.write(m.pointee(pointer), Cleared()), value)]


def store(m: Machine, op: Op, expr: Expr, args: list[Value], state: State) -> Results:
    key = m.pointee(args[op.at("ptr")])
    value = args[op.at("value")]
    state = require(m, op, expr, state, m.content(state, args[op.at("ptr")]))
    root = root_of(value)
    wipe(m, op, expr, state, key, value)
    if root is not None and is_root(root):
        state = m.known(state, root, op.level)
        if root == BeforeLock(key) and is_outdated(state, root):
            noted(m, "outdated-store", expr, state, root, value, op.name, state.masks[root])
    # set_pmd() and the like are an architecture's own: they copy tables of the kernel, too.
    level = op.level if "mm" in op.meaning or "vma" in op.meaning else ""
    vma = m.mapping_of(args)
    record_store(m, expr, state, key, value, level, vma)
    state = state if vma is None else state.write(Within(key), vma)
    count = args[op.at("count")] if op.at("count") >= 0 else None
    if root is not None and count == Batch(root):
        event(m, "batch-store", expr, state, root, value, op.level)
    if op.meaning.get("atomic") != "1":
        state = overwrite(m, op, expr, state, key, value)
    return [(state.write(key, value), 0)]


def overwrite(m: Machine, op: Op, expr: Expr, state: State, key: Key, value: Value) -> State:
    """Record what a plain store undoes: what the hardware sets in a live entry, and what was stored just before."""
    root, old = root_of(value), state.mem.get(key, key)
    of_process = "mm" in op.meaning or "vma" in op.meaning  # set_pte() is an architecture's own business
    lives = of_process and root is not None and bare(old) == root and Taken(root) not in state.mem
    if lives and value != root and not has_faulted(m, key) and state.known(PageOf(root)) is not False:
        event(m, "live-store", expr, state, root, value, op.level)
    moves = any(e.op == "inc" or (e.op == "assign" and e.name != "=") for e in walk(expr))
    if of_process and Wrote(key) in state.mem and bare(value) != key and value != old:
        event(m, "store-again", expr, state, root, old, op.level)
    if root is None and isinstance(value, (PresentEntry, MadeEntry, SwapEntry)):
        state = inherit(state, key)
    return state if moves else state.write(Wrote(key), 1)


def has_faulted(m: Machine, slot: Key) -> bool:
    """Return whether a slot is that of a fault: the hardware has just refused to use its entry."""
    pointer = slot.pointer if isinstance(slot, Cell) else None
    if not isinstance(pointer, Field):
        return False
    holder = pointer.base.key if isinstance(pointer.base, Ref) else pointer.base
    return isinstance(holder, Var) and "struct vm_fault" in m.type_of(holder.name)


def record_store(
    m: Machine, expr: Expr, state: State, key: Key, value: Value, level: str = "", vma: Value = None
) -> None:
    root = root_of(value)
    slot = key if key in state.masks else root
    for r in dict.fromkeys((slot, root)):
        if r is not None:
            made = Store(expr.span, key, value, r, level, owed(state, r))
            m.facts.seen(made, m.entry_states(state, r, "pte"), state.way)
    event(m, "store", expr, state, root if root is not None else replaced(m, state, key), value, level, vma)
    if level and isinstance(value, PresentEntry):
        source = copied_from(m, state, base(value.page), key)
        if source is not None:
            event(m, "copy-store", expr, state, source, value, level, vma)


def copied_from(m: Machine, state: State, page: Value, slot: Key) -> Value:
    """Return the entry from whose page another one got its content, None if from none but that of its slot.

    Where that page was handed in it is the page of the other slot that was handed in.
    """
    source = state.mem.get(Copied(page))
    if source == 0 and slot in m.slots:
        others = [key for key in m.slots if key != slot and level_as(m, key, slot)]
        source = others[0] if len(others) == 1 else None
    return source if source != slot and isinstance(source, Term) else None


def level_as(m: Machine, one: Key, other: Key) -> bool:
    """Return whether two slots that were handed in are of one level."""
    pointers = [key.pointer for key in (one, other) if isinstance(key, Cell)]
    types = [m.type_of(pointer.name) for pointer in pointers if isinstance(pointer, Var)]
    return len(types) == 2 and types[0] == types[1]


def unmapped(state: State, root: Value, entry_states: int) -> bool:
    """Return whether an entry is taken to be non-present: it is known to be, or is read as a swap entry."""
    as_entry = Converted(root) in state.mem and PRESENT not in asked_of(state, root)
    return bool(entry_states & NONPRESENT) and (as_entry or not entry_states & (PRESENT | NONE))


def replaced(m: Machine, state: State, slot: Key) -> Value:
    """Return the entry in a slot where what is stored there maps that entry's page by all appearance."""
    entry = bare(state.mem.get(slot, slot))
    entry_states = state.masks.get(entry, 0) if is_root(entry) else 0
    return entry if entry_states and unmapped(state, entry, entry_states) else None


def clear(m: Machine, op: Op, expr: Expr, args: list[Value], state: State) -> Results:
    """Clear a slot; a mapped entry that was read from it is owed for as if it had been taken."""
    slot = m.pointee(args[op.at("ptr")])
    wipe(m, op, expr, state, slot)
    root = bare(state.mem.get(slot, slot))
    if is_root(root) and state.masks.get(root, 0) & PRESENT and not state.masks[root] & ~(PRESENT | VAGUE):
        m.facts.takes.add((expr.span, root))
        state = owe(state, root, slot)
    return [(reread(state, slot).write(slot, Cleared()), 0)]


def inert(m: Machine, op: Op, expr: Expr, args: list[Value], state: State) -> Results:
    """Leave the slot alone; what comes back through a pointer says something of the entry, but not what."""
    asked = tuple(root for root in map(entry_root, args) if root in state.masks)
    for value in args:
        if asked and isinstance(value, Ref):
            state = state.write(value.key, Ask(m.site(expr, str(value)), asked))
    return [m.fresh(expr, state)]


def hand_over(m: Machine, op: Op, expr: Expr, args: list[Value], state: State) -> Results:
    """Give a part of what is owed for an entry to its page, or to a marker."""
    root = None
    if op.at("arg") >= 0:
        root = m.page_root(args[op.at("arg")])
    elif op.at("value") >= 0:
        root = root_of(args[op.at("value")])
    for part in op.meaning["part"].split(","):
        state = pay(state, part, root)
    return [m.fresh(expr, state)]


def without_bits(m: Machine, state: State, root: Value, level: str) -> State:
    """Return the state in which an entry has none of the bits that the configuration cannot have at its level."""
    for option in without(state):
        lack = m.dictionary.lack(option)
        for bit in lack.bits if lack.level == level else ():
            state = state.assume(Bit(root, bit), False, "")
    return state


def taken(m: Machine, op: Op, expr: Expr, args: list[Value], state: State) -> Results:
    """Take an entry: copies read before may be out of date."""
    m.facts.taken.add(m.pointee(args[op.at("ptr")]))
    state = require(m, op, expr, state, m.content(state, args[op.at("ptr")]))
    out: Results = []
    for after, value in take(m, op, expr, args, state):
        root = bare(value)
        if is_root(root) and root in after.masks:
            after = stale(without_bits(m, after, root, op.level), root)
            m.facts.takes.add((expr.span, root))
            after = after if op.meaning.get("table") == "1" else owe(after, root, m.pointee(args[op.at("ptr")]))
        after = after.but(proofs=gone_by(after.proofs, PageOf(root)))
        out.append((after, value))
    return out
