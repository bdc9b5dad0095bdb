"""Makes mails as they go over kernel lists: seeded, each with the truth about what it brings."""

import base64
import binascii
from collections.abc import Callable
from random import Random
from typing import NamedTuple

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
CODE = (
    "\tif (a == b)", "\t\treturn 1;", "", "}", "{", "\tfoo = bar(baz,", "\t\t\t  x == 0x3D);", "#ifdef CONFIG_X",
    "#endif", "\t/* größer als */", "\t * naïve", "out:", "\treturn ret; ", "From here;", "\t>= 0)", "- 1;", " \tb;",
    '\tx = "=20";', "static int long_name_of_a_function(struct vm_area_struct *vma, unsigned long address, pte_t *pte)",
    "\t.", "int a;",
)  # fmt: skip
PROSE = (
    "This mends what was broken", "for a long time = years.", "From here on it works.", "", "- one thing", "* another",
    "> as he wrote", "    indented code();", "größere Seiten", "See [1]; it holds.", ">From the list", "+1 from me?",
)  # fmt: skip
TITLES = (
    "mm: mend it",
    "mm/rmap: größere Seiten",
    "mm: a rather long subject " + "that goes on and on " * 4,
    "x86: y = z",
)


class Change(NamedTuple):
    """One file of a patch: its path, what its hunks show before and after, and how many lines go and come."""

    path: str
    before: bytes
    after: bytes
    added: int
    deleted: int


class Made(NamedTuple):
    """A mail without a separator, and the truth about it.

    ``git`` says that git mailinfo reads the patch as it was written, ``sound`` that nothing in it is damaged.
    """

    data: bytes
    title: str
    date: tuple[int, int]
    changes: tuple[Change, ...]
    diff: bytes
    shape: str
    git: bool
    sound: bool


def make(number: int, seed: int = 1) -> Made:
    """Return mail ``number``; its files have names of their own."""
    rng = Random(seed * 1_000_003 + number)
    charset = rng.choice(("utf-8", "utf-8", "utf-8", "iso-8859-1"))
    texts, changes = zip(*(_file(rng, f"mm/f{number}_{i}.c", charset) for i in range(rng.randint(1, 2))), strict=True)
    diff = b"".join(texts)
    shape = rng.choice(tuple(SHAPES))
    title = " ".join(rng.choice(TITLES).split())
    year, month = rng.randint(2004, 2026), rng.randint(1, 12)
    body, fields, git = SHAPES[shape](rng, _log(rng, charset), diff, charset)
    prefix = (
        "Re: " if shape.startswith("quoted") else rng.choice(("[PATCH] ", "[PATCH v2 2/3] ", "[RFC PATCH mm 1/9] ", ""))
    )
    mine = [
        b"From: " + rng.choice((b"A B <a%d@b.c>", b'"B, A" <a%d@b.c>', b"=?utf-8?q?J=C3=B6rg?= <a%d@b.c>")) % number,
        b"Subject: " + _subject(rng, prefix + title),
        b"Date: " + _date(rng, year, month),
        b"Message-Id: <%d@b.c>" % number,
        *fields,
    ]
    if rng.random() < 0.2:
        mine = [line.replace(b": ", b":", 1) for line in mine]
    rng.shuffle(mine)
    data = b"".join(line + b"\n" for line in (*_relays(rng), *mine, *_relays(rng, 3))) + b"\n" + body
    if rng.random() < 0.1:
        data = data.replace(b"\n", b"\r\n")
    return Made(data, title, (year, month), changes, diff, shape, git, not shape.startswith("damaged"))


