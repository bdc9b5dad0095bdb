"""Mailboxes read in pieces: what stands before, between and in messages; memory, bombs, and series on the way."""

import gzip
import io
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from anonlint.intake import mbox, posts
from anonlint.intake.mbox import messages
from anonlint.intake.order import InSeries, Ordered
from tests.intake.samples import AFTER, DIFF, FIELDS, MAIL, after, ask, read
from tests.intake.test_mail import PLAIN, multipart

FROM = b"From git@z Thu Jan  1 00:00:00 1970\n"
SHA = b"From " + b"a" * 40 + b" Mon Sep 17 00:00:00 2001\n"


def slowly(data: bytes, size: int) -> tuple[bytes, Callable[[int], bytes]]:
    stream = io.BytesIO(data)
    return stream.read(size), lambda _: stream.read(size)


@pytest.mark.parametrize("size", [1, 7, 1000])
def test_pieces_of_every_size_give_the_same_messages(size: int) -> None:
    box = b"\n".join([FROM + MAIL, FROM + b">From a@b Mon Dec  5 22:05:57 2022\n" + MAIL, SHA + MAIL, FROM + MAIL])
    assert list(messages(*slowly(box, size))) == list(messages(box))
    starts = [i + 2 for i, line in enumerate(box.split(b"\n")) if line.startswith(b"From ")]
    assert [entry.line for entry in messages(box)] == starts and len(starts) == 4


def test_what_stands_before_the_first_separator_is_a_message() -> None:
    other = MAIL.replace(b"mm/x.c", b"mm/y.c")
    assert [s.path for s in read(MAIL + b"\n" + FROM + other)[0]] == ["mm/x.c", "mm/y.c"]
    assert [s.path for s in read(b"\n\n" + FROM + MAIL + b"\n" + FROM + other)[0]] == ["mm/x.c", "mm/y.c"]


@pytest.mark.parametrize("sep", [b"", FROM])
def test_an_attached_mail_does_not_split_the_one_that_holds_it(sep: bytes) -> None:
    log = PLAIN + b"Anonlint-ignore: AL304 because\nbase-commit: " + b"b" * 40 + b"\n"
    text = sep + multipart(log, b"Content-Type: text/x-patch\n\n" + SHA + MAIL)
    (snapshot,) = read(text)[0]
    assert after(snapshot) == AFTER
    assert snapshot.origin.commit == "a" * 40
    assert snapshot.origin.trailers == ("AL304",)


def test_all_mails_of_an_attached_mailbox_count() -> None:
    attached = b"Content-Type: application/mbox\n\n" + SHA + MAIL + b"\n" + SHA + MAIL.replace(b"mm/x.c", b"mm/y.c")
    assert [s.path for s in read(multipart(PLAIN + b"two\n", attached))[0]] == ["mm/x.c", "mm/y.c"]


def test_an_attachment_of_no_known_kind_that_holds_a_diff_is_read() -> None:
    attached = b"Content-Type: application/octet-stream; name=fix\n\n" + DIFF
    assert [after(s) for s in read(multipart(PLAIN + b"here\n", attached))[0]] == [AFTER]


def test_a_diff_before_or_behind_the_parts_is_read() -> None:
    text = multipart(PLAIN + b"x\n")
    assert [after(s) for s in read(text.replace(b"This is a", DIFF + b"\nThis is a"))[0]] == [AFTER]
    assert [after(s) for s in read(text.replace(b"epilogue\n", DIFF))[0]] == [AFTER]


def test_a_message_that_is_too_large_is_named_and_costs_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mbox, "_LARGEST", 5000)
    monkeypatch.setattr(mbox, "_PIECE", 1000)
    large = FROM + FIELDS + b"Subject: x\n\n" + b"text\n" * 500_000
    found, skips, errors = read(FROM + MAIL + b"\n" + large + b"\n" + FROM + MAIL)
    assert len(found) == 2 and not errors
    assert [(skip.line, skip.reason) for skip in skips] == [(MAIL.count(b"\n") + 4, "the mail is larger than 0 MiB")]


def order(*places: tuple[str, int, int, int] | None, window: int = 1) -> list[int]:
    ordered: Ordered[int] = Ordered()
    out: list[int] = []
    for i, place in enumerate(places):
        out += ordered.add(i, InSeries(place[0], (place[1], place[2]), place[3]) if place else None, window)
    return out + list(ordered.rest())


def test_series_are_put_in_order_each_for_itself() -> None:
    assert order(("a", 1, 3, 2), None, ("a", 1, 3, 1), ("a", 1, 3, 3)) == [2, 1, 0, 3]
    assert order(("a", 1, 2, 1), ("a", 1, 2, 2), ("a", 1, 2, 1), ("a", 1, 2, 2)) == [0, 1, 2, 3]
    assert order(("a", 1, 2, 2), ("b", 1, 2, 2), ("b", 1, 2, 1), ("a", 1, 2, 1)) == [3, 2, 1, 0]
    assert order(("a", 1, 9, 4), None, None) == [0, 1, 2]
    assert order(("a", 1, 2, 2), None, ("a", 1, 2, 1), window=9 << 20) == [0, 1, 2]


