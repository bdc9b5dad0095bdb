"""What hunks alone show to be lost does not hang on how it is written: names, operands, remarks, locals."""

import pytest

from anonlint.intake import Request
from anonlint.kernel.vocabulary import Vocabulary
from anonlint.kit.changes import TRANSFORMATIONS
from anonlint.kit.transform import ALL
from anonlint.model.finding import Severity
from anonlint.rule import registry
from anonlint.run.runner import Options, check
from tests.diff.laws import Case, cases
from tests.diff.test_hunks import patch

CASES = cases()
RULES = registry.rules()
# A helper that is pulled out takes what was asked out of the hunk's function.
CHANGES = sorted(TRANSFORMATIONS.keys() - {"outlined", "moved-out-and-back"})


def said(before: str, after: str, *, context: int = 40, least: Severity = Severity.WARNING) -> set[str]:
    """Return the rules that a hunk is said to break, at ``least`` or above."""
    text = patch("mm/own.c", before, after, context)
    report = check(Options(Request(inputs=("-",)), RULES, workers=1), lambda: text.encode())
    assert not report.errors
    return {found.code for found in report.findings if found.severity >= least}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_it_is_seen_and_its_reverse_is_not(case: Case) -> None:
    assert said(case.before, case.after) == {case.code}
    assert said(case.after, case.before) == set()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_three_lines_are_enough(case: Case) -> None:
    assert case.code in said(case.before, case.after, context=3)
    assert said(case.after, case.before, context=3) == set()


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_it_is_seen_however_it_is_written(case: Case, change: str) -> None:
    before, after = (TRANSFORMATIONS[change](text.encode(), ALL).decode() for text in case[2:])
    assert said(before, after) == {case.code}
    assert said(after, before) == set()


def test_words_that_are_called_with_too_few_operands_do_no_harm() -> None:
    """Code that is being written, or a hunk that breaks off: no operand is there because a row has its position."""
    of_class: dict[str, list[str]] = {}
    for name, rows in Vocabulary.load().words.items():
        of_class.setdefault(rows[0].cls, []).append(name)
    head = "static int own(struct mm_struct *mm, pte_t a, pte_t b)\n{\n"
    shapes = (("{}()", "{}(b)"), ("a = {}(&b)", "a = {}()"), ("a = {}(&b, a, b, b, b)", "if ({}()) return 1"))
    for words in of_class.values():
        for shape in shapes:
            before, after = ("".join(f"\t{call.format(word)};\n" for word in words) for call in shape)
            said(f"{head}{before}}}\n", f"{head}{after}}}\n")


def test_a_flag_is_known_by_what_it_does_whatever_holds_it() -> None:
    """A local has the flag, or what was asked of it, and a name that says something else."""
    text = """\
static void finish(struct vm_fault *fault, struct vm_area_struct *area, pte_t *slot)
{{
	bool write = fault->flags & {flag};
	pte_t made = ptep_get(slot);

	{guard}made = pte_mkwrite(made, area);
	set_pte_at(area->vm_mm, fault->address, slot, made);
}}
"""
    assert said(*(text.format(flag="FAULT_FLAG_UNSHARE", guard=guard) for guard in ("if (!write)\n\t\t", ""))) == {
        "AL307"
    }
    named = text.replace("write =", "unshare =")
    assert said(*(named.format(flag="FAULT_FLAG_USER", guard=guard) for guard in ("if (!unshare)\n\t\t", ""))) == set()

    masked = text.replace("& {flag}", "& tells").replace("\tbool", "\tconst int tells = {flag};\n\tbool")
    assert said(*(masked.format(flag="FAULT_FLAG_UNSHARE", guard=guard) for guard in ("if (!write)\n\t\t", ""))) == {
        "AL307"
    }


def test_a_count_in_a_local_is_a_count() -> None:
    text = """\
static int settle(struct folio *folio, struct vm_fault *fault, pte_t entry)
{{
	int users = folio_ref_count(folio);

	if ({asked}users == 1) {{
		reuse_it(fault, pte_mkyoung(entry));
		return 1;
	}}
	return 0;
}}
"""
    assert said(text.format(asked="!folio_test_ksm(folio) && "), text.format(asked="")) == {"AL303"}


