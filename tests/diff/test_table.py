"""``anonlint table`` of several functions, or of one in two trees: whether they do the same, in one sentence."""

from pathlib import Path

import pytest

from anonlint.cli.main import main

CODE = """\
static void protect_one(struct vm_area_struct *vma, unsigned long addr, pte_t *ptep)
{
	pte_t old = *ptep;
	swp_entry_t entry;

	if (!is_swap_pte(old))
		return;
	entry = pte_to_swp_entry(old);
	if (is_writable_migration_entry(entry)) {
		entry = make_readable_exclusive_migration_entry(swp_offset(entry));
		set_pte_at(vma->vm_mm, addr, ptep, swp_entry_to_pte(entry));
	}
}
"""


@pytest.fixture
def trees(tmp_path: Path) -> list[str]:
    made = []
    for name, word in (("old", "make_readable_exclusive_migration_entry"), ("new", "make_readable_migration_entry")):
        folder = tmp_path / name / "mm"
        folder.mkdir(parents=True)
        text = CODE.replace("make_readable_exclusive_migration_entry", word)
        (folder / "one.c").write_text(text + text.replace("protect_one", "protect_other"))
        made += ["--tree", str(tmp_path / name)]
    return made


def sentence(capsys: pytest.CaptureFixture[str]) -> str:
    return " ".join(capsys.readouterr().out.rpartition("\n\n")[2].split())


def test_two_trees_differ_where_they_do(trees: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["table", "protect_one", "--kernel", "6.1", *trees]) == 0
    said = sentence(capsys)
    assert "old/mm/one.c and protect_one() of " in said
    assert said.endswith("differ for writable (anon), writable (file): read-excl there, read here")


def test_two_functions_that_do_the_same(trees: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["table", "protect_one", "protect_other", "--kernel", "6.1", *trees[:2]]) == 0
    said = sentence(capsys)
    assert said == "protect_one() and protect_other() do the same to every entry that both handle"


def test_of_one_table_nothing_is_said(trees: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["table", "protect_one", "--kernel", "6.1", *trees[:2]]) == 0
    assert " do the same " not in capsys.readouterr().out
