"""Unified diffs of every kind that arrives: names, kinds, counts."""

import pytest

from anonlint.intake.patch import parse_patch
from anonlint.model.patch import FilePatch

BODY = b"@@ -1,3 +1,3 @@ int f(void)\n a\n-b\n+c\n d\n"
LINES = (b" a\n", b"-b\n", b"+c\n", b" d\n")


def one(data: bytes) -> FilePatch:
    found = parse_patch(data)
    assert len(found) == 1, found
    return found[0]


HEADERS = {
    "git": (b"diff --git a/mm/x.c b/mm/x.c\nindex 1234567..89abcde 100644\n--- a/mm/x.c\n+++ b/mm/x.c\n", b"mm/x.c"),
    "mnemonic": (b"diff --git i/mm/x.c w/mm/x.c\n--- i/mm/x.c\n+++ w/mm/x.c\n", b"mm/x.c"),
    "no prefix": (b"diff --git mm/x.c mm/x.c\n--- mm/x.c\n+++ mm/x.c\n", b"mm/x.c"),
    "akpm": (b"--- a/mm/x.c~mm-do-things\n+++ a/mm/x.c\n", b"mm/x.c"),
    "quilt": (b"Index: linux/mm/x.c\n=====\n--- linux.orig/mm/x.c\t2020-01-01 10:00:00\n+++ linux/mm/x.c\n", b"mm/x.c"),
    "date, tab lost": (b"--- a/mm/x.c 2020-01-01 10:00:00.0 +0100\n+++ b/mm/x.c 2020-01-01 10:00:01\n", b"mm/x.c"),
    "orig": (b"--- mm/x.c.orig\n+++ mm/x.c\n", b"mm/x.c"),
    "quoted": (b'diff --git "a/\\303\\244 \\"b\\".c" "b/\\303\\244 \\"b\\".c"\n', b'\xc3\xa4 "b".c'),
    "blank": (b"diff --git a/a b.c b/a b.c\n--- a/a b.c\t\n+++ b/a b.c\t\n", b"a b.c"),
    "diff -u": (b"diff -Nurp a/mm/x.c b/mm/x.c\n--- a/mm/x.c\n+++ b/mm/x.c\n", b"mm/x.c"),
    "bare hunk": (b"", None),
}


@pytest.mark.parametrize("name", HEADERS)
def test_a_file_header_names_the_file(name: str) -> None:
    header, path = HEADERS[name]
    file = one(header + BODY)
    assert (file.old_path, file.new_path, file.kind) == (path, path, "modify")
    assert [hunk.lines for hunk in file.hunks] == [LINES]
    assert file.hunks[0].context == b"int f(void)"
    assert not file.hunks[0].damage


def test_kinds_ids_and_paths_of_git_headers() -> None:
    text = (
        b"diff --git a/new.c b/new.c\nnew file mode 100644\nindex 000000000000..1234567890ab\n"
        b"--- /dev/null\n+++ b/new.c\n@@ -0,0 +1 @@\n+x\n"
        b"diff --git a/old.c b/old.c\ndeleted file mode 100644\nindex 1234567..0000000\n"
        b"--- a/old.c\n+++ /dev/null\n@@ -1 +0,0 @@\n-x\n"
        b"diff --git a/a.c b/b.c\nsimilarity index 90%\nrename from a.c\nrename to b.c\nindex 1234567..89abcde\n"
        b"--- a/a.c\n+++ b/b.c\n" + BODY + b"diff --git a/a.c b/c.c\nsimilarity index 100%\ncopy from a.c\n"
        b"copy to c.c\ndiff --git a/m.c b/m.c\nold mode 100644\nnew mode 100755\n"
        b"diff --git a/e.c b/e.c\nnew file mode 100644\nindex 0000000..e69de29\n"
        b"diff --git a/i.bin b/i.bin\nindex 1234567..89abcde\nGIT binary patch\nliteral 3\nKcmb=L00030\n\n"
        b"diff --git a/j.bin b/j.bin\nBinary files a/j.bin and b/j.bin differ\n"
        b"--- a/gone.c~akpm\n+++ /dev/null\n@@ -1 +0,0 @@\n-x\n"
    )
    found = [(f.old_path, f.new_path, f.kind, f.old_id, len(f.hunks), f.note) for f in parse_patch(text)]
    assert found == [
        (None, b"new.c", "create", "000000000000", 1, ""),
        (b"old.c", None, "delete", "1234567", 1, ""),
        (b"a.c", b"b.c", "rename", "1234567", 1, ""),
        (b"a.c", b"c.c", "copy", "", 0, ""),
        (b"m.c", b"m.c", "modify", "", 0, ""),
        (None, b"e.c", "create", "0000000", 0, ""),
        (b"i.bin", b"i.bin", "modify", "1234567", 0, "binary file"),
        (b"j.bin", b"j.bin", "modify", "", 0, "binary file"),
        (b"gone.c", None, "delete", "", 1, ""),
    ]


