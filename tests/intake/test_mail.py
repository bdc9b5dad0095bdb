"""Mails as they arrive: encodings, parts, boxes, and what b4 makes of them."""

import base64
import email.message
import email.policy
import quopri

import pytest

from anonlint.intake.mail import read_date, read_mail
from tests.intake.samples import AFTER, DIFF, FIELDS, MAIL, after, read


def encoded(name: str, body: bytes, extra: bytes = b"") -> bytes:
    fields = b"MIME-Version: 1.0\nContent-Type: text/plain; charset=%s\nContent-Transfer-Encoding: %s\n"
    charset = extra or b"utf-8"
    return FIELDS + b"Subject: [PATCH] x\n" + fields % (charset, name.encode()) + b"\n" + body


def multipart(*parts: bytes) -> bytes:
    body = b"".join(b"--=_b\n" + part + b"\n" for part in parts)
    head = FIELDS + b'Subject: [PATCH] x\nMIME-Version: 1.0\nContent-Type: multipart/mixed;\n boundary="=_b"\n\n'
    return head + b"This is a multi-part message.\n" + body + b"--=_b--\nepilogue\n"


PLAIN = b"Content-Type: text/plain\n\n"
ATTACHED = b"Content-Type: application/octet-stream; name=x.patch\nContent-Transfer-Encoding: base64\n\n"
QP = quopri.encodestring(DIFF)
WRAPPED = base64.encodebytes(DIFF)
MAILS = {
    "plain": MAIL,
    "crlf": MAIL.replace(b"\n", b"\r\n"),
    "quoted-printable": encoded("quoted-printable", QP),
    "upper case": encoded("QUOTED-PRINTABLE", QP),
    "base64": encoded("base64", WRAPPED),
    "base64 with crlf inside": encoded("base64", base64.encodebytes(DIFF.replace(b"\n", b"\r\n"))),
    "base64 with a list's footer": encoded("base64", WRAPPED + b"\n____\nlinux-mm mailing list\n"),
    "decoded by b4 under quoted-printable": encoded("quoted-printable", DIFF),
    "decoded by b4 under base64": encoded("base64", DIFF),
    "invalid encoding": encoded("8-bit", DIFF),
    "charset y": encoded("8bit", DIFF, b"y"),
    "charset gbk": encoded("8bit", DIFF, b"gbk"),
    "attachment": multipart(PLAIN + b"see attachment\n", ATTACHED + WRAPPED),
    "nested": multipart(b"Content-Type: multipart/alternative; boundary=i\n\n--i\n" + PLAIN + DIFF
                        + b"--i\nContent-Type: text/html\n\n<pre>" + DIFF + b"</pre>\n--i--\n"),
    "enclosed": multipart(PLAIN + b"forwarded\n", b"Content-Type: message/rfc822\n\n" + MAIL),
    "attached format-patch": multipart(
        b"Content-Type: text/x-patch\n\nFrom " + b"a" * 40 + b" Mon Sep 17 00:00:00 2001\n" + MAIL),
    "no boundary": MAIL.replace(b"Subject", b"Content-Type: multipart/mixed\nSubject"),
    "clear-signed": FIELDS + b"Subject: [PATCH] x\n\n-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA512\n\n"
    + b"".join((b"- " + line if line[:1] == b"-" else line) + b"\n" for line in DIFF[:-1].split(b"\n"))
    + b"-----BEGIN PGP SIGNATURE-----\n\niQE=\n-----END PGP SIGNATURE-----\n",
    "in-body from": FIELDS + b"Subject: [PATCH] x\n\nFrom: C D <c@d.e>\n\nlog\n---\n" + DIFF,
    "From at a line's start": MAIL.replace(b"log\n", b"log\n\nFrom here on it works.\n"),
    "web archive's text": b"Re: [PATCH] x\n\nFrom: A B\nDate: Mon Dec 05 2022 - 22:05:57 EST\n\nlog\n" + DIFF,
    "format-patch": b"From " + b"b" * 40 + b" Mon Sep 17 00:00:00 2001\n" + MAIL,
    "stuffed": MAIL.replace(b"\n \t", b"\n  \t").replace(b"\n }", b"\n  }").replace(b"\n \n", b"\n  \n"),
}  # fmt: skip


@pytest.mark.parametrize("name", MAILS)
def test_the_patch_of_a_mail_is_found(name: str) -> None:
    found, skips, errors = read(MAILS[name])
    assert (skips, errors) == ([], [])
    (snapshot,) = found
    assert after(snapshot) == AFTER
    assert snapshot.path == "mm/x.c"
    assert snapshot.added == frozenset({8, 9})
    assert snapshot.origin.date == (2022, 12)


