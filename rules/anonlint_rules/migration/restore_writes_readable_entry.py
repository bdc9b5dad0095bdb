"""A mapping is restored writable though its migration entry was not writable.

Why: only a writable entry holds write permission. A readable entry may stand for a shared page, or
for a mapping that mprotect(), userfaultfd or a fork made read-only in the meantime; mapping it
writable bypasses copy-on-write.

Misses: protections that are writable in themselves (vm_page_prot of a shared mapping).
"""

from collections.abc import Iterator

from anonlint.rule.plugin import (
    RESTORED,
    Diagnostic,
    MadeEntry,
    Pass,
    PresentEntry,
    Severity,
    mask,
    rule,
    spelled,
)

_READABLE = mask("R,RX")


@rule(
    code="AL107",
    name="restore-writes-readable-entry",
    severity=Severity.ERROR,
    since="0.1.0",
    breaks=(
        "a mapping that was read-only can be written to without a fault: copy-on-write and write protection are "
        "passed over"
    ),
    help="make the entry writable only where is_writable_migration_entry() (softleaf_is_migration_write()) says so",
    words=frozenset(("make-present", "bit-set", "constructor")),
    fixes=('6c287605fd56 ("mm: remember exclusively mapped anonymous pages with PG_anon_exclusive")',),
    references=("mm/migrate.c: remove_migration_pte()", "mm/huge_memory.c: remove_migration_pmd()"),
)
def check(p: Pass) -> Iterator[Diagnostic]:
    for store, entry_states in p.facts.stores.items():
        value = store.value
        writable = (isinstance(value, PresentEntry) and value.write == 1) or (
            isinstance(value, MadeEntry) and value.kind == "DW"
        )
        if not writable or store.root != store.cell or entry_states & ~RESTORED or not entry_states & _READABLE:
            continue
        yield Diagnostic(
            store.span,
            f"mapping is restored writable though its migration entry was {spelled(entry_states & _READABLE)}",
            notes=p.questions(store.root),
            tables=p.tables(store.root),
        )
