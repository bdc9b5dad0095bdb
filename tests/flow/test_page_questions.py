"""Questions about one page whose answers tell of each other."""

import pytest

from tests.harness import codes

# Reached only by a page that is both: nothing is. (A writable entry is made of one that may be anything.)
BOTH = """
static void look(struct vm_area_struct *vma, unsigned long addr, pte_t *ptep, struct %(type)s, struct %(type2)s)
{
	pte_t pte = ptep_clear_flush(vma, addr, ptep);

	if (pte_none(pte))
		return;
	if (%(first)s) {
		if (%(second)s) {
			if (pte_dirty(pte))
				note_dirty(vma);
			if (pte_present(pte))
				note(vma);
		}
	}
}
"""
PAGE = {"hugetlb": "PageHuge(%s)", "device-private": "is_device_private_page(%s)", "zone-device": "is_zone_device_page(%s)"}  # fmt: skip # noqa: E501
FOLIO = {
    "hugetlb": "folio_test_hugetlb(%s)",
    "device-private": "folio_is_device_private(%s)",
    "device-coherent": "folio_is_device_coherent(%s)",
    "zone-device": "folio_is_zone_device(%s)",
}
NEVER = (
    ("hugetlb", "device-private"),
    ("device-private", "hugetlb"),
    ("hugetlb", "zone-device"),
    ("zone-device", "hugetlb"),
    ("device-coherent", "device-private"),
    ("device-private", "device-coherent"),
    ("device-private", "!zone-device"),
    ("!zone-device", "device-private"),
)


def both(tests: dict[str, str], kind: str, first: str, second: str, other: str = "a") -> list[tuple[str, str]]:
    def ask(what: str, page: str) -> str:
        return "!" * (what[0] == "!") + tests[what.lstrip("!")] % page

    return codes(
        BOTH % {"type": f"{kind} *a", "type2": f"{kind} *b", "first": ask(first, "a"), "second": ask(second, other)},
        rules="AL211",
    )


@pytest.mark.parametrize(("first", "second"), NEVER)
def test_no_page_is_both(first: str, second: str) -> None:
    for tests, kind in ((PAGE, "page"), (FOLIO, "folio")):
        if {first.lstrip("!"), second.lstrip("!")} <= tests.keys():
            assert both(tests, kind, first, second) == []


@pytest.mark.parametrize(("first", "second"), [("zone-device", "device-private"), ("zone-device", "device-coherent")])
def test_a_page_may_be_both(first: str, second: str) -> None:
    assert both(FOLIO, "folio", first, second) == [("AL211", "look")]


@pytest.mark.parametrize(("first", "second"), [("hugetlb", "zone-device"), ("zone-device", "hugetlb")])
def test_two_pages_may_be_different(first: str, second: str) -> None:
    assert both(FOLIO, "folio", first, second, other="b") == [("AL211", "look")]


@pytest.mark.parametrize("level", ["pte", "pmd"])
def test_of_the_page_of_an_entry(level: str) -> None:
    code = f"""
static void look(struct vm_area_struct *vma, unsigned long addr, {level}_t *ptep)
{{
	{level}_t pte = *ptep;
	struct page *page;

	if ({level}_none(pte) || {level}_present(pte))
		return;
	page = pfn_swap_entry_to_page({level}_to_swp_entry(pte));
	if (is_device_private_page(page)) {{
		if (%s(page)) {{
			set_{level}_at(vma->vm_mm, addr, ptep, {level}_mkwrite({level}_mkdirty(pte)));
		}}
	}}
}}
"""
    assert codes(code % "PageHuge", rules="AL304") == []
    assert codes(code % "PageDirty", rules="AL304") == [("AL304", "look")]


# A walk over the mappings of one page: device pages that are neither private nor coherent never get here.
WALK = """
static bool unmap_one(struct page *page, struct vm_area_struct *vma, unsigned long addr, void *arg)
{
	struct page_vma_mapped_walk pvmw = { .page = page, .vma = vma, .address = addr };

	while (page_vma_mapped_walk(&pvmw)) {
		if (%s(page)) {
			swp_entry_t entry;

			if (pte_present(*pvmw.pte))
				note_mapped(vma);
			if (pte_swp_soft_dirty(*pvmw.pte))
				note_dirty(vma);
			set_pte_at(vma->vm_mm, addr, pvmw.pte, swp_entry_to_pte(make_readable_migration_entry(page_to_pfn(page))));
		}
	}
	return true;
}
"""
CALLER = """
static void unmap_all(struct page *page)
{
	struct rmap_walk_control rwc = { .rmap_one = unmap_one };

	if (%s)
		return;
	rmap_walk(page, &rwc);
}
"""


def test_zone_device_means_private_where_callers_exclude_the_rest() -> None:
    old = "if (page_dup_rmap(page, false))\n				return false;"  # dates it before 5.19
    walk = WALK.replace("			swp_entry_t entry;\n", f"			{old}\n")
    private = codes(walk % "is_device_private_page" + CALLER % "PageReserved(page)", rules="AL211")
    assert private == []
    zone = walk % "is_zone_device_page"
    assert codes(zone + CALLER % "is_zone_device_page(page) && !is_device_private_page(page)", rules="AL211") == []
    assert codes(zone + CALLER % "PageReserved(page)", rules="AL211") == [("AL211", "unmap_one")]
    assert codes(zone, rules="AL211") == [("AL211", "unmap_one")]
    other = CALLER.replace("unmap_all", "unmap_more") % "PageReserved(page)"
    both_callers = zone + CALLER % "is_zone_device_page(page) && !is_device_private_page(page)" + other
    assert codes(both_callers, rules="AL211") == [("AL211", "unmap_one")]


TWO_ENTRIES = """
static void keep_second(struct vm_area_struct *vma, unsigned long addr, pmd_t *first, pmd_t *second)
{
	pmd_t one = *first, two = *second;

	if (%s || !is_pmd_migration_entry(one))
		return;
	if (busy(vma))
		note_busy(&addr);
	if (is_pmd_migration_entry(two))
		set_pmd_at(vma->vm_mm, addr, second, swp_entry_to_pmd(make_readable_exclusive_migration_entry(
			swp_offset(pmd_to_swp_entry(two)))));
	note_entry(one);
}
"""


@pytest.mark.parametrize(("asked", "wrong"), [("!vma_is_anonymous(vma)", False), ("vma_is_anonymous(vma)", True)])
def test_a_mapping_says_what_entries_it_has_however_late_they_are_asked(asked: str, wrong: bool) -> None:
    assert (("AL104", "keep_second") in codes(TWO_ENTRIES % asked)) == wrong
