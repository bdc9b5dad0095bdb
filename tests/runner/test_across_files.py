"""What is in sight of a patch's files is the tree as the patch finds it and leaves it, whatever it is read from."""

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from anonlint.intake import nearby
from tests.flow.across import GUARD, MAP, VMA, Tree, caller

ASKS = f"bool may_write({VMA})\n{{\n\treturn vma->vm_flags & VM_WRITE;\n}}\n"
ASKS_ELSE = ASKS.replace("VM_WRITE", "VM_READ")
CAREFUL = "static " + MAP.replace("\tif (!pte)\n", "\tif (!pte || !may_write(vma))\n")
REPORTED = [("AL304", "map_range")]
IDENTITY = ("-c", "user.name=n", "-c", "user.email=n@example.org", "-c", "commit.gpgsign=false")


class Clone(Tree):
    """A tree under git."""

    def __init__(self, root: Path, **files: str) -> None:
        super().__init__(root, **files)
        self.git("init", "-q")
        self.commit("start")

    def git(self, *words: str) -> str:
        done = subprocess.run(["git", *IDENTITY, *words], cwd=self.root, check=True, capture_output=True, text=True)
        return done.stdout

    def commit(self, subject: str, **files: str) -> None:
        self.write(**files)
        self.git("add", "-A")
        self.git("commit", "-qm", subject)

    def patches(self, count: int) -> list[str]:
        """Return the last commits as patch files, and take them back."""
        folder = self.root.parent / "patches"
        names = self.git("format-patch", "-q", f"-{count}", "-o", str(folder)) or ""
        assert not names
        self.git("reset", "-q", "--hard", f"HEAD~{count}")
        return sorted(str(path) for path in folder.iterdir())


@pytest.fixture
def clone(tmp_path: Path) -> Clone:
    return Clone(tmp_path / "clone", mm__map_c=CAREFUL, mm__util_c=ASKS)


Ask = Callable[[Clone, int], list[tuple[str, str]]]


def by_patch(clone: Clone, count: int) -> list[tuple[str, str]]:
    return clone.found(*clone.patches(count))


def by_commit(clone: Clone, count: int) -> list[tuple[str, str]]:
    (clone.root / "mm/util.c").write_text("int gone;\n")  # what lies in the work tree is nothing to a commit
    report = clone.report(git=(f"HEAD-{count}",))
    return [(f.code, f.function) for f in report.findings]


def by_bare_clone(clone: Clone, count: int) -> list[tuple[str, str]]:
    patches = clone.patches(count)
    bare = clone.root.parent / "bare"
    clone.git("clone", "-q", "--bare", ".", str(bare))
    return [(f.code, f.function) for f in clone.report(*patches, tree=str(bare)).findings]


WAYS = pytest.mark.parametrize("ask", [by_patch, by_commit, by_bare_clone])
UNGUARDED = CAREFUL.replace(" || !may_write(vma)", "")


@WAYS
def test_the_helper_is_that_of_the_tree(clone: Clone, ask: Ask) -> None:
    clone.commit("another way", mm__map_c=CAREFUL.replace("!pte ||", "pte == NULL ||"))
    assert ask(clone, 1) == []


@WAYS
def test_a_patch_that_unguards(clone: Clone, ask: Ask) -> None:
    clone.commit("no guard", mm__map_c=UNGUARDED)
    assert ask(clone, 1) == REPORTED


@WAYS
def test_a_patch_changes_both_files(clone: Clone, ask: Ask) -> None:
    other = CAREFUL.replace("may_write", "writable")
    clone.commit("rename", mm__map_c=other, mm__util_c=ASKS.replace("may_write", "writable"))
    assert ask(clone, 1) == []


@WAYS
def test_a_patch_breaks_the_helper_of_a_file_that_it_touches(clone: Clone, ask: Ask) -> None:
    clone.commit("ask else", mm__map_c="\n" + CAREFUL, mm__util_c=ASKS_ELSE)
    assert ask(clone, 1) == REPORTED


