"""A proof is about a page, an entry or a mapping, and tells nothing of another one."""

from tests.harness import codes

# The copy is declared exclusive; what is mapped is up to the case.
COPY = """
static void copy_for_write(struct vm_fault *vmf, struct mm_struct *mm)
{
	struct vm_area_struct *vma = vmf->vma;
	struct folio *old = page_folio(vmf->page), *new = vma_alloc_folio(GFP_HIGHUSER, 0, vma, vmf->address, false);
	pte_t entry;

	if (!new || !folio_test_anon(old) || PageAnonExclusive(vmf->page))
		return;
	folio_add_new_anon_rmap(new, vma, vmf->address, RMAP_EXCLUSIVE);
	entry = maybe_mkwrite(pte_mkdirty(mk_pte(%s, vma->vm_page_prot)), vma);
	ptep_clear_flush(vma, vmf->address, vmf->pte);
	set_pte_at(mm, vmf->address, vmf->pte, entry);
}
"""


def test_a_new_page_is_none_that_was_handed_in() -> None:
    assert codes(COPY % "&new->page", "AL301") == []
    assert codes(COPY % "vmf->page", "AL301") == [("AL301", "copy_for_write")]
