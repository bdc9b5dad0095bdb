"""What several rules ask of what is left in place of an old entry: its bits, and what was owed for it."""

from collections.abc import Iterator
from typing import NamedTuple

from anonlint.rule.plugin import (
    BITS,
    DEVICE_PRIVATE,
    FILE,
    MIGRATION,
    NONE,
    NONPRESENT,
    PARTS,
    PRESENT,
    ZERO_PAGE,
    Cleared,
    Diagnostic,
    Event,
    Fact,
    Facts,
    KeptEntry,
    MadeEntry,
    Outcome,
    Pass,
    PresentEntry,
    Severity,
    Span,
    Store,
    SwapEntry,
    Value,
    Var,
    bare,
    base,
    bits_of,
    is_new,
    mask,
    root_of,
    spelled,
    with_bits,
)

_NOT_SET = "a moved entry is not set {}: whoever tracks writes does not see that the page at its new place is another"
_LOST = "the new entry does not take over the old one's {} bit"
_MADE_UP = "pte_mkdirty() sets soft-dirty, too, and nothing puts it back to what the old entry said"
_STALE = "the stored entry was read before the slot was cleared: bits that the hardware set meanwhile are lost"
_LIVE = "a mapped entry is read, changed and stored back: bits that the hardware sets meanwhile are lost"


class Heir(NamedTuple):
    """An entry that is left somewhere in place of an old one, and what was done with the old one's parts.

    ``entry_states`` are the states of the old one, ``debt`` the letters of what was owed for it ("": it was not taken);
    ``moved`` says that it has left its own slot for another one; ``proofs`` are what its path has proven.
    """

    root: Value
    value: Value
    entry_states: int
    debt: str = ""
    moved: bool = False
    proofs: frozenset[str] = frozenset()

    def proven(self, *facts: Fact) -> bool:
        """Return whether its path has proven any of these."""
        return not self.proofs.isdisjoint(facts)

    def handed(self, part: str) -> bool:
        """Return whether a part was handed over, or known not to be there."""
        return self.debt[PARTS.index(part) :][:1] in ("h", "v")

    def owes(self, part: str) -> bool:
        """Return whether a part of an entry that was taken has been handed to nobody."""
        return self.debt[PARTS.index(part) :][:1] == "o"


def rewrites(p: Pass) -> list[Heir]:
    """Return every entry that is left somewhere in place of an old one."""
    return p.once(_rewrites)


def _rewrites(p: Pass) -> Iterator[Heir]:
    facts = p.facts
    for outcome, entry_states in facts.outcomes.items():
        plausible = p.plausible(outcome.root, entry_states) & (PRESENT | NONPRESENT)
        plausible &= ~mask("H,M")
        if splits(facts, outcome):
            continue  # its stores tell more: a loop has forgotten the slots
        own = outcome.own if outcome.own is not None else outcome.left
        moved = own == Cleared()
        values = [*copies(facts, outcome), *(outcome.heirs if moved else ())]
        yield from (
            Heir(outcome.root, value, plausible, outcome.debt, moved, outcome.proofs)
            for value in dict.fromkeys(values)
            if _is_of(outcome.root, value) or bare(value) == outcome.root or (outcome.debt and _stands_in(value))
        )
        stands_in = outcome.debt and _stands_in(own) and _same_content(facts, own)
        plausible = plausible & PRESENT or plausible if stands_in else plausible
        if stands_in or _is_of(outcome.root, outcome.own) or _replaces(outcome.own, entry_states):
            yield Heir(outcome.root, own, plausible, outcome.debt)

    for event, entry_states in facts.events.items():
        if event.kind == "remade" and isinstance(event.root, Var):
            yield Heir(event.root, event.value, p.plausible(event.root, entry_states) & mask("S"))
        if event.kind == "store" and event.root is not None and root_of(event.value) is None:
            plausible = p.plausible(event.root, entry_states) & NONPRESENT & ~mask("H,M")
            if plausible and _replaces(event.value, entry_states):
                yield Heir(event.root, event.value, plausible)
    for store, entry_states in facts.stores.items():
        split = facts.levels.get(store.root) == "pmd" and store.level == "pte"
        if split and store.cell != store.root and _is_of(store.root, store.value):
            yield Heir(
                store.root, store.value, p.plausible(store.root, entry_states) & (PRESENT | NONPRESENT), store.debt
            )


