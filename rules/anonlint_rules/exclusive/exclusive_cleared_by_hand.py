"""AL210: the exclusive flag is cleared outside the share and dup helpers and the free paths.

Why: clearing the flag is the last step of sharing a page, after it was made sure that no pin relies on it.
A bare ClearPageAnonExclusive() skips that, and the order of memory accesses that goes with it.

Misses: nothing known.
"""

from collections.abc import Iterator

from anonlint.rule.plugin import Diagnostic, Pass, Severity, rule


@rule(
    code="AL210",
    name="exclusive-cleared-by-hand",
    severity=Severity.WARNING,
    since="0.2.0",
    breaks="a page that may be pinned loses its exclusivity: the next write fault copies it away from under the pin",
    help="call the share or dup helper, which fails for pages that may be pinned",
    words=frozenset(("page-clear",)),
    about=frozenset(("page-clear", "rmap-share", "rmap-dup")),
    fragments=False,
    fixes=(),
    references=(),
)
def check(p: Pass) -> Iterator[Diagnostic]:
    """The exclusive flag is cleared outside the share and dup helpers and the free paths.

    Why: clearing the flag is the last step of sharing a page, after it was made sure that no pin relies on it.
    A bare ClearPageAnonExclusive() skips that, and the order of memory accesses that goes with it.

    Bad (5.19-6.7)::

        static int share_one(struct vm_area_struct *vma, unsigned long addr, pte_t *ptep, struct page *page)
        {
                pte_t pte = ptep_clear_flush(vma, addr, ptep);

                ClearPageAnonExclusive(page);
                set_pte_at(vma->vm_mm, addr, ptep, pte_wrprotect(pte));
                return 0;
        }

    Good (5.19-6.7)::

        static int share_one(struct vm_area_struct *vma, unsigned long addr, pte_t *ptep, struct page *page)
        {
                pte_t pte = ptep_clear_flush(vma, addr, ptep);

                if (page_try_share_anon_rmap(page)) {
                        set_pte_at(vma->vm_mm, addr, ptep, pte);
                        return -EBUSY;
                }
                set_pte_at(vma->vm_mm, addr, ptep, pte_wrprotect(pte));
                return 0;
        }

    Bad (6.8-6.18)::

        static int share_one(struct vm_area_struct *vma, unsigned long addr, pte_t *ptep, struct folio *folio,
                             struct page *page)
        {
                pte_t pte = ptep_clear_flush(vma, addr, ptep);

                ClearPageAnonExclusive(page);
                set_pte_at(vma->vm_mm, addr, ptep, pte_wrprotect(pte));
                return 0;
        }

    Good (6.8-6.18)::

        static int share_one(struct vm_area_struct *vma, unsigned long addr, pte_t *ptep, struct folio *folio,
                             struct page *page)
        {
                pte_t pte = ptep_clear_flush(vma, addr, ptep);

                if (folio_try_share_anon_rmap_pte(folio, page)) {
                        set_pte_at(vma->vm_mm, addr, ptep, pte);
                        return -EBUSY;
                }
                set_pte_at(vma->vm_mm, addr, ptep, pte_wrprotect(pte));
                return 0;
        }

    Misses: nothing known.
    """
    facts = p.facts
    for event in facts.events:
        if event.kind == "hand-clear" and not event.proofs & {"unpinned", "device-private"}:
            yield Diagnostic(
                p.nearest([event.span], event.call),
                f"{event.word}() is called with no test for pins: share or duplicate the page instead",
            )