@WAYS
def test_what_earlier_patches_of_a_series_have_left(clone: Clone, ask: Ask) -> None:
    clone.commit("one more", mm__util_c=ASKS + ASKS.replace("may_write", "writable"))
    clone.commit("use it", mm__map_c=CAREFUL.replace("may_write", "writable"))
    assert ask(clone, 2) == []


@WAYS
def test_a_patch_that_removes_the_callers_guard(tmp_path: Path, ask: Ask) -> None:
    clone = Clone(tmp_path / "clone", mm__map_c=MAP, mm__fault_c=caller("one", GUARD))
    clone.commit("both", mm__map_c="\n" + MAP, mm__fault_c=caller("one"))
    assert ask(clone, 1) == REPORTED
    assert clone.root.joinpath("mm/fault.c").exists()


@WAYS
def test_a_caller_that_a_patch_adds_or_takes_away(tmp_path: Path, ask: Ask) -> None:
    clone = Clone(tmp_path / "clone", mm__map_c=MAP, mm__fault_c=caller("one", GUARD))
    clone.commit("one more", mm__map_c="\n" + MAP, mm__new_c=caller("two"))
    assert ask(clone, 1) == REPORTED


def test_what_is_staged_is_seen_with_what_is_staged(clone: Clone) -> None:
    clone.write(mm__map_c="\n" + CAREFUL, mm__util_c=ASKS_ELSE)
    clone.git("add", "-A")
    clone.write(mm__util_c=ASKS)
    found = clone.report(staged=True).findings
    assert [(f.code, f.function) for f in found] == REPORTED


def test_an_old_finding_to_which_another_file_now_leads_is_not_new(tmp_path: Path) -> None:
    walk = (
        "static bool %s(struct folio *folio, struct vm_area_struct *vma, unsigned long addr, void *arg)\n{\n"
        "\tDEFINE_FOLIO_VMA_WALK(pvmw, folio, vma, addr, 0);\n\n\twhile (page_vma_mapped_walk(&pvmw)) {\n"
        "\t\tif (pvmw.pte)\n\t\t\tmake_old(pvmw.pte, vma, addr);\n\t}\n\treturn true;\n}\n"
    )
    old = (
        "void make_old(pte_t *pte, struct vm_area_struct *vma, unsigned long addr)\n{\n"
        "\tstruct folio *folio = pfn_folio(pte_pfn(ptep_get(pte)));\n\n"
        "\tif (ptep_clear_young_notify(vma, addr, pte))\n\t\tfolio_set_young(folio);\n}\n"
    )
    clone = Clone(tmp_path / "clone", mm__a_c=walk % "first", mm__b_c="int b;\n", mm__old_c=old)
    clone.commit("move", mm__a_c="int a; /* pte_t */\n", mm__b_c=walk % "second")
    clone.commit("add", mm__a_c=walk % "third")
    patches = clone.patches(2)
    assert clone.found(patches[0], rules="AL211") == []
    assert clone.found(*patches, rules="AL211") == [("AL211", "make_old")]


def test_hunks_that_do_not_fit_are_not_seen_with_the_tree(clone: Clone) -> None:
    clone.commit("another way", mm__map_c=CAREFUL.replace("!pte ||", "pte == NULL ||"))
    patches = clone.patches(1)
    clone.write(mm__map_c="int x;\n")
    (clone.root / ".git").rename(clone.root.parent / "git")
    report = clone.report(*patches)
    assert report.alone and report.findings == clone.report(*patches, tree=None).findings


# -- which trees, and what of them


def test_without_a_tree_the_file_is_all(clone: Clone) -> None:
    path = str(clone.root / "mm/map.c")
    assert clone.found("mm/map.c", tree=None) == REPORTED
    assert clone.found("mm", tree=None) == []  # a directory of a kernel tree
    assert clone.found(path) == []


@pytest.mark.parametrize("gone", ["include", "kernel"])
def test_what_is_no_whole_kernel_tree_proves_nothing_of_callers(tmp_path: Path, gone: str) -> None:
    tree = Tree(tmp_path, mm__map_c=MAP, mm__fault_c=caller("one"))
    assert tree.found() == REPORTED
    (tmp_path / gone).rename(tmp_path / "moved")
    assert tree.found() == []