def _file(rng: Random, path: str, charset: str) -> tuple[bytes, Change]:
    """Return a file's diff and what it does."""
    kind = rng.choice(("modify", "modify", "modify", "create", "delete"))
    old, new, text = 1, 1, b""
    sides: dict[str, list[bytes]] = {" ": [], "+": [], "-": []}
    for _ in range(rng.randint(1, 3) if kind == "modify" else 1):
        marks = {"create": "+" * 4, "delete": "-" * 4}.get(kind) or "".join(
            rng.choice((" ", "-+", "+", "-")) for _ in range(rng.randint(1, 5))
        )
        marks = marks if kind != "modify" else "   " + marks + "+" + "   "
        lines = [(mark, rng.choice(CODE).encode(charset, "replace")) for mark in marks]
        counts = [sum(mark != "+" for mark, _ in lines), sum(mark != "-" for mark, _ in lines)]
        start = [0 if kind == "create" else old, 0 if kind == "delete" else new]
        text += b"@@ -%d,%d +%d,%d @@ int f(void)\n" % (start[0], counts[0], start[1], counts[1])
        for mark, line in lines:
            text += mark.encode() + line + b"\n"
            sides[mark].append(line)
            for side in ("b", "a"):
                if mark != {"b": "+", "a": "-"}[side]:
                    sides.setdefault(side, []).append(line)
        old, new = old + counts[0] + 20, new + counts[1] + 20
    images = [b"".join(line + b"\n" for line in sides.get(side, [])) for side in ("b", "a")]
    name = path.encode()
    a, b = (b"/dev/null" if kind == "create" else b"a/" + name), (b"/dev/null" if kind == "delete" else b"b/" + name)
    head = b"--- " + a + b"\n+++ " + b + b"\n"
    style = rng.choice(("git", "git", "git", "plain", "akpm")) if kind == "modify" else "git"
    if style == "git":
        mode = {"create": b"new file mode 100644\n", "delete": b"deleted file mode 100644\n"}.get(kind, b"")
        head = b"diff --git a/%s b/%s\n%sindex 0123456789ab..ba9876543210 100644\n" % (name, name, mode) + head
    elif style == "akpm":
        head = head.replace(a, a + b"~mm-mend-it").replace(b"+++ b/", b"+++ a/")
    return head + text, Change(path, images[0], images[1], len(sides["+"]), len(sides["-"]))


def _log(rng: Random, charset: str) -> bytes:
    lines = [rng.choice(PROSE) for _ in range(rng.randint(0, 6))]
    lines += ["", "Signed-off-by: A B <a@b.c>", *(["---", " mm/x.c | 2 +-"] if rng.random() < 0.8 else []), ""]
    return "".join(line + "\n" for line in lines).encode(charset)


def _relays(rng: Random, most: int = 40) -> list[bytes]:
    """Return the fields that relays, lists and filters put in: repeats, folds, odd names, 8-bit text."""
    some = (
        b"Received: from a.b (unknown [10.0.0.1])\n\tby c.d (Postfix) with ESMTP id 1;\n\tMon, 5 Dec 2022 22:05:57 GMT",
        b"DKIM-Signature: v=1; a=rsa-sha256;\n        h=from:subject:date;\n        bh=abc=; b=def", b"X-Spam-Level: ",
        b"ARC-Seal: i=1; a=rsa-sha256\n\tb=abc", b"X-Report: \n \t* -1.0 FOO\n\t* 0.0 BAR", b"X-Sender: J\xf6rg",
        b"X-Original-To: a@b", b"X-MS.odd/name: 1", b"Precedence:bulk", b"X-Empty:", b"X-UTF: \xc3\xa4\n \xc3\xb6",
        b"List-Id: <linux-mm.kvack.org>", b"Return-Path: <x@y>", b"To: linux-mm@kvack.org,\n\tb@c",
        b"X-Old-Subject: no",
    )  # fmt: skip
    return [rng.choice(some) for _ in range(rng.randint(0, most))]


def _subject(rng: Random, text: str) -> bytes:
    data = text.encode()
    if data.isascii() and rng.random() < 0.7:
        at = text.find(" ", 30)
        return data[:at] + b"\n" + data[at:] if at > 0 else data
    if rng.random() < 0.5:
        word = "".join(chr(c) if chr(c).isalnum() and c < 128 else f"={c:02X}" for c in data)
        return b"=?utf-8?q?" + word.encode() + b"?="
    return b"=?UTF-8?B?" + base64.b64encode(data) + b"?="


def _date(rng: Random, year: int, month: int) -> bytes:
    day = rng.randint(3, 26)  # in no time zone of another month
    text = f"{day} {MONTHS[month - 1]} {year} 12:05:57 +0100"
    return rng.choice((f"Mon, {text}", text, f"Mon, {text} (CET)", f"Mon,  {text}")).encode()


