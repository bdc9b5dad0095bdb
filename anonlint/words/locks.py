"""Locks of folios and page tables, and the slots that are found with them."""

from anonlint.domain.kinds import ALL, unkept
from anonlint.domain.notes import Within
from anonlint.domain.state import State, root_of
from anonlint.domain.subjects import apart, base, released
from anonlint.domain.values import Cell, Key, Ref, Result, Slot, TableLock, Value, Var
from anonlint.graph.ir import Expr
from anonlint.words.dictionary import SLOT_FOUND, Op
from anonlint.words.domains import EVERY_DOMAIN, answering, relocked
from anonlint.words.events import noted
from anonlint.words.machine import Machine, Results

PTL: Value = TableLock()


def lock(m: Machine, op: Op, expr: Expr, args: list[Value], state: State) -> Results:
    if op.meaning.get("what") != "folio":
        return lock_table(m, op, expr, args, state)
    return [m.fresh(expr, state.proven("locked", of=base(args[op.at("arg")])).mark("held-lock"))]


def lock_table(m: Machine, op: Op, expr: Expr, args: list[Value], state: State) -> Results:
    """Take a page table lock, or look it up: which lock it is matters to whoever drops it."""
    if op.at("ptl") >= 0:
        state = state.write(m.pointee(args[op.at("ptl")]), PTL)
    if op.cls == "lock":
        state = relocked(state, locked_slots(m, op, args, state))
    if op.meaning.get("returns") in SLOT_FOUND:
        return find_slot(m, op, expr, args, state)
    if op.cls == "lockptr" or (op.meaning.get("returns") == "ptl" and op.meaning.get("may") != "null"):
        return [(state, PTL)]
    if op.meaning.get("returns") == "ptl" and args:
        return lock_leaf(m, expr, args, state)
    return [m.fresh(expr, state)]


def locked_slots(m: Machine, op: Op, args: list[Value], state: State) -> list[Key]:
    """Return the slots whose entries a lock that is taken now protects from here on."""
    if op.meaning.get("what") == "spin":
        return [r for r in state.masks if isinstance(r, Cell)] if args[op.at("arg")] == PTL else []
    if op.meaning.get("returns") != "ptl":
        return []
    return [key for key in map(m.pointee, args) if key in state.masks]


def find_slot(m: Machine, op: Op, expr: Expr, args: list[Value], state: State) -> Results:
    """Find a slot: what is in it is this function's to ask."""
    slot, vma = Slot(expr.start, m.frame, op.level), m.mapping_of(args)
    state = m.forget(state, slot)
    return [(state if vma is None else state.write(Within(Cell(slot)), vma), slot)]


def lock_leaf(m: Machine, expr: Expr, args: list[Value], state: State) -> Results:
    """Lock a PMD if there is anything but a table in it: a mapping, or an entry that is not present.

    That is pmd_trans_huge_lock(): what is there is for the caller to tell.
    """
    return [m.fresh(expr, answering(m, state, m.pointee(args[0]), EVERY_DOMAIN))]


def wait(m: Machine, op: Op, expr: Expr, args: list[Value], state: State) -> Results:
    """Wait for what is in a slot to change: nobody changes a local copy of it."""
    slot: Value = args[op.at("slot")] if op.at("slot") >= 0 else None
    local = slot.key if isinstance(slot, Ref) else None
    if isinstance(local, Var) and m.types.get(local.name[len(m.frame) :], "") in ("pte_t", "pmd_t"):
        noted(m, "waited-on-copy", expr, state, None, 0, op.name, ALL)
    return [m.fresh(expr, state)]


def trylock(m: Machine, op: Op, expr: Expr, args: list[Value], state: State) -> Results:
    if op.meaning.get("what") != "folio":
        return [m.fresh(expr, state)]
    return [(state.mark("held-lock"), Result("held-lock", "zero", m.site(expr), base(args[op.at("arg")])))]


def unlock(m: Machine, op: Op, expr: Expr, args: list[Value], state: State) -> Results:
    if op.meaning.get("what") == "folio":
        page = base(args[op.at("arg")])
        left = frozenset(p for p in state.proofs if p.fact != "locked" or apart(p.of, page))
        return [m.fresh(expr, state.but(proofs=left).unmark("held-lock", "owed-lock"))]
    if op.at("ptl") >= 0 or args[op.at("arg")] == PTL:
        state = release(state)
    return [m.fresh(expr, state)]


def release(state: State) -> State:
    """Return the state after the page table lock was dropped: of what is not done yet, entries may have changed.

    pte_same() under the lock again tells that an entry has not; the exclusive flag of its page may be gone.
    """
    written = {root_of(value) for key, value in state.mem.items() if isinstance(key, Cell)} | state.mem.keys()
    for root, entry_states in state.masks.items():
        if root not in written:
            state = state.refine(root, unkept(entry_states))
    return state.but(proofs=released(state.proofs))
