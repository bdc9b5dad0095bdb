/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
static void put_copy(struct vm_area_struct *dst_vma, struct vm_area_struct *src_vma, pte_t *dst_pte, pte_t *src_pte,
		     unsigned long addr, struct folio *new_folio, struct page *page)
{
	pte_t pte;

	copy_user_highpage(&new_folio->page, page, addr, src_vma);
	__folio_mark_uptodate(new_folio);
	folio_add_new_anon_rmap(new_folio, dst_vma, addr, RMAP_EXCLUSIVE);
	pte = mk_pte(&new_folio->page, dst_vma->vm_page_prot);
	if (dst_vma->vm_flags & VM_WRITE)
		pte = pte_mkwrite(pte_mkdirty(pte), dst_vma);
	if (userfaultfd_pte_wp(dst_vma, ptep_get(src_pte)))
		pte = pte_mkuffd_wp(pte);
	set_pte_at(dst_vma->vm_mm, addr, dst_pte, pte);
}

static vm_fault_t copy_for_writer(struct vm_fault *vmf)
{
	const bool unshare = vmf->flags & FAULT_FLAG_UNSHARE;
	struct vm_area_struct *vma = vmf->vma;
	struct folio *old = vmf->page ? page_folio(vmf->page) : NULL;
	struct folio *new = folio_prealloc(vma->vm_mm, vma, vmf->address, false);
	pte_t entry;

	if (!new)
		return VM_FAULT_OOM;
	copy_user_highpage(&new->page, vmf->page, vmf->address, vma);
	vmf->pte = pte_offset_map_lock(vma->vm_mm, vmf->pmd, vmf->address, &vmf->ptl);
	if (likely(vmf->pte && pte_same(ptep_get(vmf->pte), vmf->orig_pte))) {
		entry = mk_pte(&new->page, vma->vm_page_prot);
		entry = pte_sw_mkyoung(entry);
		if (unlikely(unshare)) {
			if (pte_soft_dirty(vmf->orig_pte))
				entry = pte_mksoft_dirty(entry);
			if (pte_uffd_wp(vmf->orig_pte))
				entry = pte_mkuffd_wp(entry);
		} else {
			entry = maybe_mkwrite(pte_mkdirty(entry), vma);
		}
		ptep_clear_flush(vma, vmf->address, vmf->pte);
		folio_add_new_anon_rmap(new, vma, vmf->address, RMAP_EXCLUSIVE);
		set_pte_at(vma->vm_mm, vmf->address, vmf->pte, entry);
		if (old)
			folio_remove_rmap_pte(old, vmf->page, vma);
		pte_unmap_unlock(vmf->pte, vmf->ptl);
	}
	return 0;
}

static vm_fault_t fill_huge(struct address_space *mapping, struct hstate *h, struct vm_fault *vmf, struct folio *folio,
			    bool anon)
{
	struct vm_area_struct *vma = vmf->vma;
	pte_t new_pte;

	vmf->ptl = huge_pte_lock(h, vma->vm_mm, vmf->pte);
	if (!pte_same(huge_ptep_get(vma->vm_mm, vmf->address, vmf->pte), vmf->orig_pte))
		goto out;
	if (anon)
		hugetlb_add_new_anon_rmap(folio, vma, vmf->address);
	else
		hugetlb_add_file_rmap(folio);
	new_pte = make_huge_pte(vma, &folio->page, (vma->vm_flags & VM_WRITE) && (vma->vm_flags & VM_SHARED));
	if (unlikely(pte_marker_uffd_wp(vmf->orig_pte)))
		new_pte = huge_pte_mkuffd_wp(new_pte);
	set_huge_pte_at(vma->vm_mm, vmf->address, vmf->pte, new_pte, huge_page_size(h));
out:
	spin_unlock(vmf->ptl);
	return 0;
}

static vm_fault_t write_huge(struct hstate *h, struct vm_fault *vmf)
{
	const bool unshare = vmf->flags & FAULT_FLAG_UNSHARE;
	struct vm_area_struct *vma = vmf->vma;
	pte_t pte = huge_ptep_get(vma->vm_mm, vmf->address, vmf->pte);
	struct folio *old_folio = page_folio(pte_page(pte)), *new_folio;

	if (huge_pte_uffd_wp(pte) && !unshare)
		return 0;
	if (folio_mapcount(old_folio) == 1 && folio_test_anon(old_folio)) {
		if (!PageAnonExclusive(&old_folio->page)) {
			folio_move_anon_rmap(old_folio, vma);
			SetPageAnonExclusive(&old_folio->page);
		}
		if (likely(!unshare))
			set_huge_ptep_maybe_writable(vma, vmf->address, vmf->pte);
		return 0;
	}
	new_folio = alloc_hugetlb_folio(vma, vmf->address, false);
	if (IS_ERR(new_folio))
		return VM_FAULT_OOM;
	copy_user_large_folio(new_folio, old_folio, vmf->real_address, vma);
	spin_lock(vmf->ptl);
	if (pte_same(huge_ptep_get(vma->vm_mm, vmf->address, vmf->pte), pte)) {
		pte_t newpte = make_huge_pte(vma, &new_folio->page, !unshare);

		huge_ptep_clear_flush(vma, vmf->address, vmf->pte);
		hugetlb_remove_rmap(old_folio);
		hugetlb_add_new_anon_rmap(new_folio, vma, vmf->address);
		if (huge_pte_uffd_wp(pte))
			newpte = huge_pte_mkuffd_wp(newpte);
		set_huge_pte_at(vma->vm_mm, vmf->address, vmf->pte, newpte, huge_page_size(h));
	}
	spin_unlock(vmf->ptl);
	return 0;
}

static int may_be_made_writable(struct vm_area_struct *vma, unsigned long addr, pte_t pte)
{
	struct page *page;

	if (!(vma->vm_flags & VM_WRITE))
		return false;
	if (pte_protnone(pte) || userfaultfd_pte_wp(vma, pte) || pte_needs_soft_dirty_wp(vma, pte))
		return false;
	if (!(vma->vm_flags & VM_SHARED)) {
		page = vm_normal_page(vma, addr, pte);
		return page && PageAnon(page) && PageAnonExclusive(page);
	}
	return pte_dirty(pte);
}

static bool can_change_pte_writable(struct vm_area_struct *vma, unsigned long addr, pte_t pte)
{
	struct page *page;

	if (!(vma->vm_flags & VM_WRITE) || pte_protnone(pte))
		return false;
	if (pte_needs_soft_dirty_wp(vma, pte))
		return false;
	if (userfaultfd_pte_wp(vma, pte))
		return false;
	if (!(vma->vm_flags & VM_SHARED)) {
		page = vm_normal_page(vma, addr, pte);
		return page && PageAnon(page) && PageAnonExclusive(page);
	}
	return pte_dirty(pte);
}

static void upgrade_all(struct vm_area_struct *vma, pmd_t *pmd, unsigned long addr, unsigned long end)
{
	spinlock_t *ptl;
	pte_t *ptep = pte_offset_map_lock(vma->vm_mm, pmd, addr, &ptl), pte;

	for (; addr < end; addr += PAGE_SIZE, ptep++) {
		pte = ptep_get(ptep);
		if (!pte_present(pte))
			continue;
		if (pte_write(pte) || !can_change_pte_writable(vma, addr, pte))
			continue;
		pte = ptep_modify_prot_start(vma, addr, ptep);
		ptep_modify_prot_commit(vma, addr, ptep, pte, pte_mkwrite(pte, vma));
	}
	pte_unmap_unlock(ptep - 1, ptl);
}
