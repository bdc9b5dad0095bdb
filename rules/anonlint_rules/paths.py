"""What several rules ask of the paths of a function."""

from collections.abc import Iterator

from anonlint.plugin import (
    ANON,
    BITS,
    DEVICE_PRIVATE,
    EXCLUSIVE,
    MIGRATION,
    NONE,
    NONPRESENT,
    PRESENT,
    WORDS,
    Diagnostic,
    Event,
    Facts,
    Outcome,
    Pass,
    Severity,
    Span,
    Store,
    Value,
    bare,
    base,
    bits_of,
    is_new,
    kinds_of,
    mask,
    root_of,
)

_SHARED = ANON & ~EXCLUSIVE & (PRESENT | mask("R,DR,XR,S"))
_WRITABLE = mask("Pw,W,DW,XW")
PROOFS = frozenset(("excl", "sole", "new", "vma-shared", "kernel", "caller"))


def makes_writable(event: Event) -> bool:
    """Return whether an event stores a mapped, writable entry for a process."""
    value = event.value
    return event.kind == "store" and isinstance(value, tuple) and value[:2] == ("pres", 1)


def promised(p: Pass, event: Event, kind: str) -> bool:
    """Return whether an event is the "yes" of a function that stands for a proof: "write-test" or "reuse"."""
    return event.kind == "promise" and kind in p.classes(event.word)


def unproven(p: Pass, event: Event, atoms: int) -> bool:
    """Return whether the page of a claim or store may be shared for all that its path has proven."""
    facts = p.facts
    if event.kind == "store" and not makes_writable(event):
        return False
    page = event.value[4] if event.kind == "store" else event.value
    if event.proofs & PROOFS or is_new(base(page)) or event.word in _NEW:
        return False
    if "sole-mapped" in event.proofs and "huge" in facts.levels.values():
        return False  # of a hugetlb page the mappings are what counts
    if event.root is not None:
        looked_up = event.kind != "store" or event.root in facts.paged
        return looked_up and bool(p.plausible(event.root, atoms) & _SHARED)
    return page is not None and base(page) in facts.counted | facts.anon_asked


def doubt(p: Pass, event: Event, atoms: int) -> str:
    """Return what is not proven of a page."""
    kinds = kinds_of(p.plausible(event.root, atoms) & _SHARED) if event.root is not None else ()
    return f"may be shared ({WORDS[kinds[0]]} entry)" if kinds else "may be shared"


def knows_presence(p: Pass, root: Value, span: Span) -> bool:
    """Return whether a function asks of an entry whether it is present, or of what kind it is."""
    return root is not None and p.tells_presence(root, span)


def writable_kind(p: Pass, event: Event, atoms: int) -> str:
    """Return what writable kind of entry a stored value is, nothing if it is not writable."""
    value = event.value
    if value[0] == "pres":
        return "mapped, writable" if value[1] == 1 else ""
    if value[0] == "made":
        return WORDS[value[1]] if mask(value[1]) & _WRITABLE else ""
    if bare(value) != event.root or event.root is None or event.root[0] == "site":
        return ""  # what an unknown function gave may be anything
    kinds = kinds_of(p.plausible(event.root, atoms) & _WRITABLE)
    return " or ".join(WORDS[kind] for kind in kinds)


def rewrites(p: Pass) -> Iterator[tuple[Value, Value, int]]:
    """Yield (root, value, entry states) for every entry that is left somewhere in place of an old one."""
    facts = p.facts
    for outcome, atoms in facts.outcomes.items():
        plausible = p.plausible(outcome.root, atoms) & (PRESENT | NONPRESENT)
        plausible &= ~mask("H,M")
        if splits(facts, outcome):
            continue  # its stores tell more: a loop has forgotten the slots
        values = [] if outcome.own == ("none",) else copies(facts, outcome)
        yield from ((outcome.root, value, plausible) for value in values if _is_of(outcome.root, value))
        if _is_of(outcome.root, outcome.own) or _replaces(outcome.own, atoms):
            yield outcome.root, outcome.own, plausible

    for event, atoms in facts.events.items():
        if event.kind == "store" and event.root is not None and root_of(event.value) is None:
            plausible = p.plausible(event.root, atoms) & NONPRESENT & ~mask("H,M")
            if plausible and _replaces(event.value, atoms):
                yield event.root, event.value, plausible
    for store, atoms in facts.stores.items():
        split = facts.levels.get(store.root) == "pmd" and store.level == "pte"
        if split and store.cell != store.root and _is_of(store.root, store.value):
            yield store.root, store.value, p.plausible(store.root, atoms) & (PRESENT | NONPRESENT)


def _is_of(root: Value, value: Value) -> bool:
    """Return whether a value is an entry made of another one, for the same page."""
    known = isinstance(value, tuple) and value[0] in ("made", "pres", "kept", "swp")
    return known and (value[0] == "swp" or (root_of(value) == root and value[1] not in ("H", "M")))


