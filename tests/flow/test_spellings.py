"""One meaning, many spellings: the effect table must not depend on how a condition is written."""

import pytest

from anonlint.model.finding import Table
from tests.harness import analyse_text, codes

HEAD = """
static void protect(struct mm_struct *mm, unsigned long addr, pte_t *ptep)
{
	pte_t pte = ptep_get(ptep);
	swp_entry_t entry;

	if (!is_swap_pte(pte))
		return;
	entry = pte_to_swp_entry(pte);
"""
TAIL = """
}
"""
PLAIN = """
	if (is_writable_migration_entry(entry)) {
		if (PageAnon(pfn_swap_entry_to_page(entry)))
			entry = make_readable_exclusive_migration_entry(swp_offset(entry));
		else
			entry = make_readable_migration_entry(swp_offset(entry));
		set_pte_at(mm, addr, ptep, swp_entry_to_pte(entry));
	}
"""
SPELLINGS = {
    "early return": """
	if (!is_writable_migration_entry(entry))
		return;
	if (!PageAnon(pfn_swap_entry_to_page(entry)))
		entry = make_readable_migration_entry(swp_offset(entry));
	else
		entry = make_readable_exclusive_migration_entry(swp_offset(entry));
	set_pte_at(mm, addr, ptep, swp_entry_to_pte(entry));
""",
    "ternary": """
	if (is_writable_migration_entry(entry)) {
		swp_entry_t made = PageAnon(pfn_swap_entry_to_page(entry)) ?
			make_readable_exclusive_migration_entry(swp_offset(entry)) :
			make_readable_migration_entry(swp_offset(entry));
		set_pte_at(mm, addr, ptep, swp_entry_to_pte(made));
	}
""",
    "local booleans": """
	bool w = is_writable_migration_entry(entry), anon = false;

	if (w)
		anon = PageAnon(pfn_swap_entry_to_page(entry));
	if (w && anon)
		entry = make_readable_exclusive_migration_entry(swp_offset(entry));
	else if (w)
		entry = make_readable_migration_entry(swp_offset(entry));
	if (w)
		set_pte_at(mm, addr, ptep, swp_entry_to_pte(entry));
""",
    "goto": """
	if (!is_writable_migration_entry(entry))
		goto out;
	if (PageAnon(pfn_swap_entry_to_page(entry)))
		goto anon;
	entry = make_readable_migration_entry(swp_offset(entry));
	goto store;
anon:
	entry = make_readable_exclusive_migration_entry(swp_offset(entry));
store:
	set_pte_at(mm, addr, ptep, swp_entry_to_pte(entry));
out:
	return;
""",
    "switch": """
	switch (swp_type(entry)) {
	case SWP_MIGRATION_READ_EXCLUSIVE:
	case SWP_MIGRATION_READ:
		return;
	case SWP_MIGRATION_WRITE:
		if (PageAnon(pfn_swap_entry_to_page(entry)))
			entry = make_readable_exclusive_migration_entry(swp_offset(entry));
		else
			entry = make_readable_migration_entry(swp_offset(entry));
		break;
	default:
		return;
	}
	set_pte_at(mm, addr, ptep, swp_entry_to_pte(entry));
""",
    "De Morgan": """
	if (!(is_readable_migration_entry(entry) || !is_migration_entry(entry) ||
	      is_readable_exclusive_migration_entry(entry))) {
		if (!(!PageAnon(pfn_swap_entry_to_page(entry))))
			entry = make_readable_exclusive_migration_entry(swp_offset(entry));
		else
			entry = make_readable_migration_entry(swp_offset(entry));
		WRITE_ONCE(*ptep, swp_entry_to_pte(entry));
	}
""",
    "one-turn loop": """
	do {
		if (is_writable_migration_entry(entry) != true)
			break;
		entry = PageAnon(pfn_swap_entry_to_page(entry)) == 0 ?
			make_readable_migration_entry(swp_offset(entry)) :
			make_readable_exclusive_migration_entry(swp_offset(entry));
		*ptep = swp_entry_to_pte(entry);
	} while (0);
""",
    "struct member": """
	struct walk_state s;

	s.entry = entry;
	s.write = is_writable_migration_entry(s.entry);
	if (likely(s.write)) {
		struct page *page = pfn_swap_entry_to_page(s.entry);

		if (unlikely(!PageAnon(page)))
			s.entry = make_readable_migration_entry(swp_offset(s.entry));
		else
			s.entry = make_readable_exclusive_migration_entry(swp_offset(s.entry));
		set_pte_at(mm, addr, ptep, swp_entry_to_pte(s.entry));
	}
""",
}
HELPERS = {
    "predicate helper": (
        """
static bool grants_write(swp_entry_t e)
{
	return swp_type(e) == SWP_MIGRATION_WRITE;
}
""",
        PLAIN.replace("is_writable_migration_entry", "grants_write"),
    ),
    "predicate helper, constant first": (
        """
static bool grants_write(swp_entry_t e)
{
	return SWP_MIGRATION_WRITE == swp_type(e);
}
""",
        PLAIN.replace("is_writable_migration_entry", "grants_write"),
    ),
    "value helper": (
        """
static pte_t demoted(pte_t old)
{
	swp_entry_t e = pte_to_swp_entry(old);

	if (PageAnon(pfn_swap_entry_to_page(e)))
		e = make_readable_exclusive_migration_entry(swp_offset(e));
	else
		e = make_readable_migration_entry(swp_offset(e));
	return swp_entry_to_pte(e);
}
""",
        """
	if (is_writable_migration_entry(entry))
		set_pte_at(mm, addr, ptep, demoted(pte));
""",
    ),
    "pointer helper": (
        """
static void demote(swp_entry_t *e)
{
	if (PageAnon(pfn_swap_entry_to_page(*e)))
		*e = make_readable_exclusive_migration_entry(swp_offset(*e));
	else
		*e = make_readable_migration_entry(swp_offset(*e));
}
""",
        """
	if (is_writable_migration_entry(entry)) {
		demote(&entry);
		set_pte_at(mm, addr, ptep, swp_entry_to_pte(entry));
	}
""",
    ),
}
ALL = {name: ("", body) for name, body in SPELLINGS.items()} | HELPERS


