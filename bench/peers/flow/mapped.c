/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * What lies where the frame of an entry would be is no frame while the entry
 * is not present. Each function takes one page or frame, on the line that
 * says whether a path leads there on which the entry may not be present.
 */

static bool is_mapped(pte_t pte)
{
	return pte_present(pte);
}

static bool is_used(pte_t pte)
{
	return !pte_none(pte);
}

static void asks_first(struct vm_area_struct *vma, pmd_t *pmd, unsigned long addr)
{
	spinlock_t *ptl;
	pte_t *ptep = pte_offset_map_lock(vma->vm_mm, pmd, addr, &ptl);
	pte_t pte;

	if (!ptep)
		return;
	pte = ptep_get(ptep);
	if (!pte_present(pte))
		goto out;
	note_page(pte_page(pte)); /* good: asked */
out:
	pte_unmap_unlock(ptep, ptl);
}

static void asks_nothing(struct vm_area_struct *vma, pmd_t *pmd, unsigned long addr)
{
	spinlock_t *ptl;
	pte_t *ptep = pte_offset_map_lock(vma->vm_mm, pmd, addr, &ptl);
	pte_t pte;

	if (!ptep)
		return;
	pte = ptep_get(ptep);
	note_page(pte_page(pte)); /* bad: not asked at all */
	pte_unmap_unlock(ptep, ptl);
}

static void asks_for_none_only(struct vm_area_struct *vma, pmd_t *pmd, unsigned long addr)
{
	spinlock_t *ptl;
	pte_t *ptep = pte_offset_map_lock(vma->vm_mm, pmd, addr, &ptl);
	pte_t pte;

	if (!ptep)
		return;
	pte = ptep_get(ptep);
	if (pte_none(pte))
		goto out;
	note_page(pte_page(pte)); /* bad: a swap entry is not none */
out:
	pte_unmap_unlock(ptep, ptl);
}

static void takes_the_wrong_side(struct vm_area_struct *vma, pmd_t *pmd, unsigned long addr)
{
	spinlock_t *ptl;
	pte_t *ptep = pte_offset_map_lock(vma->vm_mm, pmd, addr, &ptl);
	pte_t pte;

	if (!ptep)
		return;
	pte = ptep_get(ptep);
	if (pte_present(pte))
		goto out;
	note_page(pte_page(pte)); /* bad: taken where the answer was no */
out:
	pte_unmap_unlock(ptep, ptl);
}

static void takes_the_right_side(struct vm_area_struct *vma, pmd_t *pmd, unsigned long addr)
{
	spinlock_t *ptl;
	pte_t *ptep = pte_offset_map_lock(vma->vm_mm, pmd, addr, &ptl);
	pte_t pte;

	if (!ptep)
		return;
	pte = ptep_get(ptep);
	if (!pte_present(pte))
		note_hole(addr);
	else
		note_page(pte_page(pte)); /* good: the other side of the question */
	pte_unmap_unlock(ptep, ptl);
}

static void asks_too_late(struct vm_area_struct *vma, pmd_t *pmd, unsigned long addr)
{
	spinlock_t *ptl;
	pte_t *ptep = pte_offset_map_lock(vma->vm_mm, pmd, addr, &ptl);
	pte_t pte;

	if (!ptep)
		return;
	pte = ptep_get(ptep);
	note_page(pte_page(pte)); /* bad: taken before it is asked */
	if (pte_present(pte))
		note_hole(addr);
	pte_unmap_unlock(ptep, ptl);
}

static void asks_in_a_helper(struct vm_area_struct *vma, pmd_t *pmd, unsigned long addr)
{
	spinlock_t *ptl;
	pte_t *ptep = pte_offset_map_lock(vma->vm_mm, pmd, addr, &ptl);
	pte_t pte;

	if (!ptep)
		return;
	pte = ptep_get(ptep);
	if (!is_mapped(pte))
		goto out;
	note_page(pte_page(pte)); /* good: the helper asks */
out:
	pte_unmap_unlock(ptep, ptl);
}

static void asks_a_helper_for_less(struct vm_area_struct *vma, pmd_t *pmd, unsigned long addr)
{
	spinlock_t *ptl;
	pte_t *ptep = pte_offset_map_lock(vma->vm_mm, pmd, addr, &ptl);
	pte_t pte;

	if (!ptep)
		return;
	pte = ptep_get(ptep);
	if (is_used(pte))
		note_page(pte_page(pte)); /* bad: the helper asks for none only */
	pte_unmap_unlock(ptep, ptl);
}

