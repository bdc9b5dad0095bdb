"""Finds out what an input is by looking at it."""

import re
from collections.abc import Sequence

from anonlint.intake import foreign, mail, mbox

# Compiled when needed: a patch needs none of them.
_QUOTED = rb"^>[> ]*(?:diff --git |--- \S.*\r?\n>[> ]*\+\+\+ |@@ .*@@)"
# What only C has at the start or the end of a line, and what C has there as well as others.
_C = rb"^[ \t]*(?:#[ \t]*(?:include|define|undef|if|ifdef|ifndef|pragma)\b|[{}]|/\*|//)|[;{}][ \t\r]*$"
_LIKE_C = (
    rb"^[ \t]*(?:\*|#[ \t]*(?:else|elif|endif|error)\b|case\b.*:|default:|\w+:[ \t\r]*$)"
    rb"|(?:[,(|\\]|&&|\*/|\w\)|\)\)|\(\)|\bdo|\belse)[ \t\r]*$"
)
_COLOUR = rb"\x1b\[[0-9;]*[mK]"
_MARKS = frozenset(b" +-\n\r\\@")
_LOOKED_AT = 8192


def classify(data: bytes, name: str = "") -> str:
    """Return "c", "patch", "mail" (or a mailbox), "gzip", "empty", "binary", "page" (HTML), or "text": none of these.

    A name that ends in .c or .h decides, unless the text begins as only a patch or a mail can.
    """
    if data.startswith(b"\x1f\x8b"):
        return "gzip"
    if name.endswith((".c", ".h")) and not data.startswith((b"diff --git ", b"From ", b"--- a/")):
        if b"\0" in data[:_LOOKED_AT]:
            return "binary"
        return "page" if data[:_LOOKED_AT].lstrip()[:1] == b"<" and foreign.is_page(data) else "c"
    if not data.strip():
        return "empty"
    text = data.removeprefix(b"\xef\xbb\xbf")
    if b"\r" in text and b"\n" not in text:
        text = text.replace(b"\r", b"\n")
    post = _post(text.lstrip(b"\r\n"))
    if post:
        return post
    if b"\0" in data[:_LOOKED_AT] and not data.startswith(b"diff "):
        return "binary"
    if b"\x1b[" in text:
        text = re.sub(_COLOUR, b"", text)
    return "page" if foreign.is_page(text) else _text(text)


def _post(text: bytes) -> str:
    """Return "mail" if the text begins as a mail or a mailbox, else ""."""
    if mbox.is_separated(text):
        return "mail"
    if mail.starts_with_fields(text) or mail.has_text_fields(text):
        return "mail"
    return ""


def _text(text: bytes) -> str:
    if _holds_patch(b"\n" + text):
        return "patch"
    if b"\n>" in b"\n" + text and re.search(_QUOTED, text, re.MULTILINE):
        return "mail"
    lines = text.split(b"\n")
    marked = sum(line[:1] in (b"+", b"-") for line in lines)
    if marked and all(not line or line[0] in _MARKS for line in lines):
        return "patch"
    return "c" if _is_c(lines) and not foreign.of_text(text) else "text"


def _is_c(lines: Sequence[bytes]) -> bool:
    """Return whether most of the lines that are not blank may be C's, and some can be nothing else."""
    lines = [line for line in lines if line.strip()]
    rest = [line for line in lines if not re.search(_C, line)]
    certain = len(lines) - len(rest)
    return certain > 0 and 2 * (certain + sum(re.search(_LIKE_C, line) is not None for line in rest)) > len(lines)


def _holds_patch(text: bytes) -> bool:
    marks = (b"\ndiff --git ", b"\n@@ ", b"\n@@@ ", b"\ndiff --cc ", b"\ndiff --combined ")
    return any(mark in text for mark in marks) or (b"\n--- " in text and b"\n+++ " in text)
