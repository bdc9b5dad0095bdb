/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
static int collect(pmd_t *pmdp, unsigned long start, unsigned long end, struct mm_walk *walk)
{
	struct migrate_vma *migrate = walk->private;
	struct vm_area_struct *vma = walk->vma;
	struct mm_struct *mm = vma->vm_mm;
	unsigned long addr = start;
	spinlock_t *ptl;
	pte_t *ptep = pte_offset_map_lock(mm, pmdp, addr, &ptl);

	for (; addr < end; addr += PAGE_SIZE, ptep++) {
		unsigned long mpfn = 0;
		struct page *page;
		swp_entry_t entry;
		pte_t pte = *ptep;

		if (pte_none(pte))
			goto next;
		if (!pte_present(pte)) {
			entry = pte_to_swp_entry(pte);
			if (!is_device_private_entry(entry))
				goto next;
			page = pfn_swap_entry_to_page(entry);
			if (page->pgmap->owner != migrate->pgmap_owner)
				goto next;
			mpfn = migrate_pfn(page_to_pfn(page)) | MIGRATE_PFN_MIGRATE;
			if (is_writable_device_private_entry(entry))
				mpfn |= MIGRATE_PFN_WRITE;
		} else {
			page = vm_normal_page(vma, addr, pte);
			if (!page || PageTransCompound(page))
				goto next;
			mpfn = migrate_pfn(page_to_pfn(page)) | MIGRATE_PFN_MIGRATE;
			mpfn |= pte_write(pte) ? MIGRATE_PFN_WRITE : 0;
		}
		get_page(page);
		if (trylock_page(page)) {
			bool anon_exclusive = PageAnon(page) && PageAnonExclusive(page);
			pte_t swp_pte;

			flush_cache_page(vma, addr, pte_pfn(*ptep));
			if (anon_exclusive) {
				pte = ptep_clear_flush(vma, addr, ptep);
				if (page_try_share_anon_rmap(page)) {
					set_pte_at(mm, addr, ptep, pte);
					unlock_page(page);
					put_page(page);
					mpfn = 0;
					goto next;
				}
			} else {
				pte = ptep_get_and_clear(mm, addr, ptep);
			}
			if (pte_dirty(pte))
				folio_mark_dirty(page_folio(page));
			if (mpfn & MIGRATE_PFN_WRITE)
				entry = make_writable_migration_entry(page_to_pfn(page));
			else if (anon_exclusive)
				entry = make_readable_exclusive_migration_entry(page_to_pfn(page));
			else
				entry = make_readable_migration_entry(page_to_pfn(page));
			swp_pte = swp_entry_to_pte(entry);
			if (pte_present(pte)) {
				if (pte_soft_dirty(pte))
					swp_pte = pte_swp_mksoft_dirty(swp_pte);
				if (pte_uffd_wp(pte))
					swp_pte = pte_swp_mkuffd_wp(swp_pte);
			} else {
				if (pte_swp_soft_dirty(pte))
					swp_pte = pte_swp_mksoft_dirty(swp_pte);
				if (pte_swp_uffd_wp(pte))
					swp_pte = pte_swp_mkuffd_wp(swp_pte);
			}
			set_pte_at(mm, addr, ptep, swp_pte);
			page_remove_rmap(page, vma, false);
			put_page(page);
		} else {
			put_page(page);
			mpfn = 0;
		}
next:
		migrate->src[migrate->npages++] = mpfn;
	}
	pte_unmap_unlock(ptep - 1, ptl);
	return 0;
}

static void move_ptes_old(struct vm_area_struct *vma, pmd_t *old_pmd, unsigned long old_addr, unsigned long old_end,
			  struct vm_area_struct *new_vma, pmd_t *new_pmd, unsigned long new_addr)
{
	struct mm_struct *mm = vma->vm_mm;
	pte_t *old_pte, *new_pte, pte;
	spinlock_t *old_ptl, *new_ptl;

	old_pte = pte_offset_map_lock(mm, old_pmd, old_addr, &old_ptl);
	new_pte = pte_offset_map(new_pmd, new_addr);
	new_ptl = pte_lockptr(mm, new_pmd);
	for (; old_addr < old_end; old_pte++, old_addr += PAGE_SIZE, new_pte++, new_addr += PAGE_SIZE) {
		if (pte_none(*old_pte))
			continue;
		pte = ptep_get_and_clear(mm, old_addr, old_pte);
		pte = move_pte(pte, new_vma->vm_page_prot, old_addr, new_addr);
		if (pte_present(pte))
			pte = pte_mksoft_dirty(pte);
		else if (is_swap_pte(pte))
			pte = pte_swp_mksoft_dirty(pte);
		set_pte_at(mm, new_addr, new_pte, pte);
	}
	pte_unmap(new_pte - 1);
	pte_unmap_unlock(old_pte - 1, old_ptl);
}
