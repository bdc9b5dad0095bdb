/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
static void shut(struct mm_struct *mm, unsigned long addr, pte_t *ptep)
{
	ptep_set_wrprotect(mm, addr, ptep);
}

static unsigned long write_flag(pte_t pte)
{
	return pte_write(pte) ? MIGRATE_PFN_WRITE : 0;
}

static bool may_be_written(unsigned long flags)
{
	return flags & VM_WRITE;
}

static bool is_tracked(struct vm_area_struct *vma)
{
	return userfaultfd_wp(vma);
}

static void opened(pte_t *entry, struct vm_area_struct *vma)
{
	*entry = pte_mkwrite(pte_mkdirty(*entry), vma);
}

static int share_with(struct vm_area_struct *dst_vma, struct vm_area_struct *src_vma, pte_t *dst_pte, pte_t *src_pte,
		      unsigned long addr)
{
	pte_t pte = ptep_get(src_pte);
	struct page *page = vm_normal_page(src_vma, addr, pte);

	if (page && folio_test_anon(page_folio(page)) &&
	    folio_try_dup_anon_rmap_pte(page_folio(page), page, dst_vma, src_vma))
		return -EAGAIN;
	if (is_cow_mapping(src_vma->vm_flags)) {
		shut(src_vma->vm_mm, addr, src_pte);
		pte = pte_wrprotect(pte);
	}
	if (!is_tracked(dst_vma))
		pte = pte_clear_uffd_wp(pte);
	set_pte_at(dst_vma->vm_mm, addr, dst_pte, pte_mkold(pte));
	return 0;
}

static unsigned long freeze_slot(struct vm_area_struct *vma, unsigned long addr, pte_t *ptep, struct page *page)
{
	unsigned long mpfn = 0;
	swp_entry_t entry;
	pte_t pte = ptep_clear_flush(vma, addr, ptep), made;

	if (!pte_present(pte)) {
		set_pte_at(vma->vm_mm, addr, ptep, pte);
		return 0;
	}
	mpfn |= write_flag(pte);
	if (pte_dirty(pte))
		set_page_dirty(page);
	if (folio_test_anon(page_folio(page)) && PageAnonExclusive(page) &&
	    folio_try_share_anon_rmap_pte(page_folio(page), page)) {
		set_pte_at(vma->vm_mm, addr, ptep, pte);
		return 0;
	}
	mpfn &= ~MIGRATE_PFN_LOCKED;
	if (mpfn & MIGRATE_PFN_WRITE)
		entry = make_writable_migration_entry(page_to_pfn(page));
	else
		entry = make_readable_migration_entry(page_to_pfn(page));
	if (pte_young(pte))
		entry = make_migration_entry_young(entry);
	if (pte_dirty(pte))
		entry = make_migration_entry_dirty(entry);
	made = swp_entry_to_pte(entry);
	if (pte_soft_dirty(pte))
		made = pte_swp_mksoft_dirty(made);
	if (pte_uffd_wp(pte))
		made = pte_swp_mkuffd_wp(made);
	set_pte_at(vma->vm_mm, addr, ptep, made);
	return mpfn;
}

static void open_up(struct vm_area_struct *vma, unsigned long addr, pmd_t *pmd)
{
	spinlock_t *ptl;
	pte_t *ptep = pte_offset_map_lock(vma->vm_mm, pmd, addr, &ptl);
	pte_t pte = ptep_get(ptep);
	struct page *page;

	if (!pte_present(pte))
		goto out;
	page = vm_normal_page(vma, addr, pte);
	if (!page || !folio_test_anon(page_folio(page)) || !PageAnonExclusive(page))
		goto out;
	if (!may_be_written(vma->vm_flags) || is_tracked(vma))
		goto out;
	pte = ptep_get_and_clear(vma->vm_mm, addr, ptep);
	opened(&pte, vma);
	set_pte_at(vma->vm_mm, addr, ptep, pte);
out:
	pte_unmap_unlock(ptep, ptl);
}
