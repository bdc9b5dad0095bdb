"""What an entry has said of userfaultfd, the next one has not; what the mapping has said holds for all of them."""

import pytest

from tests.harness import codes

CODE = """
static void upgrade(struct vm_area_struct *vma, unsigned long addr, unsigned long end, pte_t *ptep, unsigned long *seen)
{
	bool first = true;

	if (!(vma->vm_flags & VM_WRITE))
		return;
	%s
	for (; addr < end; addr += PAGE_SIZE) {
		pte_t pte = ptep_get(ptep);
		struct page *page;

		if (!pte_present(pte))
			break;
		page = vm_normal_page(vma, addr, pte);
		if (!page || !PageAnon(page) || !PageAnonExclusive(page))
			break;
		%s
		set_pte_at(vma->vm_mm, addr, ptep, pte_mkwrite(pte, vma));
		%s;
	}
}
"""
STEPS = ("ptep++", "ptep += 1", "ptep++, seen++")
OF_ENTRY = ("pte_uffd_wp(%s)", "userfaultfd_pte_wp(vma, %s)")
OF_MAPPING = ("userfaultfd_wp(vma)", "vma->vm_flags & VM_UFFD_WP")
REPORTED = [("AL305", "upgrade")]


def found(before: str, inside: str, step: str) -> list[tuple[str, str]]:
    return codes(CODE % (before, inside, step), rules="AL305")


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("asked", OF_ENTRY)
def test_of_an_entry(asked: str, step: str) -> None:
    assert found("", f"if ({asked % 'pte'}) break;", step) == []
    assert found("", f"if (first && {asked % 'pte'}) break; first = false;", step) == REPORTED
    assert found(f"if ({asked % 'ptep_get(ptep)'}) return;", "", step) == REPORTED
    assert found("", "", step) == REPORTED


@pytest.mark.parametrize("asked", OF_ENTRY)
def test_another_pointer_moves_on(asked: str) -> None:
    assert found(f"if ({asked % 'ptep_get(ptep)'}) return;", "", "seen++") == []
    assert found("", f"if (first && {asked % 'pte'}) break; first = false;", "seen++") == []


@pytest.mark.parametrize("step", [*STEPS, "seen++"])
@pytest.mark.parametrize("asked", OF_MAPPING)
def test_of_the_mapping(asked: str, step: str) -> None:
    assert found(f"if ({asked}) return;", "", step) == []
    assert found("", f"if (first && ({asked})) break; first = false;", step) == []
    assert found(f"if (!({asked})) return;", "", step) == REPORTED
