"""What an input is, and inputs that cannot be read."""

import gzip
import os
from pathlib import Path

import pytest

from anonlint.intake.sniff import classify
from tests.intake.samples import DIFF, MAIL, after, ask, read

C = b"#include <linux/mm.h>\n\nint f(void)\n{\n\treturn 0;\n}\n"


@pytest.mark.parametrize(
    ("data", "name", "kind"),
    [
        (C, "", "c"),
        (C, "mm/x.txt", "c"),
        (b"", "x.c", "c"),
        (b"/* diff --git a/x b/x */\n@@ x @@\n", "x.h", "c"),
        (DIFF, "", "patch"),
        (DIFF, "x.c", "patch"),
        (b"\n\n" + MAIL, "", "mail"),
        (MAIL, "", "mail"),
        (b"From x@y Mon Dec  5 22:05:57 2022\n" + MAIL, "", "mail"),
        (b"From x@y Mon Dec  5 22:05:57 2022\n" + MAIL + b"From git@z Mon\n" + MAIL, "", "mail"),
        (b"commit " + b"a" * 40 + b"\nAuthor: x\n\n    y\n\n" + DIFF, "", "patch"),
        (b"-a\n+b\n c\n", "", "patch"),
        (b"@@ -1 +1 @@\n-a\n+b\n", "", "patch"),
        (b"> @@ -1 +1 @@\n> -a\n> +b\n", "", "mail"),
        (b"\xef\xbb\xbf" + DIFF, "", "patch"),
        (DIFF.replace(b"\n", b"\r"), "", "patch"),
        (b"", "", "empty"),
        (b"\n \n", "", "empty"),
        (b"\0" * 100, "x.c", "binary"),
        (b"\x7fELF\0\0", "", "binary"),
        (b"Dear all,\n\nhello.\n", "", "text"),
        (b"\x1f\x8b\x08", "", "gzip"),
    ],
)
def test_an_input_is_what_it_looks_like(data: bytes, name: str, kind: str) -> None:
    assert classify(data, name) == kind


def test_a_c_file_is_whole_and_no_patch() -> None:
    (snapshot,) = read(C)[0]
    assert (snapshot.path, snapshot.before, snapshot.added) == ("<stdin>", None, None)
    assert snapshot.after is not None and snapshot.after.fragments is None
    assert after(snapshot) == C


def test_a_directory_is_walked_in_order_and_never_left(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret.c").write_bytes(C)
    root = tmp_path / "root"
    for name in ("b.c", "a.h", "a/z.c", "a.c", ".git/x.c", "notes.txt"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(C)
    (root / "out").symlink_to(outside)
    (root / "out.c").symlink_to(outside / "secret.c")
    (root / "in.c").symlink_to("a.c")
    (root / "loop").symlink_to(".")
    (root / "gone.c").symlink_to("nowhere.c")
    found, skips, errors = ask(root)
    assert (skips, errors) == ([], [])
    assert [s.path.removeprefix(f"{root}/") for s in found] == ["a/z.c", "a.c", "a.h", "b.c", "in.c"]


def test_a_file_named_twice_is_read_once(tmp_path: Path) -> None:
    (tmp_path / "a.c").write_bytes(C)
    assert len(ask(tmp_path / "a.c", tmp_path, tmp_path / "a.c")[0]) == 1


def test_unwanted_files_are_only_counted(tmp_path: Path) -> None:
    from anonlint.intake import Request, snapshots

    for name, data in (("a.c", C), ("b.c", C + b"wanted")):
        (tmp_path / name).write_bytes(data)
    items = list(snapshots(Request((str(tmp_path),)), lambda: b"", lambda data: b"wanted" in data))
    assert [item.snapshot is not None for item in items] == [False, True]
    assert items[0] == (None, None, None)


def test_directories_are_read_one_file_at_a_time(tmp_path: Path) -> None:
    from anonlint.intake import Request, snapshots

    for name in ("a.c", "b.c"):
        (tmp_path / name).write_bytes(C)
    items = snapshots(Request((str(tmp_path),)), lambda: b"")
    next(items)
    (tmp_path / "b.c").write_bytes(b"later\n")
    last = next(items).snapshot
    assert last is not None and after(last) == b"later\n"


def test_one_bad_input_loses_no_other(tmp_path: Path) -> None:
    (tmp_path / "bin").write_bytes(b"\0" * 64)
    (tmp_path / "text").write_bytes(b"Dear all,\n")
    (tmp_path / "a.c").write_bytes(C)
    (tmp_path / "empty").write_bytes(b"")
    names = [tmp_path / name for name in ("missing.c", "bin", "text", "empty", "a.c")]
    found, skips, errors = ask(*names, "/dev/zero", "nul\0in name.c")
    assert [snapshot.path for snapshot in found] == [str(tmp_path / "a.c")]
    assert [skip.reason for skip in skips] == ["the input is empty"]
    assert errors == [
        f"{names[0]}: cannot be read: No such file or directory",
        f"{names[1]}: is a binary file",
        f"{names[2]}: is neither C nor a patch nor a mail",
        "/dev/zero: is a device, not a file",
        "nul\0in name.c: cannot be read: embedded null byte",
    ]


def test_a_tree_that_is_none_is_one_error(tmp_path: Path) -> None:
    found, _, errors = ask(tmp_path, tree=tmp_path / "nowhere")
    assert not found and errors == [f"{tmp_path}/nowhere: the tree is no directory"]


def test_standard_input_is_read_once() -> None:
    found, _, errors = ask("-", "-")
    assert not found and errors == ["-: standard input can be read only once"]


def test_a_compressed_archive_is_read() -> None:
    assert len(read(gzip.compress(MAIL))[0]) == 1
    assert "ends too early" in read(gzip.compress(MAIL)[:60])[2][0]
    assert "is no sound gzip file" in read(b"\x1f\x8b" + b"x" * 50)[2][0]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_an_unreadable_directory_is_one_error(tmp_path: Path) -> None:
    (tmp_path / "no").mkdir(mode=0)
    (tmp_path / "z.c").write_bytes(C)
    found, _, errors = ask(tmp_path)
    assert len(found) == 1 and "Permission denied" in errors[0]
