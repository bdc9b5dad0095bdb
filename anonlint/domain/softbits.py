"""Software bits of an entry on its way from one slot to another: which are still those of the old entry.

A value carries one status letter for each of ``BITS``: k (as it was), s (set), c (cleared on purpose), l
(lost: the value was made anew, and nothing has put the bit back) or t (stale: the value was read before
the slot was cleared, and the hardware may have set the bit since) or d (set along with another one: pte_mkdirty()
sets soft-dirty on x86 and s390) or n (of soft-dirty: made anew, and known to be clear in the old entry). Whatever is
said of a bit that is known to be clear in the old entry, it is as it was.
"""

from anonlint.domain.kinds import mask
from anonlint.domain.notes import Debt, Taken
from anonlint.domain.state import State, is_root, root_of
from anonlint.domain.values import Bit, Cell, KeptEntry, MadeEntry, Offset, PresentEntry, SwapEntry, TypeOf, Value, Var

BITS = ("soft-dirty", "uffd-wp", "young", "dirty", "exclusive")
PARTS = (*BITS, "rmap")  # what is owed for an entry that is taken (see debts.py)
HARDWARE = frozenset(("young", "dirty"))  # what the processor sets
AS_IT_WAS = "k" * len(BITS)
ANEW = "l" * len(BITS)
_SWAP = mask("S")
_BITTY = (MadeEntry, PresentEntry, KeptEntry, SwapEntry)


def bits_of(value: Value) -> str:
    """Return the status letters of an entry value."""
    return (value.bits or AS_IT_WAS) if isinstance(value, _BITTY) else AS_IT_WAS


def with_bits(value: Value, bits: str) -> Value:
    """Return an entry value with other status letters."""
    match value:
        case MadeEntry(kind=kind, root=root):
            return MadeEntry(kind, root, bits)
        case PresentEntry(write=write, root=root, page=page):
            return PresentEntry(write, root, bits, page)
        case SwapEntry(source=source):
            return SwapEntry(source, bits)
        case KeptEntry(root=root):
            return root if bits == AS_IT_WAS else KeptEntry(root, bits)
    return KeptEntry(value, bits) if is_root(value) and bits != AS_IT_WAS else value


def bare(value: Value) -> Value:
    """Return the entry itself where a value is an entry with other software bits."""
    return value.root if isinstance(value, KeptEntry) else value


def entry_root(value: Value) -> Value:
    """Return the root of an entry that is handed on by value, None for anything else."""
    value = bare(value)
    return value if is_root(value) else value.root if isinstance(value, (TypeOf, Offset)) else None


def two(a: Value, b: Value) -> bool:
    """Return whether two entries are known to be those of different slots."""
    return isinstance(a, Cell) and isinstance(b, Cell) and a is not b


def anew(state: State, root: Value, kept: str = "") -> str:
    """Return the letters of an entry made of ``root``'s page; ``kept`` names bits that come along."""
    return "".join("k" if b in kept.split(",") or known(state, root, b) is False else "l" for b in BITS)


def change(state: State, value: Value, names: str, status: str) -> Value:
    """Return the value after bits were set (s) or cleared (c)."""
    letters = list(bits_of(value))
    root = root_of(value)
    for name in names.split(","):
        if name in BITS:
            was = known(state, root, name)
            same = was is not None and was == (status == "s")
            letters[BITS.index(name)] = "k" if same else status
    return with_bits(value, "".join(letters))


def strip(state: State, value: Value, names: str) -> Value:
    """Return the value after a conversion that drops bits."""
    letters = list(bits_of(value))
    for name in names.split(","):
        if name in BITS and known(state, root_of(value), name) is not False:
            letters[BITS.index(name)] = "l"
    return with_bits(value, "".join(letters))


def void_letter(part: str) -> str:
    """Return the letter of a debt's part that the old entry is known not to have (see debts.py)."""
    return "h" if part in HARDWARE else "v"


def clear_in_old(state: State, root: Value, name: str, *, owed: bool = True) -> State:
    """Return the state in which a bit of the old entry is known to be clear: nothing can lose it.

    With ``owed`` false it is only known that it need not be carried on.
    """
    at = BITS.index(name)
    mem = dict(state.mem)
    for key, value in state.mem.items():
        letters = bits_of(value)
        if letters[at] in "ltc" and root_of(value) in (root, None):
            no_swap = not state.masks.get(root, _SWAP) & _SWAP  # of a swap entry it does not matter: it costs much
            anew_ = no_swap and isinstance(value, PresentEntry) and name == "soft-dirty" and letters[at] == "l"
            mem[key] = with_bits(value, letters[:at] + ("n" if anew_ else "k") + letters[at + 1 :])
        elif owed and isinstance(key, Taken) and isinstance(value, Debt) and not two(key.of, root):
            mem[key] = Debt(value.letters[:at] + void_letter(name) + value.letters[at + 1 :], value.slot)
    return state.but(mem=mem)


def set_in_old(state: State, root: Value, name: str) -> State:
    """Return the state in which a bit of the old entry is known to be set: where it was put, it was before."""
    at = BITS.index(name)
    mem = dict(state.mem)
    for key, value in state.mem.items():
        letters = bits_of(value)
        if letters[at] in "sd" and root_of(value) in (root, None):
            mem[key] = with_bits(value, letters[:at] + "k" + letters[at + 1 :])
    return state.but(mem=mem)


def stale(state: State, root: Value) -> State:
    """Return the state after a slot was cleared: what was read from it before may lack the hardware's last word."""
    mem = dict(state.mem)
    for key, value in state.mem.items():
        if isinstance(key, Var) and root_of(value) == root and bits_of(value)[2:4] == "kk":
            letters = bits_of(value)
            mem[key] = with_bits(value, letters[:2] + "tt" + letters[4:])
    return state.but(mem=mem)


def known(state: State, root: Value, name: str) -> bool | None:
    """Return whether a bit of an entry is known to be set, or clear; of no entry at hand, of whichever was asked."""
    if state.holds(f"!{name}"):
        return False
    if root is not None:
        return state.known(Bit(root, name))
    for cond, (outcome, _) in state.cons.items():
        if isinstance(cond, Bit) and cond.name == name:
            return outcome
    return None
