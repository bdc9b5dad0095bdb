"""An assertion states the contract of the callers, wherever it stands; what it asks decides nothing."""

import pytest

from tests.harness import codes

WRAPPER = """
static inline struct page *page_of(%(type)s entry)
{
	struct page *page = pfn_to_page(%(pfn)s(entry));

	%(assertion)s
	return page;
}
"""
OLD = {"type": "swp_entry_t", "pfn": "swp_offset_pfn", "is": "is_migration_entry", "any": "is_pfn_swap_entry"}
NEW = {"type": "softleaf_t", "pfn": "softleaf_to_pfn", "is": "softleaf_is_migration", "any": "softleaf_has_pfn"}
ASSERTIONS = (
    "BUG_ON(%(is)s(entry) && !PageLocked(page));",
    "VM_WARN_ON_ONCE(!%(any)s(entry));",
    "VM_BUG_ON(!%(any)s(entry) && page);",
    "if (debug)\n		VM_BUG_ON(!%(is)s(entry));",
    "if (%(is)s(entry))\n		VM_BUG_ON_PAGE(!PageLocked(page), page);\n	VM_BUG_ON(!%(any)s(entry));",
)


@pytest.mark.parametrize("words", [OLD, NEW], ids=["5.14", "6.19"])
@pytest.mark.parametrize("assertion", ASSERTIONS)
def test_wrappers_that_assert_after_decoding(words: dict[str, str], assertion: str) -> None:
    code = WRAPPER % {**words, "assertion": assertion % words}
    assert codes(code, rules="AL108") == []
    plain = (
        assertion.splitlines()[0].replace("VM_BUG_ON", "if").replace("VM_WARN_ON_ONCE", "if").replace("BUG_ON", "if")
    )
    if "debug" not in plain and "PAGE" not in assertion:
        asked = codes(WRAPPER % {**words, "assertion": plain[:-1] % words + "\n\t\tnote(page);"}, rules="AL108")
        # Of an entry that is handed in, only a question that tells entries without a pfn apart is the function's.
        assert asked == ([("AL108", "page_of")] if "%(any)s" in plain else [])


HEAD = {
    "pte": "pte_t pte = ptep_get(ptep)",
    "pmd": "pmd_t pte = *ptep",
    "huge": "pte_t pte = huge_ptep_get(ptep)",
}


@pytest.mark.parametrize("level", HEAD)
@pytest.mark.parametrize("late", [False, True])
def test_helpers_for_mapped_entries_before_an_assertion(level: str, late: bool) -> None:
    kind = "pmd" if level == "pmd" else "pte"
    word = f"huge_{kind}" if level == "huge" else kind
    asserted = f"	VM_BUG_ON(!{kind}_present(pte));\n"
    used = f"	if ({word}_dirty(pte))\n		note_dirty(vma);\n"
    code = f"""
static void look(struct vm_area_struct *vma, unsigned long addr, {kind}_t *ptep)
{{
	{HEAD[level]};

%s
	if ({kind}_present(pte) && {kind}_write(pte))
		note_write(vma);
	set_{kind}_at(vma->vm_mm, addr, ptep, {kind}_mkwrite(pte));
}}
"""
    assert codes(code % (used + asserted if late else asserted + used), rules="AL211") == []
    assert set(codes(code % used, rules="AL211")) == {("AL211", "look")}


def test_what_is_acted_on_is_no_contract() -> None:
    code = """
static void look(pte_t *ptep)
{
	pte_t pte = ptep_get(ptep);
	swp_entry_t entry;
	struct page *page;

	if (!is_swap_pte(pte))
		return;
	entry = pte_to_swp_entry(pte);
	page = pfn_swap_entry_to_page(entry);
	%s
	if (is_writable_migration_entry(entry))
		note(page);
}
"""
    assert codes(code % "VM_BUG_ON(!is_migration_entry(entry));", rules="AL108") == []
    assert codes(code % "if (WARN_ON_ONCE(!is_migration_entry(entry)))\n		return;", rules="AL108") == [
        ("AL108", "look")
    ]
    assert codes(code % "VM_BUG_ON(!PageLocked(page));", rules="AL108") == [("AL108", "look")]
    assert codes(code % "VM_BUG_ON(is_hwpoison_entry(entry));", rules="AL108") == [("AL108", "look")]


@pytest.mark.parametrize("anon", ["PageAnon(page)", "folio_test_anon(page_folio(page))"])
def test_that_a_page_is_anonymous_may_be_asserted_late(anon: str) -> None:
    code = """
static bool exclusive(struct vm_area_struct *vma, unsigned long addr, pte_t *ptep, struct page *page)
{
	bool yes = PageAnonExclusive(page);

	%s
	return yes;
}
"""
    assert codes(code % f"VM_WARN_ON_ONCE(!{anon});", rules="AL208") == []
    looked_up = code.replace("struct page *page)", "struct page *unused)").replace(
        "	bool yes", "	struct page *page = vm_normal_page(vma, addr, ptep_get(ptep));\n	bool yes"
    )
    assert codes(looked_up % f"VM_WARN_ON_ONCE(!{anon});", rules="AL208") == []
    assert codes(looked_up % f"if (!{anon})\n		return false;", rules="AL208") == [("AL208", "exclusive")]


def test_what_a_walk_stops_at_is_said_by_its_flags_and_not_by_a_remark() -> None:
    code = """
static bool look(struct folio *folio, struct vm_area_struct *vma, unsigned long addr, void *arg)
{
	struct page_vma_mapped_walk pvmw = { .vma = vma, %s };

	while (page_vma_mapped_walk(&pvmw)) {
		if (%s)
			note(vma, folio_test_anon(folio));
	}
	return true;
}
"""
    asked = "is_migration_entry(pte_to_swp_entry(ptep_get(pvmw.pte)))"
    flagged = codes(code % (".flags = PVMW_SYNC | PVMW_MIGRATION", asked), rules="AL11")
    assert codes(code % (".flags = PVMW_SYNC /* no PVMW_MIGRATION */", asked), rules="AL11") == [("AL110", "look")]
    assert flagged == []
