/* Two functions that write-protect migration entries, for `anonlint check` and `anonlint table`. */

static void protect_entries(struct vm_area_struct *vma, pte_t *ptep, unsigned long addr)
{
	pte_t old = ptep_get(ptep), new;
	swp_entry_t entry = pte_to_swp_entry(old);

	if (!is_writable_migration_entry(entry))
		return;
	if (folio_test_anon(pfn_swap_entry_folio(entry)))
		entry = make_readable_exclusive_migration_entry(swp_offset(entry));
	else
		entry = make_readable_migration_entry(swp_offset(entry));
	new = swp_entry_to_pte(entry);
	if (pte_swp_soft_dirty(old))
		new = pte_swp_mksoft_dirty(new);
	set_pte_at(vma->vm_mm, addr, ptep, new);
}

static void protect_huge_entries(struct vm_area_struct *vma, pmd_t *pmdp, unsigned long addr)
{
	pmd_t old = *pmdp, new;
	swp_entry_t entry = pmd_to_swp_entry(old);

	if (is_migration_entry(entry) && !is_readable_migration_entry(entry)) {
		bool anon = folio_test_anon(pfn_swap_entry_folio(entry));

		entry = anon ? make_readable_exclusive_migration_entry(swp_offset(entry)) :
			       make_readable_migration_entry(swp_offset(entry));
		new = swp_entry_to_pmd(entry);
		if (pmd_swp_soft_dirty(old))
			new = pmd_swp_mksoft_dirty(new);
		if (pmd_swp_uffd_wp(old))
			new = pmd_swp_mkuffd_wp(new);
		set_pmd_at(vma->vm_mm, addr, pmdp, new);
	}
}