Shape = Callable[[Random, bytes, bytes, str], tuple[bytes, list[bytes], bool]]
END = b"-- \n2.39.5\n\n"


def _kind(charset: str, encoding: str = "", extra: str = "") -> list[bytes]:
    found = [f"Content-Type: text/plain; charset={charset}{extra}"]
    found += [f"Content-Transfer-Encoding: {encoding}"] if encoding else []
    return [b"MIME-Version: 1.0", *(line.encode() for line in found)]


def _encoded(rng: Random, data: bytes, encoding: str) -> bytes:
    if encoding == "base64":
        text = base64.encodebytes(data)
        return text + b"\n" if rng.random() < 0.5 else text
    return binascii.b2a_qp(data, istext=True) if encoding == "quoted-printable" else data


def _plain(rng: Random, log: bytes, diff: bytes, charset: str) -> tuple[bytes, list[bytes], bool]:
    fields = (
        _kind(charset, rng.choice(("8bit", "8bit", "8BIT", ""))) if charset != "utf-8" or rng.random() < 0.8 else []
    )
    return log + diff + rng.choice((END, b"_\n", b"\n")), fields, True


def _coded(rng: Random, log: bytes, diff: bytes, charset: str) -> tuple[bytes, list[bytes], bool]:
    encoding = rng.choice(("base64", "quoted-printable"))
    fields = _kind(charset, rng.choice((encoding, encoding.upper())))
    return _encoded(rng, log + diff + END, encoding), fields, True


def _decoded_by_b4(rng: Random, log: bytes, diff: bytes, charset: str) -> tuple[bytes, list[bytes], bool]:
    return log + diff + b"a = b = c\n", _kind(charset, rng.choice(("base64", "quoted-printable"))), False


def _odd_charset(rng: Random, log: bytes, diff: bytes, charset: str) -> tuple[bytes, list[bytes], bool]:  # noqa: ARG001
    return log + diff + END, _kind(rng.choice(("y", "unknown-8bit")), rng.choice(("8bit", "8-bit"))), False


def _parts(*parts: tuple[str, str, bytes], kind: str = "mixed") -> tuple[bytes, list[bytes]]:
    body = b"This is a multi-part message in MIME format.\n"
    for fields, encoding, text in parts:
        coding = f"\nContent-Transfer-Encoding: {encoding}" if encoding else ""
        body += f"--=_b\nContent-Type: {fields}{coding}\n\n".encode() + text + b"\n"
    head = [b"MIME-Version: 1.0", f'Content-Type: multipart/{kind};\n boundary="=_b"'.encode()]
    return body + b"--=_b--\n", head


def _attached(rng: Random, log: bytes, diff: bytes, charset: str) -> tuple[bytes, list[bytes], bool]:
    encoding = rng.choice(("8bit", "base64", "quoted-printable"))
    name = f"text/x-patch; name=x.patch; charset={charset}"
    text = (f"text/plain; charset={charset}", "8bit", log)
    body, fields = _parts(text, (name, encoding, _encoded(rng, diff, encoding)))
    return body, fields, True


def _attached_mail(rng: Random, log: bytes, diff: bytes, charset: str) -> tuple[bytes, list[bytes], bool]:
    mail = (
        b"From "
        + b"1" * 40
        + b" Mon Sep 17 00:00:00 2001\nFrom: C D <c@d.e>\nX: y\n z\nX: y\n z\n\n"
        + log
        + diff
        + END
    )
    kind = rng.choice((f"text/x-patch; charset={charset}", "application/octet-stream; name=0001-x.patch"))
    body, fields = _parts(("text/plain", "", b"see attachment\n"), (kind, "8bit", mail))
    return body, fields, False


def _alternative(rng: Random, log: bytes, diff: bytes, charset: str) -> tuple[bytes, list[bytes], bool]:
    encoding = rng.choice(("8bit", "quoted-printable"))
    text = (f"text/plain; charset={charset}", encoding, _encoded(rng, log + diff + END, encoding))
    body, fields = _parts(text, ("text/html", "", b"<p>a &lt; b</p>\n"), kind="alternative")
    return body, fields, True


