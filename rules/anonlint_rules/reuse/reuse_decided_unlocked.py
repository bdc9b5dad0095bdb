"""Reuse is decided on a count that is not read under the folio lock.

Why: without the folio lock, the swap cache and other mappings take references at any time: a count of one
proves nothing a moment later. It has to be read again after the lock was taken.

Misses: locks that the caller holds are not known; entries of hugetlb, where the caller holds them, are left out.
"""

from collections.abc import Iterator

from anonlint.rule.plugin import Diagnostic, Event, Facts, Pass, Severity, rule
from anonlint_rules.proven import PROOFS, REUSES, decides, unproven


@rule(
    code="AL302",
    name="reuse-decided-unlocked",
    severity=Severity.ERROR,
    since="0.2.0",
    breaks="somebody takes a reference between the count and the reuse: a page that is shared is written to",
    help="lock the folio, drop the swap cache, and read the count (again) before the page is reused",
    words=frozenset(("refcount", "mapcount")),
    fragments=False,
    fixes=('09854ba94c6a ("mm: do_wp_page() simplification")',),
)
def check(p: Pass) -> Iterator[Diagnostic]:
    for event, entry_states in p.events(*REUSES):
        counted = decides(p, event) and event.proven("sole-unlocked", "few")
        if counted and unproven(p, event, entry_states) and not _matters_little(p.facts, event):
            counts = [e.span for e, _ in p.events("count") if not e.proven("locked")]
            yield Diagnostic(
                max(counts, default=event.span),
                "a page is reused because of a count that was not read (again) under the folio lock",
            )


def _matters_little(facts: Facts, event: Event) -> bool:
    """Return whether the same happens to the page on paths that count nothing, with nothing else proven there."""
    same = [e for e in facts.events if (e.kind, e.span, e.root) == (event.kind, event.span, event.root)]
    return any(not e.proven("sole-unlocked", "few", *PROOFS) for e in same)
