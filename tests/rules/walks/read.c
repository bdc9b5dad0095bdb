/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
static u64 describe(struct vm_area_struct *vma, unsigned long addr, pte_t pte)
{
	struct page *page = NULL;
	u64 frame = 0, flags = 0;

	if (pte_present(pte)) {
		frame = pte_pfn(pte);
		page = vm_normal_page(vma, addr, pte);
		if (pte_soft_dirty(pte))
			flags |= PM_SOFT_DIRTY;
		if (pte_uffd_wp(pte))
			flags |= PM_UFFD_WP;
	} else if (is_swap_pte(pte)) {
		swp_entry_t entry = pte_to_swp_entry(pte);

		if (pte_swp_soft_dirty(pte))
			flags |= PM_SOFT_DIRTY;
		if (pte_swp_uffd_wp(pte))
			flags |= PM_UFFD_WP;
		frame = swp_type(entry) | (swp_offset(entry) << MAX_SWAPFILES_SHIFT);
		flags |= PM_SWAP;
		if (is_pfn_swap_entry(entry))
			page = pfn_swap_entry_to_page(entry);
		if (pte_marker_entry_uffd_wp(entry))
			flags |= PM_UFFD_WP;
	}
	if (page && !PageAnon(page))
		flags |= PM_FILE;
	return make_pme(frame, flags);
}

static int read_ptes(pmd_t *pmdp, unsigned long addr, unsigned long end, struct mm_walk *walk)
{
	struct vm_area_struct *vma = walk->vma;
	spinlock_t *ptl;
	pte_t *pte;

	ptl = pmd_trans_huge_lock(pmdp, vma);
	if (ptl) {
		pmd_t pmd = *pmdp;

		if (pmd_present(pmd))
			note_page(walk, pmd_page(pmd));
		else if (is_swap_pmd(pmd))
			note_page(walk, pfn_swap_entry_to_page(pmd_to_swp_entry(pmd)));
		spin_unlock(ptl);
		return 0;
	}
	pte = pte_offset_map_lock(walk->mm, pmdp, addr, &ptl);
	if (!pte)
		return 0;
	for (; addr < end; pte++, addr += PAGE_SIZE)
		add_to(walk, describe(vma, addr, ptep_get(pte)));
	pte_unmap_unlock(pte - 1, ptl);
	return 0;
}

static int look_at_huge(pte_t *ptep, unsigned long hmask, unsigned long addr, unsigned long end, struct mm_walk *walk)
{
	struct vm_area_struct *vma = walk->vma;
	pte_t pte = huge_ptep_get(walk->mm, addr, ptep);
	struct folio *folio = NULL;

	if (pte_present(pte)) {
		folio = page_folio(pte_page(pte));
	} else if (is_swap_pte(pte)) {
		swp_entry_t swpent = pte_to_swp_entry(pte);

		if (is_pfn_swap_entry(swpent))
			folio = pfn_swap_entry_folio(swpent);
	}
	if (folio && folio_likely_mapped_shared(folio))
		note_shared(vma, folio);
	return 0;
}

static int cool(pmd_t *pmd, unsigned long addr, unsigned long end, struct mm_walk *walk)
{
	struct mmu_gather *tlb = walk->private;
	struct vm_area_struct *vma = walk->vma;
	struct mm_struct *mm = tlb->mm;
	pte_t *pte, ptent;
	spinlock_t *ptl;
	struct folio *folio;

	pte = pte_offset_map_lock(mm, pmd, addr, &ptl);
	if (!pte)
		return 0;
	for (; addr < end; pte++, addr += PAGE_SIZE) {
		ptent = ptep_get(pte);
		if (pte_none(ptent) || !pte_present(ptent))
			continue;
		folio = vm_normal_folio(vma, addr, ptent);
		if (!folio || folio_is_zone_device(folio))
			continue;
		if (pte_young(ptent) || pte_dirty(ptent)) {
			ptent = ptep_get_and_clear_full(mm, addr, pte, tlb->fullmm);
			ptent = pte_mkold(ptent);
			ptent = pte_mkclean(ptent);
			set_pte_at(mm, addr, pte, ptent);
			tlb_remove_tlb_entry(tlb, pte, addr);
		}
	}
	pte_unmap_unlock(pte - 1, ptl);
	return 0;
}
