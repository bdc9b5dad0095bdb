"""A comment at the very place that says why a bit is left out makes the finding a note; no other comment does."""

import pytest

from anonlint.model.finding import Severity
from tests.harness import lint

CODE = """
static void narrow(struct vm_area_struct *vma, unsigned long addr, pte_t *ptep)
{
	pte_t old = ptep_get(ptep), new;
	swp_entry_t entry;

	if (!is_swap_pte(old))
		return;
	entry = pte_to_swp_entry(old);
	if (!is_writable_migration_entry(entry))
		return;
	%(before)s
	note(vma);
	%(above)s
	entry = %(inside)s make_readable_migration_entry(swp_offset(entry)); %(behind)s
	%(below)s
	new = swp_entry_to_pte(entry);
	%(taken)s
	set_pte_at(vma->vm_mm, addr, ptep, new);
}
"""
PLACES = ("before", "above", "inside", "behind", "below")
SEEN = ("above", "inside", "behind")
RESTORE = """
static void map_again(struct vm_area_struct *vma, unsigned long addr, pte_t *ptep, struct page *page)
{
	pte_t had = ptep_get(ptep), pte;

	if (!is_swap_pte(had) || !is_migration_entry(pte_to_swp_entry(had)))
		return;
	pte = mk_pte(page, vma->vm_page_prot);
	%s
	set_pte_at(vma->vm_mm, addr, ptep, pte);
}
"""


def severity(rule: str, place: str, comment: str, taken: str = "") -> list[Severity]:
    code = CODE % {**dict.fromkeys(PLACES, ""), place: comment, "taken": taken}
    return [f.severity for f in lint(code, rules=rule)]


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("comment", ["/* soft-dirty is not kept */", "/* the soft dirty bit is dropped */"])
def test_where_a_remark_stands(place: str, comment: str) -> None:
    expected = Severity.NOTE if place in SEEN else Severity.ERROR
    assert severity("AL401", place, comment) == [expected]


@pytest.mark.parametrize(
    ("comment", "seen"),
    [
        ("/* We never track soft_dirty here */", True),
        ("/* No need for soft-dirty. */", True),
        ("// soft-dirty was already told", True),
        ("/* SOFT-DIRTY isn't wanted,\n	   says the caller. */", True),
        ("/* moving on they lose soft-dirtiness */", True),
        ("/* soft-dirty is kept */", False),
        ("/* uffd-wp is not kept */", False),
        ("/* it is not kept */", False),
        ("/* not now */ soft_dirty();", False),
        ("", False),
    ],
)
def test_what_a_remark_must_say(comment: str, seen: bool) -> None:
    assert severity("AL401", "above", comment) == [Severity.NOTE if seen else Severity.ERROR]


@pytest.mark.parametrize("bit", ["young", "dirty", "soft-dirty", "uffd-wp"])
@pytest.mark.parametrize("joint", ["-", " ", "_"])
def test_a_remark_is_about_one_bit(bit: str, joint: str) -> None:
    found = {
        f.code: f.severity for f in lint(RESTORE % f"/* {bit.replace('-', joint)} is not taken over */", rules="AL4")
    }
    noted = {code for code, severity in found.items() if severity is Severity.NOTE}
    mentioned = {"young": {"AL403"}, "dirty": {"AL403"}, "soft-dirty": {"AL401", "AL403"}, "uffd-wp": {"AL402"}}
    assert found.keys() == {"AL401", "AL402", "AL403"}
    assert noted == mentioned[bit]
