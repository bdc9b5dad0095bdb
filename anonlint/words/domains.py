"""Where each word may be used, and who answers for what is in an entry.

A word is defined for some entry states only (its *domain*, ``on=`` in the vocabulary). A use of an entry that may be
in another state is an event, whatever becomes of the value, if the function answers for the entry: because no state
is left in which the word is defined; because the function has found the slot itself, by a walk, a map or as a
callback; or because it asks, on this very path and be it later, a question that would have told the states apart.
For all other entries that are handed in the caller answers.
"""

from anonlint.domain.kinds import ALL, HAS_PFN, MARKER, MIGRATION, NONE, NONPRESENT, PRESENT, SWAP, VAGUE
from anonlint.domain.softbits import bare
from anonlint.domain.state import Key, State, Value, is_root, parts, root_of
from anonlint.graph.ir import Expr
from anonlint.model.source import Span
from anonlint.words.dictionary import Op
from anonlint.words.events import misused, note_at, noted
from anonlint.words.machine import Machine

_KINDS = (HAS_PFN, SWAP, MARKER, MIGRATION)  # the domains that tell non-present entries apart
_MAX_PENDING = 8
_BY_ITSELF, _BY_OTHERS = 1, 2  # who has asked slots of a table
_NONE_ASKED: frozenset[int] = frozenset()


def require(m: Machine, op: Op, expr: Expr, state: State, value: Value) -> State:
    """Note a use of an entry value by a word, and return the state after it."""
    if op.domain == ALL or m.doubted or any(fact == "kernel" for fact, _ in state.proofs):
        return state
    root = bare(value)
    if not is_root(root):
        if type(value) is tuple and value[0] == "swp" and op.domain & NONPRESENT:
            return state  # of what kind it is was known where it was made
        wrong = outside(op.domain, m.mask_of(state, value, op.level) or 0)
        if wrong:
            misused(m, expr, state, None, wrong, op.domain, op.name)
        return state
    if root in state.masks or found(m, root):
        state = m.known(state, root, op.level)
        atoms = state.masks[root]
    else:  # to be used is not to be told apart
        level = m.level_of(state, root) or op.level
        atoms = m.atoms(state, root, level)
    if op.cls == "present-page" and is_outdated(state, root):
        noted(m, "outdated", expr, state, root, op.domain, op.name, atoms)
    wrong = outside(op.domain, atoms)
    if not wrong or walked_before(state, root) == _BY_OTHERS:
        return state
    told = ("asked", root) in state.mem or root[0] == "cell"
    definite = not atoms & op.domain and told and ("guarded", root) not in state.mem
    if definite or answers(m, state, root, op.domain):
        misused(m, expr, state, root, wrong, op.domain, op.name)
        return state
    return awaiting(m, expr, state, root, wrong, op)


def outside(domain: int, atoms: int) -> int:
    """Return the entry states for which a word is not defined; an empty entry has nothing to misread."""
    if atoms & VAGUE:
        return 0
    return atoms & ~domain & (NONPRESENT if domain & NONPRESENT != NONPRESENT and domain != ALL else ALL) & ~NONE


def answers(m: Machine, state: State, root: Value, domain: int) -> bool:
    """Return whether the function answers for what is in an entry."""
    if ("handed", root) not in state.mem and found(m, root) and not walked_before(state, root):
        return True
    return domain in state.mem.get(("asked", root), _NONE_ASKED)


def settle_steps(m: Machine, state: State, root: Value) -> None:
    """Record what was done to an entry to which the function has stepped on, and that nothing has told apart.

    To compare it with the one before (pte_same(), for which bits may have been cleared) tells it apart.
    """
    known = ("handed", root) in state.mem or ("guarded", root) in state.mem
    if state.mem.get(("stepped", root)) == 1 and not known:
        for start, end, call, call_end, wrong, domain, word in state.mem.get(("pending", root), ()):
            if state.masks.get(root, 0) & wrong:
                note_at(m, "misuse", Span(start, end), Span(call, call_end), state, root, domain, word, wrong)


def found(m: Machine, root: Value) -> bool:
    """Return whether the function has found an entry's slot itself."""
    if root in m.callbacks or root in m.facts.contracts:
        return True
    return root[0] != "op" and any(part[0] == "slot" for part in parts(root))


def walked_before(state: State, root: Value) -> int:
    """Return who has asked slots around this one before: a loop may rely on what the last one asked."""
    slots = [part for part in parts(root) if part[0] == "slot"] if type(root) is tuple else []
    return max((state.mem.get(("walked", slot), 0) for slot in slots), default=0)


def awaiting(m: Machine, expr: Expr, state: State, root: Value, wrong: int, op: Op) -> State:
    """Return the state in which a use counts once the function asks what would have told."""
    before: tuple[Value, ...] = state.mem.get(("pending", root), ())
    call = m.seen_at(Span(expr.start, expr.end))
    use = (expr.start, expr.end, call.start, call.end, wrong, op.domain, op.name)
    if use in before or len(before) >= (1 if ("stepped", root) in state.mem else _MAX_PENDING):
        return state
    return state.write(("pending", root), (*before, use))