def test_a_file_beside_the_tree_is_not_of_it(clone: Clone, tmp_path: Path) -> None:
    (tmp_path / "map.c").write_text(CAREFUL)
    assert clone.found(str(tmp_path / "map.c")) == REPORTED


def test_the_same_by_any_number_of_processes_and_in_any_order(tmp_path: Path) -> None:
    padding = "/* " + "x" * 150_000 + " */\n"
    names = [f"mm__part{i}_c" for i in range(6)]
    parts = {name: caller(f"part_{i}", *((GUARD,) if i % 2 else ())) + padding for i, name in enumerate(names)}
    tree = Tree(tmp_path, mm__map_c=MAP + padding, mm__util_c=ASKS, **parts)
    paths = sorted(str(path) for path in (tmp_path / "mm").iterdir())
    first, *others = (
        tree.report(*order, workers=workers).findings for order in (["mm"], paths, paths[::-1]) for workers in (1, 2, 3)
    )
    assert first and len([note for note in first[0].evidence if "calls" in note.message]) == 3
    assert all(found == first for found in others)


@pytest.mark.fault("a file of the tree is a link out of it", "it is not in view; who else calls is not known")
@pytest.mark.parametrize("name", ["mm/util.c", "mm", "include/linux/mm.h", "include/linux"])
def test_nothing_outside_of_the_tree_is_in_view(tmp_path: Path, name: str) -> None:
    asks = "static inline " + ASKS if name.startswith("include") else ASKS
    where = "include__linux__mm_h" if name.startswith("include") else "mm__util_c"
    tree = Tree(tmp_path / "tree", mm__map_c=CAREFUL, **{where: asks})
    assert tree.found("mm/map.c") == []
    path = tree.root / name
    path.rename(tmp_path / "outside")
    path.symlink_to("../../outside" if name == "mm/util.c" else tmp_path / "outside")
    if name == "mm":
        (tree.root / "fs").mkdir()
        (tree.root / "fs/map.c").write_text(CAREFUL)
        assert tree.found("fs/map.c") == REPORTED
    else:
        assert tree.found("mm/map.c") == REPORTED


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_what_cannot_be_read_may_call(tmp_path: Path) -> None:
    tree = Tree(tmp_path, mm__map_c=MAP, mm__fault_c=caller("one"), mm__secret_c="int x;\n")
    assert tree.found("mm/map.c") == REPORTED
    (tmp_path / "mm/secret.c").chmod(0)
    assert tree.found("mm/map.c") == []


@pytest.mark.fault("a pipe among the files of the tree", "it is no file of it, and not waited for")
def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    tree = Tree(tmp_path, mm__map_c=MAP, mm__fault_c=caller("one"))
    assert tree.found("mm/map.c") == REPORTED
    os.mkfifo(tmp_path / "mm/pipe.c")
    assert tree.found("mm/map.c") == REPORTED


@pytest.mark.fault("a file of the tree has more than 4 MiB", "it is not in view; who else calls is not known")
def test_what_is_too_large_may_call(tmp_path: Path) -> None:
    tree = Tree(tmp_path, mm__map_c=MAP, mm__fault_c=caller("one"), mm__large_c="int x;\n" * 10)
    assert tree.found("mm/map.c") == REPORTED
    tree.write(mm__large_c="int x;\n" * 600_000)
    assert tree.found("mm/map.c") == []


@pytest.mark.parametrize("name", ["_MOST_FILES", "_MOST_BYTES"])
def test_of_too_much_the_rest_is_not_in_view(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    tree = Tree(tmp_path, mm__map_c=MAP, mm__fault_c=caller("one"))
    assert tree.found("mm/map.c") == REPORTED
    monkeypatch.setattr(nearby, name, 1)
    assert tree.found("mm/map.c") == []


def test_a_function_of_another_folder_has_callers_anywhere(tmp_path: Path) -> None:
    tree = Tree(tmp_path, fs__map_c=MAP, mm__fault_c=caller("one"))
    assert tree.found("fs") == []
    (tmp_path / "fs/map.c").rename(tmp_path / "mm/map.c")
    assert tree.found("mm") == REPORTED
