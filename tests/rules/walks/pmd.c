/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
static void split_one(struct vm_area_struct *vma, pmd_t *pmd, unsigned long haddr, pgtable_t pgtable)
{
	struct mm_struct *mm = vma->vm_mm;
	bool young, write, soft_dirty, uffd_wp, anon_exclusive, dirty = false;
	struct folio *folio;
	struct page *page;
	unsigned long addr;
	swp_entry_t entry;
	pmd_t old_pmd, _pmd;
	pte_t *pte;
	int i;

	if (unlikely(is_pmd_migration_entry(*pmd))) {
		old_pmd = *pmd;
		entry = pmd_to_swp_entry(old_pmd);
		page = pfn_swap_entry_to_page(entry);
		write = is_writable_migration_entry(entry);
		anon_exclusive = is_readable_exclusive_migration_entry(entry);
		young = is_migration_entry_young(entry);
		dirty = is_migration_entry_dirty(entry);
		soft_dirty = pmd_swp_soft_dirty(old_pmd);
		uffd_wp = pmd_swp_uffd_wp(old_pmd);

		pgtable_trans_huge_withdraw(mm, pmd);
		pmd_populate(mm, &_pmd, pgtable);
		pte = pte_offset_map(&_pmd, haddr);
		for (i = 0, addr = haddr; i < HPAGE_PMD_NR; i++, addr += PAGE_SIZE) {
			pte_t new;
			swp_entry_t swp;

			if (write)
				swp = make_writable_migration_entry(page_to_pfn(page + i));
			else if (anon_exclusive)
				swp = make_readable_exclusive_migration_entry(page_to_pfn(page + i));
			else
				swp = make_readable_migration_entry(page_to_pfn(page + i));
			if (young)
				swp = make_migration_entry_young(swp);
			if (dirty)
				swp = make_migration_entry_dirty(swp);
			new = swp_entry_to_pte(swp);
			if (soft_dirty)
				new = pte_swp_mksoft_dirty(new);
			if (uffd_wp)
				new = pte_swp_mkuffd_wp(new);
			set_pte_at(mm, addr, pte + i, new);
		}
		pmd_populate(mm, pmd, pgtable);
		return;
	}
	old_pmd = pmdp_invalidate(vma, haddr, pmd);
	page = pmd_page(old_pmd);
	folio = page_folio(page);
	if (pmd_dirty(old_pmd))
		folio_set_dirty(folio);
	write = pmd_write(old_pmd);
	young = pmd_young(old_pmd);
	soft_dirty = pmd_soft_dirty(old_pmd);
	uffd_wp = pmd_uffd_wp(old_pmd);
	anon_exclusive = PageAnonExclusive(page);
	pgtable_trans_huge_withdraw(mm, pmd);
	pmd_populate(mm, &_pmd, pgtable);
	pte = pte_offset_map(&_pmd, haddr);
	for (i = 0, addr = haddr; i < HPAGE_PMD_NR; i++, addr += PAGE_SIZE) {
		pte_t one = mk_pte(page + i, READ_ONCE(vma->vm_page_prot));

		if (write)
			one = pte_mkwrite(one, vma);
		if (!young)
			one = pte_mkold(one);
		if (soft_dirty)
			one = pte_mksoft_dirty(one);
		if (uffd_wp)
			one = pte_mkuffd_wp(one);
		set_pte_at(mm, addr, pte + i, one);
	}
	pmd_populate(mm, pmd, pgtable);
}

static int protect_pmd(struct vm_area_struct *vma, pmd_t *pmd, unsigned long addr, pgprot_t newprot,
		       unsigned long cp_flags)
{
	struct mm_struct *mm = vma->vm_mm;
	bool uffd_wp = cp_flags & MM_CP_UFFD_WP;
	bool uffd_wp_resolve = cp_flags & MM_CP_UFFD_WP_RESOLVE;
	spinlock_t *ptl = __pmd_trans_huge_lock(pmd, vma);
	pmd_t oldpmd, entry;
	int ret = 1;

	if (!ptl)
		return 0;
	if (is_swap_pmd(*pmd)) {
		swp_entry_t swp = pmd_to_swp_entry(*pmd);
		struct folio *folio = pfn_swap_entry_folio(swp);
		pmd_t newpmd;

		VM_BUG_ON(!is_pmd_migration_entry(*pmd));
		if (is_writable_migration_entry(swp)) {
			if (folio_test_anon(folio))
				swp = make_readable_exclusive_migration_entry(swp_offset(swp));
			else
				swp = make_readable_migration_entry(swp_offset(swp));
			newpmd = swp_entry_to_pmd(swp);
			if (pmd_swp_soft_dirty(*pmd))
				newpmd = pmd_swp_mksoft_dirty(newpmd);
		} else {
			newpmd = *pmd;
		}
		if (uffd_wp)
			newpmd = pmd_swp_mkuffd_wp(newpmd);
		else if (uffd_wp_resolve)
			newpmd = pmd_swp_clear_uffd_wp(newpmd);
		if (!pmd_same(*pmd, newpmd))
			set_pmd_at(mm, addr, pmd, newpmd);
		goto unlock;
	}
	oldpmd = pmdp_invalidate_ad(vma, addr, pmd);
	entry = pmd_modify(oldpmd, newprot);
	if (uffd_wp)
		entry = pmd_mkuffd_wp(entry);
	else if (uffd_wp_resolve)
		entry = pmd_clear_uffd_wp(entry);
	if ((cp_flags & MM_CP_TRY_CHANGE_WRITABLE) && !pmd_write(entry) && can_change_pmd_writable(vma, addr, entry))
		entry = pmd_mkwrite(entry, vma);
	ret = HPAGE_PMD_NR;
	set_pmd_at(mm, addr, pmd, entry);
unlock:
	spin_unlock(ptl);
	return ret;
}

static bool move_one(struct vm_area_struct *vma, unsigned long old_addr, unsigned long new_addr, pmd_t *old_pmd,
		     pmd_t *new_pmd)
{
	struct mm_struct *mm = vma->vm_mm;
	spinlock_t *old_ptl = __pmd_trans_huge_lock(old_pmd, vma), *new_ptl;
	pmd_t pmd;

	if (!old_ptl)
		return false;
	new_ptl = pmd_lockptr(mm, new_pmd);
	if (new_ptl != old_ptl)
		spin_lock_nested(new_ptl, SINGLE_DEPTH_NESTING);
	pmd = pmdp_huge_get_and_clear(mm, old_addr, old_pmd);
	if (pmd_present(pmd))
		pmd = pmd_mksoft_dirty(pmd);
	else if (is_pmd_migration_entry(pmd))
		pmd = pmd_swp_mksoft_dirty(pmd);
	set_pmd_at(mm, new_addr, new_pmd, pmd);
	if (new_ptl != old_ptl)
		spin_unlock(new_ptl);
	spin_unlock(old_ptl);
	return true;
}
