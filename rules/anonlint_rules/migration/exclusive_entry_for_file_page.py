"""A readable-exclusive migration entry is made where the page may not be anonymous.

Why: exclusivity is a property of anonymous pages only. When such an entry of a file page is
removed again, the page is treated as an anonymous one of this process: the bit that is set then
means something else there.

Misses: entries made by a helper that is handed nothing but a pfn, where no caller is in sight.
"""

from collections.abc import Iterator

from anonlint.rule.plugin import (
    FILE,
    Cell,
    Diagnostic,
    Made,
    MadeEntry,
    Pass,
    Severity,
    Span,
    Value,
    is_root,
    root_of,
    rule,
)


@rule(
    code="AL104",
    name="exclusive-entry-for-file-page",
    severity=Severity.ERROR,
    since="0.1.0",
    breaks="a page of a file is restored as an exclusive anonymous page: its bit means something else there",
    help="make a readable-exclusive entry only where the folio is anonymous (folio_test_anon()), else a readable one",
    words=frozenset(("constructor", "raw-constructor")),
    fixes=('6c287605fd56 ("mm: remember exclusively mapped anonymous pages with PG_anon_exclusive")',),
    references=("include/linux/swap.h: SWP_MIGRATION_READ_EXCLUSIVE is for anonymous pages only",),
)
def check(p: Pass) -> Iterator[Diagnostic]:
    facts = p.facts
    reported: set[Span] = set()
    for made, entry_states in facts.made.items():
        if made.kind == "RX" and made.root is not None and _asked(p, made) and entry_states & FILE:
            stores = [s.span for s in facts.stores if s.root == made.root and _is_read_exclusive(s.value)]
            reported.add(p.nearest([made.span], min(stores, default=made.span)))
    for store, entry_states in facts.stores.items():
        if (
            _is_read_exclusive(store.value)
            and root_of(store.value) is None
            and store.root == store.cell
            and entry_states & FILE
        ):
            reported.add(store.span)
    for span in sorted(reported):
        yield Diagnostic(
            span,
            "readable-exclusive migration entry for a page that may not be anonymous",
            notes=tuple(sorted({(t.span, f"{t.text}() asked here") for t in facts.tests if t.yes & FILE})),
        )


def _asked(p: Pass, made: Made) -> bool:
    """Return whether the function itself looks at the entry: what is only handed in is the caller's word."""
    root = made.root
    if not (p.asked_before(root, made.span) and p.asks_anon):
        return False
    return (is_root(root) and any(t.root == root for t in p.facts.tests)) or (isinstance(root, Cell))


def _is_read_exclusive(value: Value) -> bool:
    return isinstance(value, MadeEntry) and value.kind == "RX"
