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


FORK = """
static void copy_one(struct mm_struct *dst_mm, struct vm_area_struct *dst_vma, struct vm_area_struct *src_vma,
		     pte_t *dst_pte, pte_t *src_pte, unsigned long addr)
{
	pte_t pte = ptep_get(src_pte);

	if (!pte_present(pte))
		return;
	if (is_cow_mapping(src_vma->vm_flags) && pte_write(pte)) {
		ptep_set_wrprotect(src_vma->vm_mm, addr, src_pte);
		pte = pte_wrprotect(pte);
	}
	if (!userfaultfd_wp(%s))
		pte = pte_clear_uffd_wp(pte);
	set_pte_at(%s, addr, dst_pte, pte);
}
"""


@pytest.mark.parametrize(
    ("asked", "mm", "wrong"),
    [
        ("dst_vma", "dst_vma->vm_mm", False),
        ("src_vma", "dst_vma->vm_mm", True),
        ("dst_vma", "dst_mm", False),
        ("src_vma", "dst_mm", False),  # whose it is does not show
    ],
)
def test_what_one_mapping_wants_the_other_need_not(asked: str, mm: str, wrong: bool) -> None:
    assert codes(FORK % (asked, mm), "AL405") == [("AL405", "copy_one")] * wrong


WALK = """
static int copy_all(struct mm_struct *dst, struct vm_area_struct *dst_vma, struct vm_area_struct *src_vma)
{
	unsigned long addr, sz = huge_page_size(hstate_vma(src_vma));

	for (addr = src_vma->vm_start; addr < src_vma->vm_end; addr += sz) {
		pte_t *src_pte = hugetlb_walk(src_vma, addr, sz), *dst_pte;
		pte_t entry;

		if (!src_pte)
			continue;
		dst_pte = huge_pte_alloc(dst, dst_vma, addr, sz);
		entry = huge_ptep_get(src_vma->vm_mm, addr, src_pte);
		if (!pte_present(entry))
			continue;
		if (is_cow_mapping(src_vma->vm_flags)) {
			huge_ptep_set_wrprotect(src_vma->vm_mm, addr, src_pte);
			entry = huge_pte_wrprotect(entry);
		}
		if (!userfaultfd_wp(%s))
			entry = huge_pte_clear_uffd_wp(entry);
		set_huge_pte_at(dst, addr, dst_pte, entry, sz);
	}
	return 0;
}
"""


def test_a_slot_is_of_the_mapping_in_which_it_was_looked_up() -> None:
    assert codes(WALK % "dst_vma", "AL405") == []
    assert codes(WALK % "src_vma", "AL405") == [("AL405", "copy_all")]


SLOTS = """
static int look_again(struct vm_fault *vmf, struct hstate *h)
{
	struct vm_area_struct *vma = vmf->vma;
	pte_t pte = huge_ptep_get(vma->vm_mm, vmf->address, vmf->pte);

	if (!pte_present(pte))
		return 0;
	spin_unlock(vmf->ptl);
	spin_lock(vmf->ptl);
	vmf->pte = hugetlb_walk(vma, vmf->address, huge_page_size(h));
	if (!vmf->pte || %s)
		return 0;
	return huge_pte_dirty(huge_ptep_get(vma->vm_mm, vmf->address, vmf->pte));
}
"""


@pytest.mark.parametrize(
    ("compared", "wrong"),
    [
        ("!pte_same(huge_ptep_get(vma->vm_mm, vmf->address, vmf->pte), pte)", False),
        ("!pte_same(pte, huge_ptep_get(vma->vm_mm, vmf->address, vmf->pte))", False),
        ("0", True),
    ],
)
def test_entries_are_compared_in_either_order(compared: str, wrong: bool) -> None:
    assert codes(SLOTS % compared, "AL211") == [("AL211", "look_again")] * wrong
