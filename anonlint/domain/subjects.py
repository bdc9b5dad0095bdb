"""Whom a proof is about: the page it was asked of, its folio, a mapping, an entry, or the call as a whole.

A proof is a pair (fact, subject). ``None`` as a subject is the call as a whole, or something that cannot be told
apart from others. Two subjects that are not known to be different may be the same: what is said of one is then taken
for the other, too. So "exclusive" of a page that was looked up by one entry proves nothing of the page of another
entry, while of a page that was handed in nobody knows what entry maps it.
"""

from collections.abc import Iterable
from typing import get_args

from anonlint.domain.proofs import MappingProof, PageProof
from anonlint.domain.state import Proof, State, parts
from anonlint.domain.values import Cell, Field, Mapping, NewPage, PageOf, Pair, Part, Pfn, Value, Var, ZeroPage

PASSED = "?passed "  # with a mask of entry states: those in which a page was taken that they do not have
ALIKE = "?alike"  # two mappings have the same access
# Kept by the page table lock: once it is dropped, a fork, a pin or a KSM scan may have changed it.
UNDER_PTL = frozenset(("excl", "unpinned"))
OF_MAPPING: frozenset[str] = frozenset(get_args(MappingProof))
OF_PAGE: frozenset[str] = frozenset(get_args(PageProof))

# Facts that do not only speak for a function: a rule asks whether they are proven, to say something against it.
HELD_AGAINST = frozenset(
    (
        "vma-shared",
        "sole",
        "sole-unlocked",
        "sole-mapped",
        "few",
        "was-unpinned",
        "uffd-wanted",
        "no-uffd-vma",
        "caller",
    )
)

# What an entry or its mapping may say, and what must be known too for it to be the mapping.
_OF_EITHER = {"no-uffd": "no-uffd-vma", "no-soft-dirty": "no-soft-dirty-vma"}
OF_CALL = frozenset(("unshare", "force", "no-pin"))  # the marks that outlive an entry


ZERO_PAGE: Value = ZeroPage()  # the page of zeros: nobody's, and never written


def is_new(value: Value) -> bool:
    """Return whether a value is a page that was just allocated."""
    return isinstance(value, NewPage)


def base(page: Value) -> Value:
    """Return the page, or the folio, that a value is a page of: what holds of a folio holds of its pages."""
    while isinstance(page, Part):
        page = page.page
    return PageOf(page.root) if isinstance(page, Pfn) else page


def apart(one: Value, other: Value) -> bool:
    """Return whether two subjects are known to be different ones."""
    if one is None or other is None or one == other:
        return False
    if is_new(one) or is_new(other):
        known = other if is_new(one) else one
        return _identified(known) or _handed_in(known)
    if isinstance(one, PageOf) and isinstance(other, PageOf):
        return True  # of two entries
    return isinstance(one, Mapping) and isinstance(other, Mapping)


def _identified(page: Value) -> bool:
    """Return whether it is known which page a value is: a new one, or the one that an entry maps."""
    return isinstance(page, (NewPage, PageOf))


def _handed_in(page: Value) -> bool:
    """Return whether a page is one that a parameter leads to: it is older than what is allocated here."""
    while isinstance(page, (Field, Cell)):
        page = page.base if isinstance(page, Field) else page.pointer
    return isinstance(page, Var) and ":" not in page.name


def mapping(value: Value, types: dict[str, str]) -> Value:
    """Return the mapping that a value is, or belongs to (its flags, its mm), None where that does not show.

    Only mappings that are handed in as such are told apart: one that is a member of something may be the same.
    """
    while isinstance(value, Field) and value.member in ("vm_flags", "vm_mm", "flags"):
        value = value.base
    if not isinstance(value, Var) or ":" in value.name:
        return None
    return Mapping(value.name) if "vm_area_struct" in types.get(value.name, "") else None


def alike(state: State, one: Value, other: Value) -> State:
    """Return the state in which two mappings have the same access: both may be written to, or none."""
    for vma, twin in ((one, other), (other, one)):
        state = state.proven("vm-write", of=twin) if state.holds("vm-write", vma) else state
    return state.noted(ALIKE, of=Pair(one, other))


def may_write(state: State, vma: Value) -> State:
    """Return the state in which a mapping, and those whose access is the same, may be written to."""
    pairs = [(of.one, of.other) for fact, of in state.proofs if fact == ALIKE and isinstance(of, Pair)]
    for one in (vma, *(twin for pair in pairs if vma in pair for twin in pair)):
        state = state.proven("vm-write", of=one)
    return state


def facts_about(state: State, page: Value, vma: Value) -> frozenset[str]:
    """Return the facts that a path has proven of a page, of a mapping, and of the call."""
    page = base(page)
    return frozenset(
        fact
        for fact, subject in state.proofs
        if fact[0] != "?" and not apart(subject, vma if fact in OF_MAPPING else page)
    )


def released(proofs: frozenset[Proof]) -> frozenset[Proof]:
    """Return the proofs that are left when a page table lock is dropped; a new page is nobody else's."""
    return frozenset(p for p in proofs if p.fact not in UNDER_PTL or is_new(p.of))


def gone_by(proofs: frozenset[Proof], page: Value) -> frozenset[Proof]:
    """Return the proofs that are left when the entry of a page is cleared: as long as it stood, pins could be taken."""
    early = frozenset(p for p in proofs if p.fact == "unpinned" and not apart(p.of, page))
    return (proofs - early).union(Proof("was-unpinned", of) for _, of in early) if early else proofs


def without_subject(proofs: frozenset[Proof], gone: Iterable[Value]) -> frozenset[Proof]:
    """Return the proofs that are about nothing made of the given values."""
    dead = [p for p in proofs if not parts(p.of).isdisjoint(gone)]
    if not dead:
        return proofs
    locked = (Proof("locked", None),) if any(fact == "locked" for fact, _ in dead) else ()  # it still is, whoever it is
    return proofs.difference(dead).union(locked)


def next_entry(state: State) -> State:
    """Return the state for another entry: what was proven of the last one's page says nothing of it."""
    proofs = frozenset(p for p in state.proofs if p.of is not None or p.fact not in OF_PAGE)
    marks = state.marks & OF_CALL
    if proofs == state.proofs and marks == state.marks:
        return state
    return state.but(proofs=proofs, marks=marks)


def next_slot(state: State) -> State:
    """Return the state after a pointer has moved on: what the entry behind it has said, the next one has not."""
    proofs = _of_mapping(state.proofs)
    return state if proofs == state.proofs else state.but(proofs=proofs)


def _of_mapping(proofs: frozenset[Proof]) -> frozenset[Proof]:
    """Return the proofs without those that an entry has given, and not its mapping."""
    return frozenset(p for p in proofs if p.fact not in _OF_EITHER or (_OF_EITHER[p.fact], p.of) in proofs)
