"""Entry states as bit masks: what a page table entry can be, and what page it maps.

An *entry state* is a kind, whether the page behind it is anonymous, and whether the mapping is
exclusive (include/linux/swap.h and page-flags.h since 5.19, 6c287605fd56). A set of
entry states is an int with one bit an entry state, so that a predicate is a mask, and taking a branch is
an intersection. The executor runs a function once over whole sets of entry states and splits a set
only where the function itself tells its members apart.
"""

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from anonlint.kernel.era import Dating


class EntryState(NamedTuple):
    """One entry state. ``page`` is "anon", "file" or "" (no page behind it)."""

    kind: str
    page: str
    exclusive: bool


ENTRY_STATES: tuple[EntryState, ...] = (
    EntryState("none", "", False),
    EntryState("Pw", "anon", True),
    EntryState("Pw", "file", False),
    EntryState("Pe", "anon", True),
    EntryState("Pr", "anon", False),
    EntryState("Pr", "file", False),
    EntryState("W", "anon", True),
    EntryState("W", "file", False),
    EntryState("RX", "anon", True),
    EntryState("R", "anon", False),
    EntryState("R", "file", False),
    EntryState("DW", "anon", True),
    EntryState("DRe", "anon", True),
    EntryState("DR", "anon", False),
    EntryState("XW", "anon", True),
    EntryState("XRe", "anon", True),
    EntryState("XR", "anon", False),
    EntryState("S", "anon", False),
    EntryState("Se", "anon", True),
    EntryState("H", "anon", False),
    EntryState("H", "file", False),
    EntryState("M", "", False),
    EntryState("Mp", "", False),
    EntryState("Mg", "", False),
)

# The vocabulary names kinds as predicates tell them apart; some of those are several entry states, because
# the page's own exclusive flag splits them.
_SPLIT = {"Pr": ("Pe", "Pr"), "DR": ("DRe", "DR"), "XR": ("XRe", "XR"), "S": ("S", "Se"), "M": ("M", "Mp", "Mg")}


def _mask(*kinds: str) -> int:
    wanted = {k for kind in kinds for k in _SPLIT.get(kind, (kind,))}
    return sum(1 << i for i, entry_state in enumerate(ENTRY_STATES) if entry_state.kind in wanted)


ALL = (1 << len(ENTRY_STATES)) - 1
# Not an entry state: set beside the entry states of an entry of which something was asked that is not understood.
# What happens on such a path is not held against the function.
VAGUE = 1 << len(ENTRY_STATES)
NONE = _mask("none")
PRESENT = _mask("Pw", "Pe", "Pr")
MIGRATION = _mask("W", "RX", "R")
DEVICE_PRIVATE = _mask("DW", "DR")
DEVICE_EXCLUSIVE = _mask("XW", "XR")
NONPRESENT = ALL & ~NONE & ~PRESENT
SWAP = _mask("S")
MARKER = _mask("M")
WRITABLE = _mask("Pw", "W")
DEVICE = DEVICE_PRIVATE | DEVICE_EXCLUSIVE
ON_A_PAGE = MIGRATION | DEVICE
HAS_PFN = ON_A_PAGE | _mask("H")
ANON = sum(1 << i for i, entry_state in enumerate(ENTRY_STATES) if entry_state.page == "anon")
FILE = sum(1 << i for i, entry_state in enumerate(ENTRY_STATES) if entry_state.page == "file")
EXCLUSIVE = sum(1 << i for i, entry_state in enumerate(ENTRY_STATES) if entry_state.exclusive)
# A PMD is mapped, none, a migration entry, or a device-private entry.
_PMD = NONE | PRESENT | MIGRATION | DEVICE_PRIVATE
# A hugetlb entry is mapped, none, a migration entry, hwpoison or a marker.
_HUGE = NONE | PRESENT | MIGRATION | _mask("H", "M")