def asks(m: Machine, op: Op, state: State, root: Value) -> State:
    """Return the state after a question of kind: from here on the function answers for what it tells apart."""
    if m.asserting:
        return state
    for part in parts(root) if not op.entry and _separates(op, PRESENT) else ():
        if part[0] == "slot" and ("walked", part) not in state.mem:
            state = state.write(("walked", part), _BY_ITSELF)
    asked = {PRESENT, NONPRESENT} if not op.entry and _separates(op, PRESENT) else set()
    tells = _separates if root[0] == "cell" else _picks
    asked.update(_KINDS if asked else (d for d in _KINDS if tells(op, d)))
    if root[0] == "cell" and op.yes & NONPRESENT not in (0, NONPRESENT):
        asked.update(_KINDS)  # whoever reads a slot and tells kinds apart answers for the kind
    return answering(m, state, root, frozenset(asked))


def answering(m: Machine, state: State, root: Value, domains: frozenset[int]) -> State:
    """Return the state in which the function answers for some domains of an entry."""
    had: frozenset[int] = state.mem.get(("asked", root), _NONE_ASKED)
    if domains <= had:
        return state
    pending: tuple[Value, ...] = state.mem.get(("pending", root), ())
    for start, end, call, call_end, wrong, domain, word in pending:
        if domain in domains:
            note_at(m, "misuse", Span(start, end), Span(call, call_end), state, root, domain, word, wrong)
    left = tuple(use for use in pending if use[5] not in domains)
    mem = dict(state.mem)
    mem["asked", root] = had | domains
    mem.pop(("guarded", root), None)
    mem.pop(("pending", root), None)
    if left:
        mem["pending", root] = left
    return state.but(mem=mem)


def not_told(m: Machine, after: State, before: State) -> State:
    """Return the state in which ``a && b`` is false because of a, where it may be because of b.

    A question that only guards another (present, and of the zero page) does not make the function answer for an
    entry that was handed in, or for one of a table that has been walked already.
    """
    asked = [key for key, had in after.mem.items() if key[0] == "asked" and before.mem.get(key) != had]
    guarded = [key for key in asked if not found(m, key[1]) or walked_before(before, key[1])]
    if not guarded:
        return after
    mem = dict(after.mem)
    for key in guarded:
        if key in before.mem:
            mem[key] = before.mem[key]
        else:
            del mem[key]
            mem["guarded", key[1]] = 1
    return after.but(mem=mem)


def wipe(m: Machine, op: Op, expr: Expr, state: State, slot: Key, value: Value = ("none",)) -> None:
    """Note that a slot in which there is a marker, whatever it says, is cleared or written."""
    entry = bare(state.mem.get(slot, slot))
    atoms = state.masks.get(entry, 0) if is_root(entry) else 0
    again = type(value) is tuple and (value[:2] == ("made", "M") or root_of(value) == entry)
    if atoms & MARKER and not atoms & ~MARKER and not again:
        noted(m, "wiped", expr, state, entry, 0, op.name, atoms)


def relocked(state: State, slots: "list[Key]") -> State:
    """Return the state after a page table lock was taken: what was read of these slots before may not hold."""
    for slot in slots:
        if slot in state.masks:
            state = _renamed(state, slot, before_lock(slot))
    return state


def used(m: Machine, value: Value, expr: Expr, state: State) -> State:
    """Note that a pfn is used: of an entry that has none, that is the mistake."""
    value = base_pfn(value)
    if type(value) is tuple and value[0] == "page" and len(value) > 2:
        return require(m, value[2], expr, state, value[1])
    return state


def before_lock(slot: Key) -> Value:
    """Return the root that stands for what a slot held before its lock was taken."""
    return ("op", "before-lock", slot)


def is_outdated(state: State, root: Value) -> bool:
    """Return whether an entry was read before the lock of its slot was taken, and is not known to be there still."""
    return type(root) is tuple and root[:2] == ("op", "before-lock") and bare(state.mem.get(root[2], root[2])) != root


def _separates(op: Op, domain: int) -> bool:
    """Return whether one answer to a question means that an entry is non-present and in, or out of, a domain."""
    sides = (op.yes, op.no)
    if domain == PRESENT:
        return any(side & NONPRESENT and not side & PRESENT for side in sides)
    return any(side & NONPRESENT and not side & domain for side in sides)


def _picks(op: Op, domain: int) -> bool:
    """Return whether one answer to a question means that an entry is in a domain, the other that it is not."""
    return any(side & NONPRESENT == domain & NONPRESENT for side in (op.yes, op.no))


def _renamed(state: State, old: Value, new: Value) -> State:
    def swap(value: Value) -> Value:
        if value == old:
            return new
        if value == new:
            return value  # what was read before the last time the lock was taken: one name for both
        if type(value) is not tuple or old not in parts(value):
            return value
        return tuple(swap(item) if type(item) is tuple else item for item in value)

    mem = {key: swap(value) for key, value in state.mem.items() if key != ("pending", old)}
    if ("pending", old) in state.mem:
        mem["pending", new] = state.mem["pending", old]
    if ("asked", old) in state.mem:
        mem["asked", new] = state.mem["asked", old]
    masks = {(new if root == old else root): atoms for root, atoms in state.masks.items()}
    cons = {swap(cond): got for cond, got in state.cons.items()}
    proofs = frozenset((fact, swap(subject)) for fact, subject in state.proofs)
    return state.but(mem=mem, masks=masks, cons=cons, proofs=proofs)


def base_pfn(value: Value) -> Value:
    """Return the value under the parts of a folio, with the word that took a pfn from it."""
    while type(value) is tuple and value[0] == "part":
        value = value[1]
    return value
