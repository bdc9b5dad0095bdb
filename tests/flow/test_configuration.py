"""Entry states and bits that a configuration cannot have go with the branch for it."""

import pytest

from tests.harness import codes

# A PMD that is not mapped is read as a migration entry, which it can be only with huge page migration.
PMD = """
static void pmd_look(struct vm_area_struct *vma, unsigned long addr, pmd_t *pmdp)
{
	pmd_t pmd = *pmdp;

	if (pmd_none(pmd))
		return;
	if (pmd_trans_huge(pmd)) {
		note_mapped(pmd_page(pmd));
		return;
	}
%s
	if (is_pmd_migration_entry(pmd))
		set_pmd_at(vma->vm_mm, addr, pmdp, swp_entry_to_pmd(make_readable_migration_entry(
			swp_offset(pmd_to_swp_entry(pmd)))));
}
"""
PTE = """
static void pte_look(struct vm_area_struct *vma, unsigned long addr, pte_t *ptep)
{
	pte_t pte = READ;
	swp_entry_t entry;

	if (NONE(pte) || pte_present(pte))
		return;
	entry = pte_to_swp_entry(pte);
%s
	if (is_migration_entry(entry) && !is_readable_migration_entry(entry))
		STORE(vma->vm_mm, addr, ptep, swp_entry_to_pte(make_readable_migration_entry(swp_offset(entry))));
	if (page_try_dup_anon_rmap(NULL, false, vma))
		return;
}
"""
HUGE = PTE.replace("READ", "huge_ptep_get(ptep)").replace("NONE", "huge_pte_none").replace("STORE", "set_huge_pte_at")
LEVELS = {
    "pte": PTE.replace("READ", "*ptep").replace("NONE", "pte_none").replace("STORE", "set_pte_at"),
    "huge": HUGE,
    "pmd": PMD,
}
OFF = {
    "IS_ENABLED": "	if (!IS_ENABLED(%s))\n		goto on_without;\n	return;\non_without:",
    "local": "	bool on = IS_ENABLED(%s);\n	if (on)\n		return;",
    "nested": "	if (IS_ENABLED(%s) || busy(vma))\n		return;",
    "ternary": "	if (IS_ENABLED(%s) ? 1 : 0)\n		return;",
}


def with_(level: str, text: str) -> str:
    return LEVELS[level].replace("%s", text)


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("spelling", OFF)
def test_migration_entries_go_with_the_option(level: str, spelling: str) -> None:
    option = "CONFIG_ARCH_ENABLE_THP_MIGRATION" if level == "pmd" else "CONFIG_MIGRATION"
    name = f"{'pmd' if level == 'pmd' else 'pte'}_look"
    assert codes(with_(level, ""), rules="AL103") == [("AL103", name)]
    assert codes(with_(level, OFF[spelling] % option), rules="AL103") == []
    assert codes(with_(level, OFF[spelling] % "CONFIG_SOMETHING"), rules="AL103") == [("AL103", name)]
    other = (OFF[spelling] % option).replace("IS_ENABLED", "!IS_ENABLED").replace("!!", "")
    assert codes(with_(level, other), rules="AL103") == [("AL103", name)]


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize(("start", "end"), [("#ifdef %s\n	return;\n#endif", ""), ("#ifndef %s\n	note();\n#else\n	return;\n#endif", "")])  # fmt: skip # noqa: E501
def test_migration_entries_go_with_the_lines_of_the_option(level: str, start: str, end: str) -> None:
    option = "CONFIG_ARCH_ENABLE_THP_MIGRATION" if level == "pmd" else "CONFIG_MIGRATION"
    name = f"{'pmd' if level == 'pmd' else 'pte'}_look"
    assert codes(with_(level, start % option + end), rules="AL103") == []
    assert codes(with_(level, start % "CONFIG_SOMETHING" + end), rules="AL103") == [("AL103", name)]


