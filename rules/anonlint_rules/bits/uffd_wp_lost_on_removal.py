"""AL408: an entry of a file mapping is removed with its uffd-wp bit, and no marker says that it was there.

Why: the page of a file or of shmem stays when its entry goes. From 5.19 on a marker keeps the write protection in the
empty slot; without it the next access maps the page writable, and the monitor never hears of the write.

Misses: slots that are handed in: their callers can have put the marker there.
"""

from collections.abc import Iterator

from anonlint.rule.plugin import Diagnostic, Pass, Severity, rule
from anonlint_rules.heirs import removed


@rule(
    code="AL408",
    name="uffd-wp-lost-on-removal",
    severity=Severity.ERROR,
    since="0.2.0",
    breaks="userfaultfd forgets the write protection: the next write goes unnoticed",
    help="call pte_install_uffd_wp_if_needed(), or store make_pte_marker(PTE_MARKER_UFFD_WP), where the entry was",
    words=frozenset(("take", "clear")),
    about=frozenset(("take", "clear", "rmap-remove")),
    fragments=False,
    fixes=(),
    references=(),
)
def check(p: Pass) -> Iterator[Diagnostic]:
    """An entry of a file mapping is removed with its uffd-wp bit, and no marker says that it was there.

    Why: the page of a file or of shmem stays when its entry goes. From 5.19 on a marker keeps the write protection in
    the empty slot; without it the next access maps the page writable, and the monitor never hears of the write.

    Bad (5.19-6.7)::

        static void unmap_at(struct vm_area_struct *vma, struct page *page, pmd_t *pmd, unsigned long addr)
        {
                spinlock_t *ptl;
                pte_t *slot = pte_offset_map_lock(vma->vm_mm, pmd, addr, &ptl);
                pte_t was = ptep_clear_flush(vma, addr, slot);

                if (pte_dirty(was))
                        set_page_dirty(page);
                page_remove_rmap(page, vma, false);
                pte_unmap_unlock(slot, ptl);
        }

    Good (5.19-6.7)::

        static void unmap_at(struct vm_area_struct *vma, struct page *page, pmd_t *pmd, unsigned long addr)
        {
                spinlock_t *ptl;
                pte_t *slot = pte_offset_map_lock(vma->vm_mm, pmd, addr, &ptl);
                pte_t was = ptep_clear_flush(vma, addr, slot);

                pte_install_uffd_wp_if_needed(vma, addr, slot, was);
                if (pte_dirty(was))
                        set_page_dirty(page);
                page_remove_rmap(page, vma, false);
                pte_unmap_unlock(slot, ptl);
        }

    Bad (6.8-)::

        static void unmap_at(struct vm_area_struct *vma, struct folio *folio, struct page *page, pmd_t *pmd,
                             unsigned long addr)
        {
                spinlock_t *ptl;
                pte_t *slot = pte_offset_map_lock(vma->vm_mm, pmd, addr, &ptl);
                pte_t was = ptep_clear_flush(vma, addr, slot);

                if (pte_dirty(was))
                        folio_mark_dirty(folio);
                folio_remove_rmap_pte(folio, page, vma);
                pte_unmap_unlock(slot, ptl);
        }

    Good (6.8-)::

        static void unmap_at(struct vm_area_struct *vma, struct folio *folio, struct page *page, pmd_t *pmd,
                             unsigned long addr)
        {
                spinlock_t *ptl;
                pte_t *slot = pte_offset_map_lock(vma->vm_mm, pmd, addr, &ptl);
                pte_t was = ptep_clear_flush(vma, addr, slot);

                if (pte_dirty(was))
                        folio_mark_dirty(folio);
                if (pte_uffd_wp(was))
                        set_pte_at(vma->vm_mm, addr, slot, make_pte_marker(PTE_MARKER_UFFD_WP));
                folio_remove_rmap_pte(folio, page, vma);
                pte_unmap_unlock(slot, ptl);
        }

    Misses: slots that are handed in: their callers can have put the marker there.
    """
    if not p.user or not p.can_be_uffd_wp("huge"):
        return
    yield from removed(p, "uffd-wp", "a file mapping's entry is removed with its uffd-wp bit, and no marker is left")
