"""Links that lead out of a tree, or to themselves: nothing outside is read, and one such link loses nothing else."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from anonlint.intake import Request
from anonlint.intake.around import around
from anonlint.model.snapshot import Skip
from tests.intake.samples import ask


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """Return a tree with two files in mm/; beside it lies a directory that is none of its business."""
    made = tmp_path / "tree"
    (made / "mm/deep").mkdir(parents=True)
    (made / "mm/a.c").write_bytes(b"int a;\n")
    (made / "mm/deep/b.c").write_bytes(b"int b;\n")
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside/secret.c").write_bytes(b"int secret;\n")
    return made


def siblings(tree: Path) -> tuple[list[str], list[Skip]]:
    found = list(around(Request(tree=str(tree)), lambda _: True))
    return [s.path for s in found if not isinstance(s, Skip)], [s for s in found if isinstance(s, Skip)]


@pytest.mark.fault("mm/ is a link out of the tree", "it is not read, and that is said")
@pytest.mark.parametrize("relative", [True, False])
def test_a_folder_that_leads_out_takes_no_part(tree: Path, tmp_path: Path, *, relative: bool) -> None:
    (tree / "mm").rename(tmp_path / "gone")
    (tree / "mm").symlink_to("../outside" if relative else tmp_path / "outside")
    found, skips = siblings(tree)
    assert found == []
    assert [(s.path, s.reason[:21]) for s in skips] == [("mm", "leads out of the tree")]


@pytest.mark.fault("a directory below mm/ is a link out of the tree", "it is not read")
def test_what_leads_out_below_takes_no_part(tree: Path, tmp_path: Path) -> None:
    (tree / "mm/out").symlink_to(tmp_path / "outside")
    (tree / "mm/out.c").symlink_to(tmp_path / "outside/secret.c")
    assert siblings(tree) == (["mm/a.c", "mm/deep/b.c"], [])
    assert [s.path for s in ask(tree / "mm")[0]] == [str(tree / "mm/a.c"), str(tree / "mm/deep/b.c")]


def test_a_folder_that_is_a_link_within_the_tree_is_read(tree: Path) -> None:
    (tree / "mm").rename(tree / "real")
    (tree / "mm").symlink_to("real")
    assert siblings(tree) == (["mm/a.c", "mm/deep/b.c"], [])


@pytest.mark.fault("a link to itself among the files", "it is named; all others are read")
@pytest.mark.parametrize("name", ["self", "self.c", "deep/self.h"])
def test_a_link_to_itself_loses_no_other(tree: Path, name: str) -> None:
    link = tree / "mm" / name
    link.symlink_to(link.name)
    found, skips = siblings(tree)
    assert found == ["mm/a.c", "mm/deep/b.c"]
    snapshots, _, errors = ask(tree / "mm")
    assert len(snapshots) == 2
    if name == "self":  # not a C file, and nobody follows it
        assert (skips, errors) == ([], [])
    else:
        assert [(s.path, "Too many levels" in s.reason) for s in skips] == [(f"mm/{name}", True)]
        assert len(errors) == 1 and errors[0].startswith(f"{link}: cannot be read: Too many levels")


def test_what_an_editor_leaves_is_no_error(tree: Path) -> None:
    (tree / "mm/.#a.c").symlink_to("me@host.1234")  # Emacs' lock: a link to nowhere
    assert len(siblings(tree)[0]) == 2
    assert ask(tree / "mm")[2] == []


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_sibling_that_cannot_be_read_is_said(tree: Path) -> None:
    (tree / "mm/a.c").chmod(0)
    found, skips = siblings(tree)
    assert found == ["mm/deep/b.c"]
    assert [s.path for s in skips] == ["mm/a.c"]


PROTECT = """\
static void protect_{0}(struct mm_struct *mm, pte_t *ptep, unsigned long addr)
{{
\tpte_t old = ptep_get(ptep);
\tswp_entry_t entry = pte_to_swp_entry(old);

\tif ({1}(entry))
\t\tset_pte_at(mm, addr, ptep, swp_entry_to_pte(make_readable_migration_entry(swp_offset(entry))));
}}
"""


def test_no_line_of_an_outside_file_is_in_the_evidence(tree: Path, tmp_path: Path) -> None:
    (tree / "mm").rename(tmp_path / "gone")
    (tmp_path / "outside/secret.c").write_text(PROTECT.format("secret", "is_writable_migration_entry"))
    text = PROTECT.format("new", "!is_readable_migration_entry")
    patch = tmp_path / "p.patch"
    lines = "".join(f"+{line}\n" for line in text.splitlines())
    patch.write_text(f"--- /dev/null\n+++ b/mm/new.c\n@@ -0,0 +1,{text.count(chr(10))} @@\n{lines}")
    command = [sys.executable, "-m", "anonlint", "check", "--format", "full", "--tree", str(tree), str(patch)]
    (tree / "mm").mkdir()
    (tree / "mm/secret.c").write_bytes((tmp_path / "outside/secret.c").read_bytes())
    inside = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path, timeout=60)
    assert "protect_secret" in inside.stdout  # as a sibling of the tree it is evidence
    (tree / "mm/secret.c").unlink()
    (tree / "mm").rmdir()
    (tree / "mm").symlink_to("../outside")
    outside = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path, timeout=60)
    assert "secret" not in outside.stdout
    assert "mm: skipped: leads out of the tree" in outside.stderr