static void keeps_the_answer(struct vm_area_struct *vma, pmd_t *pmd, unsigned long addr)
{
	spinlock_t *ptl;
	pte_t *ptep = pte_offset_map_lock(vma->vm_mm, pmd, addr, &ptl);
	bool mapped;
	pte_t pte;

	if (!ptep)
		return;
	pte = ptep_get(ptep);
	mapped = pte_present(pte);
	note_hole(addr);
	if (mapped)
		note_page(pte_page(pte)); /* good: the answer was kept */
	pte_unmap_unlock(ptep, ptl);
}

static void asks_for_either(struct vm_area_struct *vma, pmd_t *pmd,
		unsigned long addr, bool wanted)
{
	spinlock_t *ptl;
	pte_t *ptep = pte_offset_map_lock(vma->vm_mm, pmd, addr, &ptl);
	pte_t pte;

	if (!ptep)
		return;
	pte = ptep_get(ptep);
	if (pte_present(pte) || wanted)
		note_page(pte_page(pte)); /* bad: one of two reasons is enough */
	pte_unmap_unlock(ptep, ptl);
}

static void asks_in_the_condition(struct vm_area_struct *vma, pmd_t *pmd,
		unsigned long addr, unsigned long pfn)
{
	spinlock_t *ptl;
	pte_t *ptep = pte_offset_map_lock(vma->vm_mm, pmd, addr, &ptl);
	pte_t pte;

	if (!ptep)
		return;
	pte = ptep_get(ptep);
	if (pte_present(pte) && pte_pfn(pte) == pfn) /* good: the left side asks */
		note_pfn(pfn);
	pte_unmap_unlock(ptep, ptl);
}

static void asks_of_another(struct vm_area_struct *vma, pmd_t *pmd, unsigned long addr)
{
	spinlock_t *ptl;
	pte_t *ptep = pte_offset_map_lock(vma->vm_mm, pmd, addr, &ptl);
	pte_t first, second;

	if (!ptep)
		return;
	first = ptep_get(ptep);
	second = ptep_get(ptep + 1);
	if (pte_present(first) && !pte_none(second))
		note_page(pte_page(second)); /* bad: the first was asked, the second is taken */
	pte_unmap_unlock(ptep, ptl);
}

static void reads_again(struct vm_area_struct *vma, pmd_t *pmd, unsigned long addr)
{
	spinlock_t *ptl;
	pte_t *ptep = pte_offset_map_lock(vma->vm_mm, pmd, addr, &ptl);
	pte_t pte;

	if (!ptep)
		return;
	pte = ptep_get(ptep);
	if (!pte_present(pte))
		goto out;
	pte_unmap_unlock(ptep, ptl);
	cond_resched();
	ptep = pte_offset_map_lock(vma->vm_mm, pmd, addr, &ptl);
	if (!ptep)
		return;
	pte = ptep_get(ptep);
	note_page(pte_page(pte)); /* bad: read again, not asked again */
out:
	pte_unmap_unlock(ptep, ptl);
}

static void asks_again(struct vm_area_struct *vma, pmd_t *pmd, unsigned long addr)
{
	spinlock_t *ptl;
	pte_t *ptep = pte_offset_map_lock(vma->vm_mm, pmd, addr, &ptl);
	pte_t pte;

	if (!ptep)
		return;
	pte = ptep_get(ptep);
	if (!pte_present(pte))
		goto out;
	pte_unmap_unlock(ptep, ptl);
	cond_resched();
	ptep = pte_offset_map_lock(vma->vm_mm, pmd, addr, &ptl);
	if (!ptep)
		return;
	pte = ptep_get(ptep);
	if (!pte_present(pte))
		goto out;
	note_page(pte_page(pte)); /* good: asked again */
out:
	pte_unmap_unlock(ptep, ptl);
}