def _is_of(root: Value, value: Value) -> bool:
    """Return whether a value is an entry made of another one, for the same page."""
    if isinstance(value, MadeEntry):
        return value.root == root and value.kind not in ("H", "M")
    return isinstance(value, SwapEntry) or (isinstance(value, PresentEntry | KeptEntry) and value.root == root)


def _stands_in(value: Value) -> bool:
    """Return whether a value, stored where or when an entry was taken, maps or keeps a page in its place."""
    if root_of(value) is not None:
        return False
    return isinstance(value, PresentEntry | SwapEntry) or (
        isinstance(value, MadeEntry) and bool(mask(value.kind) & MIGRATION)
    )


def _same_content(facts: Facts, value: Value) -> bool:
    """Return whether an entry in an old one's slot can be taken to map what that one did: the page, or a copy of it.

    A page that is handed in may hold anything, unless the function asks what the old entry said.
    """
    return not isinstance(value, PresentEntry) or is_new(base(value.page)) or bool(facts.read_bits)


def _replaces(value: Value, entry_states: int) -> bool:
    """Return whether a value stands for the same page as the entry whose slot it ends up in: it maps or unmaps it."""
    if root_of(value) is not None:
        return False
    if isinstance(value, MadeEntry) and mask(value.kind) & MIGRATION:
        return True
    maps = isinstance(value, PresentEntry) or (isinstance(value, MadeEntry) and bool(mask(value.kind) & DEVICE_PRIVATE))
    return maps and not entry_states & (PRESENT | NONE)


def splits(facts: Facts, outcome: Outcome) -> bool:
    """Return whether a PMD's entry is written out as PTEs."""
    return facts.levels.get(outcome.root) == "pmd" and any(
        store.root == outcome.root and store.cell != outcome.root and store.level == "pte" for store in facts.stores
    )


def copies(facts: Facts, outcome: Outcome) -> list[Value]:
    """Return what an outcome leaves in other page table slots."""
    slots = {store.cell for store in facts.stores if store.level}
    return [value for key, value in outcome.others if key in slots]


def lost(p: Pass, bit: int) -> Iterator[Diagnostic]:
    """Yield a diagnostic for every entry that loses a software bit; a remark on it at the very place makes it a note.

    Swap entries are a process's, whoever works on them; other entries may be the kernel's own.
    """
    name = BITS[bit]
    found: dict[tuple[Span, str], int] = {}
    huge: dict[tuple[Span, str], bool] = {}
    facts = p.facts
    read = facts.read_bits & set(facts.slots)
    for heir in rewrites(p):
        root, value, entry_states = heir.root, heir.value, heir.entry_states
        level = facts.levels.get(root, "pte")
        if not p.user and not isinstance(value, SwapEntry):
            continue
        if isinstance(root, Var) and read:
            continue  # handed in with its slot, whose bits are read
        wrong = _wrong(heir, bit) or _not_set(facts, heir, bit)
        # A marker is for an empty slot: an heir carries the bit itself.
        if not wrong or heir.debt[bit : bit + 1] == "v":
            continue
        if name == "uffd-wp" and not p.can_be_uffd_wp(level):
            continue  # there is no such bit yet
        if name == "uffd-wp":
            entry_states &= ~mask("Pw,W")  # an entry is writable or write-protected, never both, save for a device's
            entry_states = 0 if isinstance(value, PresentEntry) and value.write == 1 else entry_states
        elif isinstance(value, MadeEntry) and mask(value.kind) & DEVICE_PRIVATE:
            entry_states &= ~DEVICE_PRIVATE  # not kept on purpose: see copy_nonpresent_pte() in mm/memory.c
        elif isinstance(value, SwapEntry) and not p.whole and entry_states & DEVICE_PRIVATE:
            continue  # the hunk does not show of what kind it is: it may be one of these
        if entry_states:
            where = place(p, root, value), wrong
            found[where] = found.get(where, 0) | entry_states
            huge[where] = huge.get(where, True) and level == "huge"
    for (span, wrong), entry_states in found.items():
        kinds = spelled(entry_states, ", ")
        severity = _of_huge(p, name) if huge[span, wrong] else None
        severity = Severity.NOTE if p.remarked(span, name) else Severity.WARNING if wrong != _LOST else severity
        yield Diagnostic(span, f"{wrong.format(name)} ({kinds})", severity=severity)


