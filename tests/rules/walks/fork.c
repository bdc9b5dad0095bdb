/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
static int share_mapped(struct vm_area_struct *dst_vma, struct vm_area_struct *src_vma, pte_t *dst_pte,
			pte_t *src_pte, pte_t pte, unsigned long addr, int *rss)
{
	struct page *page = vm_normal_page(src_vma, addr, pte);
	struct folio *folio;

	if (page) {
		folio = page_folio(page);
		folio_get(folio);
		if (folio_test_anon(folio)) {
			if (unlikely(folio_try_dup_anon_rmap_pte(folio, page, dst_vma, src_vma))) {
				folio_put(folio);
				return -EAGAIN;
			}
			rss[MM_ANONPAGES]++;
		} else {
			folio_dup_file_rmap_pte(folio, page, dst_vma);
			rss[mm_counter_file(folio)]++;
		}
	}
	if (is_cow_mapping(src_vma->vm_flags) && pte_write(pte)) {
		ptep_set_wrprotect(src_vma->vm_mm, addr, src_pte);
		pte = pte_wrprotect(pte);
	}
	if (src_vma->vm_flags & VM_SHARED)
		pte = pte_mkclean(pte);
	pte = pte_mkold(pte);
	if (!userfaultfd_wp(dst_vma))
		pte = pte_clear_uffd_wp(pte);
	set_pte_at(dst_vma->vm_mm, addr, dst_pte, pte);
	return 0;
}

static int share_swapped(struct mm_struct *dst_mm, struct mm_struct *src_mm, pte_t *dst_pte, pte_t *src_pte,
			 struct vm_area_struct *dst_vma, struct vm_area_struct *src_vma, unsigned long addr, int *rss)
{
	unsigned long flags = dst_vma->vm_flags;
	pte_t old = ptep_get(src_pte);
	pte_t pte = old;
	swp_entry_t entry = pte_to_swp_entry(old);
	struct folio *folio;
	struct page *page;

	if (likely(!non_swap_entry(entry))) {
		if (swap_duplicate(entry) < 0)
			return -EIO;
		if (pte_swp_exclusive(old)) {
			pte = pte_swp_clear_exclusive(old);
			set_pte_at(src_mm, addr, src_pte, pte);
		}
		rss[MM_SWAPENTS]++;
	} else if (is_migration_entry(entry)) {
		folio = pfn_swap_entry_folio(entry);
		rss[mm_counter(folio)]++;
		if (!is_readable_migration_entry(entry) && is_cow_mapping(flags)) {
			entry = make_readable_migration_entry(swp_offset(entry));
			pte = swp_entry_to_pte(entry);
			if (pte_swp_soft_dirty(old))
				pte = pte_swp_mksoft_dirty(pte);
			if (pte_swp_uffd_wp(old))
				pte = pte_swp_mkuffd_wp(pte);
			set_pte_at(src_mm, addr, src_pte, pte);
		}
	} else if (is_device_private_entry(entry)) {
		page = pfn_swap_entry_to_page(entry);
		folio = page_folio(page);
		folio_get(folio);
		rss[mm_counter(folio)]++;
		folio_try_dup_anon_rmap_pte(folio, page, dst_vma, src_vma);
		if (is_writable_device_private_entry(entry) && is_cow_mapping(flags)) {
			entry = make_readable_device_private_entry(swp_offset(entry));
			pte = swp_entry_to_pte(entry);
			if (pte_swp_uffd_wp(old))
				pte = pte_swp_mkuffd_wp(pte);
			set_pte_at(src_mm, addr, src_pte, pte);
		}
	} else if (is_device_exclusive_entry(entry)) {
		if (try_restore_exclusive_pte(src_pte, src_vma, addr))
			return -EBUSY;
		return -ENOENT;
	} else if (is_pte_marker_entry(entry)) {
		pte_marker marker = copy_pte_marker(entry, dst_vma);

		if (marker)
			set_pte_at(dst_mm, addr, dst_pte, make_pte_marker(marker));
		return 0;
	}
	if (!userfaultfd_wp(dst_vma))
		pte = pte_swp_clear_uffd_wp(pte);
	set_pte_at(dst_mm, addr, dst_pte, pte);
	return 0;
}
