"""Where each word may be used, and who answers for what is in an entry.

A word is defined for some entry states only (its *domain*, ``on=`` in the vocabulary). A use of an entry that may be
in another state is an event, whatever becomes of the value, if the function answers for the entry: because no state
is left in which the word is defined; because the function has found the slot itself, by a walk, a map or as a
callback; or because it asks, on this very path and be it later, a question that would have told the states apart.
For all other entries that are handed in the caller answers.
"""

from collections.abc import Sequence

from anonlint.domain.kinds import ALL, HAS_PFN, MARKER, MIGRATION, NONE, NONPRESENT, PRESENT, SWAP, VAGUE
from anonlint.domain.notes import Asked, Domains, Guarded, Handed, Pending, Stepped, Use, Uses, Walked
from anonlint.domain.softbits import bare
from anonlint.domain.state import Proof, State, is_root, parts, root_of
from anonlint.domain.terms import Term
from anonlint.domain.values import (
    OPERATIONS,
    BeforeLock,
    Cell,
    Cleared,
    Key,
    MadeEntry,
    Part,
    Pfn,
    Slot,
    SwapEntry,
    Value,
)
from anonlint.graph.ir import Expr
from anonlint.model.source import Span
from anonlint.words.dictionary import Op
from anonlint.words.events import misused, note_at, noted
from anonlint.words.machine import Machine

_KINDS = (HAS_PFN, SWAP, MARKER, MIGRATION)  # the domains that tell non-present entries apart
EVERY_DOMAIN = frozenset((PRESENT, NONPRESENT, *_KINDS))
_CLEARED = Cleared()
_MAX_PENDING = 8
BY_ITSELF, _BY_OTHERS = 1, 2  # who has asked slots of a table
_NONE_ASKED: frozenset[int] = frozenset()


def require(m: Machine, op: Op, expr: Expr, state: State, value: Value) -> State:
    """Note a use of an entry value by a word, and return the state after it."""
    if op.domain == ALL or m.doubted or any(fact == "kernel" for fact, _ in state.proofs):
        return state
    root = bare(value)
    if not is_root(root):
        if isinstance(value, SwapEntry) and op.domain & NONPRESENT:
            return state  # of what kind it is was known where it was made
        wrong = outside(op.domain, m.mask_of(state, value, op.level) or 0)
        if wrong:
            misused(m, expr, state, None, wrong, op.domain, op.name)
        return state
    if root in state.masks or found(m, root):
        state = m.known(state, root, op.level)
        entry_states = state.masks[root]
    else:  # to be used is not to be told apart
        level = m.level_of(state, root) or op.level
        entry_states = m.entry_states(state, root, level)
    if op.cls == "present-page" and is_outdated(state, root):
        noted(m, "outdated", expr, state, root, op.domain, op.name, entry_states)
    wrong = outside(op.domain, entry_states)
    if not wrong or walked_before(state, root) == _BY_OTHERS:
        return state
    told = Asked(root) in state.mem or isinstance(root, Cell)
    definite = not entry_states & op.domain and told and Guarded(root) not in state.mem
    if definite or answers(m, state, root, op.domain):
        misused(m, expr, state, root, wrong, op.domain, op.name)
        return state
    return awaiting(m, expr, state, root, wrong, op)


def outside(domain: int, entry_states: int) -> int:
    """Return the entry states for which a word is not defined; an empty entry has nothing to misread."""
    if entry_states & VAGUE:
        return 0
    return entry_states & ~domain & (NONPRESENT if domain & NONPRESENT != NONPRESENT and domain != ALL else ALL) & ~NONE


def answers(m: Machine, state: State, root: Value, domain: int) -> bool:
    """Return whether the function answers for what is in an entry."""
    if Handed(root) not in state.mem and found(m, root) and not walked_before(state, root):
        return True
    return domain in asked_of(state, root)


def asked_of(state: State, root: Value) -> frozenset[int]:
    """Return the domains of an entry that the function answers for."""
    got = state.mem.get(Asked(root))
    return got.masks if isinstance(got, Domains) else _NONE_ASKED


