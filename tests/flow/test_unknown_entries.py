"""What an unknown function returns proves nothing, and nothing that is done to it is judged."""

import pytest

from tests.harness import codes

FAULT = {
    "pte": """
static vm_fault_t write_fault(struct vm_fault *vmf)
{
	struct vm_area_struct *vma = vmf->vma;
	pte_t old = %s, entry;
	struct page *page = vm_normal_page(vma, vmf->address, old);

	if (!page || !%s || !PageSwapBacked(page))
		return copy_page(vmf);
	entry = maybe_mkwrite(pte_mkdirty(pte_mkyoung(old)), vma);
	if (ptep_set_access_flags(vma, vmf->address, vmf->pte, entry, 1))
		update_mmu_cache(vma, vmf->address, vmf->pte);
	SetPageAnonExclusive(page);
	return 0;
}
""",
    "pmd": """
static vm_fault_t write_fault(struct vm_fault *vmf)
{
	struct vm_area_struct *vma = vmf->vma;
	pmd_t old = %s, entry;
	struct page *page = pmd_page(old);

	if (!%s)
		return copy_page(vmf);
	entry = maybe_pmd_mkwrite(pmd_mkdirty(pmd_mkyoung(old)), vma);
	if (pmdp_set_access_flags(vma, vmf->address, vmf->pmd, entry, 1))
		update_mmu_cache_pmd(vma, vmf->address, vmf->pmd);
	SetPageAnonExclusive(page);
	return 0;
}
""",
    "huge": """
static vm_fault_t write_fault(struct vm_fault *vmf)
{
	struct vm_area_struct *vma = vmf->vma;
	pte_t old = %s, entry;
	struct page *page = pte_page(old);

	if (!%s || !(vma->vm_flags & VM_WRITE))
		return copy_page(vmf);
	entry = huge_pte_mkwrite(huge_pte_mkdirty(old));
	huge_ptep_set_access_flags(vma, vmf->address, vmf->pte, entry, 1);
	SetPageAnonExclusive(page);
	return 0;
}
""",
}
READ = {"pte": "ptep_get(vmf->pte)", "pmd": "*vmf->pmd", "huge": "huge_ptep_get(vmf->pte)"}
ANON = {"5.19": "PageAnon(page)", "6.12": "folio_test_anon(page_folio(page))"}


@pytest.mark.parametrize("level", FAULT)
@pytest.mark.parametrize("era", ANON)
def test_a_claim_about_the_page_of_an_unknown_entry(level: str, era: str) -> None:
    judged = [("AL301", "write_fault"), ("AL209", "write_fault")]
    assert (
        codes(FAULT[level] % (READ[level], ANON[era]), rules="AL301")
        + codes(FAULT[level] % (READ[level], ANON[era]), rules="AL209")
        == judged
    )
    for getter in ("vendor_entry(vmf)", "vendor_entry(vmf->pte)", "ops->entry(vmf)", "({ vendor(); })"):
        assert codes(FAULT[level] % (getter, ANON[era]), rules="AL2") == []
        assert codes(FAULT[level] % (getter, ANON[era]), rules="AL301") == []


@pytest.mark.parametrize("level", FAULT)
def test_an_entry_that_an_unknown_function_hands_back(level: str) -> None:
    handed = FAULT[level] % ("__pte(0)", ANON["5.19"])
    entry = "pmd" if level == "pmd" else "pte"
    handed = handed.replace(f"{entry}_t old = __pte(0), entry;", f"{entry}_t old, entry;").replace(
        "	struct page *page = ", "	struct page *page;\n\n	vendor_read(vmf, &old);\n	page = "
    )
    assert codes(handed, rules="AL301") + codes(handed, rules="AL209") == []
    kept = handed.replace("vendor_read(vmf, &old)", f"old = {READ[level]}")
    assert [code for code, _ in codes(kept, rules="AL301")] == ["AL301"]


@pytest.mark.parametrize("level", FAULT)
def test_an_entry_kept_in_a_structure(level: str) -> None:
    entry = "pmd" if level == "pmd" else "pte"
    code = FAULT[level] % ("vmf->orig", ANON["5.19"])
    assert [c for c, _ in codes(code, rules="AL301")] == ["AL301"]
    declared = f"{entry}_t old = vmf->orig, entry;"
    code = code.replace(declared, f"{entry}_t old, entry;").replace(
        "	struct page *page = ",
        "	struct page *page;\n\n	vmf->orig = vendor_entry(vmf);\n	old = vmf->orig;\n	page = ",
    )
    assert codes(code, rules="AL301") + codes(code, rules="AL209") == []


@pytest.mark.parametrize("getter", ["ptep_get(ptep)", "vendor_entry(ptep)"])
def test_the_kinds_of_an_unknown_entry_are_not_judged(getter: str) -> None:
    code = """
static void look(pte_t *ptep)
{
	pte_t pte = %s;

	if (!pte_present(pte)) {
		swp_entry_t entry = pte_to_swp_entry(pte);
		struct page *page = pfn_swap_entry_to_page(entry);

		if (is_writable_migration_entry(entry) && PageAnon(page))
			count_anon(page);
	}
}
"""
    assert codes(code % getter, rules="AL108") == ([("AL108", "look")] if "ptep_get" in getter else [])