# The releases from which on, and up to which, there are entries of some kinds (include/linux/swap.h); the
# exclusive flag of pages is of 5.19 (6c287605fd56), a device-exclusive entry lost its write bit in 6.15.
_SINCE = {
    (5, 14): _mask("XW", "XR"),
    (5, 19): _mask("M", "RX", "Pe", "DRe", "XRe", "Se"),
    (6, 13): _mask("Mg"),
}
_UNTIL = {(6, 15): _mask("XW")}


_PMD_SINCE = {(6, 19): DEVICE_PRIVATE}


def existing(dating: "Dating") -> dict[str, int]:
    """Return the entry states that there can be at each level ("pte", "pmd", "huge") in the releases that fit."""
    ptes = ALL
    for era, entry_states in _UNTIL.items():
        ptes &= ~entry_states if dating.after(era) else ALL
    pmds = _PMD & (ptes := _born(ptes, _SINCE, dating))
    huge = _HUGE & ptes
    puds = huge & (NONE | PRESENT | MIGRATION)
    return {"pte": ptes, "pmd": _born(pmds, _PMD_SINCE, dating), "huge": huge, "pud": puds}


def _born(entry_states: int, since: "dict[tuple[int, int], int]", dating: "Dating") -> int:
    for era, kinds in since.items():
        entry_states &= ~kinds if dating.before(era) else ALL
    return entry_states


# What an entry may be once its page may have been shared: the flag of the page is gone, the entry is what it was.
_SHARED_SINCE = {_mask("Pe"): "Pr", _mask("DRe"): "DR", _mask("XRe"): "XR"}
_SHARED_AS = tuple((flagged, ANON & _mask(kind) & ~EXCLUSIVE) for flagged, kind in _SHARED_SINCE.items())


def unkept(entry_states: int) -> int:
    """Return the entry states after the page table lock was dropped, which keeps the exclusive flag of pages."""
    for flagged, shared in _SHARED_AS:
        entry_states |= shared if entry_states & flagged else 0
    return entry_states


GROUPS = {"present": PRESENT, "migration": MIGRATION, "nonpresent": NONPRESENT}
# What a word can be defined on (the key on=), and what a marker can say.
DOMAINS = {**GROUPS, "pfn": HAS_PFN, "swap": SWAP, "marker": MARKER, "any": ALL}
SAYS = {"uffd-wp": MARKER & ~_mask("Mp", "Mg"), "poison": _mask("Mp"), "guard": _mask("Mg")}

# What a table calls each kind: the words of the kernel's own comments.
WORDS = {
    "none": "none",
    "Pw": "present writable",
    "Pe": "present exclusive",
    "Pr": "present shared",
    "W": "writable",
    "RX": "readable-exclusive",
    "R": "readable",
    "DW": "device-private writable",
    "DRe": "device-private exclusive",
    "DR": "device-private readable",
    "XW": "device-exclusive writable",
    "XRe": "device-exclusive readable, exclusive",
    "XR": "device-exclusive readable",
    "S": "swap",
    "Se": "swap exclusive",
    "H": "hwpoison",
    "M": "marker",
    "Mp": "poison marker",
    "Mg": "guard marker",
}

SHORT = {**WORDS, "W": "writable", "RX": "read-excl", "R": "read", "DW": "dev-write", "DR": "dev-read"}


def mask(kinds: str) -> int:
    """Return the mask for a vocabulary list of kinds such as "W,RX,R" or "present,H"."""
    total = 0
    for kind in kinds.split(","):
        total |= GROUPS.get(kind) or _mask(kind)
    return total


def kinds_of(entry_states: int) -> tuple[str, ...]:
    """Return the kinds that occur in a mask, in the order of ENTRY_STATES, each once."""
    seen: dict[str, None] = {}
    for i, entry_state in enumerate(ENTRY_STATES):
        if entry_states >> i & 1:
            seen[entry_state.kind] = None
    return tuple(seen)


def spelled(entry_states: int, joint: str = " or ") -> str:
    """Return the kinds that occur in a mask in words."""
    return joint.join(WORDS[kind] for kind in kinds_of(entry_states))
