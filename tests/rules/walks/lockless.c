/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
static int collapse_back(struct vm_area_struct *vma, struct page *page, unsigned long addr, pmd_t *pmd)
{
	struct mm_struct *mm = vma->vm_mm;
	pte_t *ptep = pte_offset_map(pmd, addr), pte = ptep_get(ptep);
	spinlock_t *ptl;
	int result = 0;

	if (!pte_present(pte) || vm_normal_page(vma, addr, pte) != page)
		return 0;
	ptl = pte_lockptr(mm, pmd);
	spin_lock(ptl);
	if (!pte_same(pte, ptep_get(ptep)))
		goto out;
	pte = ptep_clear_flush(vma, addr, ptep);
	if (pte_dirty(pte))
		set_page_dirty(page);
	set_pte_at(mm, addr, ptep, pte_mkclean(pte));
	result = 1;
out:
	spin_unlock(ptl);
	return result;
}

static void drop_read(struct vm_area_struct *vma, pmd_t *pmd, unsigned long addr)
{
	struct mm_struct *mm = vma->vm_mm;
	spinlock_t *ptl;
	pte_t *ptep = pte_offset_map_lock(mm, pmd, addr, &ptl), pte = ptep_get(ptep);
	struct page *page;

	if (pte_none(pte))
		goto out;
	if (!pte_present(pte))
		goto out;
	page = vm_normal_page(vma, addr, pte);
	pte_clear(mm, addr, ptep);
	if (pte_dirty(pte))
		set_page_dirty(page);
	if (userfaultfd_wp(vma))
		goto out;
	folio_remove_rmap_pte(page_folio(page), page, vma);
out:
	pte_unmap_unlock(ptep, ptl);
}

static int share_twice(struct vm_area_struct *vma, pmd_t *pmd, unsigned long addr, struct folio *folio,
		       struct page *page)
{
	spinlock_t *ptl;
	pte_t *ptep = pte_offset_map_lock(vma->vm_mm, pmd, addr, &ptl), pte = ptep_get(ptep);
	int tries = 2;

	if (!pte_present(pte) || !folio_test_anon(folio) || !PageAnonExclusive(page))
		goto out;
	pte = ptep_clear_flush(vma, addr, ptep);
	while (folio_try_share_anon_rmap_pte(folio, page)) {
		if (!--tries) {
			set_pte_at(vma->vm_mm, addr, ptep, pte);
			pte_unmap_unlock(ptep, ptl);
			return -EBUSY;
		}
	}
	set_pte_at(vma->vm_mm, addr, ptep, pte_wrprotect(pte));
out:
	pte_unmap_unlock(ptep, ptl);
	return 0;
}

static int batch_copy(struct vm_area_struct *dst_vma, struct vm_area_struct *src_vma, pte_t *dst_pte, pte_t *src_pte,
		      unsigned long addr, int max_nr, struct folio *folio, struct page *page)
{
	bool any_writable;
	pte_t pte = ptep_get(src_pte);
	int nr;

	if (!pte_present(pte))
		return 0;
	nr = folio_pte_batch(folio, addr, src_pte, pte, max_nr, 0, &any_writable, NULL, NULL);
	folio_ref_add(folio, nr);
	if (unlikely(folio_try_dup_anon_rmap_ptes(folio, page, nr, dst_vma, src_vma))) {
		folio_ref_sub(folio, nr);
		return -EAGAIN;
	}
	if (any_writable)
		pte = pte_mkwrite(pte, src_vma);
	if (is_cow_mapping(src_vma->vm_flags) && pte_write(pte)) {
		wrprotect_ptes(src_vma->vm_mm, addr, src_pte, nr);
		pte = pte_wrprotect(pte);
	}
	if (!userfaultfd_wp(dst_vma))
		pte = pte_clear_uffd_wp(pte);
	set_ptes(dst_vma->vm_mm, addr, dst_pte, pte_mkold(pte), nr);
	return nr;
}

static void settle(struct mm_struct *mm, struct vm_area_struct *vma, unsigned long addr, pmd_t *pmd,
		   unsigned long cp_flags)
{
	spinlock_t *ptl = pmd_trans_huge_lock(pmd, vma);
	pmd_t old, entry;

	if (!ptl)
		return;
	if (pmd_present(*pmd)) {
		old = pmdp_huge_get_and_clear(mm, addr, pmd);
		entry = pmd_modify(old, vma->vm_page_prot);
		if (cp_flags & MM_CP_DIRTY_ACCT)
			entry = pmd_mkwrite(entry, vma);
		set_pmd_at(mm, addr, pmd, entry);
	}
	spin_unlock(ptl);
}
