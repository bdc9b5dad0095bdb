"""Finds out what an input is by looking at it."""

import re

from anonlint.intake import mail, mbox

# Compiled when needed: a patch needs none of them.
_QUOTED = rb"^>[> ]*(?:diff --git |--- \S.*\r?\n>[> ]*\+\+\+ |@@ .*@@)"
_C = rb"^[ \t]*(?:#[ \t]*(?:include|define|if|ifdef|ifndef|pragma)\b|[{}]|/\*|//)|[;{}][ \t]*$"
_MARKS = frozenset(b" +-\n\r\\@")
_LOOKED_AT = 8192


def classify(data: bytes, name: str = "") -> str:
    """Return "c", "patch", "mail", "mbox", "gzip", "empty", "binary" or "text" (none of all these).

    A name that ends in .c or .h decides, unless the text begins as only a patch or a mail can.
    """
    if data.startswith(b"\x1f\x8b"):
        return "gzip"
    if name.endswith((".c", ".h")) and not data.startswith((b"diff --git ", b"From ", b"--- a/")):
        return "binary" if b"\0" in data[:_LOOKED_AT] else "c"
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
    return _text(text)


def _post(text: bytes) -> str:
    """Return "mail" or "mbox" if the text begins as one, else ""."""
    if mbox.is_separated(text):
        return "mbox" if len(mbox.split_mbox(text)) > 1 else "mail"
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
    return "c" if re.search(_C, text, re.MULTILINE) else "text"


def _holds_patch(text: bytes) -> bool:
    marks = (b"\ndiff --git ", b"\n@@ ", b"\n@@@ ", b"\ndiff --cc ", b"\ndiff --combined ")
    return any(mark in text for mark in marks) or (b"\n--- " in text and b"\n+++ " in text)