@pytest.mark.parametrize("level", LEVELS)
def test_a_function_in_the_part_of_a_file_without_the_option(level: str) -> None:
    option = "CONFIG_ARCH_ENABLE_THP_MIGRATION" if level == "pmd" else "CONFIG_MIGRATION"
    name = f"{'pmd' if level == 'pmd' else 'pte'}_look"
    code = with_(level, "")
    on, off = f"#ifdef {option}\n{code}\n#else\nvoid f(void);\n#endif\n", f"#ifndef {option}\n{code}\n#endif\n"
    assert codes(on, rules="AL103") == [("AL103", name)]
    assert codes(off, rules="AL103") == []
    assert codes(f"#if defined({option}) && X\nvoid f(void);\n#else\n{code}\n#endif\n", rules="AL103") != []
    assert codes(f"#if defined({option}) || X\nvoid f(void);\n#else\n{code}\n#endif\n", rules="AL103") == []


def test_a_function_that_answers_for_the_configuration() -> None:
    assert codes(PMD % "	if (!thp_migration_supported())\n		goto go;\n	return;\ngo:", rules="AL103") == []
    assert codes(PMD % "	if (!thp_migration_supported())\n		return;", rules="AL103") == [("AL103", "pmd_look")]


DECODE = """
static void look(pte_t *ptep)
{
	pte_t pte = *ptep;
	swp_entry_t entry;

	if (pte_none(pte) || pte_present(pte))
		return;
	entry = pte_to_swp_entry(pte);
	if (is_migration_entry(entry) || is_device_private_entry(entry))
		return;
%s
	if (%s)
		note_page(pfn_swap_entry_to_page(entry));
}
"""


@pytest.mark.parametrize(
    ("lines", "test", "found"),
    [
        ("", "non_swap_entry(entry) && !is_pte_marker_entry(entry)", False),
        ("", "!is_pte_marker_entry(entry)", True),
        ("#ifdef CONFIG_SWAP\n	return;\n#endif", "!is_pte_marker_entry(entry)", False),
        ("	if (IS_ENABLED(CONFIG_SWAP))\n		return;", "!is_pte_marker_entry(entry)", False),
        ("	if (!IS_ENABLED(CONFIG_SWAP))\n		return;", "!is_pte_marker_entry(entry)", True),
        ("	if (IS_ENABLED(CONFIG_MEMORY_FAILURE))\n		return;", "!is_pte_marker_entry(entry)", True),
    ],
)
def test_swap_entries_go_with_swap(lines: str, test: str, found: bool) -> None:
    assert bool(codes(DECODE % (lines, test), rules="AL108")) == found


@pytest.mark.parametrize(("level", "head"), [("pte", "pte"), ("pmd", "pmd")])
@pytest.mark.parametrize(("bit", "code"), [("soft_dirty", "AL401"), ("uffd_wp", "AL402")])
@pytest.mark.parametrize("late", [False, True])
def test_bits_go_with_the_option(level: str, head: str, bit: str, code: str, late: bool) -> None:
    option = {"soft_dirty": "CONFIG_MEM_SOFT_DIRTY", "uffd_wp": "CONFIG_HAVE_ARCH_USERFAULTFD_WP"}[bit]
    other = {"soft_dirty": "uffd_wp", "uffd_wp": "soft_dirty"}[bit]
    ask, made = f"	if (IS_ENABLED({option}))\n		return;\n", f"	new = swp_entry_to_{head}(entry);\n"
    text = f"""
static void narrow(struct vm_area_struct *vma, unsigned long addr, {head}_t *ptep)
{{
	{head}_t pte = *ptep, new;
	swp_entry_t entry;

	if ({head}_none(pte) || {head}_present(pte))
		return;
	entry = {head}_to_swp_entry(pte);
	if (!is_migration_entry(entry))
		return;
	entry = make_readable_migration_entry(swp_offset(entry));
%s
	if ({head}_swp_{other}(pte))
		new = {head}_swp_mk{other}(new);
	set_{level}_at(vma->vm_mm, addr, ptep, new);
}}
"""
    assert codes(text % made, rules=code) == [(code, "narrow")]
    assert codes(text % (made + ask if late else ask + made), rules=code) == []
    assert codes(text % (made + f"#ifdef {option}\n	return;\n#endif\n"), rules=code) == []
    assert codes(text % (made + ask.replace("IS_", "!IS_")), rules=code) == [(code, "narrow")]
