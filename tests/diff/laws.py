"""Changes of functions of our own, each of which breaks one law: what the hunk of it is to be told of.

In a text ``-`` and ``+`` at the beginning of a line mean what they do in a patch.
"""

from typing import NamedTuple


class Case(NamedTuple):
    """A function before and after a change, and the rule whose law the change breaks."""

    name: str
    code: str
    before: str
    after: str


_TEXTS = {
    "AL209 flags in a variable": """\
static void map_again(struct folio *folio, struct vm_area_struct *vma, unsigned long at, rmap_t flags)
{
	struct page *page = folio_page(folio, 0);

	folio_get(folio);
-	folio_add_anon_rmap_pte(folio, page, vma, at, flags);
+	folio_add_anon_rmap_pte(folio, page, vma, at, RMAP_EXCLUSIVE);
	folio_unlock(folio);
}
""",
    "AL307 a fault that only unshares": """\
static void finish(struct vm_fault *fault, struct vm_area_struct *area, pte_t *slot)
{
	pte_t made = ptep_get(slot);

-	if (!(fault->flags & FAULT_FLAG_UNSHARE))
-		made = pte_mkwrite(made, area);
+	made = pte_mkwrite(made, area);
	set_pte_at(area->vm_mm, fault->address, slot, made);
}
""",
    "AL302 references are not counted": """\
static int settle(struct folio *folio, struct vm_fault *fault, pte_t entry, int mine)
{
-	if (mine && folio_ref_count(folio) == 1 && pte_write(entry)) {
+	if (mine && pte_write(entry)) {
		reuse_it(fault, pte_mkyoung(entry));
		return 1;
	}
	return 0;
}
""",
    "AL303 the count of a page of KSM's": """\
static int settle(struct folio *folio, struct vm_fault *fault, pte_t entry)
{
-	if (!folio_test_ksm(folio) && folio_ref_count(folio) == 1) {
+	if (folio_ref_count(folio) == 1) {
		reuse_it(fault, pte_mkyoung(entry));
		return 1;
	}
	return 0;
}
""",
    "AL302 mappings for references": """\
static int settle(struct folio *folio, struct vm_fault *fault, pte_t entry)
{
-	if (folio_ref_count(folio) == 1) {
+	if (folio_mapcount(folio) == 1) {
		reuse_it(fault, pte_mkyoung(entry));
		return 1;
	}
	return 0;
}
""",
    "AL405 uffd-wp goes to a child that does not want it": """\
static void give(struct mm_struct *child, struct vm_area_struct *area, pte_t *slot, unsigned long at, pte_t made)
{
-	if (!userfaultfd_wp(area))
-		made = pte_swp_clear_uffd_wp(made);
	set_pte_at(child, at, slot, made);
}
""",
    "AL401 soft-dirty is left behind": """\
static void turn(struct mm_struct *mm, pte_t *slot, unsigned long at, pte_t old, swp_entry_t entry)
{
	pte_t made = swp_entry_to_pte(entry);

-	if (pte_swp_soft_dirty(old))
-		made = pte_swp_mksoft_dirty(made);
	set_pte_at(mm, at, slot, made);
}
""",
    "AL401 soft-dirty of a swapped entry is left behind": """\
static void put_back(struct mm_struct *mm, struct vm_area_struct *area, pte_t *slot, long at, struct page *page)
{
	pte_t old = ptep_get(slot);
	pte_t made = mk_pte(page, area->vm_page_prot);
	swp_entry_t entry;

-	if (pte_swp_soft_dirty(old))
-		made = pte_mksoft_dirty(made);
	entry = pte_to_swp_entry(old);
	if (pte_swp_uffd_wp(old))
		made = pte_mkuffd_wp(made);
	else if (is_writable_device_exclusive_entry(entry))
		made = maybe_mkwrite(pte_mkdirty(made), area);
	set_pte_at(mm, at, slot, made);
}
""",
    "AL401 what has the bit goes nowhere": """\
static void turn(struct mm_struct *mm, pte_t *slot, unsigned long at, pte_t old, swp_entry_t entry)
{
	pte_t made = swp_entry_to_pte(entry);

	if (pte_swp_soft_dirty(old))
-		made = pte_swp_mksoft_dirty(made);
+		pte_swp_mksoft_dirty(made);
	set_pte_at(mm, at, slot, made);
}
""",
    "AL402 the bit goes to what is thrown away": """\
static void turn(struct mm_struct *mm, pte_t *slot, unsigned long at, pte_t old, swp_entry_t entry)
{
-	pte_t made = swp_entry_to_pte(entry);
+	pte_t made = old;

	made = pte_swp_mkuffd_wp(made);
+	made = swp_entry_to_pte(entry);
	set_pte_at(mm, at, slot, made);
}
""",
    "AL407 nobody is told of dirt": """\
static void remove_one(struct folio *folio, pte_t old, int rss)
{
-	if (pte_dirty(old))
-		folio_mark_dirty(folio);
	if (pte_young(old))
		folio_mark_accessed(folio);
	count_down(rss);
}
""",
    "AL202 nobody looks whether it could be shared": """\
static int part(struct folio *folio, struct page *page, pte_t *slot)
{
-	if (folio_try_share_anon_rmap_pte(folio, page))
-		return -EBUSY;
+	folio_try_share_anon_rmap_pte(folio, page);
	note_it(slot);
	return 0;
}
""",
    "AL201 shared for some": """\
static int part(struct folio *folio, struct page *page, pte_t *slot, int small)
{
-	if (folio_try_share_anon_rmap_pte(folio, page))
+	if (small && folio_try_share_anon_rmap_pte(folio, page))
		return -EBUSY;
	note_it(slot);
	return 0;
}
""",
    "AL201 gone on where it could not be shared": """\
static int part(struct folio *folio, struct page *page, pte_t *slot)
{
	lock_it(slot);
-	if (folio_try_share_anon_rmap_pte(folio, page))
+	if (!folio_try_share_anon_rmap_pte(folio, page))
		return -EBUSY;
	note_it(slot);
	return 0;
}
""",
    "AL201 noted as shared where it could not be": """\
static swp_entry_t part(struct folio *folio, struct page *page, swp_entry_t entry, bool mine)
{
-	if (mine && folio_try_share_anon_rmap_pte(folio, page))
+	if (mine && !folio_try_share_anon_rmap_pte(folio, page))
		mine = false;
	note_it(page);
	return mine ? make_it(entry) : entry;
}
""",
    "AL208 asked of any page": """\
static bool follows(struct page *page, unsigned int wanted)
{
-	if (PageAnon(page) && !PageAnonExclusive(page))
+	if (!PageAnonExclusive(page))
		return false;
	return wanted;
}
""",
    "AL206 asked of writable entries": """\
static int follow(struct vm_area_struct *area, struct page *page, unsigned int wanted, pte_t entry)
{
-	if (!pte_write(entry) && gup_must_unshare(area, wanted, page))
+	if (pte_write(entry) && gup_must_unshare(area, wanted, page))
		return -EMLINK;
	return take_it(page);
}
""",
    "AL102 a fork leaves entries as they are": """\
static void child_gets(struct vm_area_struct *area, swp_entry_t entry, unsigned long bits, pte_t *slot)
{
-	if (!is_readable_migration_entry(entry) && is_cow_mapping(bits)) {
+	if (is_writable_migration_entry(entry) && is_cow_mapping(bits)) {
		entry = make_readable_migration_entry(swp_offset(entry));
		note_it(slot);
	}
}
""",
    "AL104 exclusive where it is not anonymous": """\
static swp_entry_t lowered(struct folio *folio, swp_entry_t entry)
{
-	if (folio_test_anon(folio))
+	if (!folio_test_anon(folio))
		return make_readable_exclusive_migration_entry(swp_offset(entry));
	return make_readable_migration_entry(swp_offset(entry));
}
""",
    "AL214 a copy is waited on": """\
static void wait_here(struct mm_struct *mm, pmd_t *table, unsigned long at, pmd_t copy)
{
-	pmd_migration_entry_wait(mm, table);
+	pmd_migration_entry_wait(mm, &copy);
	note_it(at);
}
""",
    "AL403 young and dirty stay behind": """\
static swp_entry_t lowered(swp_entry_t entry, struct page *page)
{
-	entry = make_readable_migration_entry(swp_offset(entry));
+	entry = make_readable_migration_entry(page_to_pfn(page));
	note_it(page);
	return entry;
}
""",
    "AL412 stored twice": """\
static void put(struct mm_struct *mm, unsigned long at, pte_t *slot, pte_t made)
{
+	set_pte_at(mm, at, slot, made);
	set_pte_at(mm, at, slot, made);
	note_it(slot);
}
""",
    "AL209 exclusive where the bit is clear": """\
static void map_again(struct folio *folio, struct page *page, struct vm_area_struct *area, unsigned long at, pte_t old)
{
	rmap_t flags = RMAP_NONE;

-	if (pte_swp_exclusive(old))
+	if (!pte_swp_exclusive(old))
		flags |= RMAP_EXCLUSIVE;
	note_it(page);
	add_it(folio, page, area, at, flags);
}
""",
}


def cases() -> list[Case]:
    """Return all cases, in the order of their text."""
    found = []
    for name, text in _TEXTS.items():
        lines = text.splitlines(keepends=True)
        before, after = (
            "".join(line.removeprefix(sign) for line in lines if line[0] != other) for sign, other in ("-+", "+-")
        )
        found.append(Case(name, name.split()[0], before, after))
    return found
