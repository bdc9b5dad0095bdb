/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
static int bring_back(struct vm_area_struct *vma, pmd_t *pmd, unsigned long addr, swp_entry_t entry,
		      struct folio *folio)
{
	struct page *page = folio_page(folio, 0);
	spinlock_t *ptl;
	pte_t *pte, new_pte, old_pte;
	rmap_t rmap_flags = RMAP_NONE;
	int ret = 1;

	pte = pte_offset_map_lock(vma->vm_mm, pmd, addr, &ptl);
	if (unlikely(!pte || !pte_same(pte_swp_clear_flags(ptep_get(pte)), swp_entry_to_pte(entry)))) {
		ret = 0;
		goto out;
	}
	old_pte = ptep_get(pte);
	if (unlikely(PageHWPoison(page) || !folio_test_uptodate(folio))) {
		dec_mm_counter(vma->vm_mm, MM_SWAPENTS);
		set_pte_at(vma->vm_mm, addr, pte, swp_entry_to_pte(make_hwpoison_entry(page)));
		goto out;
	}
	inc_mm_counter(vma->vm_mm, MM_ANONPAGES);
	folio_get(folio);
	if (pte_swp_exclusive(old_pte))
		rmap_flags |= RMAP_EXCLUSIVE;
	folio_add_anon_rmap_pte(folio, page, vma, addr, rmap_flags);
	new_pte = pte_mkold(mk_pte(page, vma->vm_page_prot));
	if (pte_swp_soft_dirty(old_pte))
		new_pte = pte_mksoft_dirty(new_pte);
	if (pte_swp_uffd_wp(old_pte))
		new_pte = pte_mkuffd_wp(new_pte);
	set_pte_at(vma->vm_mm, addr, pte, new_pte);
	swap_free(entry);
out:
	if (pte)
		pte_unmap_unlock(pte, ptl);
	return ret;
}

static int take_from(struct vm_area_struct *dst_vma, struct vm_area_struct *src_vma, unsigned long dst_addr,
		     unsigned long src_addr, pte_t *dst_pte, pte_t *src_pte, pte_t orig_src_pte, struct folio *folio,
		     spinlock_t *dst_ptl, spinlock_t *src_ptl)
{
	pte_t orig_dst_pte;
	int err = 0;

	double_pt_lock(dst_ptl, src_ptl);
	if (!pte_same(ptep_get(src_pte), orig_src_pte)) {
		err = -EAGAIN;
		goto out;
	}
	if (folio_test_large(folio) || !PageAnonExclusive(&folio->page)) {
		err = -EBUSY;
		goto out;
	}
	orig_src_pte = ptep_clear_flush(src_vma, src_addr, src_pte);
	if (folio_maybe_dma_pinned(folio)) {
		set_pte_at(src_vma->vm_mm, src_addr, src_pte, orig_src_pte);
		err = -EBUSY;
		goto out;
	}
	folio_move_anon_rmap(folio, dst_vma);
	orig_dst_pte = mk_pte(&folio->page, dst_vma->vm_page_prot);
	orig_dst_pte = pte_mksoft_dirty(pte_mkdirty(orig_dst_pte));
	if (dst_vma->vm_flags & VM_WRITE)
		orig_dst_pte = pte_mkwrite(orig_dst_pte, dst_vma);
	set_pte_at(dst_vma->vm_mm, dst_addr, dst_pte, orig_dst_pte);
out:
	double_pt_unlock(dst_ptl, src_ptl);
	return err;
}

static int fill_in(pmd_t *dst_pmd, struct vm_area_struct *dst_vma, unsigned long dst_addr, struct page *page,
		   bool newly_allocated, unsigned int flags)
{
	struct mm_struct *dst_mm = dst_vma->vm_mm;
	bool writable = dst_vma->vm_flags & VM_WRITE;
	bool vm_shared = dst_vma->vm_flags & VM_SHARED;
	struct folio *folio = page_folio(page);
	pte_t _dst_pte, *dst_pte;
	spinlock_t *ptl;
	int ret = -EEXIST;

	_dst_pte = mk_pte(page, dst_vma->vm_page_prot);
	_dst_pte = pte_mkdirty(_dst_pte);
	if (page_in_cache(page) && !vm_shared)
		writable = false;
	if (writable)
		_dst_pte = pte_mkwrite(_dst_pte, dst_vma);
	if (flags & MFILL_ATOMIC_WP)
		_dst_pte = pte_mkuffd_wp(_dst_pte);
	dst_pte = pte_offset_map_lock(dst_mm, dst_pmd, dst_addr, &ptl);
	if (!dst_pte)
		return -EAGAIN;
	if (!pte_none_mostly(ptep_get(dst_pte)))
		goto out_unlock;
	if (newly_allocated)
		folio_add_new_anon_rmap(folio, dst_vma, dst_addr, RMAP_EXCLUSIVE);
	else
		folio_add_file_rmap_pte(folio, page, dst_vma);
	set_pte_at(dst_mm, dst_addr, dst_pte, _dst_pte);
	ret = 0;
out_unlock:
	pte_unmap_unlock(dst_pte, ptl);
	return ret;
}