def _replaces(value: Value, atoms: int) -> bool:
    """Return whether a value stands for the same page as the entry whose slot it ends up in: it maps or unmaps it."""
    if not isinstance(value, tuple) or root_of(value) is not None:
        return False
    if value[0] == "made" and mask(value[1]) & MIGRATION:
        return True
    maps = value[0] == "pres" or (value[0] == "made" and bool(mask(value[1]) & DEVICE_PRIVATE))
    return maps and not atoms & (PRESENT | NONE)


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
    """Yield a diagnostic for every entry that loses a software bit, unless a comment says why."""
    name = BITS[bit]
    found: dict[Span, int] = {}
    huge: dict[Span, bool] = {}
    facts = p.facts
    read = facts.read_bits & set(facts.slots)
    for root, value, atoms in rewrites(p):
        level = facts.levels.get(root, "pte")
        if bits_of(value)[bit] != "l" or (root[0] == "var" and read):
            continue  # handed in with its slot, whose bits are read
        if name == "uffd-wp" and not p.can_be_uffd_wp(level):
            continue  # there is no such bit yet
        if name == "uffd-wp":
            atoms &= ~_WRITABLE  # an entry is writable or write-protected, never both
        elif value[0] == "made" and mask(value[1]) & DEVICE_PRIVATE:
            atoms &= ~DEVICE_PRIVATE  # not kept on purpose: see copy_nonpresent_pte() in mm/memory.c
        if atoms:
            where = place(p, root, value)
            found[where] = found.get(where, 0) | atoms
            huge[where] = huge.get(where, True) and level == "huge"
    for where, atoms in found.items():
        if not p.explained(where, name):
            kinds = ", ".join(WORDS[kind] for kind in kinds_of(atoms))
            message = f"the new entry does not take over the old one's {name} bit ({kinds})"
            yield Diagnostic(where, message, severity=_of_huge(p, name) if huge[where] else None)


def _of_huge(p: Pass, bit: str) -> Severity | None:
    """Return how bad it is to lose a bit of a hugetlb entry: none reads its soft-dirty bit before PAGEMAP_SCAN."""
    if bit != "soft-dirty":
        return None
    return Severity.WARNING if p.reads_soft_dirty("huge") else Severity.NOTE


def place(p: Pass, root: Value, value: Value) -> Span:
    """Return where an entry is made, else where it is stored."""
    facts: Facts = p.facts
    made = [m.span for m in facts.made if isinstance(value, tuple) and m.root == root and m.kind == value[1]]
    stored = [s.span for s in facts.stores if s.root == root and s.value == value]
    stored = stored or [e.span for e in facts.events if e.kind == "store" and e.root == root and e.value == value]
    return p.nearest(made or stored, p.span)


def stale(p: Pass) -> Iterator[Diagnostic]:
    """Yield a diagnostic for every mapped entry that is stored back as it was before it was cleared."""
    facts = p.facts
    for event, atoms in facts.events.items():
        if event.kind == "store" and "t" in bits_of(event.value)[2:4] and p.plausible(event.root, atoms) & PRESENT:
            yield Diagnostic(
                p.nearest([event.span], event.call),
                "the stored entry was read before the slot was cleared: bits that the hardware set meanwhile are lost",
            )
    yield from _outdated(p)
    for store in handed_in(p):
        yield Diagnostic(
            p.nearest([store.span], store.span),
            "the stored entry was read before the slot was cleared: bits that the hardware set meanwhile are lost",
        )
    found: dict[Span, int] = {}
    carries = p.migration_keeps_young_dirty
    wide = PRESENT | (MIGRATION if carries is not False else NONE)
    if carries is None:
        carries = p.file_mentions(_CARRIES)
    for root, value, atoms in rewrites(p):
        letters = bits_of(value)[2:4]
        if value[0] == "pres":
            can = atoms & (wide if p.asks_for(root, MIGRATION) else PRESENT)
        elif value[0] == "made" and mask(value[1]) & MIGRATION:
            can = atoms & (wide if carries else wide & MIGRATION)
        else:
            can = 0
        if can and "l" in letters:
            where = place(p, root, value)
            found[where] = found.get(where, 0) | can
    for where, atoms in found.items():
        if not p.explained(where, "dirty", lines=12):
            kinds = ", ".join(WORDS[kind] for kind in kinds_of(atoms))
            yield Diagnostic(where, f"the new entry does not take over the old one's young or dirty bit ({kinds})")


def _outdated(p: Pass) -> Iterator[Diagnostic]:
    """Yield a diagnostic for every entry that is stored as it was read before the lock was taken."""
    for event in p.facts.events:
        if event.kind == "outdated-store":
            yield Diagnostic(
                p.nearest([event.span], event.call),
                "the stored entry was read before the lock was taken, and not compared under it: what was done to the "
                "slot meanwhile is undone",
            )


def handed_in(p: Pass) -> Iterator[Store]:
    """Yield the stores of an old entry that was handed in, into a slot that was cleared only here."""
    facts = p.facts
    for store, atoms in facts.stores.items():
        root = root_of(store.value)
        given = root is not None and root[0] == "var" and ":" not in root[1]  # no helper's own variable
        if store.cell in facts.taken and given and root == store.root:
            asked = any(t.root == root for t in facts.tests)
            if asked and bits_of(store.value)[2:4] == "kk" and atoms & PRESENT:
                yield store


_CARRIES = frozenset((b"make_migration_entry_young", b"make_migration_entry_dirty"))
_NEW: frozenset[str] = frozenset()
__all__ = [
    "NONE",
    "PROOFS",
    "doubt",
    "knows_presence",
    "lost",
    "makes_writable",
    "place",
    "promised",
    "rewrites",
    "stale",
    "unproven",
    "writable_kind",
]
