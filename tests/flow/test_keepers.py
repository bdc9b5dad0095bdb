"""What belongs to the mapping outlives the page table lock and the next entry; what belongs to the entry does not."""

import pytest

from tests.harness import codes

LOOP = """
static void upgrade(struct vm_area_struct *vma, unsigned long addr, unsigned long end, pte_t *ptep)
{
	%s
	for (; addr < end; ptep++, addr += PAGE_SIZE) {
		pte_t pte = %s;
		struct page *page;

		if (!pte_present(pte))
			continue;
		page = %s;
		if (!page || !%s)
			continue;
		%s
		%s(vma->vm_mm, addr, ptep, %s(pte, vma));
	}
}
"""
LEVELS = {
    "pte": ("ptep_get(ptep)", "vm_normal_page(vma, addr, pte)", "set_pte_at", "pte_mkwrite"),
    "huge": ("huge_ptep_get(ptep)", "pte_page(pte)", "set_huge_pte_at", "pte_mkwrite"),
}
ANON = {"6.6": "PageAnon(page)", "6.12": "folio_test_anon(page_folio(page))"}
MAY_WRITE = "if (!(vma->vm_flags & VM_WRITE) || userfaultfd_wp(vma))\n		return;"
EXCLUSIVE = "if (!PageAnonExclusive(page))\n			continue;"


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("era", ANON)
def test_the_next_entry_of_a_loop(level: str, era: str) -> None:
    read, page, store, make = LEVELS[level]

    def found(before: str, inside: str) -> set[str]:
        return {c for c, _ in codes(LOOP % (before, read, page, ANON[era], inside, store, make), rules="AL3")}

    assert found(MAY_WRITE, EXCLUSIVE) == set()
    assert found(MAY_WRITE, "") == {"AL301"}
    assert "AL304" in found("", EXCLUSIVE)
    once = "if (first && !PageAnonExclusive(page))\n			continue;\n		first = false;"
    assert found(MAY_WRITE + "\n	bool first = true;\n", once) == {"AL301"}
    assert (
        found("if (!(vma->vm_flags & VM_WRITE) || (vma->vm_flags & VM_UFFD_WP))\n		return;", EXCLUSIVE) == set()
    )


DROP = {
    "pte": """
static void upgrade(struct vm_area_struct *vma, unsigned long addr, pmd_t *pmd)
{
	struct mm_struct *mm = vma->vm_mm;
	spinlock_t *ptl;
	pte_t *ptep = pte_offset_map_lock(mm, pmd, addr, &ptl);
	pte_t pte = ptep_get(ptep);
	struct page *page = vm_normal_page(vma, addr, pte);

	if (!(vma->vm_flags & VM_WRITE) || userfaultfd_wp(vma))
		goto out;
	if (!page || !folio_test_anon(page_folio(page)) || !PageAnonExclusive(page))
		goto out;
	%(drop)s
	%(again)s
	set_pte_at(mm, addr, ptep, pte_mkwrite(pte_mkdirty(pte), vma));
out:
	pte_unmap_unlock(ptep, ptl);
}
""",
    "pmd": """
static void upgrade(struct vm_area_struct *vma, unsigned long addr, pmd_t *ptep)
{
	struct mm_struct *mm = vma->vm_mm;
	spinlock_t *ptl = pmd_lock(mm, ptep);
	pmd_t pte = *ptep;
	struct page *page = pmd_page(pte);

	if (!(vma->vm_flags & VM_WRITE) || userfaultfd_wp(vma))
		goto out;
	if (!folio_test_anon(page_folio(page)) || !PageAnonExclusive(page))
		goto out;
	%(drop)s
	%(again)s
	set_pmd_at(mm, addr, ptep, pmd_mkwrite(pmd_mkdirty(pte), vma));
out:
	spin_unlock(ptl);
}
""",
    "huge": """
static void upgrade(struct vm_area_struct *vma, struct hstate *h, unsigned long addr, pte_t *ptep)
{
	struct mm_struct *mm = vma->vm_mm;
	spinlock_t *ptl = huge_pte_lockptr(h, mm, ptep);
	pte_t pte;
	struct page *page;

	spin_lock(ptl);
	pte = huge_ptep_get(mm, addr, ptep);
	page = pte_page(pte);
	if (!(vma->vm_flags & VM_WRITE) || userfaultfd_wp(vma))
		goto out;
	if (!folio_test_anon(page_folio(page)) || !PageAnonExclusive(page))
		goto out;
	%(drop)s
	%(again)s
	set_huge_pte_at(mm, addr, ptep, huge_pte_mkwrite(pte), huge_page_size(h));
out:
	spin_unlock(ptl);
}
""",
}
SAME = {"pte": "pte_same(pte, ptep_get(ptep))", "pmd": "pmd_same(pte, *ptep)", "huge": "pte_same(pte, huge_ptep_get(mm, addr, ptep))"}  # fmt: skip # noqa: E501


@pytest.mark.parametrize("level", DROP)
def test_the_page_table_lock_is_dropped(level: str) -> None:
    same = f"spin_lock(ptl);\n	if (!{SAME[level]})\n		goto out;"

    def found(drop: str, again: str = "") -> list[str]:
        return [c for c, _ in codes(DROP[level] % {"drop": drop, "again": again}, rules="AL3")]

    assert found("") == []
    assert found("spin_unlock(&other->lock);\n	spin_lock(&other->lock);") == []
    assert found("spin_unlock(ptl);", same) == ["AL301"]
    assert found("spin_unlock(ptl);", same + "\n	if (!PageAnonExclusive(page))\n		goto out;") == []
    if level == "pte":
        assert found("pte_unmap_unlock(ptep, ptl);", same) == ["AL301"]