def test_a_mailbox_of_many_series_keeps_them_apart() -> None:
    def one(sender: bytes, n: int) -> bytes:
        text = MAIL.replace(b"A B <a@b.c>", sender).replace(b"2/3] mm: do it", b"%d/2] %s%d" % (n, sender, n))
        return FROM + text + b"\n"

    found = read(one(b"A", 2) + one(b"A", 1) + one(b"B", 1) + one(b"B", 2) + one(b"C", 2) + one(b"C", 1))[0]
    assert [s.origin.subject for s in found] == ["A1", "A2", "B1", "B2", "C1", "C2"]


def test_a_gzip_file_of_several_members_and_one_that_is_cut() -> None:
    box = [FROM + MAIL.replace(b"mm/x.c", b"mm/%c.c" % name) + b"\n" for name in b"abc"]
    packed = b"".join(gzip.compress(text) for text in box)
    assert [s.path for s in read(packed)[0]] == ["mm/a.c", "mm/b.c", "mm/c.c"]
    assert len(read(packed + b"\0" * 20)[0]) == 3
    found, _, errors = read(gzip.compress(b"".join(box * 300))[:-10])
    assert len(found) > 800 and "ends too early" in errors[0]
    assert "other bytes behind its end" in read(packed + b"rest")[2][0]


# Not getrusage(): what it says of a program includes the one that started it.
PEAK = """
import re, sys
from anonlint.cli.main import main
status = main(sys.argv[1:])
with open("/proc/self/status") as file:
    print(status, int(re.search(r"VmHWM:\\s+(\\d+) kB", file.read())[1]) // 1024)
"""


def peak(*arguments: str, stdin: Path | None = None) -> tuple[int, int, str]:
    """Return the exit status, the most memory in MiB and what stands on stderr."""
    with (stdin or Path(os.devnull)).open("rb") as source:
        done = subprocess.run(
            [sys.executable, "-c", PEAK, *arguments], stdin=source, capture_output=True, check=True, timeout=120
        )
    *_, status, size = done.stdout.split()
    return int(status), int(size), done.stderr.decode()


@pytest.mark.fault("a mailbox of 200 MB", "it is read message by message, in less than 100 MB of memory")
def test_a_mailbox_of_200_mb_takes_little_memory(tmp_path: Path) -> None:
    path = tmp_path / "list.mbox"
    mail = FROM + MAIL.replace(b"log\n", (b"what it does and why; " * 50 + b"\n") * 1000) + b"\n"
    with path.open("wb") as file:
        for _ in range((200 << 20) // len(mail) + 1):
            file.write(mail)
    status, size, _ = peak("check", "-", stdin=path)
    path.unlink()
    assert (status, size < 100) == (0, True), size


@pytest.mark.fault("a gzip bomb", "it is refused once it has unpacked to 200 times its size")
def test_a_gzip_bomb_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "bomb.gz"
    for begins in (b"", FROM + MAIL):
        path.write_bytes(gzip.compress(begins) + gzip.compress(b"\n" * (16 << 20)) * 60)
        status, size, words = peak("check", str(path))
        assert status == 2 and size < 150, (status, size)
        assert "unpacks to more than 200 times its size" in words


@pytest.mark.parametrize("begins", [b"", b"int a;\n", DIFF])
@pytest.mark.fault("a file of 3 GB that holds next to nothing", "it is refused without being read")
def test_a_sparse_file_costs_nothing(tmp_path: Path, begins: bytes) -> None:
    for name in ("x.c", "x.patch"):
        path = tmp_path / name
        path.write_bytes(begins)
        os.truncate(path, 3 << 30)
        status, size, words = peak("check", str(path))
        assert status == 2 and size < 60, size
        assert "is a binary file" in words or "is larger than 128 MiB" in words
        assert ask(path)[2]
        path.unlink()


def test_a_long_diff_is_read_in_pieces_that_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    name = b"diff --git a/mm/%c.c b/mm/%c.c\nindex 1111111..2222222 100644\n"
    data = b"what it does\n\n" + b"".join(name % (c, c) + DIFF.replace(b"mm/x.c", b"mm/%c.c" % c) for c in b"abcdef")
    for quoted in (False, True):
        [whole] = posts.read_patch(data, quoted=quoted)
        monkeypatch.setattr(posts, "_PIECE", 100)
        pieces = list(posts.read_patch(data, quoted=quoted))
        monkeypatch.undo()
        assert len(pieces) > 2
        assert [file for post in pieces for patch in post.patches for file in patch.files] == list(
            whole.patches[0].files
        )


@pytest.mark.fault("a diff of 60 MB", "it is read in pieces, in little more than twice its size")
def test_a_long_diff_takes_little_memory(tmp_path: Path) -> None:
    path = tmp_path / "long.patch"
    lines = b"".join(b"+\tcall(%d, and, its, arguments, here);\n" % i for i in range(2000))
    one = b"diff --git a/net/y.c b/net/y.c\n--- a/net/y.c\n+++ b/net/y.c\n@@ -1,0 +1,2000 @@\n" + lines
    path.write_bytes(one * ((60 << 20) // len(one)))
    status, size, _ = peak("check", "--no-tree", "--kernel", "6.12", str(path))
    assert (status, size < 220) == (0, True), size
