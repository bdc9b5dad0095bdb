"""The states at one block: which of them stand for others."""

from collections.abc import Callable

from anonlint.domain.kinds import ALL
from anonlint.domain.notes import Debt, Paid, Pending, Stepped, Taken, Uses
from anonlint.domain.softbits import PARTS
from anonlint.domain.state import Answer, State, shorter
from anonlint.domain.subjects import HELD_AGAINST, PASSED
from anonlint.domain.values import Value

Told = Callable[[dict[Value, Answer]], dict[Value, Answer]]
_OWED = frozenset((Taken, Paid, Pending, Stepped))  # notes of which one may say more than another
_RMAP = PARTS.index("rmap")
_MORE = {"v": "v", "h": "vh", "o": "vho"}  # by the letter of a part that is owed: the letters that it stands for
_NONE: dict[Value, Value] = {}
_NONE_TOLD: frozenset[tuple[Value, Answer]] = frozenset()
_NEAR = 100  # of the states that may become one each is held against so many: their number squared is the cost
Key = tuple[frozenset[tuple[Value, Value]], frozenset[tuple[Value, Answer]], frozenset[str]]


class Case:
    """One of the states that may become one: they differ in entry states, proofs, answers that are not told, debts."""

    __slots__ = ("cons", "masks", "owed", "proofs", "state")

    def __init__(self, state: State, cons: dict[Value, Answer], owed: dict[Value, Value]) -> None:
        self.state = state
        self.cons = cons
        self.owed = owed
        self.masks = state.masks
        self.proofs = state.proofs

    def exactly(self) -> tuple[object, ...]:
        """Return what is the same for equal cases."""
        return tuple(frozenset(part.items()) for part in (self.cons, self.masks, self.owed)), self.proofs

    def stands_for(self, other: "Case") -> bool:
        """Return whether whatever can be said against the other case can be said against this one, too.

        What is held against a function is said of the other one only; it is let go where nothing else differs.
        """
        if len(self.cons) > len(other.cons) or not self.proofs <= other.proofs:
            return False
        if self.masks != other.masks and not _covers(self.masks, other.masks):
            return False
        if self.cons == other.cons and self.owed == other.owed:
            return True
        return (
            self.cons.items() <= other.cons.items()
            and (self.owed == other.owed or _owes_more(self.owed, other.owed))
            and not self.spares(other)
        )

    def spares(self, other: "Case") -> bool:
        """Return whether the other case has proven more that is held against the function."""
        if self.proofs == other.proofs:
            return False
        return any(fact in HELD_AGAINST or fact.startswith(PASSED) for fact, _ in other.proofs - self.proofs)

    def joined(self, other: "Case") -> "Case | None":
        """Return the case that stands for exactly what two stand for, None if there is none.

        They differ in the entry states of one root, or in one answer.
        """
        if self.proofs != other.proofs or len(self.cons) != len(other.cons) or self.owed != other.owed:
            return None
        state = self.state
        way = shorter(state.way, other.state.way)
        if self.cons == other.cons:
            masks = _union(self.masks, other.masks)
            return None if masks is None else Case(state.but(masks=masks, way=way), self.cons, self.owed)
        open_ = _either_way(self.cons, other.cons) if self.masks == other.masks else None
        if open_ is None:
            return None
        cons = {cond: got for cond, got in self.cons.items() if cond is not open_}
        every = {cond: got for cond, got in state.cons.items() if cond is not open_}
        return Case(state.but(cons=every, way=way), cons, self.owed)


def _nothing_told(_cons: dict[Value, Answer]) -> dict[Value, Answer]:
    return {}