def table(before: str, body: str) -> Table:
    """Return the table of protect() with line numbers and the like left out."""
    result = analyse_text(before + HEAD + body + TAIL, rules="AL1")
    members = [member for code, member in result.members if code == "AL101"]
    (found,) = [member.data.table for member in members if member.data.table.function == "protect"]
    assert isinstance(found, Table)
    return found._replace(line=0)


@pytest.mark.parametrize("name", ALL)
def test_same_table(name: str) -> None:
    assert table(*ALL[name]) == table("", PLAIN)


@pytest.mark.parametrize("name", ALL)
def test_silent(name: str) -> None:
    before, body = ALL[name]
    assert codes(before + HEAD + body + TAIL, rules="AL1") == []


@pytest.mark.parametrize("name", ALL)
def test_swapped_constructors_are_caught(name: str) -> None:
    before, body = (
        text.replace("make_readable_exclusive_", "make_X_")
        .replace("make_readable_", "make_readable_exclusive_")
        .replace("make_X_", "make_readable_")
        for text in ALL[name]
    )
    found = codes(before + HEAD + body + TAIL, rules="AL1")
    assert {code for code, _ in found} == {"AL103", "AL104"}


def test_names_of_variables_do_not_matter() -> None:
    renamed = (HEAD + PLAIN + TAIL).replace("entry;", "cow;").replace("entry =", "cow =")
    renamed = renamed.replace("(entry)", "(cow)").replace("entry)", "entry)").replace("ptep", "dst_pte")
    assert codes(renamed, rules="AL1") == []
