"""Software bits that a release does not have, or that nothing reads in it."""

import pytest

from anonlint.kernel.era import Dating
from anonlint.model.finding import Severity
from anonlint.model.snapshot import Image, Origin
from anonlint.model.source import Source
from anonlint.run.verdict import analyse
from anonlint.words.dictionary import Dictionary
from tests.harness import family, kernel_words

OLD = """
static void %(level)s_protect(struct vm_area_struct *vma, unsigned long addr, %(type)s_t *ptep)
{
	%(type)s_t pte = %(read)s, new;
	swp_entry_t entry;

	if (%(none)s(pte) || %(type)s_present(pte))
		return;
	entry = %(type)s_to_swp_entry(pte);
	if (!is_migration_entry(entry))
		return;
	make_migration_entry_read(&entry);
	new = swp_entry_to_%(type)s(entry);
	%(keep)s
	%(store)s(vma->vm_mm, addr, ptep, new);
}
"""
LEVELS = {
    "pte": {"type": "pte", "read": "*ptep", "none": "pte_none", "store": "set_pte_at"},
    "pmd": {"type": "pmd", "read": "*ptep", "none": "pmd_none", "store": "set_pmd_at"},
    "huge": {"type": "pte", "read": "huge_ptep_get(ptep)", "none": "huge_pte_none", "store": "set_huge_pte_at"},
}


def found(level: str, release: tuple[int, int], rules: str, keep: str = "") -> list[tuple[str, Severity]]:
    code = OLD % {**LEVELS[level], "level": level, "keep": keep}
    if release >= (5, 14):
        code = code.replace(
            "make_migration_entry_read(&entry)", "entry = make_readable_migration_entry(swp_offset(entry))"
        )
    if release >= (6, 6):
        code = code.replace(
            "set_huge_pte_at(vma->vm_mm, addr, ptep, new)", "set_huge_pte_at(vma->vm_mm, addr, ptep, new, SZ)"
        )
    vocabulary, wake = kernel_words()
    image = Image(Source("mm/test.c", code.encode()))
    result = analyse(image, family(rules), Dictionary(vocabulary, Dating(release, release)), wake, Origin(""))
    assert not result.skipped
    return [(f.code, f.severity) for f in result.findings]


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("release", [(4, 18), (5, 4), (5, 6), (5, 7), (5, 18), (5, 19), (6, 12)])
def test_entries_have_no_uffd_wp_bit_before_5_7(level: str, release: tuple[int, int]) -> None:
    known = release >= ((5, 19) if level == "huge" else (5, 7))
    keep = f"if ({LEVELS[level]['type']}_swp_soft_dirty(pte)) new = {LEVELS[level]['type']}_swp_mksoft_dirty(new);"
    assert found(level, release, "AL402", keep) == ([("AL402", Severity.ERROR)] if known else [])


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("release", [(4, 18), (5, 10), (6, 1), (6, 6), (6, 7), (6, 12)])
def test_of_hugetlb_soft_dirty_is_read_since_6_7(level: str, release: tuple[int, int]) -> None:
    severity = Severity.ERROR
    if level == "huge":
        severity = Severity.WARNING if release >= (6, 7) else Severity.NOTE
    assert found(level, release, "AL401") == [("AL401", severity)]


@pytest.mark.parametrize("release", [(4, 18), (5, 6), (5, 7), (6, 1)])
def test_what_marks_an_entry_before_5_7_marks_no_uffd_wp(release: tuple[int, int]) -> None:
    code = """
static void mark(struct vm_area_struct *vma, unsigned long addr, pte_t *ptep)
{
	pte_t pte = *ptep;

	if (pte_none(pte) || pte_present(pte))
		return;
	set_pte_at(vma->vm_mm, addr, ptep, pte_swp_mkuffd_wp(pte));
}
"""
    vocabulary, wake = kernel_words()
    image = Image(Source("mm/test.c", code.encode()))
    result = analyse(image, family("AL404"), Dictionary(vocabulary, Dating(release, release)), wake, Origin(""))
    assert bool(result.findings) == (release >= (5, 7))
