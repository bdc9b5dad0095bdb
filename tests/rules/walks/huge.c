/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
static int share_huge(struct mm_struct *dst, struct mm_struct *src, struct vm_area_struct *dst_vma,
		      struct vm_area_struct *src_vma, struct hstate *h, unsigned long addr, pte_t *dst_pte,
		      pte_t *src_pte)
{
	bool cow = is_cow_mapping(src_vma->vm_flags);
	spinlock_t *dst_ptl = huge_pte_lock(h, dst, dst_pte);
	spinlock_t *src_ptl = huge_pte_lockptr(h, src, src_pte);
	struct folio *folio;
	swp_entry_t swp;
	pte_t entry;
	int ret = 0;

	spin_lock_nested(src_ptl, SINGLE_DEPTH_NESTING);
	entry = huge_ptep_get(src_vma->vm_mm, addr, src_pte);
	if (huge_pte_none(entry)) {
		;
	} else if (unlikely(is_hugetlb_entry_hwpoisoned(entry))) {
		if (!userfaultfd_wp(dst_vma))
			entry = huge_pte_clear_uffd_wp(entry);
		set_huge_pte_at(dst, addr, dst_pte, entry, huge_page_size(h));
	} else if (unlikely(is_hugetlb_entry_migration(entry))) {
		bool uffd_wp = pte_swp_uffd_wp(entry);

		swp = pte_to_swp_entry(entry);
		if (!is_readable_migration_entry(swp) && cow) {
			swp = make_readable_migration_entry(swp_offset(swp));
			entry = swp_entry_to_pte(swp);
			if (userfaultfd_wp(src_vma) && uffd_wp)
				entry = pte_swp_mkuffd_wp(entry);
			set_huge_pte_at(src, addr, src_pte, entry, huge_page_size(h));
		}
		if (!userfaultfd_wp(dst_vma))
			entry = huge_pte_clear_uffd_wp(entry);
		set_huge_pte_at(dst, addr, dst_pte, entry, huge_page_size(h));
	} else if (unlikely(is_pte_marker(entry))) {
		pte_marker marker = copy_pte_marker(pte_to_swp_entry(entry), dst_vma);

		if (marker)
			set_huge_pte_at(dst, addr, dst_pte, make_pte_marker(marker), huge_page_size(h));
	} else {
		folio = page_folio(pte_page(entry));
		folio_get(folio);
		if (!folio_test_anon(folio)) {
			hugetlb_add_file_rmap(folio);
		} else if (hugetlb_try_dup_anon_rmap(folio, src_vma)) {
			folio_put(folio);
			ret = -EAGAIN;
			goto out;
		}
		if (cow) {
			huge_ptep_set_wrprotect(src, addr, src_pte);
			entry = huge_pte_wrprotect(entry);
		}
		if (!userfaultfd_wp(dst_vma))
			entry = huge_pte_clear_uffd_wp(entry);
		set_huge_pte_at(dst, addr, dst_pte, entry, huge_page_size(h));
	}
out:
	spin_unlock(src_ptl);
	spin_unlock(dst_ptl);
	return ret;
}

static void protect_huge(struct vm_area_struct *vma, struct hstate *h, unsigned long address, pte_t *ptep,
			 pgprot_t newprot, unsigned long cp_flags)
{
	bool uffd_wp = cp_flags & MM_CP_UFFD_WP;
	bool uffd_wp_resolve = cp_flags & MM_CP_UFFD_WP_RESOLVE;
	unsigned long psize = huge_page_size(h);
	spinlock_t *ptl = huge_pte_lock(h, vma->vm_mm, ptep);
	pte_t pte = huge_ptep_get(vma->vm_mm, address, ptep);

	if (unlikely(is_hugetlb_entry_hwpoisoned(pte))) {
		;
	} else if (unlikely(is_hugetlb_entry_migration(pte))) {
		swp_entry_t entry = pte_to_swp_entry(pte);
		struct page *page = pfn_swap_entry_to_page(entry);
		pte_t newpte = pte;

		if (is_writable_migration_entry(entry)) {
			if (PageAnon(page))
				entry = make_readable_exclusive_migration_entry(swp_offset(entry));
			else
				entry = make_readable_migration_entry(swp_offset(entry));
			newpte = swp_entry_to_pte(entry);
			if (pte_swp_soft_dirty(pte))
				newpte = pte_swp_mksoft_dirty(newpte);
		}
		if (uffd_wp)
			newpte = pte_swp_mkuffd_wp(newpte);
		else if (uffd_wp_resolve)
			newpte = pte_swp_clear_uffd_wp(newpte);
		if (!pte_same(pte, newpte))
			set_huge_pte_at(vma->vm_mm, address, ptep, newpte, psize);
	} else if (unlikely(is_pte_marker(pte))) {
		if (pte_marker_uffd_wp(pte) && uffd_wp_resolve)
			huge_pte_clear(vma->vm_mm, address, ptep, psize);
	} else if (!huge_pte_none(pte)) {
		pte_t old_pte = huge_ptep_modify_prot_start(vma, address, ptep);

		pte = huge_pte_modify(old_pte, newprot);
		pte = arch_make_huge_pte(pte, huge_page_shift(h), vma->vm_flags);
		if (uffd_wp)
			pte = huge_pte_mkuffd_wp(pte);
		else if (uffd_wp_resolve)
			pte = huge_pte_clear_uffd_wp(pte);
		huge_ptep_modify_prot_commit(vma, address, ptep, old_pte, pte);
	} else if (uffd_wp) {
		set_huge_pte_at(vma->vm_mm, address, ptep, make_pte_marker(PTE_MARKER_UFFD_WP), psize);
	}
	spin_unlock(ptl);
}