def test_the_image_of_a_hunk_knows_its_lines_and_its_function() -> None:
    (snapshot,) = read(MAIL)[0]
    assert snapshot.after is not None and snapshot.before is not None
    (fragment,) = snapshot.after.fragments or ()
    assert fragment.context == b"static int f(struct page *page)"
    source = snapshot.after.source
    assert source.lines == (7, 8, 9, 10, 11)
    assert source.position(source.data.index(b"g();")) == (9, 2)
    assert snapshot.before.source.data == b"\tif (a == b)\n\t\treturn 1;\n}\n\n"


def test_hunks_that_touch_make_one_fragment_unless_one_is_damaged() -> None:
    text = MAIL.replace(b"-- \n", b"@@ -11,2 +12,3 @@ next\n x;\n+y;\n z;\n@@ -30,9 +32,9 @@ far\n a;\n+b;\n-- \n", 1)
    (snapshot,) = read(text)[0]
    assert snapshot.after is not None and snapshot.before is not None
    for image in (snapshot.before, snapshot.after):
        assert [(f.context[:6], f.partial) for f in image.fragments or ()] == [(b"static", False), (b"far", True)]
    assert snapshot.after.source.lines == (*range(7, 15), 32, 33)
    assert snapshot.added == frozenset({8, 9, 13, 33})


def test_the_commit_and_the_subject_are_named() -> None:
    (snapshot,) = read(MAILS["format-patch"])[0]
    assert (snapshot.origin.commit, snapshot.origin.subject) == ("b" * 40, "mm: do it")
    subject = b"=?utf-8?B?" + base64.b64encode("[PATCH] für".encode()) + b"?=\n =?utf-8?q?_alle=21?="
    (snapshot,) = read(MAIL.replace(b"[PATCH v2 2/3] mm: do it", subject))[0]
    assert snapshot.origin.subject == "für alle!"


def box(separator: bytes, *numbers: int) -> bytes:
    text = b""
    for i in numbers:
        one = MAIL.replace(b"2/3] mm: do it", b"%d/3] number %d" % (i, i))
        text += separator + one.replace(b"log\n", b"log\n\nFrom nobody, no separator\n") + b"\n"
    return text


@pytest.mark.parametrize(
    "separator",
    [
        b"From git@z Thu Jan  1 00:00:00 1970\n",
        b"From mboxrd@z Thu Jan  1 00:00:00 1970\n",
        b"From a@b.c Mon Dec  5 22:05:57 2022\n",
        b"From " + b"c" * 40 + b" Mon Sep 17 00:00:00 2001\n",
    ],
)
def test_a_mailbox_is_split_and_a_series_put_in_order(separator: bytes) -> None:
    found = read(box(separator, 2, 1, 3))[0]
    assert [(s.origin.subject, s.origin.order) for s in found] == [
        ("number 1", 0),
        ("number 2", 1),
        ("number 3", 2),
    ]


def test_only_mboxrd_is_unescaped() -> None:
    text = MAIL.replace(b"+\tg();", b"+From x;").replace(b"\n+From", b"\n>From")
    for separator, partial in ((b"From mboxrd@z", True), (b"From git@z", True)):
        found = read(separator + b" Thu Jan  1 00:00:00 1970\n" + text)[0]
        assert found[0].after is not None and found[0].after.fragments is not None
        assert found[0].after.fragments[0].partial is partial
        assert b">" not in after(found[0])


def test_a_cover_letter_is_passed_over_and_a_mail_without_patch_is_a_note() -> None:
    cover = FIELDS + b"Subject: [PATCH 0/1] x\n\nNothing here but - bullets\n- one\n+ two\n"
    found, skips, errors = read(cover)
    assert (found, errors) == ([], [])
    assert [skip.reason for skip in skips] == ["there is no patch in it"]
    separator = b"From git@z Thu Jan  1 00:00:00 1970\n"
    found, skips, errors = read(separator + cover + b"\n" + separator + MAIL)
    assert len(found) == 1 and not skips and not errors


