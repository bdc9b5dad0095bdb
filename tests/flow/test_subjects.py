"""A proof is about a page, an entry or a mapping, and tells nothing of another one."""

import pytest

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


PIN = """
static struct page *pin_one(struct vm_area_struct *vma, unsigned long addr, pte_t *ptep, unsigned int flags)
{
	pte_t pte = ptep_get(ptep);
	struct page *page;

	if (!pte_present(pte))
		return NULL;
	page = vm_normal_page(vma, addr, pte);
	if (!page)
		return NULL;
	if (!pte_write(pte) && gup_must_unshare(vma, %s, page))
		return NULL;
	if (try_grab_folio(page_folio(page), 1, flags))
		return NULL;
	return page;
}
"""


@pytest.mark.parametrize("flags", ["flags", "flags | FOLL_PIN", "FOLL_PIN | FOLL_GET", "flags & ~FOLL_GET"])
def test_flags_that_may_have_the_bit_are_asked_with(flags: str) -> None:
    assert codes(PIN % flags, "AL206") == []


@pytest.mark.parametrize("flags", ["0", "FOLL_GET", "flags & FOLL_GET", "flags & ~FOLL_PIN", "(flags & ~FOLL_PIN) | FOLL_GET"])  # fmt: skip # noqa: E501
def test_flags_without_the_bit_ask_nothing(flags: str) -> None:
    assert codes(PIN % flags, "AL206") == [("AL206", "pin_one")]


UPGRADE = """
static void upgrade(struct vm_area_struct *vma, unsigned long addr, %(kind)s_t *one, %(kind)s_t *other)
{
	%(kind)s_t entry = %(kind)sp_get(one), old = %(kind)sp_get(other);
	struct page *page;

	if (!%(kind)s_present(entry) || !%(kind)s_present(old))
		return;
	page = vm_normal_page%(of)s(vma, addr, entry);
	if (page && can_change_%(kind)s_writable(vma, addr, %(asked)s))
		set_%(kind)s_at(vma->vm_mm, addr, one, %(kind)s_mkwrite(entry, vma));
}
"""


@pytest.mark.parametrize(("kind", "of"), [("pte", ""), ("pmd", "_pmd")])
def test_what_was_asked_of_one_entry_is_not_said_of_another(kind: str, of: str) -> None:
    names = {"kind": kind, "of": of}
    assert codes(UPGRADE % (names | {"asked": "entry"}), "AL301") == []
    assert codes(UPGRADE % (names | {"asked": "old"}), "AL301") == [("AL301", "upgrade")]


# The page was looked up before the lock was dropped; pte_same() says that the entry is the same, not that its page is.
AGAIN = """
static vm_fault_t map_again(struct vm_fault *vmf)
{
	struct vm_area_struct *vma = vmf->vma;
	bool writable;
	pte_t pte;

	spin_lock(vmf->ptl);
	pte = ptep_get(vmf->pte);
	if (!pte_same(pte, vmf->orig_pte) || !pte_present(pte))
		goto out;
	writable = can_change_pte_writable(vma, vmf->address, pte);
	if (vm_normal_page(vma, vmf->address, pte)) {
		pte_unmap_unlock(vmf->pte, vmf->ptl);
		%s
		migrate(vmf);
		vmf->pte = pte_offset_map_lock(vma->vm_mm, vmf->pmd, vmf->address, &vmf->ptl);
		if (!vmf->pte || !pte_same(%s))
			return 0;
	}
	pte = pte_modify(ptep_get(vmf->pte), vma->vm_page_prot);
	if (writable)
		pte = pte_mkwrite(pte, vma);
	set_pte_at(vma->vm_mm, vmf->address, vmf->pte, pte);
out:
	pte_unmap_unlock(vmf->pte, vmf->ptl);
	return 0;
}
"""
ORDERS = ("ptep_get(vmf->pte), vmf->orig_pte", "vmf->orig_pte, ptep_get(vmf->pte)")


@pytest.mark.parametrize("compared", ORDERS)
def test_an_entry_that_is_compared_has_the_page_of_the_other(compared: str) -> None:
    assert codes(AGAIN % ("writable = false;", compared), "AL301") == []
    assert codes(AGAIN % ("", compared), "AL301") == [("AL301", "map_again")]
