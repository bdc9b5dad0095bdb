"""Finds out what an input is by looking at it."""

import re

from anonlint.intake import mail, mbox

_PATCH = re.compile(
    rb"^(?:diff --(?:git|cc|combined) |--- \S.*\r?\n\+\+\+ |@@+ .*@@|Index: \S)", re.MULTILINE
)
_QUOTED = re.compile(rb"^>[> ]*(?:diff --git |--- \S.*\r?\n>[> ]*\+\+\+ |@@ .*@@)", re.MULTILINE)
_C = re.compile(
    rb"^[ \t]*(?:#[ \t]*(?:include|define|if|ifdef|ifndef|pragma)\b|[{}]|/\*|//)|[;{}][ \t]*$", re.MULTILINE
)
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
    own = _PATCH.search(text)
    if own is None and _QUOTED.search(text):
        return "mail"
    if own is not None:
        return "patch"
    lines = text.split(b"\n")
    marked = sum(line[:1] in (b"+", b"-") for line in lines)
    if marked and all(not line or line[0] in _MARKS for line in lines):
        return "patch"
    return "c" if _C.search(text) else "text"
