"""AL407: a mapped entry is removed, and nobody is told that it was dirty.

Why: what the hardware wrote is known to the entry alone until somebody tells the folio. An entry of a file page that
is cleared with its dirty bit unread takes the write with it: the page counts as clean, and reclaim drops it. The page
has to be told while it is still held; an anonymous page that goes with its mapping owes nothing.

Misses: entries whose page is not given up in sight, and those that are handed to functions not in sight.
"""

from collections.abc import Iterator

from anonlint.rule.plugin import Diagnostic, Pass, Severity, rule
from anonlint_rules.heirs import removed


@rule(
    code="AL407",
    name="dirty-lost-on-removal",
    severity=Severity.ERROR,
    since="0.2.0",
    breaks="a page that was written to counts as clean: it is dropped, or not written back, and data is lost",
    help="ask the entry that was taken whether it is dirty, and call folio_mark_dirty() while the page is held",
    words=frozenset(("take", "clear")),
    about=frozenset(("take", "clear", "rmap-remove")),
    fragments=False,
    fixes=('fd35ca3d12cc ("mm/migrate_device.c: copy pte dirty bit to page")',),
    references=(),
)
def check(p: Pass) -> Iterator[Diagnostic]:
    """A mapped entry is removed, and nobody is told that it was dirty.

    Why: what the hardware wrote is known to the entry alone until somebody tells the folio. An entry of a file page
    that is cleared with its dirty bit unread takes the write with it: the page counts as clean, and reclaim drops it.
    The page has to be told while it is still held; an anonymous page that goes with its mapping owes nothing.

    Bad (5.19-6.7)::

        static void unmap_cached(struct vm_area_struct *vma, struct page *page, pte_t *slot, unsigned long addr)
        {
                pte_t was = ptep_get_and_clear(vma->vm_mm, addr, slot);

                if (pte_young(was))
                        mark_page_accessed(page);
                page_remove_rmap(page, vma, false);
        }

    Good (5.19-6.7)::

        static void unmap_cached(struct vm_area_struct *vma, struct page *page, pte_t *slot, unsigned long addr)
        {
                pte_t was = ptep_get_and_clear(vma->vm_mm, addr, slot);

                if (pte_dirty(was))
                        set_page_dirty(page);
                if (pte_young(was))
                        mark_page_accessed(page);
                page_remove_rmap(page, vma, false);
        }

    Bad (6.8-)::

        static void unmap_cached(struct vm_area_struct *vma, struct folio *folio, struct page *page, pte_t *slot,
                                 unsigned long addr)
        {
                pte_t was = ptep_get_and_clear(vma->vm_mm, addr, slot);

                if (pte_young(was))
                        folio_mark_accessed(folio);
                folio_remove_rmap_pte(folio, page, vma);
        }

    Good (6.8-)::

        static void unmap_cached(struct vm_area_struct *vma, struct folio *folio, struct page *page, pte_t *slot,
                                 unsigned long addr)
        {
                pte_t was = ptep_get_and_clear(vma->vm_mm, addr, slot);

                if (pte_dirty(was))
                        folio_mark_dirty(folio);
                if (pte_young(was))
                        folio_mark_accessed(folio);
                folio_remove_rmap_pte(folio, page, vma);
        }

    Misses: entries whose page is not given up in sight, and those that are handed to functions not in sight.
    """
    if not p.user:
        return
    yield from removed(p, "dirty", "a file page's entry is removed, and its page is not told that it was dirty")
