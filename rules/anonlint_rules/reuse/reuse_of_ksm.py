"""A page is reused because of its count, and may be a KSM page.

Why: a KSM page with one reference is still the stable copy that other processes will be given: it must never
be written to.

Misses: proofs by functions that are not in sight.
"""

from collections.abc import Iterator

from anonlint.rule.plugin import Diagnostic, Pass, Severity, rule
from anonlint_rules.proven import REUSES, decides


@rule(
    code="AL303",
    name="reuse-of-ksm",
    severity=Severity.ERROR,
    since="0.2.0",
    breaks="a KSM page stands for many processes' pages: a write reaches all of them",
    help="ask folio_test_ksm() / PageKsm() before reusing a page because of its count",
    words=frozenset(("refcount", "mapcount")),
    fragments=False,
    fixes=('09854ba94c6a ("mm: do_wp_page() simplification")',),
)
def check(p: Pass) -> Iterator[Diagnostic]:
    facts = p.facts
    if facts.levels and "pte" not in facts.levels.values():
        return  # huge pages are never merged
    for event, _ in p.events(*REUSES):
        if decides(p, event) and event.proven("sole") and not event.proven("notksm", "excl", "new", "hugetlb"):
            counts = [e.span for e, _ in p.events("count") if e.proven("locked")]
            yield Diagnostic(
                max(counts, default=event.span), "a page that may be a KSM page is reused because of its count"
            )
