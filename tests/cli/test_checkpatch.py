"""``anonlint checkpatch`` beside Debian's own checkpatch.pl: the same shape, line by line, and the same statuses."""

import os
import re
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import pytest

# ruff: noqa: W293
HEAD = """\
From 0123456789012345678901234567890123456789 Mon Sep 17 00:00:00 2001
From: Some One <some.one@example.org>
Date: Mon, 1 Jan 2024 00:00:00 +0000
Subject: [PATCH] mm: narrow entries

Narrow the entries of a mapping that is protected.

Signed-off-by: Some One <some.one@example.org>
---
 mm/narrow.c | 2 +-
 1 file changed, 1 insertion(+), 4 deletions(-)

diff --git a/mm/narrow.c b/mm/narrow.c
index 1111111..2222222 100644
--- a/mm/narrow.c
+++ b/mm/narrow.c
@@ -1,13 +1,10 @@
 static void narrow(struct mm_struct *mm, unsigned long addr, pte_t *ptep)
 {
 \tswp_entry_t entry = pte_to_swp_entry(*ptep);
 
 \tif (is_writable_migration_entry(entry)) {
-\t\tif (PageAnon(pfn_swap_entry_to_page(entry)))
-\t\t\tentry = make_readable_exclusive_migration_entry(swp_offset(entry));
-\t\telse
-\t\t\tentry = make_readable_migration_entry(swp_offset(entry));
"""
BAD = (
    HEAD
    + "+\t\tentry = make_readable_migration_entry(swp_offset(entry));@END@\n"
    + """\
 \t\tset_pte_at(mm, addr, ptep, swp_entry_to_pte(entry));
 \t}
 }
--
2.39.2
"""
)
CLEAN = BAD.replace("-		if (PageAnon", " 		if (PageAnon").replace("-		", " 		")
CLEAN = CLEAN.replace("+		entry = ", " 		entry = ")
SHAPES = (
    (r"\x1b\[\d*m", ""),
    (r"^((?:\S+: )?)(?:ERROR|WARNING|CHECK):(?:([A-Z])[A-Z_]+:)? .*", r"\1LEVEL:\2 message"),
    (r"^((?:\S+: )?LEVEL:)[A-Z] ", r"\1TYPE: "),
    (r"message types: .*", "message types: TYPE"),
    (r"\d+", "N"),
    (r"(?m)^[ +].*\n(?:[ +].*\n)*", "context\n"),
    (r"no obvious style problems (?:and is ready for submission|in what was seen of it: [^.]*)", "a verdict"),
    (r"style problems, please review", "a verdict"),
)


def shape(text: str) -> list[str]:
    """Return a report's lines without what depends on the check: level, type, message, numbers, context."""
    for pattern, by in SHAPES:
        text = re.sub(pattern, by, text, flags=re.M)
    # checkpatch.pl says that it might fix what it found; nothing here can
    return text.replace(
        "\nNOTE: For some of the reported defects, checkpatch may be able to\ncontext\n", ""
    ).splitlines()


def anonlint(*words: str, cwd: Path, stdin: str = "") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "anonlint", "checkpatch", *words]
    return subprocess.run(command, capture_output=True, text=True, cwd=cwd, input=stdin, timeout=60, check=False)


@pytest.fixture
def checkpatch(kernels: dict[str, str]) -> str:
    script = Path(kernels["6.12"]) / "scripts" / "checkpatch.pl"
    if not script.exists() or shutil.which("perl") is None:
        pytest.skip("no checkpatch.pl or no perl")
    return str(script)


@pytest.mark.kernel
@pytest.mark.parametrize(
    "options",
    [
        [],
        ["--emacs"],
        ["--terse"],
        ["--showfile"],
        ["--terse", "--showfile"],
        ["--show-types"],
        ["--strict"],
        ["--summary-file"],
        ["--no-summary"],
        ["-q"],
        ["-q", "-q"],
        ["--mailback"],
        ["--color=always"],
        ["-terse", "--nosignoff"],
    ],
    ids=" ".join,
)
def test_output_has_checkpatch_s_shape(options: list[str], checkpatch: str, tmp_path: Path) -> None:
    (tmp_path / "a.patch").write_text(BAD.replace("@END@", ";"))
    perl = [checkpatch, "--no-tree", *options, "--types", "ONE_SEMICOLON", "a.patch"]
    theirs = subprocess.run(["perl", *perl], capture_output=True, text=True, cwd=tmp_path, check=False)
    ours = anonlint(*options, "--types", "PROTECT_CHANGES_EXCLUSIVITY", "a.patch", cwd=tmp_path)
    assert shape(ours.stdout) == shape(theirs.stdout)
    assert (ours.returncode, ours.stderr) == (theirs.returncode, theirs.stderr) == (1, "")