ADMITS = """\
static void lower(pte_t *slot, swp_entry_t entry)
{{
	if ({question}) {{
		entry = make_readable_migration_entry(swp_offset(entry));
		note_it(slot);
	}}
}}
"""
LETS = {
    "is_readable_migration_entry(entry)": "!is_writable_migration_entry(entry)",
    "!is_writable_migration_entry(entry)": "is_readable_migration_entry(entry) == 0",
    "is_writable_migration_entry(entry) == 0": "0 != !is_readable_migration_entry(entry)",
    "!(0 == is_writable_migration_entry(entry))": "!is_readable_migration_entry(entry)",
}
SAME = {
    "!is_readable_migration_entry(entry)": "is_readable_migration_entry(entry) == 0",
    "is_readable_migration_entry(entry)": "0 != is_readable_migration_entry(entry)",
    "is_writable_migration_entry(entry)": "!!is_writable_migration_entry(entry)",
}


@pytest.mark.parametrize(("before", "after"), [*LETS.items(), *SAME.items()])
def test_what_a_question_lets_through_is_not_a_matter_of_its_sign(before: str, after: str) -> None:
    texts = [ADMITS.format(question=question) for question in (before, after)]
    assert ("AL111" in said(*texts, least=Severity.NOTE)) is ((before, after) in LETS.items())


def test_a_switch_asks_too() -> None:
    text = """\
static void zap(struct mm_struct *mm, swp_entry_t entry)
{{
	{asked} {{
		struct page *page = pfn_swap_entry_to_page(entry);

		count_down(mm, page);
	}}
}}
"""
    test = text.format(asked="if (is_migration_entry(entry))")
    switch = text.format(asked="switch (swp_type(entry)) case SWP_MIGRATION_READ: case SWP_MIGRATION_WRITE:")
    assert said(test, switch) == set()
    assert said(test, text.format(asked="")) == {"AL108"}


def test_what_marks_some_entries_still_may_mark_more_of_them() -> None:
    text = """\
static void mark(struct page *page, pte_t old, pte_t made, pte_t *slot, struct mm_struct *mm, unsigned long at)
{{
	{asked}
		made = pte_swp_mkexclusive(made);
	set_pte_at(mm, at, slot, made);
}}
"""
    some, more = (text.format(asked=f"if ({asked}PageAnonExclusive(page))") for asked in ("pte_dirty(old) && ", ""))
    assert said(some, more) == set()
    assert said(more, text.format(asked="")) == {"AL205"}


def test_only_exclusive_anonymous_pages_are_to_be_shared() -> None:
    text = """\
static int part(struct folio *folio, struct page *page, pte_t *slot)
{{
	bool mine = {anon}PageAnonExclusive(page);

	if (mine && folio_try_share_anon_rmap_pte(folio, page))
		return -EBUSY;
	note_it(slot);
	return 0;
}}
"""
    any_page, anon = (text.format(anon=anon) for anon in ("", "folio_test_anon(folio) && "))
    assert "AL201" not in said(any_page, anon)


def test_what_may_be_an_entry_of_a_device_owes_no_soft_dirty_where_its_kind_is_not_in_sight() -> None:
    hunk = """\
--- a/mm/own.c
+++ b/mm/own.c
@@ -71,5 +71,5 @@ static void child_gets(struct mm_struct *mm, pte_t *slot, unsigned long at)
 		made = swp_entry_to_pte(entry);
 		if (pte_swp_uffd_wp(*slot))
 			made = pte_swp_mkuffd_wp(made);
-		put_it(mm, at, slot, made);
+		set_pte_at(mm, at, slot, made);
 	}
"""
    report = check(Options(Request(inputs=("-",)), RULES, workers=1), lambda: hunk.encode())
    assert [found.code for found in report.findings] == []
