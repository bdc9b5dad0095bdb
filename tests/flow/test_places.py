"""A slot is one however far it is to it: an entry that is read through members of members is followed."""

import pytest

from tests.harness import codes

CODE = """
static void protect(struct vm_area_struct *vma, unsigned long addr, struct job *job, int i)
{
	pte_t pte;
	swp_entry_t entry;

	pte = ptep_get(%(slot)s);
	if (!is_swap_pte(pte))
		return;
	entry = pte_to_swp_entry(pte);
	if (!is_writable_migration_entry(entry))
		return;
	entry = %(make)s(swp_offset(entry));
	set_pte_at(vma->vm_mm, addr, %(slot)s, swp_entry_to_pte(entry));
}
"""
SLOTS = (
    "job->pte",
    "job->vmf.pte",
    "job->vmf->pte",
    "job->at.vmf->pte",
    "job->at->vmf->pte",
    "job->first->at->vmf->pte",
    "job->list.first->at->vmf->pte",
    "job->ptes[i]",
    "job->ptes + i",
    "*job->ptep",
)


@pytest.mark.parametrize("slot", SLOTS)
def test_an_entry_behind_members(slot: str) -> None:
    wrong = CODE % {"slot": slot, "make": "make_writable_migration_entry"}
    assert codes(wrong, rules="AL103") == [("AL103", "protect")]
    lost = CODE % {"slot": slot, "make": "make_readable_migration_entry"}
    assert codes(lost, rules="AL103") == [("AL103", "protect")]
    right = lost.replace("entry = make", "if (PageAnon(pfn_swap_entry_to_page(entry)))\n		entry = make_readable_exclusive_migration_entry(swp_offset(entry));\n	else\n		entry = make")  # fmt: skip # noqa: E501
    assert codes(right, rules="AL103") == []
