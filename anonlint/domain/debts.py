"""What a path owes for the entries that it took out of their slots, and who was given it.

Taking an entry makes a debt: a note Taken(root) that holds the slot, and a letter for each of ``PARTS``: o (owed),
h (handed over: to the page, to a marker, to a function that is not in sight, to the caller) or v (void: the old entry
is known not to have the bit; of what the hardware sets that is as good as handed over, and written h). What is stored
into a slot while another one is owed for is an heir: Heir(root, slot). What is handed over before the entry is
taken is remembered as Paid(part, root), and what was stored into a slot that nobody has read since as
Wrote(slot). All of these are in the state's memory, so that paths that have paid and paths that have not stay apart.
"""

from collections.abc import Iterable, Iterator

from anonlint.domain.kinds import ANON, FILE, PRESENT
from anonlint.domain.notes import Debt, Heir, Paid, Taken, Wrote
from anonlint.domain.softbits import BITS, PARTS, known, two, void_letter
from anonlint.domain.state import State, parts
from anonlint.domain.values import Cleared, Field, Index, Key, Value, Var

PLACES = (Taken, Paid, Heir, Wrote)  # of the memory: no values that anything can be held by


def owe(state: State, root: Value, slot: Key) -> State:
    """Return the state after an entry was taken out of its slot."""
    letters = ""
    for part in PARTS:
        void = part in BITS and known(state, root, part) is False
        paid = any(isinstance(key, Paid) and key.part == part and not two(key.root, root) for key in state.mem)
        letters += void_letter(part) if void else "h" if paid else "o"
    state = state.write(Taken(root), Debt(letters, slot))
    for entry in [entry for entry in state.masks if _has_no_slot(entry)]:
        state = as_handed(state, entry)
    return state


def as_handed(state: State, entry: Value) -> State:
    """Return the state in which entries that were taken are of such pages as an entry that was handed in is.

    Where an entry was handed in without its slot, nobody knows that another one was taken: what its page has answered
    is taken for an answer of the page that is given up. What else was asked of it may be out of date.
    """
    known = state.masks.get(entry, 0) & PRESENT if _has_no_slot(entry) else 0
    for key, _ in debts(state) if known else ():
        entry_states = state.masks.get(key.of, 0)
        gone = PRESENT & sum(sort for sort in (ANON, FILE) if not known & sort)
        if key.of != entry and entry_states & PRESENT & gone and entry_states & PRESENT & ~gone:
            state = state.refine(key.of, entry_states & ~gone)
    return state


def _has_no_slot(entry: Value) -> bool:
    """Return whether an entry is a value that was handed in, by itself or in a structure."""
    return isinstance(entry, (Var, Field))


def debts(state: State) -> Iterator[tuple[Taken, Debt]]:
    """Yield what a path owes."""
    for key, value in state.mem.items():
        if isinstance(key, Taken) and isinstance(value, Debt):
            yield key, value


def debt(state: State, root: Value) -> Debt | None:
    """Return what is owed for an entry, None if it was not taken."""
    got = state.mem.get(Taken(root))
    return got if isinstance(got, Debt) else None


def pay(state: State, part: str, root: Value) -> State:
    """Return the state after a part was handed over: for ``root``, None if it is not known whose page that was."""
    at = PARTS.index(part)
    mem = dict(state.mem)
    for key, got in debts(state):
        if got.letters[at] == "o" and not two(key.of, root):
            mem[key] = Debt(got.letters[:at] + "h" + got.letters[at + 1 :], got.slot)
    if Taken(root) not in mem:  # it may be taken yet
        mem[Paid(part, root)] = 1
    return state.but(mem=mem)


def acquit(state: State, root: Value) -> State:
    """Return the state after an entry was given to somebody who is not in sight: what it says is up to them."""
    got = debt(state, root)
    return state if got is None else state.write(Taken(root), Debt(got.letters.replace("o", "h"), got.slot))


def owed(state: State, root: Value) -> str:
    """Return the letters of an entry's debt, nothing if it was never taken; who stored it elsewhere passed it on."""
    got = debt(state, root)
    if got is None:
        return ""
    kept = any(isinstance(key, (Field, Index)) and root in parts(value) for key, value in state.mem.items())
    return got.letters.replace("o", "h") if kept else got.letters


def unpaid(state: State, root: Value) -> bool:
    """Return whether something may still be handed over for an entry: its dirty bit."""
    got = debt(state, root)
    return got is not None and got.letters[PARTS.index("dirty")] == "o"


def inherit(state: State, slot: Key) -> State:
    """Return the state after an entry that is made of no other was stored: the heir of the one that is owed for."""
    open_ = list(debts(state))
    taken = [key.of for key, got in open_ if slot != got.slot and state.mem.get(got.slot) == Cleared()]
    return state.write(Heir(taken[0], slot), 1) if len(open_) == len(taken) == 1 else state


def heirs(state: State, root: Value) -> tuple[Value, ...]:
    """Return what stands in other slots now for an entry that was taken."""
    slots = [key.slot for key in state.mem if isinstance(key, Heir) and key.root == root]
    return tuple(state.mem[slot] for slot in sorted(slots, key=repr) if slot in state.mem)


def left(state: State, root: Value) -> Value:
    """Return what is in the slot now that an entry was taken from; None if it was not taken."""
    got = debt(state, root)
    return None if got is None else state.mem.get(got.slot)


def settled(mem: dict[Value, Value], gone: Iterable[Value]) -> dict[Value, Value]:
    """Return a memory without the debts of entries that are done with."""
    over = set(gone)
    owing = any(Taken(root) in mem for root in over)
    return {
        key: value
        for key, value in mem.items()
        if not isinstance(key, PLACES)
        or not (over.intersection(key.args) or (owing and isinstance(key, Paid) and key.root is None))
    }


def reread(state: State, slot: Key) -> State:
    """Return the state after a slot was read, or shown to somebody: what was stored there has been seen."""
    return state.without(Wrote(slot))


def new_turn(state: State) -> State:
    """Return the state at the start of a loop's next turn: its slots are other slots, its pages other pages."""
    owing = any(isinstance(key, Taken) for key in state.mem)
    over = {k for k in state.mem if isinstance(k, Wrote) or (isinstance(k, Paid) and k.root is None and not owing)}
    return state.but(mem={key: value for key, value in state.mem.items() if key not in over}) if over else state