@pytest.mark.kernel
@pytest.mark.parametrize("options", [[], ["-q"], ["-q", "-q"], ["--mailback"], ["--strict"]], ids=" ".join)
def test_a_clean_patch_has_checkpatch_s_shape(options: list[str], checkpatch: str, tmp_path: Path) -> None:
    (tmp_path / "a.patch").write_text(CLEAN.replace("@END@", ""))
    perl = [checkpatch, "--no-tree", *options, "--types", "ONE_SEMICOLON", "a.patch"]
    theirs = subprocess.run(["perl", *perl], capture_output=True, text=True, cwd=tmp_path, check=False)
    ours = anonlint(*options, "--types", "PROTECT_CHANGES_EXCLUSIVITY", "a.patch", cwd=tmp_path)
    assert shape(ours.stdout) == shape(theirs.stdout)
    assert ours.returncode == theirs.returncode == 0


def test_two_inputs_have_banners_and_the_worse_status(tmp_path: Path) -> None:
    (tmp_path / "a.patch").write_text(BAD.replace("@END@", ""))
    (tmp_path / "b.patch").write_text(CLEAN.replace("@END@", ""))
    done = anonlint("b.patch", "a.patch", cwd=tmp_path)
    assert done.returncode == 1
    assert "-------\nb.patch\n-------\ntotal: 0 errors" in done.stdout
    assert "a.patch has style problems, please review." in done.stdout


def test_place_in_the_patch_and_in_the_file(tmp_path: Path) -> None:
    (tmp_path / "a.patch").write_text(BAD.replace("@END@", ""))
    row = BAD.splitlines().index(" \tif (is_writable_migration_entry(entry)) {") + 1
    done = anonlint("a.patch", cwd=tmp_path)
    assert f"\n#{row}: FILE: mm/narrow.c:5:\n \n \tif (is_writable_migration_entry(entry)) {{\n\n" in done.stdout
    assert f"a.patch:{row}: ERROR: " in anonlint("--terse", "a.patch", cwd=tmp_path).stdout


def test_stdin_is_called_by_its_subject(tmp_path: Path) -> None:
    done = anonlint("-", cwd=tmp_path, stdin=BAD.replace("@END@", ""))
    assert '"[PATCH] mm: narrow entries" has style problems' in done.stdout


def test_list_types_and_usage(tmp_path: Path) -> None:
    done = anonlint("--list-types", cwd=tmp_path)
    assert done.returncode == 0
    assert "FORK_KEEPS_EXCLUSIVE_ENTRY" in done.stdout
    assert anonlint("--ters", cwd=tmp_path).returncode == 1
    assert anonlint("--help", cwd=tmp_path).returncode == 0
    assert anonlint("missing.patch", cwd=tmp_path).returncode == 2


def test_options_of_other_checks_are_accepted(tmp_path: Path) -> None:
    (tmp_path / "a.patch").write_text(CLEAN.replace("@END@", ""))
    words = [
        "--strict",
        "--codespell",
        "--max-line-length=80",
        "--ignore=COMMIT_LOG_LONG_LINE",
        "--no-signoff",
        "--tab-size",
        "8",
    ]
    assert anonlint(*words, "a.patch", cwd=tmp_path).returncode == 0


def test_commits_are_checked_oldest_first(tmp_path: Path) -> None:
    def git(*words: str) -> None:
        identity = ["-c", "user.name=n", "-c", "user.email=n@example.org"]
        subprocess.run(["git", *identity, *words], cwd=tmp_path, check=True, capture_output=True)

    git("init", "-q")
    (tmp_path / "mm").mkdir()
    lines = [
        line[1:]
        for line in BAD.replace("@END@", "").split("@@\n", 1)[1].split("--\n", 1)[0].splitlines()
        if line[:1] != "+"
    ]
    (tmp_path / "mm/narrow.c").write_text("\n".join(lines) + "\n")
    git("add", ".")
    git("commit", "-qm", "first")
    added = [
        line[1:]
        for line in BAD.replace("@END@", "").split("@@\n", 1)[1].split("--\n", 1)[0].splitlines()
        if line[:1] != "-"
    ]
    (tmp_path / "mm/narrow.c").write_text("\n".join(added) + "\n")
    git("commit", "-qam", "second")
    done = anonlint("--git", "HEAD-2", cwd=tmp_path)
    assert done.returncode == 1
    assert done.stdout.index('("first")') < done.stdout.index('("second")')
    assert '("second") has style problems' in done.stdout


def test_a_pipe_is_read_once(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_text, args=(BAD.replace("@END@", ""),), daemon=True)
    writer.start()
    done = anonlint("pipe", cwd=tmp_path)
    writer.join(30)
    assert done.returncode == 1 and "pipe has style problems" in done.stdout


@pytest.mark.fault("checkpatch is given a device", "it is refused in one line, status 2")
def test_a_device_is_refused(tmp_path: Path) -> None:
    done = anonlint("/dev/zero", cwd=tmp_path)
    assert done.returncode == 2
    assert done.stderr == "anonlint: /dev/zero: is a device, not a file\n"
    assert "/dev/zero could not be checked." in done.stdout
