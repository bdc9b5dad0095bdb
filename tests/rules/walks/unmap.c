/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
static bool swap_out_one(struct folio *folio, struct vm_area_struct *vma, unsigned long address, void *arg)
{
	struct mm_struct *mm = vma->vm_mm;
	DEFINE_FOLIO_VMA_WALK(pvmw, folio, vma, address, 0);
	bool exclusive, ret = true;
	pte_t pteval, new;
	swp_entry_t entry;
	struct page *page;

	while (page_vma_mapped_walk(&pvmw)) {
		pteval = ptep_get(pvmw.pte);
		page = folio_page(folio, pte_pfn(pteval) - folio_pfn(folio));
		exclusive = folio_test_anon(folio) && PageAnonExclusive(page);
		address = pvmw.address;
		flush_cache_page(vma, address, pte_pfn(pteval));
		pteval = ptep_clear_flush(vma, address, pvmw.pte);
		if (pte_dirty(pteval))
			folio_mark_dirty(folio);
		if (!folio_test_anon(folio)) {
			pte_install_uffd_wp_if_needed(vma, address, pvmw.pte, pteval);
			dec_mm_counter(mm, mm_counter_file(folio));
			goto discard;
		}
		entry = page_swap_entry(page);
		if (swap_duplicate(entry) < 0) {
			set_pte_at(mm, address, pvmw.pte, pteval);
			ret = false;
			page_vma_mapped_walk_done(&pvmw);
			break;
		}
		if (exclusive && folio_try_share_anon_rmap_pte(folio, page)) {
			swap_free(entry);
			set_pte_at(mm, address, pvmw.pte, pteval);
			ret = false;
			page_vma_mapped_walk_done(&pvmw);
			break;
		}
		dec_mm_counter(mm, MM_ANONPAGES);
		inc_mm_counter(mm, MM_SWAPENTS);
		new = swp_entry_to_pte(entry);
		if (exclusive)
			new = pte_swp_mkexclusive(new);
		if (pte_soft_dirty(pteval))
			new = pte_swp_mksoft_dirty(new);
		if (pte_uffd_wp(pteval))
			new = pte_swp_mkuffd_wp(new);
		set_pte_at(mm, address, pvmw.pte, new);
discard:
		folio_remove_rmap_pte(folio, page, vma);
		folio_put(folio);
	}
	return ret;
}

static bool freeze_one(struct folio *folio, struct vm_area_struct *vma, unsigned long address, void *arg)
{
	struct mm_struct *mm = vma->vm_mm;
	DEFINE_FOLIO_VMA_WALK(pvmw, folio, vma, address, 0);
	bool exclusive, ret = true;
	pte_t pteval, new;
	swp_entry_t entry;
	struct page *page;

	while (page_vma_mapped_walk(&pvmw)) {
		pteval = ptep_get(pvmw.pte);
		page = folio_page(folio, pte_pfn(pteval) - folio_pfn(folio));
		exclusive = folio_test_anon(folio) && PageAnonExclusive(page);
		pteval = ptep_clear_flush(vma, address, pvmw.pte);
		if (pte_dirty(pteval))
			folio_mark_dirty(folio);
		if (exclusive && folio_try_share_anon_rmap_pte(folio, page)) {
			set_pte_at(mm, address, pvmw.pte, pteval);
			ret = false;
			page_vma_mapped_walk_done(&pvmw);
			break;
		}
		if (pte_write(pteval))
			entry = make_writable_migration_entry(page_to_pfn(page));
		else if (exclusive)
			entry = make_readable_exclusive_migration_entry(page_to_pfn(page));
		else
			entry = make_readable_migration_entry(page_to_pfn(page));
		if (pte_young(pteval))
			entry = make_migration_entry_young(entry);
		if (pte_dirty(pteval))
			entry = make_migration_entry_dirty(entry);
		new = swp_entry_to_pte(entry);
		if (pte_soft_dirty(pteval))
			new = pte_swp_mksoft_dirty(new);
		if (pte_uffd_wp(pteval))
			new = pte_swp_mkuffd_wp(new);
		set_pte_at(mm, address, pvmw.pte, new);
		folio_remove_rmap_pte(folio, page, vma);
		folio_put(folio);
	}
	return ret;
}

static bool thaw_one(struct folio *folio, struct vm_area_struct *vma, unsigned long addr, void *old)
{
	DEFINE_FOLIO_VMA_WALK(pvmw, old, vma, addr, PVMW_SYNC | PVMW_MIGRATION);

	while (page_vma_mapped_walk(&pvmw)) {
		rmap_t how = RMAP_NONE;
		swp_entry_t entry;
		struct page *new;
		pte_t pte, had;

		had = ptep_get(pvmw.pte);
		new = folio_page(folio, 0);
		folio_get(folio);
		pte = mk_pte(new, READ_ONCE(vma->vm_page_prot));
		entry = pte_to_swp_entry(had);
		if (!is_migration_entry_young(entry))
			pte = pte_mkold(pte);
		if (folio_test_dirty(folio) && is_migration_entry_dirty(entry))
			pte = pte_mkdirty(pte);
		if (pte_swp_soft_dirty(had))
			pte = pte_mksoft_dirty(pte);
		else
			pte = pte_clear_soft_dirty(pte);
		if (is_writable_migration_entry(entry))
			pte = pte_mkwrite(pte, vma);
		else if (pte_swp_uffd_wp(had))
			pte = pte_mkuffd_wp(pte);
		if (folio_test_anon(folio) && !is_readable_migration_entry(entry))
			how |= RMAP_EXCLUSIVE;
		if (folio_test_anon(folio))
			folio_add_anon_rmap_pte(folio, new, vma, pvmw.address, how);
		else
			folio_add_file_rmap_pte(folio, new, vma);
		set_pte_at(vma->vm_mm, pvmw.address, pvmw.pte, pte);
		update_mmu_cache(vma, pvmw.address, pvmw.pte);
	}
	return true;
}
