/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Of the entries that are not present some have a page (migration entries,
 * device entries), and some have none (swap entries, markers).
 */

static bool is_moving(swp_entry_t entry)
{
	return is_migration_entry(entry);
}

static void asks_for_migration(struct vm_area_struct *vma, pmd_t *pmd, unsigned long addr)
{
	spinlock_t *ptl;
	pte_t *ptep = pte_offset_map_lock(vma->vm_mm, pmd, addr, &ptl);
	swp_entry_t entry;
	pte_t pte;

	if (!ptep)
		return;
	pte = ptep_get(ptep);
	if (pte_none(pte) || pte_present(pte))
		goto out;
	entry = pte_to_swp_entry(pte);
	if (is_migration_entry(entry))
		note_page(pfn_swap_entry_to_page(entry)); /* good: migration entries have a page */
out:
	pte_unmap_unlock(ptep, ptl);
}

static void asks_behind(struct vm_area_struct *vma, pmd_t *pmd, unsigned long addr)
{
	spinlock_t *ptl;
	pte_t *ptep = pte_offset_map_lock(vma->vm_mm, pmd, addr, &ptl);
	swp_entry_t entry;
	pte_t pte;

	if (!ptep)
		return;
	pte = ptep_get(ptep);
	if (pte_none(pte) || pte_present(pte))
		goto out;
	entry = pte_to_swp_entry(pte);
	note_page(pfn_swap_entry_to_page(entry)); /* bad: taken before it is asked */
	if (is_migration_entry(entry))
		note_move(entry);
out:
	pte_unmap_unlock(ptep, ptl);
}

static void falls_through(struct vm_area_struct *vma, pmd_t *pmd, unsigned long addr)
{
	spinlock_t *ptl;
	pte_t *ptep = pte_offset_map_lock(vma->vm_mm, pmd, addr, &ptl);
	swp_entry_t entry;
	pte_t pte;

	if (!ptep)
		return;
	pte = ptep_get(ptep);
	if (pte_none(pte) || pte_present(pte))
		goto out;
	entry = pte_to_swp_entry(pte);
	if (is_migration_entry(entry))
		note_move(entry);
	note_page(pfn_swap_entry_to_page(entry)); /* bad: the others get here, too */
out:
	pte_unmap_unlock(ptep, ptl);
}

static void takes_those_that_stay(struct vm_area_struct *vma, pmd_t *pmd, unsigned long addr)
{
	spinlock_t *ptl;
	pte_t *ptep = pte_offset_map_lock(vma->vm_mm, pmd, addr, &ptl);
	swp_entry_t entry;
	pte_t pte;

	if (!ptep)
		return;
	pte = ptep_get(ptep);
	if (pte_none(pte) || pte_present(pte))
		goto out;
	entry = pte_to_swp_entry(pte);
	if (!is_migration_entry(entry))
		note_page(pfn_swap_entry_to_page(entry)); /* bad: a swap entry is no migration entry */
out:
	pte_unmap_unlock(ptep, ptl);
}

static void asks_for_two_kinds(struct vm_area_struct *vma, pmd_t *pmd, unsigned long addr)
{
	spinlock_t *ptl;
	pte_t *ptep = pte_offset_map_lock(vma->vm_mm, pmd, addr, &ptl);
	swp_entry_t entry;
	pte_t pte;

	if (!ptep)
		return;
	pte = ptep_get(ptep);
	if (pte_none(pte) || pte_present(pte))
		goto out;
	entry = pte_to_swp_entry(pte);
	if (!is_migration_entry(entry) && !is_device_private_entry(entry))
		goto out;
	note_page(pfn_swap_entry_to_page(entry)); /* good: both kinds have a page */
out:
	pte_unmap_unlock(ptep, ptl);
}

static void asks_for_any_page(struct vm_area_struct *vma, pmd_t *pmd, unsigned long addr)
{
	spinlock_t *ptl;
	pte_t *ptep = pte_offset_map_lock(vma->vm_mm, pmd, addr, &ptl);
	swp_entry_t entry;
	pte_t pte;

	if (!ptep)
		return;
	pte = ptep_get(ptep);
	if (pte_none(pte) || pte_present(pte))
		goto out;
	entry = pte_to_swp_entry(pte);
	if (is_pfn_swap_entry(entry))
		note_page(pfn_swap_entry_to_page(entry)); /* good: this is the question */
out:
	pte_unmap_unlock(ptep, ptl);
}

static void asks_a_helper(struct vm_area_struct *vma, pmd_t *pmd, unsigned long addr)
{
	spinlock_t *ptl;
	pte_t *ptep = pte_offset_map_lock(vma->vm_mm, pmd, addr, &ptl);
	swp_entry_t entry;
	pte_t pte;

	if (!ptep)
		return;
	pte = ptep_get(ptep);
	if (pte_none(pte) || pte_present(pte))
		goto out;
	entry = pte_to_swp_entry(pte);
	if (!is_moving(entry))
		goto out;
	note_page(pfn_swap_entry_to_page(entry)); /* good: the helper asks */
out:
	pte_unmap_unlock(ptep, ptl);
}

static void asks_of_one_of_two(struct vm_area_struct *vma, pmd_t *pmd, unsigned long addr)
{
	spinlock_t *ptl;
	pte_t *ptep = pte_offset_map_lock(vma->vm_mm, pmd, addr, &ptl);
	swp_entry_t one, other;
	pte_t first, second;

	if (!ptep)
		return;
	first = ptep_get(ptep);
	second = ptep_get(ptep + 1);
	if (pte_none(first) || pte_present(first) || pte_none(second) || pte_present(second))
		goto out;
	one = pte_to_swp_entry(first);
	other = pte_to_swp_entry(second);
	if (is_migration_entry(one))
		note_page(pfn_swap_entry_to_page(other)); /* bad: one was asked, the other is taken */
out:
	pte_unmap_unlock(ptep, ptl);
}
