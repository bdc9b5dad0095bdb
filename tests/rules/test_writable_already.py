"""Write access is news only to an entry that has none: AL301, AL304 and AL305 ask of the others alone."""

import pytest

from tests.harness import codes

CODE = """
static vm_fault_t touch(struct vm_fault *vmf)
{
	struct vm_area_struct *vma = vmf->vma;
	pte_t pte = ptep_get(vmf->pte);

	if (!pte_present(pte)%s)
		return 0;
	pte = pte_mkwrite(pte_mkdirty(pte_mkyoung(pte)), vma);
	if (ptep_set_access_flags(vma, vmf->address, vmf->pte, pte, 1))
		update_mmu_cache(vma, vmf->address, vmf->pte);
	return 0;
}
"""


@pytest.mark.parametrize("rule", ["AL304", "AL305"])
@pytest.mark.parametrize(("asked", "news"), [("", True), (" || pte_write(pte)", True), (" || !pte_write(pte)", False)])
def test_an_entry_that_is_writable_already(rule: str, asked: str, news: bool) -> None:
    assert [code for code, _ in codes(CODE % asked, rules=rule)] == [rule] * news