def pending_for(state: State, root: Value) -> tuple[Use, ...]:
    """Return the uses of an entry that count once the function asks what would have told."""
    got = state.mem.get(Pending(root))
    return got.uses if isinstance(got, Uses) else ()


def misused_before(m: Machine, use: Use, state: State, root: Value) -> None:
    """Record a use that turned out to be a mistake."""
    note_at(m, "misuse", use.span, use.call, state, root, use.domain, use.word, use.wrong)


def settle_steps(m: Machine, state: State, root: Value) -> None:
    """Record what was done to an entry to which the function has stepped on, and that nothing has told apart.

    To compare it with the one before (pte_same(), for which bits may have been cleared) tells it apart.
    """
    known = Handed(root) in state.mem or Guarded(root) in state.mem
    if state.mem.get(Stepped(root)) == 1 and not known:
        for use in pending_for(state, root):
            if state.masks.get(root, 0) & use.wrong:
                misused_before(m, use, state, root)


def found(m: Machine, root: Value) -> bool:
    """Return whether the function has found an entry's slot itself."""
    if root in m.callbacks or m.contract(root) != ALL:
        return True
    return not isinstance(root, OPERATIONS) and any(isinstance(part, Slot) for part in parts(root))


def walked_before(state: State, root: Value) -> int:
    """Return who has asked slots around this one before: a loop may rely on what the last one asked."""
    walked = (state.mem.get(Walked(part), 0) for part in parts(root) if isinstance(part, Slot))
    return max((who for who in walked if isinstance(who, int)), default=0)


def awaiting(m: Machine, expr: Expr, state: State, root: Value, wrong: int, op: Op) -> State:
    """Return the state in which a use counts once the function asks what would have told."""
    before = pending_for(state, root)
    span = expr.span
    use = Use(span, m.seen_at(span), wrong, op.domain, op.name)
    if use in before or len(before) >= (1 if Stepped(root) in state.mem else _MAX_PENDING):
        return state
    return state.write(Pending(root), Uses(tuple(sorted((*before, use), key=_place))))


def _place(use: Use) -> tuple[Span, int]:
    return use.span, use.domain


def asks(m: Machine, op: Op, state: State, root: Value) -> State:
    """Return the state after a question of kind: from here on the function answers for what it tells apart."""
    if m.asserting:
        return state
    for part in parts(root) if not op.entry and _separates(op, PRESENT) else ():
        if isinstance(part, Slot) and Walked(part) not in state.mem:
            state = state.write(Walked(part), BY_ITSELF)
    asked = {PRESENT, NONPRESENT} if not op.entry and _separates(op, PRESENT) else set()
    tells = _separates if isinstance(root, Cell) else _picks
    asked.update(_KINDS if asked else (d for d in _KINDS if tells(op, d)))
    if isinstance(root, Cell) and op.yes & NONPRESENT not in (0, NONPRESENT):
        asked.update(_KINDS)  # whoever reads a slot and tells kinds apart answers for the kind
    return answering(m, state, root, frozenset(asked))


def answering(m: Machine, state: State, root: Value, domains: frozenset[int]) -> State:
    """Return the state in which the function answers for some domains of an entry."""
    had = asked_of(state, root)
    if domains <= had:
        return state
    pending = pending_for(state, root)
    for use in pending:
        if use.domain in domains:
            misused_before(m, use, state, root)
    left = tuple(use for use in pending if use.domain not in domains)
    mem = dict(state.mem)
    mem[Asked(root)] = Domains(had | domains)
    mem.pop(Guarded(root), None)
    mem.pop(Pending(root), None)
    if left:
        mem[Pending(root)] = Uses(left)
    return state.but(mem=mem)