def _signed(rng: Random, log: bytes, diff: bytes, charset: str) -> tuple[bytes, list[bytes], bool]:  # noqa: ARG001
    text = b"".join((b"- " + line if line[:1] == b"-" else line) + b"\n" for line in (log + diff).split(b"\n")[:-1])
    armour = b"-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA512\n\n"
    tail = b"-----BEGIN PGP SIGNATURE-----\n\niQE=\n-----END PGP SIGNATURE-----\n"
    return armour + text + tail, _kind(charset, "8bit"), False


def _said_to_flow(rng: Random, log: bytes, diff: bytes, charset: str) -> tuple[bytes, list[bytes], bool]:
    extra = rng.choice(("; format=flowed", "; format=flowed; delsp=yes", "; format=fixed"))
    return log + diff + END, _kind(charset, "8bit", extra), False


def _flowing(rng: Random, log: bytes, diff: bytes, charset: str) -> tuple[bytes, list[bytes], bool]:
    """Break and stuff as RFC 3676 says."""
    delsp = rng.random() < 0.5
    out = []
    for line in (log + diff).split(b"\n")[:-1]:
        text = b" " + line if line.startswith((b" ", b">", b"From ")) else line
        while len(text) > 76 and (at := text.rfind(b" ", 30, 72)) > 0 and text[at + 1 : at + 2].isalpha():
            out.append(text[: at + 1] + b" " * delsp)
            text = text[at + 1 :]
        out.append(text)
    extra = "; format=flowed; delsp=yes" if delsp else "; format=flowed"
    return b"".join(line + b"\n" for line in out) + END, _kind(charset, "8bit", extra), False


def _quoted(rng: Random, log: bytes, diff: bytes, charset: str) -> tuple[bytes, list[bytes], bool]:
    mark = rng.choice((b"> ", b">", b"> > ", b">> "))
    out = []
    for line in (log + diff).split(b"\n")[:-1]:
        if line.startswith((b"diff ", b"--- a")) and rng.random() < 0.5:
            out += [b"", b"Why is that so? I do not see it.", b""]
        out.append(mark + line)
    return b"On Monday, A wrote:\n" + b"\n".join(out) + b"\n\nThanks,\nB\n", _kind(charset, "8bit"), False


def _without_blanks(rng: Random, log: bytes, diff: bytes, charset: str) -> tuple[bytes, list[bytes], bool]:  # noqa: ARG001
    """Damage: blanks at the ends of lines are gone, as many mail programs leave them."""
    return log + b"".join(line.rstrip(b" ") + b"\n" for line in diff.split(b"\n")[:-1]), _kind(charset, "8bit"), False


def _wrapped(rng: Random, log: bytes, diff: bytes, charset: str) -> tuple[bytes, list[bytes], bool]:  # noqa: ARG001
    """Damage: long lines are broken."""
    out = []
    for line in diff.split(b"\n")[:-1]:
        at = line.rfind(b" ", 30, 78) if len(line) > 78 else -1
        out += [line] if at < 0 else [line[:at], line[at + 1 :]]
    return log + b"\n".join(out) + b"\n", _kind(charset, "8bit"), False


def _cut(rng: Random, log: bytes, diff: bytes, charset: str) -> tuple[bytes, list[bytes], bool]:
    """Damage: the end is missing."""
    return (
        log + diff[: diff.rindex(b"\n", 0, rng.randint(len(diff) // 2, len(diff) - 1)) + 1],
        _kind(charset, "8bit"),
        False,
    )


SHAPES: dict[str, Shape] = {
    "plain": _plain, "plain 2": _plain, "plain 3": _plain, "coded": _coded, "coded 2": _coded, "b4": _decoded_by_b4,
    "odd charset": _odd_charset, "attached": _attached, "attached mail": _attached_mail, "alternative": _alternative,
    "signed": _signed, "said to flow": _said_to_flow, "flowing": _flowing, "quoted": _quoted,
    "damaged: blanks": _without_blanks, "damaged: wrapped": _wrapped, "damaged: cut": _cut,
}  # fmt: skip
