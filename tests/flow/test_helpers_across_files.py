"""A helper of another file is run in place of its call, where it is known which function that is."""

from pathlib import Path

import pytest

from tests.flow.across import MAP, VMA, Tree

MAY = f"may_write({VMA})"
ASKS = f"bool {MAY}\n{{\n\treturn vma->vm_flags & VM_WRITE;\n}}\n"
ASKS_ELSE = ASKS.replace("VM_WRITE", "VM_READ")
CAREFUL = "static " + MAP.replace("\tif (!pte)\n", "\tif (!pte || !may_write(vma))\n")
REPORTED = [("AL304", "map_range")]


def found(tmp_path: Path, **files: str) -> list[tuple[str, str]]:
    return Tree(tmp_path, mm__map_c=CAREFUL, **files).found()


def test_a_guard_that_another_file_defines(tmp_path: Path) -> None:
    assert found(tmp_path / "asks", mm__util_c=ASKS) == []
    assert found(tmp_path / "else", mm__util_c=ASKS_ELSE) == REPORTED
    assert found(tmp_path / "nowhere") == REPORTED


@pytest.mark.parametrize("name", ["mm__internal_h", "mm__deep__vma_h", "include__linux__mm_h"])
def test_a_guard_that_a_header_defines(tmp_path: Path, name: str) -> None:
    assert found(tmp_path, **{name: "static inline " + ASKS}) == []


@pytest.mark.parametrize(
    "files",
    [
        {"mm__util_c": "static " + ASKS},
        {"mm__util_c": ASKS, "mm__nommu_c": ASKS_ELSE},
        {"mm__util_c": ASKS_ELSE, "mm__nommu_c": ASKS},
        {
            "mm__util_c": ASKS,
            "include__linux__mm_h": f"static inline bool {MAY}\n{{\n\treturn true; /* vm_fault */\n}}\n",
        },
        {"mm__util_c": ASKS, "mm__internal_h": "#define may_write(vma) true\n"},
        {"include__linux__mm_h": f"#ifndef may_write\nstatic inline {ASKS}#endif\n"},
        {"include__linux__mm_h": f"#ifndef CONFIG_ARCH_MAY_WRITE\nstatic inline {ASKS}#endif\n"},
        {"fs__util_c": ASKS},
    ],
    ids=[
        "static",
        "twice",
        "twice in another order",
        "stub",
        "macro",
        "replaceable",
        "of some architectures",
        "not in view",
    ],
)
def test_what_is_called_is_not_known(tmp_path: Path, files: dict[str, str]) -> None:
    assert found(tmp_path, **files) == REPORTED


def test_the_files_own_function_goes_first(tmp_path: Path) -> None:
    tree = Tree(tmp_path, mm__map_c="static " + ASKS + CAREFUL, mm__util_c=ASKS_ELSE)
    assert tree.found() == []


def test_a_helper_calls_the_functions_of_its_own_file(tmp_path: Path) -> None:
    indirect = "static bool asked(%s)\n{\n\treturn vma->vm_flags & %s;\n}\n%s"
    own = "static bool asked(%s)\n{\n\treturn vma->vm_flags & %s;\n}\n"
    through = ASKS.replace("vma->vm_flags & VM_WRITE", "!(vma->vm_flags & VM_SHARED) && asked(vma)")
    for theirs, ours, expected in (("VM_WRITE", "VM_READ", []), ("VM_READ", "VM_WRITE", REPORTED)):
        tree = Tree(
            tmp_path / theirs, mm__map_c=own % (VMA, ours) + CAREFUL, mm__util_c=indirect % (VMA, theirs, through)
        )
        assert tree.found() == expected


def test_a_helper_uses_the_macros_of_its_own_file(tmp_path: Path) -> None:
    define = "#define ASKED(vma) ((vma)->vm_flags & %s)\n"
    through = ASKS.replace("vma->vm_flags & VM_WRITE", "!(vma->vm_flags & VM_SHARED) && ASKED(vma)")
    for theirs, ours, expected in (("VM_WRITE", "VM_READ", []), ("VM_READ", "VM_WRITE", REPORTED)):
        tree = Tree(tmp_path / theirs, mm__map_c=define % ours + CAREFUL, mm__util_c=define % theirs + through)
        assert tree.found() == expected


# Narrows an entry that another file makes of the one that it hands over.
NARROW = """
static void narrow(struct mm_struct *mm, unsigned long addr, pte_t *ptep)
{
	pte_t old = ptep_get(ptep);

	if (!is_writable_migration_entry(pte_to_swp_entry(old)))
		return;
	set_pte_at(mm, addr, ptep, narrowed(old));
}
"""
NARROWED = """
pte_t narrowed(pte_t pte)
{
	swp_entry_t entry = pte_to_swp_entry(pte);
	pte_t new;

	if (PageAnon(pfn_swap_entry_to_page(entry)))
		entry = make_readable_exclusive_migration_entry(swp_offset(entry));
	else
		entry = make_readable_migration_entry(swp_offset(entry));
	new = swp_entry_to_pte(entry);
	if (pte_swp_soft_dirty(pte))
		new = pte_swp_mksoft_dirty(new);
	return new;
}
"""


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("", "", []),
        ("\tif (pte_swp_soft_dirty(pte))\n\t\tnew = pte_swp_mksoft_dirty(new);\n", "", ["AL401"]),
        ("make_readable_exclusive_migration", "make_readable_migration", ["AL103"]),
    ],
)
def test_what_another_file_makes_of_an_entry(tmp_path: Path, before: str, after: str, expected: list[str]) -> None:
    tree = Tree(tmp_path, mm__a_c=NARROW, mm__b_c=NARROWED.replace(before, after))
    assert sorted({code for code, _ in tree.found(rules="AL1 AL4")}) == expected
    assert Tree(tmp_path / "alone", mm__a_c=NARROW).found(rules="AL1 AL4") == []


