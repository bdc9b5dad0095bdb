"""``anonlint table`` of several functions, or of one in two trees: whether they do the same, in one sentence."""

from pathlib import Path

import pytest

from anonlint.cli.main import main
from tests.runner.test_across_files import Clone

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


@pytest.fixture
def clone(tmp_path: Path) -> Clone:
    """A clone with two revisions, and a work tree that has moved on."""
    made = Clone(tmp_path / "clone", mm__one_c=CODE, mm__two_c="int protect_one_only;\n")
    made.git("tag", "start")
    made.commit("other", mm__one_c=CODE.replace("make_readable_exclusive_", "make_readable_"))
    made.write(mm__one_c="int gone;\n")
    return made


def differ(capsys: pytest.CaptureFixture[str], first: str, second: str) -> None:
    said = sentence(capsys)
    assert said.startswith(f"protect_one() of {first}:mm/one.c and protect_one() of {second}:mm/one.c differ for ")
    assert said.endswith("writable (anon), writable (file): read-excl there, read here")


@pytest.mark.parametrize("words", [["--git", "start..HEAD"], ["--git", "start", "--git", "HEAD"]])
def test_two_revisions(clone: Clone, capsys: pytest.CaptureFixture[str], words: list[str]) -> None:
    assert main(["table", "protect_one", "--tree", str(clone.root), *words]) == 0
    differ(capsys, "start", "HEAD")
    assert main(["table", "protect_one", "mm/one.c", "--tree", str(clone.root), *words]) == 0
    differ(capsys, "start", "HEAD")


def test_revisions_of_where_one_stands(
    clone: Clone, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(clone.root / "mm")
    assert main(["table", "protect_one", "--git", "start.."]) == 0
    differ(capsys, "start", "HEAD")
    assert main(["table", "protect_one", "--git", "start"]) == 0
    assert "start:mm/one.c" in capsys.readouterr().out


def test_a_bare_clone_and_the_release_of_each_revision(
    clone: Clone, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    clone.commit("old", Makefile="VERSION = 5\nPATCHLEVEL = 10\n", mm__one_c=CODE.replace("exclusive_", ""))
    bare = tmp_path / "bare"
    clone.git("clone", "-q", "--bare", ".", str(bare))
    assert main(["table", "protect_one", "--tree", str(bare), "--git", "HEAD"]) == 0
    rows = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert ["readable-exclusive", "-", "-"] in rows  # of 5.10 there is no such entry


def test_what_is_not_there_is_said(clone: Clone, capsys: pytest.CaptureFixture[str]) -> None:
    tree = ["--tree", str(clone.root)]
    assert main(["table", "protect_one", *tree, "--git", "start..nowhere"]) == 2
    assert "'nowhere' names no commit of the clone" in capsys.readouterr().err
    assert main(["table", "protect_two", *tree, "--git", "start"]) == 2
    assert "no function protect_two in what was given (start)" in capsys.readouterr().err
    assert main(["table", "protect_one", "mm/two.c", *tree, "--git", "start"]) == 2
    assert main(["table", "protect_one", *tree, *tree, "--git", "start"]) == 2
