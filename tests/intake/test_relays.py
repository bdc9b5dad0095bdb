"""Headers as relays and lists write them: nothing in them may cost the encoding, the date or the subject."""

import base64

import pytest

from anonlint.intake.mail import read_mail
from tests.intake.samples import AFTER, DIFF, after, read

RECEIVED = (
    b"Received: from vger.example (unknown [10.0.0.%d])\n\tby mx.example (Postfix) with ESMTP id %d;\n"
    b"\tMon,  5 Dec 2022 22:05:5%d -0500 (EST)\n"
)
KNOWN = (
    b"From: =?UTF-8?q?J=C3=B6rg?= <j@x.y>\nTo: linux-mm@kvack.org\nSubject: [PATCH v3 1/2] mm: do it\n right\n"
    b"Date: Mon, 5 Dec 2022 22:05:57 -0500\nMessage-Id: <a@b>\nContent-Type: text/plain; charset=utf-8\n"
    b"Content-Transfer-Encoding: base64\n\n" + base64.encodebytes(DIFF)
)
ABOVE = {
    "one folded twice": RECEIVED % (1, 1, 1) + RECEIVED % (2, 2, 2),
    "forty": b"".join(RECEIVED % (i, i, i % 10) for i in range(40)),
    "signatures": b"DKIM-Signature: v=1;\n b=abc\n\tdef\nDKIM-Signature: v=1;\n b=abc\n\tdef\n"
    b"ARC-Seal: i=2; a=rsa\n\tb=x\nARC-Seal: i=1; a=rsa\n\tb=y\nX-A: b\n c\nX-A: b\n c\n",
    "fold of blanks only": b"X-Spam-Report:\n \t\n * -1.0 FOO\n\t\nX-Spam-Report:\n \n",
    "8 bit": b"X-Sender: J\xf6rg\nX-Sender: J\xc3\xb6rg\n \xff\n",
    "no blank behind the colon": b"X-Mailer:mutt\nPrecedence:bulk\nX-Empty:\nX-Empty:\n",
    "escaped From": b">From j@x.y  Mon Dec  5 22:05:57 2022\n" + RECEIVED % (1, 1, 1),
    "odd names": b"X-Foo.Bar/1: a\nX_b: c\n(strange)!: d\n",
    "blank before the colon": b"X-Old : a\nX-Old : b\n c\n",
}


@pytest.mark.parametrize("line_end", [b"\n", b"\r\n"])
@pytest.mark.parametrize("box", [b"", b"From mboxrd@z Thu Jan  1 00:00:00 1970\n"])
@pytest.mark.parametrize("name", ABOVE)
@pytest.mark.fault(
    "a mail's header folds a field that comes twice, holds 8-bit text or a `>From ` line",
    "the whole header is read: encoding, date and subject count",
)
def test_relays_lines_cost_nothing(name: str, box: bytes, line_end: bytes) -> None:
    text = (box + ABOVE[name] + KNOWN).replace(b"\n", line_end)
    (snapshot,), skips, errors = read(text)
    assert (skips, errors) == ([], [])
    assert after(snapshot) == AFTER
    assert (snapshot.origin.subject, snapshot.origin.date) == ("mm: do it right", (2022, 12))


def test_a_subject_that_is_not_utf_8_is_latin_1() -> None:
    assert read_mail(b"From: x\nSubject: f\xfcr alle\n\n").subject == "für alle"
    assert read_mail("From: x\nSubject: für alle\n\n".encode()).subject == "für alle"


def test_what_is_no_field_ends_the_header_and_is_not_lost() -> None:
    found = read_mail(b"From: x\nDate: 5 Dec 2022\nno field\nmore\n")
    assert [part.data for part in found.parts] == [b"no field\nmore\n"]
    assert [part.line for part in found.parts] == [3]


def test_quoted_printable_below_which_a_list_has_put_its_own_lines() -> None:
    body = b"log =3D text\n" + DIFF.replace(b"==", b"=3D=3D").replace(b"\xc3\xa4", b"=C3=A4")
    body += b"\n_______\nhttps://list.example/?a=b&c=d\n"
    head = b"From: x\nDate: 5 Dec 2022\nContent-Transfer-Encoding: quoted-printable\n\n"
    assert [after(snapshot) for snapshot in read(head + body)[0]] == [AFTER]


def test_base64_with_blank_lines_in_it() -> None:
    text = base64.encodebytes(DIFF).split(b"\n")
    body = b"\n".join(text[:2]) + b"\n\n" + b"\n".join(text[2:]) + b"\n--\nlist\n"
    head = b"From: x\nDate: 5 Dec 2022\nContent-Transfer-Encoding: base64 \n\n"
    assert [after(snapshot) for snapshot in read(head + body)[0]] == [AFTER]


@pytest.mark.parametrize("charset", ["utf-16", "utf-16le", "utf-7"])
def test_a_charset_that_holds_no_ascii(charset: str) -> None:
    kind = f"Content-Type: text/plain; charset={charset}\nContent-Transfer-Encoding: base64\n\n".encode()
    body = base64.encodebytes(DIFF.decode().encode(charset))
    assert [after(s) for s in read(b"From: x\nDate: 5 Dec 2022\n" + kind + body)[0]] == [AFTER]


@pytest.mark.parametrize("line_end", [b"\n", b"\r\n"])
def test_what_stands_around_a_signed_text_stays(line_end: bytes) -> None:
    armour = b"-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA512\n\n- -- \nsigned\n-----BEGIN PGP SIGNATURE-----\n\n"
    armour += b"iQE=\n-----END PGP SIGNATURE-----\n"
    for text in (DIFF + b"\n" + armour, armour + DIFF):
        mail = (b"From: x\nDate: 5 Dec 2022\n\n" + text).replace(b"\n", line_end)
        assert [after(snapshot) for snapshot in read(mail)[0]] == [AFTER]