def test_a_combined_diff_is_noted_and_not_read() -> None:
    text = (
        b"diff --cc mm/x.c\nindex 1,2..3\n--- a/mm/x.c\n+++ b/mm/x.c\n@@@ -1,2 -1,2 +1,3 @@@ f\n  a\n++b\n -c\n"
        b"diff --git a/mm/y.c b/mm/y.c\n--- a/mm/y.c\n+++ b/mm/y.c\n" + BODY
    )
    first, second = parse_patch(text)
    assert first.path == b"mm/x.c" and not first.hunks and "combined" in first.note
    assert second.hunks[0].lines == LINES


def test_counts_end_a_hunk_and_not_what_looks_like_an_end() -> None:
    text = b"--- a/x.c\n+++ b/x.c\n@@ -1,3 +1,3 @@ a @@ b\n--- a/y\n+++ b/y\n-- \n++ \n c\n-- \n2.39.5\n"
    file = one(text)
    assert file.hunks[0].lines == (b"--- a/y\n", b"+++ b/y\n", b"-- \n", b"++ \n", b" c\n")
    assert file.hunks[0].context == b"a @@ b"


@pytest.mark.parametrize("end", [b"-- \n2.39.5\n", b"_\n", b"\nThanks\n", b""])
def test_what_follows_the_last_hunk_is_not_part_of_it(end: bytes) -> None:
    assert one(b"--- a/x.c\n+++ b/x.c\n" + BODY + end).hunks[0].lines == LINES


def test_missing_counts_no_context_and_no_newline() -> None:
    text = (
        b"--- a/x.c\n+++ b/x.c\n@@ -1 +1 @@\n-a\n+b\n@@ -5,0 +6,2 @@\n+c\n+d\n"
        b"@@ -9 +11 @@\n-e\n\\ No newline at end of file\n+f\n\\ No newline at end of file\n"
    )
    hunks = one(text).hunks
    assert [(h.old_start, h.new_start, h.lines) for h in hunks] == [
        (1, 1, (b"-a\n", b"+b\n")),
        (5, 6, (b"+c\n", b"+d\n")),
        (9, 11, (b"-e", b"+f")),
    ]


def test_carriage_returns_of_the_transport_go_and_those_of_the_file_stay() -> None:
    text = b"--- a/x.c\n+++ b/x.c\n@@ -1 +1 @@\n-a\n+b\n"
    assert one(text.replace(b"\n", b"\r\n")).hunks[0].lines == (b"-a\n", b"+b\n")
    assert one(text.replace(b"\n", b"\r")).hunks[0].lines == (b"-a\n", b"+b\n")
    assert one(text.replace(b"a\n+b", b"a\r\n+b\r")).hunks[0].lines == (b"-a\r\n", b"+b\r\n")


def test_an_indented_diff_in_a_commit_log_is_text() -> None:
    text = b"log:\n    --- a/x.c\n    +++ b/x.c\n    @@ -1 +1 @@\n    -a\n    +b\n---\n x.c | 2 +-\n"
    assert parse_patch(text) == []


def test_two_patches_to_one_file_stay_two() -> None:
    text = b"--- a/x.c\n+++ b/x.c\n" + BODY
    assert [file.path for file in parse_patch(text * 2)] == [b"x.c", b"x.c"]


def test_lines_without_any_header_are_one_hunk_of_no_file() -> None:
    file = one(b"-\tif (a)\n+\tif (b)\n \t\treturn;\n")
    assert file.path is None
    assert file.hunks[0].lines == (b"-\tif (a)\n", b"+\tif (b)\n", b" \t\treturn;\n")
    assert parse_patch(b"Two things:\n- first this one\n- then that\n") == []


def test_huge_numbers_and_hostile_headers_end_quickly() -> None:
    assert parse_patch(b"@@ -" + b"9" * 5000 + b",1 +1 @@\n+a\n")[0].hunks[0].partial
    assert parse_patch(b"diff --git " + b"a " * 200_000 + b"\n" + BODY)[0].hunks
    assert (
        len(parse_patch(b"--- a/x\n+++ b/x\n" + b"@@ -1,99999999 +1,99999999 @@\n+\ta\n" * 20_000)[0].hunks) == 20_000
    )
