/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
static void narrow_raw(struct vm_area_struct *vma, unsigned long addr, pte_t *ptep)
{
	pte_t pte = *ptep, new;
	swp_entry_t entry;

	if (!is_swap_pte(pte))
		return;
	entry = pte_to_swp_entry(pte);
	if (swp_type(entry) != SWP_MIGRATION_WRITE)
		return;
	if (PageAnon(pfn_swap_entry_to_page(entry)))
		entry = swp_entry(SWP_MIGRATION_READ_EXCLUSIVE, swp_offset(entry));
	else
		entry = swp_entry(SWP_MIGRATION_READ, swp_offset(entry));
	new = swp_entry_to_pte(entry);
	if (pte_swp_soft_dirty(pte))
		new = pte_swp_mksoft_dirty(new);
	set_pte_at(vma->vm_mm, addr, ptep, new);
}

static int look_up_swap(struct vm_area_struct *vma, unsigned long addr, pte_t *ptep)
{
	pte_t pte = ptep_get(ptep);
	struct folio *folio;
	swp_entry_t entry;

	if (pte_none(pte) || pte_present(pte))
		return 0;
	entry = pte_to_swp_entry(pte);
	if (non_swap_entry(entry))
		return 0;
	folio = swap_cache_get_folio(entry, vma, addr);
	if (folio && __swap_count(entry) == 1)
		set_pte_at(vma->vm_mm, addr, ptep, swp_entry_to_pte(swp_entry(swp_type(entry), swp_offset(entry))));
	return 1;
}

static bool same_access(struct vm_area_struct *dst, struct vm_area_struct *src, unsigned long addr, pmd_t *pmd,
			struct folio *folio)
{
	spinlock_t *ptl;
	pte_t *ptep, pte;

	if ((src->vm_flags & VM_ACCESS_FLAGS) != (dst->vm_flags & VM_ACCESS_FLAGS))
		return false;
	if (!(src->vm_flags & VM_WRITE) || userfaultfd_wp(dst))
		return false;
	ptep = pte_offset_map_lock(dst->vm_mm, pmd, addr, &ptl);
	pte = mk_pte(&folio->page, dst->vm_page_prot);
	folio_add_new_anon_rmap(folio, dst, addr, RMAP_EXCLUSIVE);
	set_pte_at(dst->vm_mm, addr, ptep, pte_mkwrite(pte_mkdirty(pte), dst));
	pte_unmap_unlock(ptep, ptl);
	return true;
}

static struct page *pin_fast(pmd_t pmd, pmd_t *pmdp, unsigned long addr, unsigned int flags, struct dev_pagemap *pgmap)
{
	pte_t *ptep = pte_offset_map(&pmd, addr), pte = ptep_get_lockless(ptep);
	struct folio *folio;
	struct page *page;

	if (!pte_present(pte) || pte_protnone(pte))
		return NULL;
	if (!pte_access_permitted(pte, flags & FOLL_WRITE) || pte_special(pte))
		return NULL;
	page = pte_page(pte);
	folio = try_grab_folio_fast(page, 1, flags);
	if (!folio)
		return NULL;
	if (unlikely(pmd_val(pmd) != pmd_val(*pmdp)) || unlikely(pte_val(pte) != pte_val(ptep_get(ptep)))) {
		gup_put_folio(folio, 1, flags);
		return NULL;
	}
	if (!pte_write(pte) && gup_must_unshare(NULL, flags, page)) {
		gup_put_folio(folio, 1, flags);
		return NULL;
	}
	folio_set_referenced(folio);
	return page;
}

static void drop_or_keep_marker(struct vm_area_struct *vma, pmd_t *pmd, unsigned long addr, zap_flags_t zap_flags,
				struct folio *folio, struct page *page)
{
	spinlock_t *ptl;
	pte_t *ptep = pte_offset_map_lock(vma->vm_mm, pmd, addr, &ptl), pte = ptep_get(ptep);

	if (!pte_present(pte))
		goto out;
	pte = ptep_get_and_clear(vma->vm_mm, addr, ptep);
	if (pte_dirty(pte))
		folio_mark_dirty(folio);
	folio_remove_rmap_pte(folio, page, vma);
	if (zap_flags & ZAP_FLAG_DROP_MARKER)
		goto out;
	pte_install_uffd_wp_if_needed(vma, addr, ptep, pte);
out:
	pte_unmap_unlock(ptep, ptl);
}

static void forced(struct vm_area_struct *vma, pmd_t *pmd, unsigned long addr, unsigned int flags)
{
	spinlock_t *ptl;
	pte_t *ptep = pte_offset_map_lock(vma->vm_mm, pmd, addr, &ptl), pte = ptep_get(ptep);
	struct page *page;

	if (!pte_present(pte))
		goto out;
	page = vm_normal_page(vma, addr, pte);
	if (!pte_write(pte)) {
		if (!(flags & FOLL_FORCE))
			goto out;
		if ((vma->vm_flags & (VM_MAYSHARE | VM_SHARED)) || !(vma->vm_flags & VM_MAYWRITE) || (vma->vm_flags & VM_WRITE))
			goto out;
		if (!page || !PageAnon(page) || !PageAnonExclusive(page))
			goto out;
		if (pte_needs_soft_dirty_wp(vma, pte) || userfaultfd_pte_wp(vma, pte))
			goto out;
	}
	write_to(page);
out:
	pte_unmap_unlock(ptep, ptl);
}
