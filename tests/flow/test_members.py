"""An entry in a member of a structure: it is done with once nothing reads the member any more, and not before."""

import pytest

from tests.harness import codes

READER = """
static int drop_it(struct vm_fault *vmf, pte_t *ptep)
{
	page_remove_rmap(pte_page(vmf->orig_pte), vmf->vma, false);
	return 0;
}
"""
TWICE = """
static int both(struct vm_fault *vmf, pte_t *ptep)
{
	pte_clear(vmf->vma->vm_mm, vmf->address, ptep);
	return drop_it(vmf, ptep);
}
"""
FAULT = """
static vm_fault_t map_it(struct vm_fault *vmf, int mode)
{
	%s
	if (mode == 1)
		note_one(mode);
	else
		note_other(mode);
	return %s;
}
"""
ASKED = "if (!pte_present(vmf->orig_pte)) return VM_FAULT_RETRY;"
NOT_ASKED = "if (pte_present(vmf->orig_pte)) return VM_FAULT_RETRY;"
USES = {
    "here": ("", "note_pfn(pte_pfn(vmf->orig_pte))"),
    "in a helper": (READER, "drop_it(vmf, vmf->pte)"),
    "in a helper of a helper": (READER + TWICE, "both(vmf, vmf->pte)"),
}


@pytest.mark.parametrize("where", USES)
def test_what_was_asked_of_it_is_known_where_it_is_read(where: str) -> None:
    helpers, use = USES[where]
    assert codes(helpers + FAULT % (ASKED, use), rules="AL211") == []
    found = codes(helpers + FAULT % (NOT_ASKED, use), rules="AL211")
    assert [code for code, _ in found] == ["AL211"] * len(found) != []


CONTRACT = (
    """
static vm_fault_t map_new(struct vm_fault *vmf, pte_t *ptep)
{
	page_remove_rmap(pte_page(vmf->orig_pte), vmf->vma, false);
	return 0;
}
"""
    + FAULT
)


def test_what_a_caller_has_asked_of_it_is_said_of_who_is_called() -> None:
    assert codes(CONTRACT % (ASKED, "map_new(vmf, vmf->pte)"), rules="AL211") == []
    assert [code for code, _ in codes(CONTRACT % (NOT_ASKED, "map_new(vmf, vmf->pte)"), rules="AL211")] == ["AL211"]


OUT = """
static void take_it(struct vm_area_struct *vma, unsigned long addr, pte_t *ptep, struct taken *t)
{
	t->entry = ptep_get_and_clear(vma->vm_mm, addr, ptep);
	if (busy(addr, 1))
		note_one(addr);
	%s
}
"""


def test_an_entry_that_is_left_in_a_structure_is_passed_on() -> None:
    assert codes(OUT % "", rules="AL407") == []
    assert codes(OUT % "note_it(t);", rules="AL407") == []
