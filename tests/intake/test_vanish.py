"""Nothing vanishes on the way in: odd counts, line ends, marks, names and damaged objects."""

import subprocess
from pathlib import Path

import pytest

from anonlint.intake.patch import parse_patch
from tests.intake.samples import DIFF, after, ask, before, read

C = b"int f(void)\n{\n\treturn 0;\n}\n\nint g(void)\n{\n\treturn 1;\n}\n"
BOM = b"\xef\xbb\xbf"


@pytest.mark.parametrize("text", [b"+int f(void)\n+{\n+\tg();\n+}\n", b"+int a;\n", b"+\tint a;\n"])
@pytest.mark.fault("a hunk header counts no lines (`@@ -0,0 +0,0 @@`) and lines follow", "they are read and judged")
def test_a_hunk_that_counts_nothing_has_its_lines(text: bytes) -> None:
    (snapshot,), skips, errors = read(b"--- a/mm/x.c\n+++ b/mm/x.c\n@@ -0,0 +0,0 @@\n" + text)
    assert after(snapshot) == text.replace(b"+", b"")
    assert snapshot.after is not None and snapshot.after.source.lines is not None
    assert snapshot.after.source.lines[0] == 1
    assert not errors and "more lines than the hunk header counts" in skips[0].reason


def test_what_follows_a_hunk_that_counts_nothing_is_read_as_before() -> None:
    found = parse_patch(b"--- a/x.c\n+++ b/x.c\n@@ -0,0 +0,0 @@\n--- a/y.c\n+++ b/y.c\n@@ -1 +1 @@\n-a\n+b\n-- \n2.3\n")
    assert [file.path for file in found] == [b"x.c", b"y.c"]
    assert not found[0].hunks[0].lines


@pytest.mark.parametrize("name", ["x.c", "odd"])
@pytest.mark.fault("a C file has CRs for line ends, or begins with a byte order mark", "it is read like any other")
def test_line_ends_and_marks_of_a_file(tmp_path: Path, name: str) -> None:
    for text in (BOM + C, C.replace(b"\n", b"\r"), BOM + C.replace(b"\n", b"\r")):
        (tmp_path / name).write_bytes(text)
        assert [after(snapshot) for snapshot in ask(tmp_path / name)[0]] == [C]
        assert [after(snapshot) for snapshot in read(text)[0]] == [C]
        (tmp_path / "sub").mkdir(exist_ok=True)
        (tmp_path / "sub" / "x.c").write_bytes(text)
        assert [after(snapshot) for snapshot in ask(tmp_path / "sub")[0]] == [C]


def test_utf_16_as_some_shells_write_it() -> None:
    for codec in ("utf-16", "utf-16-be"):
        mark = b"" if codec == "utf-16" else b"\xfe\xff"
        assert [after(s) for s in read(mark + C.decode().encode(codec))[0]] == [C]
        assert [s.path for s in read(mark + DIFF.decode().encode(codec))[0]] == ["mm/x.c"]


def test_a_hunk_of_a_file_with_crs_for_line_ends_has_lines() -> None:
    text = C.replace(b"\n", b"\r")
    diff = b"--- a/x.c\n+++ b/x.c\n@@ -1 +1 @@\n-" + text + b"\n\\ No newline at end of file\n+" + BOM + text
    diff += b"\n\\ No newline at end of file\n"
    (snapshot,) = read(diff)[0]
    assert before(snapshot).rstrip(b"\n") == after(snapshot).rstrip(b"\n") == C.rstrip(b"\n")
    assert snapshot.after is not None
    assert set(snapshot.after.source.lines or ()) == {1}


@pytest.mark.parametrize(
    ("header", "path"),
    [
        (b"--- /dev/null\n+++ linux-2.6/mm/x.h\n", "mm/x.h"),
        (b"--- /dev/null\t1970-01-01\n+++ linux-2.6/include/linux/x.h\t2009-01-01 10:00:00\n", "include/linux/x.h"),
        (b"Index: work/mm/x.h\n====\n--- /dev/null\n+++ work/mm/x.h\n", "mm/x.h"),
        (b"--- /dev/null\n+++ mm/x.h\n", "mm/x.h"),
        (b"--- /dev/null\n+++ tools/include/mm/x.h\n", "tools/include/mm/x.h"),
        (b"--- /dev/null\n+++ drivers/net/x.h\n", "drivers/net/x.h"),
        (b"--- /dev/null\n+++ b/mymod/mm/x.h\n", "mymod/mm/x.h"),
        (
            b"diff --git mymod/mm/x.h mymod/mm/x.h\nnew file mode 100644\n--- /dev/null\n+++ mymod/mm/x.h\n",
            "mymod/mm/x.h",
        ),
        (b"--- old/z/y.c\n+++ new/z/y.c\n@@ -1 +1 @@\n-a\n+b\n--- /dev/null\n+++ new/z/x.h\n", "z/x.h"),
    ],
)
def test_a_created_file_has_the_name_that_patch_gives_it(header: bytes, path: str) -> None:
    found = read(header + b"@@ -0,0 +1 @@\n+int a;\n")[0]
    assert found[-1].path == path and found[-1].before is None


@pytest.mark.fault(
    "an object of the repository is damaged or missing (`--staged`, `--git`)", "its file is named, status 2"
)
def test_a_damaged_object_costs_only_its_file(tmp_path: Path) -> None:
    def git(*words: str) -> str:
        command = ["git", "-c", "user.name=a", "-c", "user.email=a@b", *words]
        return subprocess.run(command, cwd=tmp_path, check=True, capture_output=True, text=True).stdout.strip()

    git("init", "-q")
    for name in "abc":
        (tmp_path / f"{name}.c").write_bytes(C)
    git("add", "-A")
    git("commit", "-qm", "x")
    for name in "abc":
        (tmp_path / f"{name}.c").write_bytes(C.replace(b"0", name.encode()))
    git("add", "-A")
    blob = git("rev-parse", ":b.c")
    place = tmp_path / ".git" / "objects" / blob[:2] / blob[2:]
    place.chmod(0o644)
    place.write_bytes(b"no object")
    found, _, errors = ask(tree=tmp_path, staged=True)
    assert [snapshot.path for snapshot in found] == ["a.c", "c.c"]
    assert errors == [f"b.c: --staged: its blob {blob[:12]} cannot be read from the clone"]
