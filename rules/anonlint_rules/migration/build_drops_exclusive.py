"""A migration entry is made that forgets that its mapping was exclusive, or grants it write access.

Why: while a page is being migrated, its entry alone remembers whether the page was exclusive: the
page's own flag is cleared on the way. A plain readable entry says "possibly shared", and after
migration the next write fault copies a page that a device may have pinned. The other way round, a
writable entry of a mapping that was read-only lets a write through that copy-on-write should catch.

Misses: entries that are stored in a page table slot of which the function has seen nothing.
"""

from collections.abc import Iterator

from anonlint.rule.plugin import (
    ANON,
    EXCLUSIVE,
    MAPPED_EXCLUSIVE,
    MIGRATION,
    WORDS,
    Diagnostic,
    MadeEntry,
    Pass,
    Role,
    Severity,
    Store,
    mask,
    rule,
    spelled,
)

_WRITABLE = mask("Pw,DW")
_READ_ONLY = mask("Pr,DR")


@rule(
    code="AL105",
    name="build-drops-exclusive",
    severity=Severity.ERROR,
    since="0.1.0",
    breaks="the page comes back shared: the next write copies it, and what is pinned and what is mapped part ways",
    help=(
        "make a writable entry of a writable mapping, a readable-exclusive one where PageAnonExclusive() was set "
        "before the share, else a readable one"
    ),
    words=frozenset(("constructor", "raw-constructor")),
    fixes=('6c287605fd56 ("mm: remember exclusively mapped anonymous pages with PG_anon_exclusive")',),
    references=("mm/rmap.c: try_to_migrate_one()", "mm/huge_memory.c: set_pmd_migration_entry()"),
)
def check(p: Pass) -> Iterator[Diagnostic]:
    facts = p.facts
    split = {table.root for table in p.effects if table.role is Role.SPLIT}
    for store, entry_states in facts.stores.items():
        made = store.value.kind if isinstance(store.value, MadeEntry) else ""
        if made == "R" and p.read_exclusive:
            lost = entry_states & MAPPED_EXCLUSIVE if store.root == store.cell or store.root in split else 0
            lost |= entry_states & ANON & EXCLUSIVE & MIGRATION if store.root in split else 0
            if lost and p.asked_before(store.root, store.span) and p.asks_anon:
                what = f"an anonymous page that may be mapped {spelled(lost)}: its exclusivity is lost"
                yield _report(p, store, what)
                return
        gained = 0
        if made == "W" and store.root in split:
            gained = entry_states & (_READ_ONLY | mask("RX,R"))
        elif made == "W" and store.root == store.cell and _asks_write(p, store):
            gained = entry_states & _READ_ONLY
        if gained:
            yield _report(p, store, f"a page that may be mapped {spelled(gained)}: it gains write permission")
            return


def _asks_write(p: Pass, store: Store) -> bool:
    """Return whether the function itself asks whether the mapping is writable: else the caller may know."""
    return any(t.root == store.root and not t.yes & ~_WRITABLE for t in p.facts.tests)


def _report(p: Pass, store: Store, what: str) -> Diagnostic:
    kind = store.value.kind if isinstance(store.value, MadeEntry) else ""
    made = [m.span for m in p.facts.made if m.kind == kind and (m.root is None or m.root == store.root)]
    return Diagnostic(
        p.nearest(made, store.span),
        f"{WORDS[kind]} migration entry for {what}",
        notes=((store.span, "stored here"),),
        tables=p.tables(store.root),
    )