def _wrong(heir: Heir, bit: int) -> str:
    """Return what is wrong with a software bit of an entry, nothing if it is right."""
    letter = bits_of(heir.value)[bit]
    if (
        letter == "d"
        and isinstance(heir.value, PresentEntry)
        and heir.entry_states & MIGRATION
        and not heir.entry_states & ~MIGRATION
    ):
        return _MADE_UP
    return _LOST if letter == "l" else ""


def _not_set(facts: Facts, heir: Heir, bit: int) -> str:
    """Return what is wrong with a moved entry that is as it was: it has to be soft-dirty at its new place."""
    tracked = facts.levels.get(heir.root) != "huge" and not heir.proven("!soft-dirty")
    as_it_was = BITS[bit] == "soft-dirty" and heir.moved and bits_of(heir.value)[bit] == "k"
    return _NOT_SET if as_it_was and tracked and heir.root not in facts.soft_read and heir.debt else ""


def _of_huge(p: Pass, bit: str) -> Severity | None:
    """Return how bad it is to lose a bit of a hugetlb entry: none reads its soft-dirty bit before PAGEMAP_SCAN."""
    if bit != "soft-dirty":
        return None
    return Severity.WARNING if p.reads_soft_dirty("huge") else Severity.NOTE


def place(p: Pass, root: Value, value: Value) -> Span:
    """Return where an entry is made, else where it is stored."""
    facts: Facts = p.facts
    made = [m.span for m in facts.made if isinstance(value, MadeEntry) and m.root == root and m.kind == value.kind]
    stored = [s.span for s in facts.stores if s.root == root and s.value == value]
    kinds = ("store", "remade")
    stored = stored or [e.span for e in facts.events if e.kind in kinds and e.root == root and e.value == value]
    stored = stored or [s.span for s in facts.stores if s.value == value]
    if not stored:  # what was asked after the store has changed what is said of its bits
        plain = with_bits(value, "")
        stored = [s.span for s in facts.stores if with_bits(s.value, "") == plain and s.root == root]
    return p.nearest(made or stored, p.span)


def stale(p: Pass) -> Iterator[Diagnostic]:
    """Yield a diagnostic for every mapped entry that is stored back as it was before it was cleared."""
    facts = p.facts
    for event, entry_states in facts.events.items():
        where = p.at(event)
        if (
            event.kind == "store"
            and "t" in bits_of(event.value)[2:4]
            and p.plausible(event.root, entry_states) & PRESENT
        ):
            yield Diagnostic(where, _STALE)
        if event.kind == "live-store" and _is_live(p, event, entry_states):
            yield Diagnostic(where, _LIVE)
    yield from _outdated(p)
    for store in handed_in(p):
        yield Diagnostic(p.at(store), _STALE)
    yield from _unheeded(p)