# Takes an entry away, and leaves what it owes to a helper.
ZAP = f"""
static void zap({VMA}, unsigned long addr, pte_t *ptep, struct folio *folio)
{{
	pte_t pte = ptep_get(ptep);

	if (!pte_present(pte))
		return;
	pte = ptep_get_and_clear(vma->vm_mm, addr, ptep);
	settle(folio, pte);
	folio_remove_rmap_pte(folio, pte_page(pte), vma);
}}
"""
SETTLE = "void settle(struct folio *folio, pte_t pte)\n{\n\tif (%s(pte))\n\t\t%s(folio);\n}\n"


def test_a_debt_that_another_file_pays(tmp_path: Path) -> None:
    pays, owes = SETTLE % ("pte_dirty", "folio_mark_dirty"), SETTLE % ("pte_young", "folio_mark_accessed")
    header = "void settle(struct folio *folio, pte_t pte);\n"
    for helper, expected in ((pays, []), (owes, [("AL407", "zap")])):
        tree = Tree(tmp_path / str(len(expected)), mm__a_c=ZAP, mm__b_c=helper, mm__internal_h=header)
        assert tree.found(rules="AL407") == expected
    assert Tree(tmp_path / "unknown", mm__a_c=ZAP).found(rules="AL407") == []


# A walk that stops at device-private entries too, and a helper that takes them for present ones.
WALK = f"""
static bool young_one(struct folio *folio, {VMA}, unsigned long addr, void *arg)
{{
	DEFINE_FOLIO_VMA_WALK(pvmw, folio, vma, addr, 0);

	while (page_vma_mapped_walk(&pvmw)) {{
		if (pvmw.pte)
			make_old(pvmw.pte, vma, pvmw.address);
	}}
	return true;
}}
"""
OLD = f"""
void make_old(pte_t *pte, {VMA}, unsigned long addr)
{{
	struct folio *folio = pfn_folio(pte_pfn(ptep_get(pte)));

	if (ptep_clear_young_notify(vma, addr, pte))
		folio_set_young(folio);
}}
"""
MISUSE = [("AL211", "make_old")]


def test_what_a_helper_does_is_found_where_it_stands(tmp_path: Path) -> None:
    tree = Tree(tmp_path, mm__walk_c=WALK, mm__old_c=OLD)
    (finding,) = tree.report("mm", rules="AL211").findings
    assert (finding.path, finding.line, finding.function) == (str(tmp_path / "mm/old.c"), 4, "make_old")
    told = [(n.path, n.message) for n in finding.because]
    assert (str(tmp_path / "mm/walk.c"), "young_one() calls make_old()") in told
    assert tree.found("mm/walk.c", rules="AL211") == MISUSE
    assert tree.found("mm/walk.c", "mm/old.c", rules="AL211") == MISUSE


def test_what_is_wrong_whoever_calls_is_said_of_its_own_file_alone(tmp_path: Path) -> None:
    wrong = OLD.replace("\tif (", "\tif (pte_present(ptep_get(pte)))\n\t\treturn;\n\tif (")
    tree = Tree(tmp_path, mm__walk_c=WALK, mm__old_c=wrong)
    assert tree.found("mm/old.c", rules="AL211") == MISUSE
    assert tree.found("mm/walk.c", rules="AL211") == []
    assert tree.found(rules="AL211") == MISUSE


def test_a_remark_where_it_stands_counts_wherever_it_is_found(tmp_path: Path) -> None:
    remark = OLD.replace("void make_old", "/* anonlint: ignore[AL211] no devices here */\nvoid make_old")
    tree = Tree(tmp_path, mm__walk_c=WALK, mm__old_c=remark)
    for inputs in (("mm",), ("mm/walk.c",), ("mm/old.c", "mm/walk.c")):
        assert tree.found(*inputs, rules="AL211 AL001") == []


def test_of_two_files_that_lead_to_one_thing_the_same_is_told_in_any_order(tmp_path: Path) -> None:
    tree = Tree(tmp_path, mm__walk_c=WALK, mm__also_c=WALK.replace("young_one", "idle_one"), mm__old_c=OLD)
    one = tree.report("mm/walk.c", "mm/also.c", rules="AL211").findings
    assert len(one) == 1
    assert tree.report("mm/also.c", "mm/walk.c", rules="AL211").findings == one


def test_what_the_vocabulary_names_is_taken_at_its_word(tmp_path: Path) -> None:
    upgrade = f"""
static void upgrade({VMA}, unsigned long addr, pte_t *ptep)
{{
	pte_t pte = ptep_get(ptep);

	if (pte_present(pte) && can_change_pte_writable(vma, addr, pte))
		set_pte_at(vma->vm_mm, addr, ptep, pte_mkwrite(pte, vma));
}}
"""
    head = f"bool can_change_pte_writable({VMA}, unsigned long addr, pte_t pte)"
    body = f"{head}\n{{\n\treturn !pte_protnone(pte);\n}}\n"
    tree = Tree(tmp_path, mm__a_c=upgrade, mm__b_c=body, mm__internal_h=head + ";\n")
    assert tree.found("mm/a.c") == []
    tree.write(mm__a_c=f"static {body}{upgrade}")
    assert ("AL304", "can_change_pte_writable") in tree.found("mm/a.c")
