"""AL303: a page is reused because of its count, and may be a KSM page.

Why: a KSM page with one reference is still the stable copy that other processes will be given: it must never
be written to.

Misses: proofs by functions that are not in sight.
"""

from collections.abc import Iterator

from anonlint.rule.plugin import Diagnostic, Pass, Severity, rule
from anonlint_rules.proven import makes_writable, promised


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
    references=(),
)
def check(p: Pass) -> Iterator[Diagnostic]:
    """A page is reused because of its count, and may be a KSM page.

    Why: a KSM page with one reference is still the stable copy that other processes will be given: it must never
    be written to.

    Bad (5.19-6.7)::

        static bool can_reuse(struct vm_area_struct *vma, struct page *page)
        {
                if (page_count(page) > 3)
                        return false;
                if (!trylock_page(page))
                        return false;
                if (page_count(page) != 1) {
                        unlock_page(page);
                        return false;
                }
                page_move_anon_rmap(page, vma);
                unlock_page(page);
                return true;
        }

    Good (5.19-6.7)::

        static bool can_reuse(struct vm_area_struct *vma, struct page *page)
        {
                if (page_count(page) > 3)
                        return false;
                if (!trylock_page(page))
                        return false;
                if (PageKsm(page) || page_count(page) != 1) {
                        unlock_page(page);
                        return false;
                }
                page_move_anon_rmap(page, vma);
                unlock_page(page);
                return true;
        }

    Bad (6.8-6.18)::

        static bool can_reuse(struct vm_area_struct *vma, struct folio *folio)
        {
                if (folio_ref_count(folio) > 3)
                        return false;
                if (!folio_trylock(folio))
                        return false;
                if (folio_ref_count(folio) != 1) {
                        folio_unlock(folio);
                        return false;
                }
                folio_move_anon_rmap(folio, vma);
                SetPageAnonExclusive(&folio->page);
                folio_unlock(folio);
                return true;
        }

    Good (6.8-6.18)::

        static bool can_reuse(struct vm_area_struct *vma, struct folio *folio)
        {
                if (folio_ref_count(folio) > 3)
                        return false;
                if (!folio_trylock(folio))
                        return false;
                if (folio_test_ksm(folio) || folio_ref_count(folio) != 1) {
                        folio_unlock(folio);
                        return false;
                }
                folio_move_anon_rmap(folio, vma);
                SetPageAnonExclusive(&folio->page);
                folio_unlock(folio);
                return true;
        }

    Misses: proofs by functions that are not in sight.
    """
    facts = p.facts
    if facts.levels and "pte" not in facts.levels.values():
        return  # huge pages are never merged
    for event in facts.events:
        decides = event.kind == "claim" or makes_writable(event) or promised(p, event, "reuse")
        if decides and "sole" in event.proofs and not event.proofs & {"notksm", "excl", "new", "hugetlb"}:
            counts = [e.span for e in facts.events if e.kind == "count" and "locked" in e.proofs]
            yield Diagnostic(
                max(counts, default=event.span), "a page that may be a KSM page is reused because of its count"
            )
