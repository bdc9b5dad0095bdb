"""AL401: an entry made from an old one drops its soft-dirty bit.

Why: Checkpoint/restore finds the pages that were written to by the soft-dirty bit of their entries. An entry that
is made anew starts without it, so that a changed page is taken for unchanged. Of hugetlb entries only PAGEMAP_SCAN
reads it: that they lose it is a note before 6.7, and a warning from there on.

Misses: entries that functions not in sight rewrite.
"""

from collections.abc import Iterator

from anonlint.rule.plugin import Diagnostic, Pass, Severity, rule
from anonlint_rules.heirs import lost


@rule(
    code="AL401",
    name="entry-loses-soft-dirty",
    severity=Severity.ERROR,
    since="0.2.0",
    breaks="checkpoint and restore takes a page that was written to for unchanged, and loses the data",
    help=(
        "carry the bit: if (pte_soft_dirty(old)) new = pte_mksoft_dirty(new), or the pte_swp_* form for entries "
        "that are not present"
    ),
    words=frozenset(("constructor", "make-present", "store", "convert")),
    about=frozenset(
        ("store", "constructor", "make-present", "modify", "convert", "move-offset", "bit-set", "bit-clear")
    ),
    fragments=True,
    fixes=('179ef71cbc08 ("mm: save soft-dirty bits on swapped pages")',),
    references=(),
)
def check(p: Pass) -> Iterator[Diagnostic]:
    """An entry made from an old one drops its soft-dirty bit.

    Why: Checkpoint/restore finds the pages that were written to by the soft-dirty bit of their entries. An
    entry that is made anew starts without it, so that a changed page is taken for unchanged. Of hugetlb entries
    only PAGEMAP_SCAN reads it: that they lose it is a note before 6.7, and a warning from there on.

    Bad (5.19-6.7)::

        static bool unmap_one(struct vm_area_struct *vma, unsigned long addr, pte_t *ptep,
                              struct page *page)
        {
                bool anon_exclusive = PageAnon(page) && PageAnonExclusive(page);
                pte_t pteval = ptep_clear_flush(vma, addr, ptep);
                swp_entry_t entry;
                pte_t swp_pte;

                if (anon_exclusive && page_try_share_anon_rmap(page)) {
                        set_pte_at(vma->vm_mm, addr, ptep, pteval);
                        return false;
                }
                if (pte_write(pteval))
                        entry = make_writable_migration_entry(page_to_pfn(page));
                else if (anon_exclusive)
                        entry = make_readable_exclusive_migration_entry(page_to_pfn(page));
                else
                        entry = make_readable_migration_entry(page_to_pfn(page));
                if (pte_young(pteval))
                        entry = make_migration_entry_young(entry);
                if (pte_dirty(pteval))
                        entry = make_migration_entry_dirty(entry);
                swp_pte = swp_entry_to_pte(entry);
                if (pte_uffd_wp(pteval))
                        swp_pte = pte_swp_mkuffd_wp(swp_pte);
                set_pte_at(vma->vm_mm, addr, ptep, swp_pte);
                return true;
        }

    Good (5.19-6.7)::

        static bool unmap_one(struct vm_area_struct *vma, unsigned long addr, pte_t *ptep,
                              struct page *page)
        {
                bool anon_exclusive = PageAnon(page) && PageAnonExclusive(page);
                pte_t pteval = ptep_clear_flush(vma, addr, ptep);
                swp_entry_t entry;
                pte_t swp_pte;

                if (anon_exclusive && page_try_share_anon_rmap(page)) {
                        set_pte_at(vma->vm_mm, addr, ptep, pteval);
                        return false;
                }
                if (pte_write(pteval))
                        entry = make_writable_migration_entry(page_to_pfn(page));
                else if (anon_exclusive)
                        entry = make_readable_exclusive_migration_entry(page_to_pfn(page));
                else
                        entry = make_readable_migration_entry(page_to_pfn(page));
                if (pte_young(pteval))
                        entry = make_migration_entry_young(entry);
                if (pte_dirty(pteval))
                        entry = make_migration_entry_dirty(entry);
                swp_pte = swp_entry_to_pte(entry);
                if (pte_soft_dirty(pteval))
                        swp_pte = pte_swp_mksoft_dirty(swp_pte);
                if (pte_uffd_wp(pteval))
                        swp_pte = pte_swp_mkuffd_wp(swp_pte);
                set_pte_at(vma->vm_mm, addr, ptep, swp_pte);
                return true;
        }

    Bad (6.8-6.18)::

        static bool unmap_one(struct vm_area_struct *vma, unsigned long addr, pte_t *ptep,
                              struct folio *folio, struct page *page)
        {
                bool anon_exclusive = folio_test_anon(folio) && PageAnonExclusive(page);
                pte_t pteval = ptep_clear_flush(vma, addr, ptep);
                swp_entry_t entry;
                pte_t swp_pte;

                if (anon_exclusive && folio_try_share_anon_rmap_pte(folio, page)) {
                        set_pte_at(vma->vm_mm, addr, ptep, pteval);
                        return false;
                }
                if (pte_write(pteval))
                        entry = make_writable_migration_entry(page_to_pfn(page));
                else if (anon_exclusive)
                        entry = make_readable_exclusive_migration_entry(page_to_pfn(page));
                else
                        entry = make_readable_migration_entry(page_to_pfn(page));
                if (pte_young(pteval))
                        entry = make_migration_entry_young(entry);
                if (pte_dirty(pteval))
                        entry = make_migration_entry_dirty(entry);
                swp_pte = swp_entry_to_pte(entry);
                if (pte_uffd_wp(pteval))
                        swp_pte = pte_swp_mkuffd_wp(swp_pte);
                set_pte_at(vma->vm_mm, addr, ptep, swp_pte);
                return true;
        }

    Good (6.8-6.18)::

        static bool unmap_one(struct vm_area_struct *vma, unsigned long addr, pte_t *ptep,
                              struct folio *folio, struct page *page)
        {
                bool anon_exclusive = folio_test_anon(folio) && PageAnonExclusive(page);
                pte_t pteval = ptep_clear_flush(vma, addr, ptep);
                swp_entry_t entry;
                pte_t swp_pte;

                if (anon_exclusive && folio_try_share_anon_rmap_pte(folio, page)) {
                        set_pte_at(vma->vm_mm, addr, ptep, pteval);
                        return false;
                }
                if (pte_write(pteval))
                        entry = make_writable_migration_entry(page_to_pfn(page));
                else if (anon_exclusive)
                        entry = make_readable_exclusive_migration_entry(page_to_pfn(page));
                else
                        entry = make_readable_migration_entry(page_to_pfn(page));
                if (pte_young(pteval))
                        entry = make_migration_entry_young(entry);
                if (pte_dirty(pteval))
                        entry = make_migration_entry_dirty(entry);
                swp_pte = swp_entry_to_pte(entry);
                if (pte_soft_dirty(pteval))
                        swp_pte = pte_swp_mksoft_dirty(swp_pte);
                if (pte_uffd_wp(pteval))
                        swp_pte = pte_swp_mkuffd_wp(swp_pte);
                set_pte_at(vma->vm_mm, addr, ptep, swp_pte);
                return true;
        }

    Misses: entries that functions not in sight rewrite.
    """
    yield from lost(p, 0)
