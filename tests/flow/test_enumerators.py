"""Numbers that are known by their names: an enum's enumerators differ, whatever they are."""

import pytest

from anonlint.model.finding import Severity
from anonlint.model.source import Source
from anonlint.syntax.enums import Enumerators, enumerators
from tests.harness import codes, lint

WALK = """
enum outcome {
	FINE%s,
	HOLE,
	GONE,
};

static int look(pte_t *ptep)
{
	int result = FINE;
	pte_t pte = ptep_get(ptep);

	if (!pte_present(pte)) {
		result = %s;
		goto out;
	}
	if (pte_young(pte))
		result = FINE;
out:
	return result;
}

static void visit(struct vm_area_struct *vma, pmd_t *pmd, unsigned long addr)
{
	spinlock_t *ptl;
	pte_t *ptep = pte_offset_map_lock(vma->vm_mm, pmd, addr, &ptl);

	if (look(ptep) %s FINE)
		goto unlock;
	note_page(pte_page(ptep_get(ptep)));
unlock:
	pte_unmap_unlock(ptep, ptl);
}
"""


@pytest.mark.parametrize(
    ("first", "failure", "asks", "found"),
    [
        ("", "HOLE", "!=", []),
        (" = 1", "GONE", "!=", []),
        ("", "FINE", "!=", [("AL211", "visit")]),
        ("", "HOLE", "==", [("AL211", "visit")]),
    ],
)
def test_a_failure_that_is_named(first: str, failure: str, asks: str, found: list[tuple[str, str]]) -> None:
    assert codes(WALK % (first, failure, asks), rules="AL211") == found


@pytest.mark.parametrize(
    ("asks", "compared"),
    [
        ("r == ONE", {"ONE"}),
        ("(ONE) != r", {"ONE"}),
        ("is_it(r, ONE)", {"ONE"}),
        ("({ switch (r) { case ONE: break; } })", {"ONE"}),
        ("r /* == ONE */", set()),
        ('r && says("== ONE")', set()),
    ],
)
def test_what_is_compared(asks: str, compared: set[str]) -> None:
    text = f"enum e {{ ONE, TWO }};\nint f(int r)\n{{\n\tif ({asks})\n\t\tr = TWO;\n\telse\n\t\treturn ONE;\n}}\n"
    assert enumerators(Source("f.c", text.encode())) == Enumerators({"ONE": 0, "TWO": 0}, frozenset(compared))


def test_enumerators_that_may_be_alike_tell_nothing() -> None:
    alike = WALK.replace("\tHOLE,", "\tHOLE = FINE,") % ("", "HOLE", "!=")
    assert codes(alike, rules="AL211") == [("AL211", "visit")]


ZAP = """
static void zap(struct vm_area_struct *vma, struct mm_struct *mm, struct page *page, pte_t *ptep, unsigned long addr)
{
	pte_t pte = huge_ptep_get_and_clear(mm, addr, ptep);

	if (huge_pte_dirty(pte))
		set_page_dirty(page);
%s	page_remove_rmap(page, vma, true);
}

static void zap_range(struct vm_area_struct *vma, unsigned long addr, unsigned long sz)
{
	pte_t *ptep = huge_pte_offset(vma->vm_mm, addr, sz);

	zap(vma, vma->vm_mm, pte_page(huge_ptep_get(ptep)), ptep, addr);
}
"""
MARKS = """\tif (huge_pte_uffd_wp(pte))
		set_huge_pte_at(mm, addr, ptep, make_pte_marker(PTE_MARKER_UFFD_WP));
"""


def test_bits_that_a_configuration_cannot_have_are_not_lost() -> None:
    """Without markers no hugetlb page is write-protected by userfaultfd."""
    assert codes(ZAP % f"#ifdef CONFIG_PTE_MARKER_UFFD_WP\n{MARKS}#endif\n", rules="AL408") == []
    assert [code for code, _ in codes(ZAP % "", rules="AL408")] == ["AL408"]


CALLBACK = """
static int visit_pte(pte_t *pte, unsigned long addr, unsigned long next, struct mm_walk *walk)
{
	pte_t ent = ptep_get(pte);

	%s
	note_pfn(walk, pte_pfn(ent));
	return 0;
}
"""


@pytest.mark.parametrize(("asked", "grave"), [("", False), ("if (pte_none(ent))\n\t\treturn 0;", True)])
def test_a_callback_that_asks_nothing_may_be_for_present_entries(asked: str, grave: bool) -> None:
    severities = [finding.severity for finding in lint(CALLBACK % asked, rules="AL211")]
    assert severities == [Severity.ERROR if grave else Severity.WARNING]
