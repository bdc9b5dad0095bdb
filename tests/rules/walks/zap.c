/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
static unsigned long drop_ptes(struct mmu_gather *tlb, struct vm_area_struct *vma, pmd_t *pmd, unsigned long addr,
			       unsigned long end, struct zap_details *details)
{
	struct mm_struct *mm = tlb->mm;
	spinlock_t *ptl;
	pte_t *pte = pte_offset_map_lock(mm, pmd, addr, &ptl);

	if (!pte)
		return addr;
	do {
		pte_t ptent = ptep_get(pte);
		struct folio *folio;
		struct page *page;

		if (pte_none(ptent))
			continue;
		if (pte_present(ptent)) {
			page = vm_normal_page(vma, addr, ptent);
			ptent = ptep_get_and_clear_full(mm, addr, pte, tlb->fullmm);
			tlb_remove_tlb_entry(tlb, pte, addr);
			zap_install_uffd_wp_if_needed(vma, addr, pte, 1, details, ptent);
			if (!page)
				continue;
			folio = page_folio(page);
			if (!folio_test_anon(folio)) {
				if (pte_dirty(ptent))
					folio_mark_dirty(folio);
				if (pte_young(ptent))
					folio_mark_accessed(folio);
			}
			folio_remove_rmap_pte(folio, page, vma);
			continue;
		}
		if (is_device_private_entry(pte_to_swp_entry(ptent)) || is_device_exclusive_entry(pte_to_swp_entry(ptent))) {
			page = pfn_swap_entry_to_page(pte_to_swp_entry(ptent));
			folio = page_folio(page);
			if (is_device_private_entry(pte_to_swp_entry(ptent)))
				folio_remove_rmap_pte(folio, page, vma);
			folio_put(folio);
		} else if (!non_swap_entry(pte_to_swp_entry(ptent))) {
			free_swap_and_cache(pte_to_swp_entry(ptent));
		} else if (is_migration_entry(pte_to_swp_entry(ptent))) {
			folio = pfn_swap_entry_folio(pte_to_swp_entry(ptent));
			dec_mm_counter(mm, mm_counter(folio));
		}
		pte_clear_not_present_full(mm, addr, pte, tlb->fullmm);
		zap_install_uffd_wp_if_needed(vma, addr, pte, 1, details, ptent);
	} while (pte++, addr += PAGE_SIZE, addr != end);
	pte_unmap_unlock(pte - 1, ptl);
	return addr;
}