static void walks(struct vm_area_struct *vma, pmd_t *pmd, unsigned long addr, unsigned long end)
{
	spinlock_t *ptl;
	pte_t *start = pte_offset_map_lock(vma->vm_mm, pmd, addr, &ptl);
	pte_t *ptep = start;
	pte_t pte;

	if (!start)
		return;
	for (; addr != end; ptep++, addr += PAGE_SIZE) {
		pte = ptep_get(ptep);
		if (!pte_present(pte))
			continue;
		note_page(pte_page(pte)); /* good: each entry is asked */
	}
	pte_unmap_unlock(start, ptl);
}

static void walks_on(struct vm_area_struct *vma, pmd_t *pmd, unsigned long addr, unsigned long end)
{
	spinlock_t *ptl;
	pte_t *start = pte_offset_map_lock(vma->vm_mm, pmd, addr, &ptl);
	pte_t *ptep = start;
	pte_t pte;

	if (!start)
		return;
	pte = ptep_get(ptep);
	if (!pte_present(pte))
		goto out;
	for (; addr != end; addr += PAGE_SIZE) {
		note_page(pte_page(pte)); /* bad: the second turn's entry was not asked */
		ptep++;
		pte = ptep_get(ptep);
	}
out:
	pte_unmap_unlock(start, ptl);
}

static void jumps_past(struct vm_area_struct *vma, pmd_t *pmd, unsigned long addr, bool again)
{
	spinlock_t *ptl;
	pte_t *ptep = pte_offset_map_lock(vma->vm_mm, pmd, addr, &ptl);
	pte_t pte;

	if (!ptep)
		return;
	pte = ptep_get(ptep);
	if (again)
		goto found;
	if (!pte_present(pte))
		goto out;
found:
	note_page(pte_page(pte)); /* bad: the first goto passes the question by */
out:
	pte_unmap_unlock(ptep, ptl);
}

static void jumps_when_asked(struct vm_area_struct *vma, pmd_t *pmd, unsigned long addr)
{
	spinlock_t *ptl;
	pte_t *ptep = pte_offset_map_lock(vma->vm_mm, pmd, addr, &ptl);
	pte_t pte;

	if (!ptep)
		return;
	pte = ptep_get(ptep);
	if (pte_present(pte))
		goto found;
	note_hole(addr);
	goto out;
found:
	note_page(pte_page(pte)); /* good: only a present entry jumps */
out:
	pte_unmap_unlock(ptep, ptl);
}

static void remembers_the_hole(struct vm_area_struct *vma, pmd_t *pmd, unsigned long addr)
{
	spinlock_t *ptl;
	pte_t *ptep = pte_offset_map_lock(vma->vm_mm, pmd, addr, &ptl);
	int hole;
	pte_t pte;

	if (!ptep)
		return;
	pte = ptep_get(ptep);
	hole = 0;
	if (!pte_present(pte))
		hole = 1;
	if (!hole)
		note_page(pte_page(pte)); /* good: of what is not present, hole is set */
	pte_unmap_unlock(ptep, ptl);
}

static void is_handed_a_present_one(pte_t pte)
{
	note_page(pte_page(pte)); /* good: the one caller has asked */
}

static void asks_for_a_helper(struct vm_area_struct *vma, pmd_t *pmd, unsigned long addr)
{
	spinlock_t *ptl;
	pte_t *ptep = pte_offset_map_lock(vma->vm_mm, pmd, addr, &ptl);
	pte_t pte;

	if (!ptep)
		return;
	pte = ptep_get(ptep);
	if (pte_present(pte))
		is_handed_a_present_one(pte);
	pte_unmap_unlock(ptep, ptl);
}

static void is_handed_any(pte_t pte)
{
	note_page(pte_page(pte)); /* bad: the one caller has asked for none only */
}

static void asks_too_little_for_a_helper(struct vm_area_struct *vma, pmd_t *pmd, unsigned long addr)
{
	spinlock_t *ptl;
	pte_t *ptep = pte_offset_map_lock(vma->vm_mm, pmd, addr, &ptl);
	pte_t pte;

	if (!ptep)
		return;
	pte = ptep_get(ptep);
	if (!pte_none(pte))
		is_handed_any(pte);
	pte_unmap_unlock(ptep, ptl);
}

void is_handed_a_slot(struct vm_area_struct *vma, pte_t *ptep)
{
	pte_t pte = ptep_get(ptep);

	if (!pte_none(pte))
		note_page(pte_page(pte)); /* bad: a swap entry is not none, whoever found the slot */
}
