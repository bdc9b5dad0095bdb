/* Two functions that write-protect migration entries, for `anonlint check` and `anonlint table`. */

static void protect_entries(struct vm_area_struct *vma, pte_t *ptep, unsigned long addr)
{
	swp_entry_t entry = pte_to_swp_entry(ptep_get(ptep));

	if (!is_writable_migration_entry(entry))
		return;
	if (folio_test_anon(pfn_swap_entry_folio(entry)))
		entry = make_readable_exclusive_migration_entry(swp_offset(entry));
	else
		entry = make_readable_migration_entry(swp_offset(entry));
	set_pte_at(vma->vm_mm, addr, ptep, swp_entry_to_pte(entry));
}

static void protect_huge_entries(struct vm_area_struct *vma, pmd_t *pmdp, unsigned long addr)
{
	swp_entry_t entry = pmd_to_swp_entry(*pmdp);

	if (is_migration_entry(entry) && !is_readable_migration_entry(entry)) {
		bool anon = folio_test_anon(pfn_swap_entry_folio(entry));

		entry = anon ? make_readable_exclusive_migration_entry(swp_offset(entry)) :
			       make_readable_migration_entry(swp_offset(entry));
		set_pmd_at(vma->vm_mm, addr, pmdp, swp_entry_to_pmd(entry));
	}
}
