"""Two releases compared: each tree is of its own release, and what has another name there is what it was."""

from pathlib import Path

import pytest

from anonlint.cli.main import main
from tests.diff.conversions import compared, of
from tests.diff.test_around import ALL_ARE, IS_THEIRS, KEEP
from tests.flow.across import Tree

FAULT = """\
static int fault_in(struct vm_fault *vmf, struct page *page, struct folio *folio)
{
	struct vm_area_struct *vma = vmf->vma;
	pte_t entry = mk_pte(page, vma->vm_page_prot);

	@BODY@
	set_pte_at(vma->vm_mm, vmf->address, vmf->pte, entry);
	return 0;
}
"""
PAIRS = {
    "a call of the page and of the folio": (
        "lru_cache_add_inactive_or_unevictable(page, vma);",
        "folio_add_lru_vma(folio, vma);",
    ),
    "what only asks": ("inc_it(vma, compound_nr(page));", "inc_it(vma, folio_nr_pages(folio));"),
    "what only asserts": ("", "VM_WARN_ON_ONCE(!folio);"),
    "exclusive by name and by flag": (
        "page_add_new_anon_rmap(page, vma, vmf->address);",
        "folio_add_new_anon_rmap(folio, vma, vmf->address, RMAP_EXCLUSIVE);",
    ),
    "to move and to mark in one and in two": (
        "page_move_anon_rmap(page, vma);",
        "folio_move_anon_rmap(folio, vma);\n\tSetPageAnonExclusive(page);",
    ),
    "a number that the other has no place for": (
        "page_add_file_rmap(page, vma, false);",
        "folio_add_file_rmap_pte(folio, page, vma);",
    ),
}


def trees(folder: Path, old: str, new: str, **files: str) -> list[str]:
    """Return the mm/ of two kernel trees, one of 6.1, one of 6.12, that hold one file each."""
    one = Tree(folder / "old", mm__one_c=old, Makefile="VERSION = 6\nPATCHLEVEL = 1\n")
    two = Tree(folder / "new", mm__one_c=new, **files)
    return [str(one.root / "mm"), str(two.root / "mm")]


@pytest.mark.parametrize("name", PAIRS)
def test_what_has_another_name_is_the_same(tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str) -> None:
    pair = trees(tmp_path, *(FAULT.replace("@BODY@", body) for body in PAIRS[name]))
    assert main(["diff", *pair]) == 0
    assert "fault_in(): no difference in effect" in capsys.readouterr().out


@pytest.mark.parametrize(
    "body",
    [
        "folio_add_new_anon_rmap(folio, vma, vmf->address, RMAP_NONE);",
        "folio_add_file_rmap_pte(folio, page, vma);",
    ],
)
def test_what_does_something_else_is_not(tmp_path: Path, capsys: pytest.CaptureFixture[str], body: str) -> None:
    old = FAULT.replace("@BODY@", "page_add_new_anon_rmap(page, vma, vmf->address);")
    assert main(["diff", *trees(tmp_path, old, FAULT.replace("@BODY@", body))]) == 0
    assert "fault_in(): different in effect" in capsys.readouterr().out


def test_a_number_counts_where_both_have_it() -> None:
    old = FAULT.replace("@BODY@", "count_it(vma, 1);")
    change = of(compared("mm/one.c", old, old.replace("vma, 1", "vma, 2"), "6.12"), "fault_in")
    assert [(cell.before, cell.after) for row in change.rows for cell in row.cells] == [("1", "2")]


def test_each_tree_is_of_its_own_release(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The flag says what the name has said of itself before: in the older release the call makes pages exclusive."""
    old = FAULT.replace("@BODY@", "page_move_anon_rmap(page, vma);")
    new = FAULT.replace("@BODY@", "page_move_anon_rmap(page, vma);\n\ttrace_it(vma);")
    one = Tree(tmp_path / "old", mm__one_c=old, Makefile="VERSION = 5\nPATCHLEVEL = 10\n")
    two = Tree(tmp_path / "new", mm__one_c=new, Makefile="VERSION = 6\nPATCHLEVEL = 1\n")
    assert main(["diff", str(one.root / "mm"), str(two.root / "mm")]) == 0
    assert "calls page_move_anon_rmap()" in capsys.readouterr().out


def test_helpers_of_each_tree_are_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    one = Tree(tmp_path / "old", mm__keep_c=KEEP, mm__ask_c=IS_THEIRS)
    two = Tree(tmp_path / "new", mm__keep_c=KEEP.replace("leaf", "entry"), mm__ask_c=ALL_ARE)
    assert main(["diff", str(one.root / "mm"), str(two.root / "mm")]) == 0
    out = capsys.readouterr().out
    assert "keep.c:2: keep_kind(): different in effect" in out
    two.write(mm__ask_c=IS_THEIRS)
    assert main(["diff", str(one.root / "mm"), str(two.root / "mm")]) == 0
    assert "keep.c:2: keep_kind(): no difference in effect" in capsys.readouterr().out


def test_what_is_handled_anew_is_told_once() -> None:
    """Of entries that one image does nothing with it is told what becomes of them, not each call that they reach."""
    old = """\
static int keep(struct vm_area_struct *vma, unsigned long addr, pte_t *slot)
{
	swp_entry_t leaf = pte_to_swp_entry(*slot);

	if (!is_writable_migration_entry(leaf))
		return 0;
	tell(vma, addr);
	count(vma);
	set_pte_at(vma->vm_mm, addr, slot, swp_entry_to_pte(make_readable_migration_entry(swp_offset(leaf))));
	return 1;
}
"""
    new = old.replace("is_writable_migration_entry", "is_migration_entry")
    change = of(compared("mm/one.c", old, new, "6.12"), "keep")
    assert {row.sort for row in change.rows} >= {"returns"}
    assert [row.text for row in change.rows].count("calls tell()") == 1