def test_git_show_and_git_log_name_their_commits_oldest_first() -> None:
    text = b"".join(
        b"commit " + digit * 40 + b"\nAuthor: A <a@b.c>\nDate:   Mon Dec 5 22:05:57 2022 -0500\n\n"
        b"    mm: " + digit + b"\n\n    text\n\n" + DIFF + b"\n"
        for digit in (b"2", b"1")
    )
    found = read(text)[0]
    assert [(s.origin.commit, s.origin.subject, s.origin.date) for s in found] == [
        ("1" * 40, "mm: 1", (2022, 12)),
        ("2" * 40, "mm: 2", (2022, 12)),
    ]


@pytest.mark.parametrize(
    ("text", "date"),
    [
        ("Mon, 5 Dec 2022 22:05:57 -0500", (2022, 12)),
        ("Mon Dec 05 2022 - 22:05:57 EST", (2022, 12)),
        ("2022-04-28 16:34", (2022, 4)),
        ("Thu, 28 April 2022", (2022, 4)),
        ("yesterday", None),
        ("", None),
    ],
)
def test_dates(text: str, date: tuple[int, int] | None) -> None:
    assert read_date(text) == date


@pytest.mark.parametrize(
    ("subject", "number"),
    [
        ("[PATCH v4 12/17] x", (4, 17, 12)),
        ("[PATCH 1 of 3] x", (1, 3, 1)),
        ("[PATCH mm-unstable v2 2/3] x [1/2 of it]", (2, 3, 2)),
        ("[PATCH] and/or 1/2", None),
        ("x", None),
    ],
)
def test_numbers_of_a_series(subject: str, number: tuple[int, int, int] | None) -> None:
    assert read_mail(b"Subject: " + subject.encode() + b"\nFrom: x\n\n").number == number


@pytest.mark.parametrize("cte", ["7bit", "8bit", "quoted-printable", "base64"])
def test_bodies_are_decoded_as_the_standard_library_does(cte: str) -> None:
    message = email.message.EmailMessage(policy=email.policy.default)
    message["From"], message["Subject"], message["Date"] = "a@b.c", "[PATCH] äöü", "Mon, 5 Dec 2022 22:05:57 -0500"
    text = "diff text = x\n\tlong " + "word " * 40 + "\n.\n=20 \n"
    message.set_content(text, cte=cte)
    message.add_attachment("attached\n", filename="x.patch", cte=cte)
    found = read_mail(message.as_bytes())
    assert found.subject == "[PATCH] äöü"
    assert [part.data.rstrip(b"\n") for part in found.parts] == [text.rstrip("\n").encode(), b"attached"]


PARTS = b"Content-Type: multipart/mixed; boundary=b\n\n"
BROKEN = {
    "empty boundary": b'Content-Type: multipart/mixed; boundary=""\nFrom: x\n\n--\n',
    "no body": b"From: x",
    "empty body": b"From: x\n\n",
    "bad base64": b"From: x\nContent-Transfer-Encoding: base64\n\n=\n",
    "too deep": b"From: x\n" + PARTS + (b"--b\n" + PARTS) * 50,
}


@pytest.mark.parametrize("data", BROKEN.values(), ids=BROKEN.keys())
def test_broken_mails_are_read_as_far_as_they_go(data: bytes) -> None:
    found, skips, errors = read(data)
    assert not found and not errors and len(skips) == 1


@pytest.mark.parametrize(
    "text",
    [
        MAIL,
        DIFF,
        box(b"From git@z Thu Jan  1 00:00:00 1970\n", 1) + b"From git@z Thu Jan  1 00:00:00 1970\n" + MAIL,
        MAILS["clear-signed"],
        MAILS["in-body from"],
        multipart(PLAIN + b"see attachment\n", b"Content-Type: text/x-patch\n\n" + DIFF),
        multipart(b"Content-Type: text/x-patch\n\nFrom: C <c@d.e>\nSubject: y\n\nlog\n" + DIFF),
    ],
)
def test_the_place_of_a_damaged_hunk_is_a_line_of_the_input(text: bytes) -> None:
    damaged = text.replace(b"@@ -7,4 +7,5 @@", b"@@ -7,6 +7,7 @@")
    line = damaged.rstrip(b"\n")[: damaged.rindex(b"@@ -7,6")].count(b"\n") + 1
    assert f"<stdin>:{line} " in read(damaged)[1][-1].reason


def test_every_part_with_a_diff_is_a_patch() -> None:
    kind = b"Content-Type: text/x-patch\n\n"
    found = read(multipart(PLAIN + b"two fixes\n", kind + DIFF, kind + DIFF.replace(b"mm/x", b"mm/y")))[0]
    assert [(s.path, s.origin.order) for s in found] == [("mm/x.c", 0), ("mm/y.c", 1)]
