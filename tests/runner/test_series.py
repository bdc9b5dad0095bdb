"""A series of 17 patches gives the same findings as commits, as one mbox and as 17 files."""

import subprocess
from pathlib import Path

import pytest

from anonlint.intake import Request
from anonlint.model.finding import Finding
from anonlint.rule import registry
from anonlint.run import runner

HEAD = '/* SPDX-License-Identifier: GPL-2.0 */\n#include "internal.h"\n'
GOOD = """
static void @NAME@(struct mm_struct *mm, unsigned long addr, pte_t *ptep)
{
	swp_entry_t entry = pte_to_swp_entry(*ptep);
	pte_t new;

	if (!is_writable_migration_entry(entry))
		return;
	if (PageAnon(pfn_swap_entry_to_page(entry)))
		entry = make_readable_exclusive_migration_entry(swp_offset(entry));
	else
		entry = make_readable_migration_entry(swp_offset(entry));
	new = swp_entry_to_pte(entry);
	if (pte_swp_soft_dirty(*ptep))
		new = pte_swp_mksoft_dirty(new);
	set_pte_at(mm, addr, ptep, new);
}
"""
LOSES_BIT = GOOD.replace("\tif (pte_swp_soft_dirty(*ptep))\n\t\tnew = pte_swp_mksoft_dirty(new);\n", "")
LOSES_EXCLUSIVE = GOOD.replace("make_readable_exclusive_migration_entry", "make_readable_migration_entry")


def git(folder: Path, *words: str) -> str:
    identity = ["-c", "user.name=n", "-c", "user.email=n@example.org", "-c", "commit.gpgsign=false"]
    done = subprocess.run(["git", *identity, *words], cwd=folder, check=True, capture_output=True, text=True)
    return done.stdout


def body(kind: str, name: str) -> str:
    return kind.replace("@NAME@", name)


def states() -> list[tuple[str, dict[str, str]]]:
    """Return (subject, files) of the tree after each of the 17 patches."""
    files = {"mm/one.c": HEAD, "mm/two.c": HEAD}
    found = []

    def step(subject: str, path: str, text: str | None, *, old: str = "") -> None:
        if old:
            files[path] = files.pop(old)
        if text is not None:
            files[path] = text
        found.append((f"mm: {subject}", dict(files)))

    for i in range(5):
        step(f"add narrow_{i}", "mm/one.c", files["mm/one.c"] + body(GOOD, f"narrow_{i}"))
    step("add a bad one", "mm/one.c", files["mm/one.c"] + body(LOSES_EXCLUSIVE, "worse"))
    step("a new file", "mm/three.c", HEAD + body(LOSES_BIT, "third"))
    step("mend the bad one", "mm/one.c", files["mm/one.c"].replace(body(LOSES_EXCLUSIVE, "worse"), body(GOOD, "worse")))
    step("rename", "mm/moved.c", None, old="mm/two.c")
    step("grow what was renamed", "mm/moved.c", files["mm/moved.c"] + body(GOOD, "moved"))
    step("lose a bit", "mm/moved.c", files["mm/moved.c"].replace(body(GOOD, "moved"), body(LOSES_BIT, "moved")))
    for i in range(5, 10):
        step(f"add narrow_{i}", "mm/one.c", files["mm/one.c"] + body(GOOD, f"narrow_{i}"))
    step("lose exclusivity", "mm/three.c", files["mm/three.c"] + body(LOSES_EXCLUSIVE, "fourth"))
    return found


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("series")
    git(folder, "init", "-q", "-b", "main")
    (folder / "mm").mkdir()
    for path in ("mm/one.c", "mm/two.c"):
        (folder / path).write_text(HEAD)
    git(folder, "add", ".")
    git(folder, "commit", "-qm", "base")
    for subject, files in states():
        for stale in (folder / "mm").glob("*.c"):
            stale.unlink()
        for path, text in files.items():
            (folder / path).write_text(text)
        git(folder, "add", "-A")
        git(folder, "commit", "-qm", subject)
    git(folder, "format-patch", "-q", "-M", "-17", "-o", "../patches")
    (folder.parent / "all.mbox").write_text(git(folder, "format-patch", "-M", "-17", "--stdout"))
    git(folder, "checkout", "-q", "HEAD~17")
    return folder


def summary(findings: tuple[Finding, ...]) -> list[tuple[str, ...]]:
    return sorted((f.subject, f.path, f.code, f.function, f.message, f.gone_by) for f in findings)


def check(request: Request) -> tuple[Finding, ...]:
    rules = [rule for rule in registry.rules() if rule.code != "AL101"]
    report = runner.check(runner.Options(request, rules, workers=1), lambda: b"")
    assert not report.errors
    return report.findings


def snapshot(folder: Path) -> dict[str, tuple[int, int]]:
    """Return size and time of everything in a clone, its .git included."""
    files = [p for p in folder.rglob("*") if p.is_file()]
    return {str(p): (p.stat().st_size, p.stat().st_mtime_ns) for p in files}


def test_commits_a_mailbox_and_files_give_the_same(clone: Path) -> None:
    assert len(states()) == 17
    before = snapshot(clone)
    commits = check(Request(tree=str(clone), git=("main~17..main",)))
    mbox = check(Request(inputs=(str(clone.parent / "all.mbox"),), tree=str(clone)))
    patches = sorted(str(p) for p in (clone.parent / "patches").glob("*.patch"))
    files = check(Request(inputs=tuple(patches), tree=str(clone)))
    assert summary(commits) == summary(mbox) == summary(files)
    assert snapshot(clone) == before, "nothing is written to the clone"


def test_each_finding_is_at_its_patch_and_a_fix_up_is_said(clone: Path) -> None:
    found = summary(check(Request(tree=str(clone), git=("main~17..main",))))
    assert sorted({(s, p, c, f, g) for s, p, c, f, _, g in found}) == [
        ("mm: a new file", "mm/three.c", "AL401", "third", ""),
        ("mm: add a bad one", "mm/one.c", "AL103", "worse", "mm: mend the bad one"),
        ("mm: lose a bit", "mm/moved.c", "AL401", "moved", ""),
        ("mm: lose exclusivity", "mm/three.c", "AL103", "fourth", ""),
    ]
