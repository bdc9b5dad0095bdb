/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
static struct page *look_up(struct vm_area_struct *vma, unsigned long address, pmd_t *pmd, unsigned int flags)
{
	struct page *page;
	spinlock_t *ptl;
	pte_t *ptep, pte;

	ptep = pte_offset_map_lock(vma->vm_mm, pmd, address, &ptl);
	if (!ptep)
		return NULL;
	pte = ptep_get(ptep);
	if (!pte_present(pte))
		goto no_page;
	page = vm_normal_page(vma, address, pte);
	if (!page)
		goto no_page;
	if ((flags & FOLL_WRITE) && !may_write_so(pte, page, vma, flags)) {
		page = NULL;
		goto out;
	}
	if (!pte_write(pte) && gup_must_unshare(vma, flags, page)) {
		page = ERR_PTR(-EMLINK);
		goto out;
	}
	if (try_grab_folio(page_folio(page), 1, flags))
		page = ERR_PTR(-ENOMEM);
out:
	pte_unmap_unlock(ptep, ptl);
	return page;
no_page:
	pte_unmap_unlock(ptep, ptl);
	return NULL;
}

static int give_ksm_page(struct vm_area_struct *vma, struct page *page, struct page *kpage, pte_t orig_pte,
			 pmd_t *pmd, unsigned long addr)
{
	struct folio *kfolio = page_folio(kpage);
	struct mm_struct *mm = vma->vm_mm;
	spinlock_t *ptl;
	pte_t *ptep, newpte;

	ptep = pte_offset_map_lock(mm, pmd, addr, &ptl);
	if (!ptep)
		return -EFAULT;
	if (!pte_same(ptep_get(ptep), orig_pte)) {
		pte_unmap_unlock(ptep, ptl);
		return -EFAULT;
	}
	VM_BUG_ON_PAGE(PageAnonExclusive(page), page);
	folio_get(kfolio);
	folio_add_anon_rmap_pte(kfolio, kpage, vma, addr, RMAP_NONE);
	newpte = mk_pte(kpage, vma->vm_page_prot);
	flush_cache_page(vma, addr, pte_pfn(ptep_get(ptep)));
	ptep_clear_flush(vma, addr, ptep);
	set_pte_at(mm, addr, ptep, newpte);
	folio_remove_rmap_pte(page_folio(page), page, vma);
	folio_put(page_folio(page));
	pte_unmap_unlock(ptep, ptl);
	return 0;
}

static int fence_off(struct vm_area_struct *vma, struct folio *folio, pte_t *orig_pte)
{
	struct mm_struct *mm = vma->vm_mm;
	DEFINE_FOLIO_VMA_WALK(pvmw, folio, vma, 0, 0);
	bool exclusive;
	pte_t entry;
	int err = -EFAULT;

	if (!page_vma_mapped_walk(&pvmw))
		return err;
	entry = ptep_get(pvmw.pte);
	if (!pte_present(entry))
		goto out;
	exclusive = PageAnonExclusive(&folio->page);
	if (pte_write(entry) || pte_dirty(entry) || exclusive || mm_tlb_flush_pending(mm)) {
		entry = ptep_clear_flush(vma, pvmw.address, pvmw.pte);
		if (folio_mapcount(folio) + 1 + folio_test_swapcache(folio) != folio_ref_count(folio)) {
			set_pte_at(mm, pvmw.address, pvmw.pte, entry);
			goto out;
		}
		if (exclusive && folio_try_share_anon_rmap_pte(folio, &folio->page)) {
			set_pte_at(mm, pvmw.address, pvmw.pte, entry);
			goto out;
		}
		if (pte_dirty(entry))
			folio_mark_dirty(folio);
		entry = pte_mkclean(entry);
		if (pte_write(entry))
			entry = pte_wrprotect(entry);
		set_pte_at(mm, pvmw.address, pvmw.pte, entry);
	}
	*orig_pte = entry;
	err = 0;
out:
	page_vma_mapped_walk_done(&pvmw);
	return err;
}
