"""Of which page something is proven: that of an entry is no new page and no other entry's; others may be any."""

import pytest

from tests.harness import codes

CODE = """
static void map_page(struct vm_area_struct *vma, unsigned long addr, pmd_t *pmd, pte_t *from, struct page *page)
{
	spinlock_t *ptl;
	pte_t *ptep = pte_offset_map_lock(vma->vm_mm, pmd, addr, &ptl);
	struct folio *new = vma_alloc_folio(GFP_HIGHUSER_MOVABLE, 0, vma, addr);
	struct folio *newer = vma_alloc_folio(GFP_HIGHUSER_MOVABLE, 0, vma, addr);
	struct page *found = vm_normal_page(vma, addr, ptep_get(from));

	if (!(vma->vm_flags & VM_WRITE) || userfaultfd_wp(vma) || !pte_present(ptep_get(from)))
		return;
	%s;
	set_pte_at(vma->vm_mm, addr, ptep, pte_mkwrite(mk_pte(%s, vma->vm_page_prot), vma));
	pte_unmap_unlock(ptep, ptl);
}
"""
NONE = ("note(vma)", "folio_add_new_anon_rmap(new, vma, addr, RMAP_EXCLUSIVE)", "if (PageAnonExclusive(found)) return")
SOME = (
    "if (!PageAnonExclusive(found)) return",
    "if (!PageAnonExclusive(page)) return",
    "SetPageAnonExclusive(found)",
    "VM_BUG_ON(PageAnon(found)); if (!PageAnonExclusive(found)) return",
)
NEW = ("&new->page", "&newer->page", "folio_page(new, 0)")


@pytest.mark.parametrize("proof", NONE)
def test_of_the_page_of_another_entry_nothing_is_proven(proof: str) -> None:
    assert codes(CODE % (proof, "found"), rules="AL301") == [("AL301", "map_page")]
    assert codes(CODE % (proof, "found + 1"), rules="AL301") == [("AL301", "map_page")]


@pytest.mark.parametrize("proof", SOME)
def test_it_is_proven(proof: str) -> None:
    assert codes(CODE % (proof, "found"), rules="AL301") == []


@pytest.mark.parametrize("page", NEW)
@pytest.mark.parametrize("proof", (*NONE, *SOME))
def test_a_new_page_is_nobody_elses(proof: str, page: str) -> None:
    assert codes(CODE % (proof, page), rules="AL301") == []


REUSE = """
static void reuse(struct vm_area_struct *vma, unsigned long addr, pmd_t *pmd, pmd_t *next, struct folio *any)
{
	spinlock_t *ptl, *ptl2;
	pte_t *p = pte_offset_map_lock(vma->vm_mm, pmd, addr, &ptl);
	pte_t *q = pte_offset_map_lock(vma->vm_mm, next, addr, &ptl2);
	struct page *one = vm_normal_page(vma, addr, ptep_get(p)), *two = vm_normal_page(vma, addr, ptep_get(q));
	struct folio *a = page_folio(one), *b = page_folio(two);

	if (!folio_test_anon(a) || folio_test_ksm(a) || folio_test_large(a))
		return;
	%s
	if (folio_ref_count(a) == 1)
		SetPageAnonExclusive(one);
}
"""
LOCKED = (
    "folio_lock(a);",
    "lock_page(one);",
    "folio_lock(a); folio_lock(b); folio_unlock(b);",
    "folio_lock(b); folio_lock(a);",
    "if (!folio_trylock(a)) return;",
    "if (!folio_trylock(a) || !folio_trylock(b)) return; folio_unlock(b);",
    "folio_lock(a); pte_unmap_unlock(q, ptl2);",
)
UNLOCKED = (
    "",
    "folio_lock(b);",
    "lock_page(two);",
    "folio_lock(a); folio_unlock(a);",
    "lock_page(one); unlock_page(one);",
    "folio_lock(a); folio_lock(b); folio_unlock(a);",
    "folio_lock(a); folio_unlock(any);",
    "if (folio_trylock(a)) return;",
    "if (!folio_trylock(b)) return;",
    "folio_trylock(a);",
)


@pytest.mark.parametrize("locks", LOCKED)
def test_whose_lock_is_held(locks: str) -> None:
    assert codes(REUSE % locks, rules="AL302") == []


@pytest.mark.parametrize("locks", UNLOCKED)
def test_whose_lock_is_not_held(locks: str) -> None:
    assert codes(REUSE % locks, rules="AL302") == [("AL302", "reuse")]