def _unheeded(p: Pass) -> Iterator[Diagnostic]:
    """Yield a diagnostic for every entry made from an old one that does not take over its young or dirty bit."""
    found: dict[Span, int] = {}
    carries = p.migration_keeps_young_dirty
    wide = PRESENT | (MIGRATION if carries is not False else NONE)
    for heir in rewrites(p):
        root, value, entry_states = heir.root, heir.value, heir.entry_states
        if heir.moved:
            entry_states &= FILE  # who moves an anonymous page keeps it, clean or not
        if heir.debt and _stands_in(value) and not isinstance(value, MadeEntry):
            continue  # another page's: what is said of the old one is no affair of its entry; but who moves, moves it
        if isinstance(value, PresentEntry) and value.page == ZERO_PAGE:
            continue  # nothing was ever written to it
        told = isinstance(value, PresentEntry)  # who restores a migration entry asks the page and the entry
        hardware = [part for part in ("young", "dirty") if not (told and heir.handed(part))]
        letters = "".join(bits_of(value)[BITS.index(part)] for part in hardware)
        if isinstance(value, PresentEntry):
            can = entry_states & (wide if p.asks_for(root, MIGRATION) else PRESENT)
        elif isinstance(value, MadeEntry) and mask(value.kind) & MIGRATION:
            can = entry_states & (wide if carries else wide & MIGRATION)
            if carries is False and heir.owes("dirty"):  # no room for it: the page is told instead
                can, letters = entry_states & PRESENT, "l"
        else:
            can = 0
        if can and "l" in letters:
            where = place(p, root, value)
            found[where] = found.get(where, 0) | can
    for where, entry_states in found.items():
        kinds = spelled(entry_states, ", ")
        severity = Severity.NOTE if p.remarked(where, "young") or p.remarked(where, "dirty") else None
        message = f"the new entry does not take over the old one's young or dirty bit ({kinds})"
        yield Diagnostic(where, message, severity=severity)


def _is_live(p: Pass, event: Event, entry_states: int) -> bool:
    """Return whether what was read from a slot and is stored back, changed, was mapped all the while."""
    if event.proven("kernel"):
        return False
    if isinstance(event.value, PresentEntry | KeptEntry):
        return bool(p.plausible(event.root, entry_states) & mask("Pw"))  # of a read-only entry at most young is lost
    return bool(entry_states & mask("Pw")) and not entry_states & ~PRESENT


def removed(p: Pass, part: str, message: str) -> Iterator[Diagnostic]:
    """Yield a diagnostic for every mapped entry of a file page that is gone with a part that nobody was given.

    Its page was given up by then, and what is left of the entry is nowhere. The slot of a uffd-wp entry is what the
    marker goes into: where it was handed in, that may be its caller's to do.
    """
    facts = p.facts
    at = PARTS.index(part)
    for outcome, entry_states in facts.outcomes.items():
        debt = outcome.debt
        gone = debt[at:][:1] == "o" and debt[PARTS.index("rmap")] == "h" and outcome.left == Cleared()
        if not gone or outcome.others or outcome.heirs or outcome.proven("vma-anon") or facts.maps_anon:
            continue  # nobody writes to a file's page through a private mapping
        if part == "uffd-wp" and outcome.proven("no-uffd-vma"):
            continue
        if part == "uffd-wp" and (outcome.root in facts.slots or facts.levels.get(outcome.root) == "pmd"):
            continue  # a PMD of a file is split before it is write-protected: markers are PTEs
        if p.plausible(outcome.root, entry_states) & PRESENT & FILE:
            spans = sorted(span for span, root in facts.takes if root == outcome.root)
            where = next((span for span in spans if p.holds(span)), spans[0])
            yield Diagnostic(where, message, severity=Severity.NOTE if p.remarked(where, part) else None)


def _outdated(p: Pass) -> Iterator[Diagnostic]:
    """Yield a diagnostic for every entry that is stored as it was read before the lock was taken."""
    for event, _ in p.events("outdated-store"):
        yield Diagnostic(
            p.at(event),
            "the stored entry was read before the lock was taken, and not compared under it: what was done to the "
            "slot meanwhile is undone",
        )


def handed_in(p: Pass) -> Iterator[Store]:
    """Yield the stores of an old entry that was handed in, into a slot that was cleared only here."""
    facts = p.facts
    for store, entry_states in facts.stores.items():
        root = root_of(store.value)
        given = root is not None and isinstance(root, Var) and ":" not in root.name  # no helper's own variable
        if store.cell in facts.taken and given and root == store.root:
            asked = any(t.root == root for t in facts.tests)
            if asked and bits_of(store.value)[2:4] == "kk" and entry_states & PRESENT:
                yield store
