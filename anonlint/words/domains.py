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
from anonlint.domain.subjects import facts_about
from anonlint.graph.ir import Expr
from anonlint.model.source import Span
from anonlint.trace.facts import Event
from anonlint.words.dictionary import Op
from anonlint.words.machine import Machine

_KINDS = (HAS_PFN, SWAP, MARKER, MIGRATION)  # the domains that tell non-present entries apart
EVERY_DOMAIN = frozenset((PRESENT, NONPRESENT, *_KINDS))
_MAX_PENDING = 8
_BY_ITSELF, _BY_OTHERS = 1, 2  # who has asked slots of a table
_NONE_ASKED: frozenset[int] = frozenset()


class Domains(Machine):
    """Records uses outside of a word's domain."""

    def require(self, op: Op, expr: Expr, state: State, value: Value) -> State:
        """Note a use of an entry value by a word, and return the state after it."""
        if op.domain == ALL or self.doubted or any(fact == "kernel" for fact, _ in state.proofs):
            return state
        root = bare(value)
        if not is_root(root):
            if type(value) is tuple and value[0] == "swp" and op.domain & NONPRESENT:
                return state  # of what kind it is was known where it was made
            wrong = self.outside(op.domain, self.mask_of(state, value, op.level) or 0)
            if wrong:
                self.misused(expr, state, None, wrong, op.domain, op.name)
            return state
        if root in state.masks or self.found(root):
            state = self.known(state, root, op.level)
            atoms = state.masks[root]
        else:  # to be used is not to be told apart
            level = self.level_of(state, root) or op.level
            atoms = self.atoms(state, root, level)
        if op.cls == "present-page" and is_outdated(state, root):
            self.noted("outdated", expr, state, root, op.domain, op.name, atoms)
        wrong = self.outside(op.domain, atoms)
        if not wrong or self.walked_before(state, root) == _BY_OTHERS:
            return state
        told = ("asked", root) in state.mem or root[0] == "cell"
        definite = not atoms & op.domain and told and ("guarded", root) not in state.mem
        if definite or self.answers(state, root, op.domain):
            self.misused(expr, state, root, wrong, op.domain, op.name)
            return state
        return self.awaiting(expr, state, root, wrong, op)

    @staticmethod
    def outside(domain: int, atoms: int) -> int:
        """Return the entry states for which a word is not defined; an empty entry has nothing to misread."""
        if atoms & VAGUE:
            return 0
        return atoms & ~domain & (NONPRESENT if domain & NONPRESENT != NONPRESENT and domain != ALL else ALL) & ~NONE

    def misused(self, expr: Expr, state: State, root: Value, wrong: int, domain: int, word: str) -> None:
        """Record the event."""
        self.noted("misuse", expr, state, root, domain, word, wrong)

    def noted(self, kind: str, expr: Expr, state: State, root: Value, value: Value, word: str, atoms: int) -> None:
        """Record an event for just these entry states."""
        span = Span(expr.start, expr.end)
        self.note_at(kind, span, self.seen_at(span), state, root, value, word, atoms & ALL)

    def note_at(
        self, kind: str, span: Span, call: Span, state: State, root: Value, value: Value, word: str, atoms: int
    ) -> None:
        """Record an event at a place, with what its path has proven of no page or mapping in particular."""
        event = Event(kind, span, root, value, word, facts_about(state, None, None), state.marks, call)
        self.facts.note(self.facts.events, event, atoms, state.way)

    def answers(self, state: State, root: Value, domain: int) -> bool:
        """Return whether the function answers for what is in an entry."""
        if ("handed", root) not in state.mem and self.found(root) and not self.walked_before(state, root):
            return True
        return domain in state.mem.get(("asked", root), _NONE_ASKED)

    def settle_steps(self, state: State, root: Value) -> None:
        """Record what was done to an entry to which the function has stepped on, and that nothing has told apart.

        To compare it with the one before (pte_same(), for which bits may have been cleared) tells it apart.
        """
        known = ("handed", root) in state.mem or ("guarded", root) in state.mem
        if state.mem.get(("stepped", root)) == 1 and not known:
            for start, end, call, call_end, wrong, domain, word in state.mem.get(("pending", root), ()):
                if state.masks.get(root, 0) & wrong:
                    self.note_at("misuse", Span(start, end), Span(call, call_end), state, root, domain, word, wrong)

    def found(self, root: Value) -> bool:
        """Return whether the function has found an entry's slot itself."""
        if root in self.callbacks or root in self.facts.contracts:
            return True
        return root[0] != "op" and any(part[0] == "slot" for part in parts(root))

    @staticmethod
    def walked_before(state: State, root: Value) -> int:
        """Return who has asked slots around this one before: a loop may rely on what the last one asked."""
        slots = [part for part in parts(root) if part[0] == "slot"] if type(root) is tuple else []
        return max((state.mem.get(("walked", slot), 0) for slot in slots), default=0)

    def awaiting(self, expr: Expr, state: State, root: Value, wrong: int, op: Op) -> State:
        """Return the state in which a use counts once the function asks what would have told."""
        before: tuple[Value, ...] = state.mem.get(("pending", root), ())
        call = self.seen_at(Span(expr.start, expr.end))
        use = (expr.start, expr.end, call.start, call.end, wrong, op.domain, op.name)
        if use in before or len(before) >= (1 if ("stepped", root) in state.mem else _MAX_PENDING):
            return state
        return state.write(("pending", root), (*before, use))

    def asks(self, op: Op, state: State, root: Value) -> State:
        """Return the state after a question of kind: from here on the function answers for what it tells apart."""
        if self.asserting:
            return state
        for part in parts(root) if not op.entry and _separates(op, PRESENT) else ():
            if part[0] == "slot" and ("walked", part) not in state.mem:
                state = state.write(("walked", part), _BY_ITSELF)
        asked = {PRESENT, NONPRESENT} if not op.entry and _separates(op, PRESENT) else set()
        tells = _separates if root[0] == "cell" else _picks
        asked.update(_KINDS if asked else (d for d in _KINDS if tells(op, d)))
        if root[0] == "cell" and op.yes & NONPRESENT not in (0, NONPRESENT):
            asked.update(_KINDS)  # whoever reads a slot and tells kinds apart answers for the kind
        return self.answering(state, root, frozenset(asked))

    def answering(self, state: State, root: Value, domains: frozenset[int]) -> State:
        """Return the state in which the function answers for some domains of an entry."""
        had: frozenset[int] = state.mem.get(("asked", root), _NONE_ASKED)
        if domains <= had:
            return state
        pending: tuple[Value, ...] = state.mem.get(("pending", root), ())
        for start, end, call, call_end, wrong, domain, word in pending:
            if domain in domains:
                self.note_at("misuse", Span(start, end), Span(call, call_end), state, root, domain, word, wrong)
        left = tuple(use for use in pending if use[5] not in domains)
        mem = dict(state.mem)
        mem["asked", root] = had | domains
        mem.pop(("guarded", root), None)
        mem.pop(("pending", root), None)
        if left:
            mem["pending", root] = left
        return state.but(mem=mem)

    def not_told(self, after: State, before: State) -> State:
        """Return the state in which ``a && b`` is false because of a, where it may be because of b.

        A question that only guards another (present, and of the zero page) does not make the function answer for an
        entry that was handed in, or for one of a table that has been walked already.
        """
        asked = [key for key, had in after.mem.items() if key[0] == "asked" and before.mem.get(key) != had]
        guarded = [key for key in asked if not self.found(key[1]) or self.walked_before(before, key[1])]
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

    def wipe(self, op: Op, expr: Expr, state: State, slot: Key, value: Value = ("none",)) -> None:
        """Note that a slot in which there is a marker, whatever it says, is cleared or written."""
        entry = bare(state.mem.get(slot, slot))
        atoms = state.masks.get(entry, 0) if is_root(entry) else 0
        again = type(value) is tuple and (value[:2] == ("made", "M") or root_of(value) == entry)
        if atoms & MARKER and not atoms & ~MARKER and not again:
            self.noted("wiped", expr, state, entry, 0, op.name, atoms)

    # -- what was read before a page table lock was taken

    def relocked(self, state: State, slots: "list[Key]") -> State:
        """Return the state after a page table lock was taken: what was read of these slots before may not hold."""
        for slot in slots:
            if slot in state.masks:
                state = _renamed(state, slot, before_lock(slot))
        return state


def same_as(state: State, entry: Value, slot: Key) -> State:
    """Return the state in which a slot is known to hold an entry that was read before, and stands for it."""
    return _renamed(state, entry, slot)


def stepped(state: State, slot: Key) -> State:
    """Return the state after stepping on: whoever asked nothing of this slot has found the next one himself.

    Of a slot that was looked up that is known anyway.
    """
    if ("stepped", slot) in state.mem or any(part[0] == "slot" for part in parts(slot)):
        return state
    return state.write(("stepped", slot), int(("asked", slot) not in state.mem))


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
