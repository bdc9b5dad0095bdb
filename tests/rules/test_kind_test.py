"""What AL110 tells: which earlier question has taken the kind out."""

import pytest

from tests.harness import lint

CODE = """
static void count_one(pte_t *ptep, struct stats *stats)
{
	pte_t pte = ptep_get(ptep);
	swp_entry_t entry;

	if (!is_swap_pte(pte))
		return;
	entry = pte_to_swp_entry(pte);
	%s
		if (is_migration_entry(entry))
			stats->moving++;
	}
}
"""
CASES = {
    "if (!non_swap_entry(entry)) {": [(10, "non_swap_entry(entry) is false")],
    "if (is_device_private_entry(entry)) {": [(10, "is_device_private_entry(entry) is true")],
    "if (is_migration_entry(entry)) stats->all++; else {": [(10, "is_migration_entry(entry) is false")],
    # No single one takes it out, and of what is not asked of all that is left nothing is told.
    "if (is_device_private_entry(entry) || is_hwpoison_entry(entry)) {": [
        (10, "is_device_private_entry(entry) is true of some of what is left"),
    ],
    # Asked in the other arm: on the way there only the first one is.
    "if (!non_swap_entry(entry)) stats->swapped += is_pte_marker_entry(entry); if (!non_swap_entry(entry)) {": [
        (10, "non_swap_entry(entry) is false"),
        (10, "non_swap_entry(entry) is false"),
    ],
}


@pytest.mark.parametrize("question", CASES)
def test_it_names_what_took_the_kind_out(question: str) -> None:
    (found,) = [f for f in lint(CODE % question) if f.code == "AL110" and "is_migration_entry" in f.message]
    assert found.line == 11
    assert [(step.line, step.message) for step in found.because] == CASES[question]


def test_the_flag_of_a_walk_that_is_missing_is_no_question() -> None:
    code = """
static bool seen_one(struct folio *folio, struct vm_area_struct *vma, unsigned long address)
{
	DEFINE_FOLIO_VMA_WALK(pvmw, folio, vma, address, 0);

	while (page_vma_mapped_walk(&pvmw)) {
		pte_t pte = ptep_get(pvmw.pte);

		if (is_migration_entry(pte_to_swp_entry(pte)))
			return true;
	}
	return false;
}
"""
    assert [[step.message for step in f.because] for f in lint(code) if f.code == "AL110"] == [
        ["nothing is asked on the way here"]
    ]
