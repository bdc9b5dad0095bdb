"""What is owed for one entry that is taken is paid by what is said or done of it, and of no other one."""

import pytest

from tests.harness import lint

CODE = """
static void drop_two(struct vm_area_struct *vma, struct vm_area_struct *vmb, unsigned long addr, pmd_t *pmd,
		     pmd_t *pmd2)
{
	struct mm_struct *mm = vma->vm_mm;
	spinlock_t *ptl, *ptl2;
	pte_t *p = pte_offset_map_lock(mm, pmd, addr, &ptl), *q = pte_offset_map_lock(mm, pmd2, addr, &ptl2);
	pte_t a = ptep_get(p), b = ptep_get(q);
	struct page *pa, *pb;

	if (!pte_present(a) || !pte_present(b))
		return;
	pa = vm_normal_page(vma, addr, a);
	pb = vm_normal_page(vmb, addr, b);
	%(before)s
	a = ptep_get_and_clear(mm, addr, p);
	b = ptep_get_and_clear(mm, addr, q);
	%(between)s
	folio_remove_rmap_pte(page_folio(pa), pa, vma);
	folio_remove_rmap_pte(page_folio(pb), pb, vmb);
	%(behind)s
}
"""
A, B = 16, 17  # where they are taken
PAID = {
    "": [A, B],
    "if (pte_dirty(a)) set_page_dirty(pa);": [B],
    "if (pte_dirty(b)) set_page_dirty(pb);": [A],
    "if (pte_dirty(a)) set_page_dirty(pa); if (pte_dirty(b)) set_page_dirty(pb);": [],
    "if (pte_dirty(a)) set_page_dirty(pb);": [A, B],
    "if (pte_dirty(a)) set_page_dirty(pb); if (pte_dirty(b)) set_page_dirty(pa);": [A, B],
    "if (pte_dirty(a)) return;": [B],
    "if (!pte_dirty(b)) set_page_dirty(pb);": [A, B],
    "if (pte_dirty(a) || pte_dirty(b)) { set_page_dirty(pa); set_page_dirty(pb); }": [],
    "if (pte_young(a)) set_page_dirty(pa);": [A, B],
    "set_page_dirty(pa);": [B],
    "set_page_dirty(pa); set_page_dirty(pb);": [],
    "set_page_dirty(whatever);": [],
    "folio_mark_dirty(page_folio(pb));": [A],
    "mark_page_accessed(pa); mark_page_accessed(pb);": [A, B],
    "hand_to(a);": [B],
    "stash->pte = b;": [A],
}


def lost(rule: str, **at: str) -> list[int]:
    places = {"before": "", "between": "", "behind": ""} | at
    return [f.line for f in lint(CODE % places, rules=rule)]


@pytest.mark.parametrize("done", PAID)
def test_dirty(done: str) -> None:
    assert lost("AL407", between=done) == PAID[done]


@pytest.mark.parametrize("done", [done for done in PAID if "hand_to" not in done and "stash" not in done])
def test_before_it_is_taken(done: str) -> None:
    assert lost("AL407", before=done) == PAID[done]


@pytest.mark.parametrize("done", ["set_page_dirty(pa);", "set_page_dirty(pa); set_page_dirty(pb);"])
def test_behind(done: str) -> None:
    assert lost("AL407", behind=done) == PAID[done]


MARKERS = {
    "": [A, B],
    "pte_install_uffd_wp_if_needed(vma, addr, p, a);": [B],
    "pte_install_uffd_wp_if_needed(vmb, addr, q, b);": [A],
    "if (!pte_uffd_wp(a)) note(vma); else return;": [B],
    "if (pte_uffd_wp(b)) return;": [A],
    "if (userfaultfd_wp(vma)) return; if (userfaultfd_wp(vmb)) return;": [],
    "if (pte_uffd_wp(a)) set_pte_at(mm, addr, p, make_pte_marker(PTE_MARKER_UFFD_WP));": [B],
}


@pytest.mark.parametrize("done", MARKERS)
def test_uffd_wp(done: str) -> None:
    assert lost("AL408", between=done) == MARKERS[done]
    if "make_pte_marker" not in done:  # the slot is cleared after that
        assert lost("AL408", before=done) == MARKERS[done]