class Pool:
    """States at one block: those done and those waiting, merged wherever that loses nothing.

    Of two states the one that proves less, has asked less and owes more stands for both: whatever can be
    said against the other can be said against it, save for what its proofs themselves say against the function.
    Two that differ in how one question came out have not asked it.
    ``told`` returns the answers that are looked at though nobody asks again: they are kept. What was done is known only
    where states may come ``again`` once some have been taken.
    """

    __slots__ = ("_again", "_done", "_first", "_long_done", "_told", "_waiting")

    def __init__(self, told: Told = _nothing_told, *, again: bool = True) -> None:
        self._told = told
        self._again = again
        self._first: State | None = None  # the only one so far: it need not be sorted
        self._done: dict[Key, list[Case]] = {}
        self._long_done: set[tuple[Key, object]] = set()  # for what is no longer near
        self._waiting: dict[Key, list[Case]] = {}

    def add(self, state: State) -> bool:
        """Put a state in; return False when it adds nothing to what was there."""
        if not self._again and not self._waiting:
            first, self._first = self._first, state
            if first is None:
                return True
            self._first = None
            key, case = self._sorted(first)
            self._waiting[key] = [case]
        key, case = self._sorted(state)
        if self._again and self._is_done(key, case):
            return False
        group = self._waiting.setdefault(key, [])
        if not group:
            group.append(case)
            return True
        for other in group[-_NEAR:]:
            if other.stands_for(case):
                if case.stands_for(other):
                    other.state = other.state.but(way=shorter(other.state.way, state.way))
                return False
        _put(group, case)
        return True

    def _is_done(self, key: Key, case: Case) -> bool:
        """Return whether a state adds nothing to what was taken."""
        for done in self._done.get(key, ()):
            if done.stands_for(case):
                return True
        return bool(self._long_done) and (key, case.exactly()) in self._long_done

    def _sorted(self, state: State) -> tuple[Key, Case]:
        """Return what must be equal for two states to become one, and the rest."""
        mem, cons = state.mem, state.cons
        owed = _NONE
        if not _OWED.isdisjoint(map(type, mem)):
            owed = {key: value for key, value in mem.items() if type(key) in _OWED}
            mem = {key: value for key, value in mem.items() if key not in owed}
        told = self._told(cons) if cons else None
        if not told:
            return (frozenset(mem.items()), _NONE_TOLD, state.marks), Case(state, cons, owed)
        cons = {cond: got for cond, got in cons.items() if cond not in told}
        return (frozenset(mem.items()), frozenset(told.items()), state.marks), Case(state, cons, owed)

    def take(self) -> list[State]:
        """Take out all waiting states."""
        taken: list[State] = []
        if self._first is not None:
            taken.append(self._first)
            self._first = None
            return taken
        if not self._again:
            for group in self._waiting.values():
                taken += [case.state for case in group]
            self._waiting = {}
            return taken
        for key, group in self._waiting.items():
            done = self._done.setdefault(key, [])
            done.extend(group)
            if len(done) > _NEAR:
                self._long_done.update((key, case.exactly()) for case in done[:-_NEAR])
                del done[:-_NEAR]
            taken += [case.state for case in group]
        self._waiting = {}
        return taken


def _put(group: list[Case], case: Case) -> None:
    """Put a case to others, in place of those that it stands for, and joined with what it can be joined with."""
    far, near = group[:-_NEAR], group[-_NEAR:]
    merged = True
    while merged:
        merged = False
        near = [other for other in near if not case.stands_for(other) or case.spares(other)]
        for i, other in enumerate(near):
            union = case.joined(other)
            if union is not None:
                case = union
                del near[i]
                merged = True
                break
    group[:] = [*far, *near, case]


def _covers(wide: dict[Value, int], narrow: dict[Value, int]) -> bool:
    if not narrow.keys() <= wide.keys():
        return False
    for root, entry_states in wide.items():  # noqa: SIM110
        if narrow.get(root, ALL) & ~entry_states:
            return False
    return True


def _union(a: dict[Value, int], b: dict[Value, int]) -> dict[Value, int] | None:
    """Return the exact union of two mask sets, None when there is none (more than one root differs)."""
    if len(a) != len(b):
        return None
    differs = None
    for root, entry_states in a.items():
        other = b.get(root)
        if other is None:
            return None
        if other != entry_states:
            if differs is not None:
                return None
            differs = root
    if differs is None:
        return a
    union = dict(a)
    union[differs] |= b[differs]
    return union


def _either_way(a: dict[Value, Answer], b: dict[Value, Answer]) -> Value:
    """Return the question that came out either way; None if the answers differ in anything else."""
    differs: Value = None
    for cond, got in a.items():
        other = b.get(cond)
        if other is None:
            return None
        if other.outcome != got.outcome:
            if differs is not None:
                return None
            differs = cond
    return differs


def _owes_more(one: dict[Value, Value], other: dict[Value, Value]) -> bool:
    """Return whether a path owes at least what another one does, part by part, and has used entries as wrongly.

    That a page was given up makes it matter what is owed: of the part that says so the letters are the same.
    """
    for key, value in one.items():
        less = other.get(key)
        if value == less:
            continue
        if isinstance(key, Taken):
            covers = isinstance(value, Debt) and isinstance(less, Debt) and _covers_debt(value, less)
        elif isinstance(key, Pending):
            covers = isinstance(value, Uses) and (
                less is None or (isinstance(less, Uses) and _covers_uses(value, less))
            )
        else:
            covers = isinstance(key, Stepped) and value == 1 and less == 0
        if not covers:
            return False
    return all(key in one or (isinstance(key, Paid) and key.part != "rmap") for key in other)


def _covers_uses(more: Uses, less: Uses) -> bool:
    return set(less.uses) <= set(more.uses)


def _covers_debt(more: Debt, less: Debt) -> bool:
    if more.slot is not less.slot or more.letters[_RMAP] != less.letters[_RMAP]:
        return False
    return all(was in _MORE[letter] for letter, was in zip(more.letters, less.letters, strict=True))
