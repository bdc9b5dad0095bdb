"""What is no C, no unified diff and no mail: refused with one sentence, never read as C in silence."""

import bz2
import gzip
import html
import io
import lzma
import tarfile
import zipfile

import pytest

from tests.intake.samples import AFTER, DIFF, FIELDS, MAIL, after, read
from tests.intake.test_mail import multipart

CONTEXT = (
    b"*** a/mm/x.c\tMon Dec  5 22:05:57 2022\n--- b/mm/x.c\tMon Dec  5 22:05:58 2022\n***************\n"
    b"*** 7,9 ****\n  \tif (a == b)\n! \t\treturn 1;\n  }\n--- 7,9 ----\n  \tif (a == b)\n! \t\treturn 2;\n  }\n"
)
NORMAL = b"8c8\n< \t\treturn 1;\n---\n> \t\treturn 2;\n10a11,12\n> \tint a;\n> \tint b;\n"
LOG = b"commit " + b"1" * 40 + b"\nAuthor: A <a@b.c>\nDate:   Mon Dec 5 22:05:57 2022 -0500\n\n    mm: x\n\n" + DIFF


def tar() -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as box:
        info = tarfile.TarInfo("x.c")
        info.size = len(AFTER)
        box.addfile(info, io.BytesIO(AFTER))
    return out.getvalue()


def archive() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as box:
        box.writestr("x.c", AFTER)
    return out.getvalue()


def prefixed(text: bytes, prefix: bytes) -> bytes:
    return b"".join((prefix + line).rstrip(b" ") + b"\n" for line in text.split(b"\n")[:-1])


def escaped(text: bytes) -> bytes:
    return html.escape(text.decode(), quote=False).encode()


POINTERS = DIFF.replace(b"a == b", b"a->b == b && a < c")
REFUSED = {
    "context diff": (CONTEXT, "is a context diff"),
    "normal diff": (NORMAL, "is a diff without context or file names"),
    "git log --graph": (prefixed(LOG, b"| ").replace(b"| commit", b"* commit", 1), "is the output of git log --graph"),
    "git log --graph with branches": (b"*   commit 1\n|\\\n| | x\n" + prefixed(LOG, b"| | "), "git log --graph"),
    "indented diff": (prefixed(DIFF, b"    "), "holds its diff indented"),
    "diff indented by a tab": (b"try this;\n" + prefixed(DIFF, b"\t"), "holds its diff indented"),
    "web page": (b"<!DOCTYPE html>\n<html><body><pre>" + escaped(MAIL) + b"</pre></body></html>\n", "is a web page"),
    "source of a web page": (escaped(POINTERS), "is a web page"),
    "coloured page": (b'<span class="hunk">' + escaped(POINTERS) + b"</span>\n", "is a web page"),
    "tar": (tar(), "is a tar archive"),
    "tar.gz": (gzip.compress(tar()), "is a tar archive"),
    "zip": (archive(), "is a zip archive"),
    "xz": (lzma.compress(DIFF), "is compressed by xz"),
    "bzip2": (bz2.compress(DIFF), "is compressed by bzip2"),
    "gzip twice": (gzip.compress(gzip.compress(DIFF)), "is compressed twice"),
    "git bundle": (b"# v2 git bundle\n" + b"1" * 40 + b" HEAD\n\nPACK\0\0", "is a git bundle"),
    "prose": (
        b"Dear all;\n\nthis is what we talked about,\nand I like it (mostly).\nBye\n",
        "is neither C nor a patch",
    ),
    "script": (b"#!/bin/sh\nset -e\nfor i in 1 2; do\n\techo $i\n\ttrue\ndone\n", "is neither C nor a patch"),
}


@pytest.mark.parametrize("name", REFUSED)
@pytest.mark.fault(
    "an archive, a web page, a context diff, an indented diff, the output of git log --graph",
    "refused with one sentence that says what it is and what to do, status 2",
)
def test_what_is_not_read_is_refused_by_its_name(name: str) -> None:
    data, words = REFUSED[name]
    found, skips, errors = read(data)
    assert not found and not skips
    assert len(errors) == 1 and words in errors[0]


@pytest.mark.parametrize("name", ["context diff", "normal diff", "indented diff", "source of a web page"])
def test_in_a_mail_it_is_a_note(name: str) -> None:
    data, words = REFUSED[name]
    found, skips, errors = read(FIELDS + b"Subject: [PATCH] x\n\nlog\n---\n" + data)
    assert not found and not errors
    assert len(skips) == 1 and words in skips[0].reason


def test_a_mail_whose_diff_is_html_only_says_so() -> None:
    page = b"Content-Type: text/html\n\n<pre>" + escaped(POINTERS) + b"</pre>\n"
    (skip,) = read(multipart(b"Content-Type: text/plain\n\nsee below\n", page))[1]
    assert "HTML only" in skip.reason
    both = multipart(b"Content-Type: text/plain\n\n" + DIFF, page)
    assert [after(s) for s in read(both)[0]] == [AFTER] and not read(both)[1]


def test_an_indented_diff_beside_the_patch_is_text() -> None:
    found, skips, errors = read(MAIL.replace(b"log\n", b"log\n\n" + prefixed(DIFF, b"    ")))
    assert [after(s) for s in found] == [AFTER]
    assert not skips and not errors


def test_colours_are_taken_off() -> None:
    red, off = b"\x1b[31m", b"\x1b[m"
    text = b"".join(red + line + off + b"\n" for line in DIFF.split(b"\n")[:-1])
    assert [after(s) for s in read(text)[0]] == [AFTER]


@pytest.mark.parametrize(
    "text",
    [
        b"int f(struct a *a)\n{\n\treturn a->b && a->c; /* a -&gt; b */\n}\n",
        b"/* &lt;b&gt; */\n#define A(x)\t\\\n\tB(x)\nint a;\n",
    ],
)
def test_c_that_speaks_of_html_is_c(text: bytes) -> None:
    found, skips, errors = read(text)
    assert [after(s) for s in found] == [text]
    assert not skips and not errors


def test_a_patch_whose_comment_speaks_of_html_is_a_patch() -> None:
    assert len(read(DIFF.replace(b"/* \xc3\xa4 */", b"/* &lt;b&gt; &amp; so on */"))[0]) == 1
