"""What a path owes for the entries that it took out of their slots, and who was given it.

Taking an entry makes a debt: a place ("debt", root) that holds the slot, and a letter for each of ``PARTS``: o (owed),
h (handed over: to the page, to a marker, to a function that is not in sight, to the caller) or v (void: the old entry
is known not to have the bit; of what the hardware sets that is as good as handed over, and written h). What is stored
into a slot while another one is owed for is an heir: ("heir", root, slot). What is handed over before the entry is
taken is remembered as ("paid", part, root), and what was stored into a slot that nobody has read since as ("wrote",
slot). All of these are places of the state's memory, so that paths that have paid and paths that have not stay apart.
"""

from collections.abc import Iterable

from anonlint.domain.softbits import BITS, PARTS, known, void_letter
from anonlint.domain.state import Key, State, Value, parts

PLACES = frozenset(("debt", "paid", "heir", "wrote"))  # of the memory: no values that anything can be held by


def two(a: Value, b: Value) -> bool:
    """Return whether two entries are known to be those of different slots."""
    return a is not None and b is not None and a != b and a[0] == b[0] == "cell"


def owe(state: State, root: Value, slot: Key) -> State:
    """Return the state after an entry was taken out of its slot."""
    letters = ""
    for part in PARTS:
        void = part in BITS and known(state, root, part) is False
        paid = any(key[0] == "paid" and key[1] == part and not two(key[2], root) for key in state.mem)
        letters += void_letter(part) if void else "h" if paid else "o"
    return state.write(("debt", root), ("debt", letters, slot))


def pay(state: State, part: str, root: Value) -> State:
    """Return the state after a part was handed over: for ``root``, None if it is not known whose page that was."""
    at = PARTS.index(part)
    mem = dict(state.mem)
    for key, value in state.mem.items():
        if key[0] == "debt" and value[1][at] == "o" and not two(key[1], root):
            mem[key] = ("debt", value[1][:at] + "h" + value[1][at + 1 :], value[2])
    if ("debt", root) not in mem:  # it may be taken yet
        mem["paid", part, root] = 1
    return state.but(mem=mem)


def acquit(state: State, root: Value) -> State:
    """Return the state after an entry was given to somebody who is not in sight: what it says is up to them."""
    got = state.mem.get(("debt", root))
    return state if got is None else state.write(("debt", root), ("debt", got[1].replace("o", "h"), got[2]))


def owed(state: State, root: Value) -> str:
    """Return the letters of an entry's debt, nothing if it was never taken; who stored it elsewhere passed it on."""
    got = state.mem.get(("debt", root))
    if got is None:
        return ""
    kept = any(key[0] in ("fld", "idx") and type(v) is tuple and root in parts(v) for key, v in state.mem.items())
    letters: str = got[1].replace("o", "h") if kept else got[1]
    return letters


def unpaid(state: State, root: Value) -> bool:
    """Return whether something may still be handed over for an entry: its dirty bit."""
    got = state.mem.get(("debt", root))
    return got is not None and got[1][PARTS.index("dirty")] == "o"


def inherit(state: State, slot: Key) -> State:
    """Return the state after an entry that is made of no other was stored: the heir of the one that is owed for."""
    debts = [key[1] for key in state.mem if key[0] == "debt"]
    taken = [root for root in debts if slot != (at := state.mem["debt", root][2]) and state.mem.get(at) == ("none",)]
    return state.write(("heir", taken[0], slot), 1) if len(debts) == len(taken) == 1 else state


def heirs(state: State, root: Value) -> tuple[Value, ...]:
    """Return what stands in other slots now for an entry that was taken."""
    slots = [key[2] for key in state.mem if key[0] == "heir" and key[1] == root]
    return tuple(state.mem[slot] for slot in sorted(slots, key=repr) if slot in state.mem)


def left(state: State, root: Value) -> Value:
    """Return what is in the slot now that an entry was taken from; None if it was not taken."""
    got = state.mem.get(("debt", root))
    return None if got is None else state.mem.get(got[2])


def settled(mem: dict[Key, Value], gone: Iterable[Value]) -> dict[Key, Value]:
    """Return a memory without the debts of entries that are done with."""
    over = set(gone)
    if not any(key[0] in PLACES for key in mem):
        return mem
    owing = any(("debt", root) in mem for root in over)
    return {
        key: value
        for key, value in mem.items()
        if key[0] not in PLACES or not (over.intersection(key[1:]) or (owing and key[0] == "paid" and key[2] is None))
    }


def reread(state: State, slot: Key) -> State:
    """Return the state after a slot was read, or shown to somebody: what was stored there has been seen."""
    return state.without(("wrote", slot))


def new_turn(state: State) -> State:
    """Return the state at the start of a loop's next turn: its slots are other slots, its pages other pages."""
    owing = any(key[0] == "debt" for key in state.mem)
    over = [k for k in state.mem if k[0] == "wrote" or (k[0] == "paid" and k[2] is None and not owing)]
    return state.but(mem={key: value for key, value in state.mem.items() if key not in over}) if over else state
