"""Removing a migration entry loses or invents the exclusive flag of an anonymous page.

Why: a page whose entry was writable or readable-exclusive was mapped by this process alone and
must be mapped as exclusive again; without the flag a writable mapping of a "shared" page exists,
or the next write copies a pinned page. A page whose entry was readable may be shared: marked
exclusive, it would be written in place under another process.

Misses: rmap flags that come from another file. Kernels before 5.19 have no such flag.
"""

from collections.abc import Iterator

from anonlint.rule.plugin import (
    ANON,
    EXCLUSIVE,
    MIGRATION,
    RESTORED,
    Diagnostic,
    Pass,
    Severity,
    rule,
    spelled,
)


@rule(
    code="AL106",
    name="restore-changes-exclusivity",
    severity=Severity.ERROR,
    since="0.1.0",
    breaks="a shared page is written to as if it were exclusive, or an exclusive one is copied under a pin",
    help=(
        "add the rmap with RMAP_EXCLUSIVE exactly where the folio is anonymous and the entry is not a plainly "
        "readable one"
    ),
    words=frozenset(("rmap-add",)),
    fixes=('6c287605fd56 ("mm: remember exclusively mapped anonymous pages with PG_anon_exclusive")',),
    references=("mm/migrate.c: remove_migration_pte()", "mm/huge_memory.c: remove_migration_pmd()"),
    kernels="5.19-",
)
def check(p: Pass) -> Iterator[Diagnostic]:
    wrong: dict[tuple[int, int], int] = {}
    for rmap, entry_states in p.facts.rmaps.items():
        if rmap.exclusive not in (0, 1) or not entry_states & MIGRATION or entry_states & ~RESTORED:
            continue
        if not p.whole and not p.asks_for(rmap.root, MIGRATION):
            continue
        shared = MIGRATION & ANON & ~EXCLUSIVE
        bad = entry_states & (shared if rmap.exclusive else MIGRATION & ANON & EXCLUSIVE)
        if bad:
            key = (rmap.span.start, rmap.exclusive)
            wrong[key] = wrong.get(key, 0) | bad
    for rmap in p.facts.rmaps:
        bad = wrong.pop((rmap.span.start, rmap.exclusive), 0)
        if bad:
            verb = "invents the exclusive flag" if rmap.exclusive else "loses the exclusive flag"
            yield Diagnostic(
                rmap.span,
                f"restore {verb} of an anonymous page whose migration entry was {spelled(bad)}",
                notes=p.questions(rmap.root),
            )
