"""The same rules in every era: names change, and before 5.19 there are no readable-exclusive entries."""

from tests.harness import codes

OLDEST = """
static unsigned long copy_one(struct mm_struct *dst_mm, struct mm_struct *src_mm, pte_t *dst_pte,
			      pte_t *src_pte, struct vm_area_struct *vma, unsigned long addr)
{
	unsigned long vm_flags = vma->vm_flags;
	pte_t pte = *src_pte;
	struct page *page;

	if (unlikely(!pte_present(pte))) {
		swp_entry_t entry = pte_to_swp_entry(pte);

		if (is_migration_entry(entry)) {
			page = migration_entry_to_page(entry);
			rss[mm_counter(page)]++;
			if (is_write_migration_entry(entry) && is_cow_mapping(vm_flags)) {
				make_migration_entry_read(&entry);
				pte = swp_entry_to_pte(entry);
				set_pte_at(src_mm, addr, src_pte, pte);
			}
		}
		goto out_set_pte;
	}
	page_dup_rmap(vm_normal_page(vma, addr, pte), false);
out_set_pte:
	set_pte_at(dst_mm, addr, dst_pte, pte);
	return 0;
}
"""
OLD = (
    OLDEST.replace("is_write_migration_entry", "is_writable_migration_entry")
    .replace("make_migration_entry_read(&entry)", "entry = make_readable_migration_entry(swp_offset(entry))")
    .replace("migration_entry_to_page", "pfn_swap_entry_to_page")
)
NEW = OLD.replace("page_dup_rmap(vm_normal_page(vma, addr, pte), false)", "note(PageAnonExclusive(page))")
OLD_PROTECT = """
static void protect(struct mm_struct *mm, unsigned long addr, pte_t *ptep)
{
	swp_entry_t entry = pte_to_swp_entry(*ptep);

	if (%s(entry)) {
		make_migration_entry_read(&entry);
		set_pte_at(mm, addr, ptep, swp_entry_to_pte(entry));
	}
}
"""


def test_fork_before_5_14_is_right_with_writable_alone() -> None:
    assert codes(OLDEST, rules="AL1") == []


def test_fork_before_5_19_is_right_with_writable_alone() -> None:
    assert codes(OLD, rules="AL1") == []


def test_fork_since_5_19_needs_more() -> None:
    assert codes(NEW, rules="AL1") == [("AL102", "copy_one")]
    assert codes(NEW.replace("is_writable_migration_entry", "!is_readable_migration_entry"), rules="AL1") == []


def test_fork_without_demotion_is_wrong_in_every_era() -> None:
    assert ("AL102", "copy_one") in codes(OLDEST.replace("make_migration_entry_read(&entry);", ";"))
    assert ("AL102", "copy_one") in codes(OLD.replace("set_pte_at(src_mm, addr, src_pte, pte);", ";"))


def test_protect_before_5_14() -> None:
    assert codes(OLD_PROTECT % "is_write_migration_entry", rules="AL1") == []
    assert codes(OLD_PROTECT % "!is_write_migration_entry", rules="AL1") == [("AL103", "protect")]


def test_entry_in_place_of_another_mapping_is_no_fork() -> None:
    move = """
static void move_one(struct mm_struct *mm, pte_t *old_pte, pte_t *new_pte, unsigned long addr, unsigned long new_addr)
{
	pte_t pte = ptep_get_and_clear(mm, addr, old_pte);

	if (is_swap_pte(pte) && is_migration_entry(pte_to_swp_entry(pte)))
		pte = pte_swp_clear_uffd_wp(pte);
	set_pte_at(mm, new_addr, new_pte, pte);
}
"""
    assert codes(move, rules="AL1") == []