def not_told(m: Machine, after: State, before: State) -> State:
    """Return the state in which ``a && b`` is false because of a, where it may be because of b.

    A question that only guards another (present, and of the zero page) does not make the function answer for an
    entry that was handed in, or for one of a table that has been walked already.
    """
    asked = [key for key, had in after.mem.items() if isinstance(key, Asked) and before.mem.get(key) != had]
    guarded = [key for key in asked if not found(m, key.of) or walked_before(before, key.of)]
    if not guarded:
        return after
    mem = dict(after.mem)
    for key in guarded:
        if key in before.mem:
            mem[key] = before.mem[key]
        else:
            del mem[key]
            mem[Guarded(key.of)] = 1
    return after.but(mem=mem)


def wipe(m: Machine, op: Op, expr: Expr, state: State, slot: Key, value: Value = _CLEARED) -> None:
    """Note that a slot in which there is a marker, whatever it says, is cleared or written."""
    entry = bare(state.mem.get(slot, slot))
    entry_states = state.masks.get(entry, 0) if is_root(entry) else 0
    again = (isinstance(value, MadeEntry) and value.kind == "M") or root_of(value) == entry
    if entry_states & MARKER and not entry_states & ~MARKER and not again:
        noted(m, "wiped", expr, state, entry, 0, op.name, entry_states)


def relocked(state: State, slots: "list[Key]") -> State:
    """Return the state after a page table lock was taken: what was read of these slots before may not hold."""
    for slot in slots:
        if slot in state.masks:
            state = same_as(state, slot, BeforeLock(slot))
    return state


def used(m: Machine, value: Value, expr: Expr, state: State) -> State:
    """Note that a pfn is used: of an entry that has none, that is the mistake."""
    if not isinstance(value, (Pfn, Part)):
        return state
    value = base_pfn(value)
    if isinstance(value, Pfn):
        return require(m, value.word, expr, state, value.root)
    return state


def all_used(m: Machine, values: Sequence[Value], expr: Expr, state: State) -> State:
    """Note the use of each of some operands."""
    for value in values:
        if isinstance(value, (Pfn, Part)):
            state = used(m, value, expr, state)
    return state


def is_outdated(state: State, root: Value) -> bool:
    """Return whether an entry was read before the lock of its slot was taken, and is not known to be there still."""
    return isinstance(root, BeforeLock) and bare(state.mem.get(root.slot, root.slot)) != root


def _separates(op: Op, domain: int) -> bool:
    """Return whether one answer to a question means that an entry is non-present and in, or out of, a domain."""
    sides = (op.yes, op.no)
    if domain == PRESENT:
        return any(side & NONPRESENT and not side & PRESENT for side in sides)
    return any(side & NONPRESENT and not side & domain for side in sides)


def _picks(op: Op, domain: int) -> bool:
    """Return whether one answer to a question means that an entry is in a domain, the other that it is not."""
    return any(side & NONPRESENT == domain & NONPRESENT for side in (op.yes, op.no))


def same_as(state: State, old: Value, new: Value) -> State:
    """Return the state in which one root is known to be another one, and goes by its name."""

    def swap(value: Value) -> Value:
        if value == old:
            return new
        if value == new:
            return value  # what was read before the last time the lock was taken: one name for both
        if not isinstance(value, Term) or old not in parts(value):
            return value
        return value.made_of(swap)

    mem = {key: swap(value) for key, value in state.mem.items() if key != Pending(old)}
    if Pending(old) in state.mem:
        mem[Pending(new)] = state.mem[Pending(old)]
    if Asked(old) in state.mem:
        mem[Asked(new)] = state.mem[Asked(old)]
    masks = {(new if root == old else root): entry_states for root, entry_states in state.masks.items()}
    cons = {swap(cond): got for cond, got in state.cons.items()}
    proofs = frozenset(Proof(fact, swap(subject)) for fact, subject in state.proofs)
    return state.but(mem=mem, masks=masks, cons=cons, proofs=proofs)


def base_pfn(value: Value) -> Value:
    """Return the value under the parts of a folio, with the word that took a pfn from it."""
    while isinstance(value, Part):
        value = value.page
    return value
