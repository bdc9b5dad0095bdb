"""Says what a text is that anonlint does not read, though somebody may think it does, and what to do about it."""

import re

_MAGIC = (
    (b"\xfd7zXZ\0", "is compressed by xz: unpack it first (xz -dc FILE | anonlint check -)"),
    (b"BZh", "is compressed by bzip2: unpack it first (bzip2 -dc FILE | anonlint check -)"),
    (b"\x28\xb5\x2f\xfd", "is compressed by zstd: unpack it first (zstd -dc FILE | anonlint check -)"),
    (b"PK\x03\x04", "is a zip archive: unpack it first, and give what is in it"),
    (b"7z\xbc\xaf\x27\x1c", "is a 7z archive: unpack it first, and give what is in it"),
    (b"%PDF-", "is a PDF document"),
    (b"# v2 git bundle", "is a git bundle: fetch from it, and give its commits with --git"),
    (b"# v3 git bundle", "is a git bundle: fetch from it, and give its commits with --git"),
)
_TAR = "is a tar archive: unpack it first, and give what is in it"
_PAGE = (
    "is a web page, or text copied from the source of one: get the mail itself "
    "(on lore.kernel.org its address with /raw, or with /t.mbox.gz for the whole thread)"
)
_CONTEXT = "is a context diff: make a unified one (diff -u, git diff)"
_NORMAL = "is a diff without context or file names: make a unified one (diff -u, git diff)"
_GRAPH = "is the output of git log --graph: make it without --graph"
_INDENTED = "holds its diff indented, as text does that is only shown: take the indentation away"
_ENTITY = rb"&(?:lt|gt|amp|quot|nbsp|#\d+|#x[0-9a-fA-F]+);"
_TAG = rb"<[/!]?[A-Za-z][A-Za-z0-9]*(?:\s[^<>]*)?/?>"
_PAGE_STARTS = (b"<!doctype html", b"<html", b"<?xml", b"<head", b"<body", b"<pre", b"<div", b"<span", b"<table")
_ESCAPED = rb"-&gt;|&amp;&amp;|[ (]&amp;\w|#include &lt;|\s&[lg]t;=?\s|&lt;\S+@"  # what C and mails hold, escaped
_DIFF_LINE = rb"(?:diff --git |--- \S[^\n]*\n%s\+\+\+ |@@ -\d+(?:,\d+)? \+\d)"
_GRAPH_MARKS = rb"[|*\\/_. ]+"
_LOOKED_AT = 1 << 20


def of_bytes(data: bytes) -> str:
    """Say what kind of archive or document begins like this; "" if it is none."""
    if data[257:262] == b"ustar":
        return _TAR
    return next((words for magic, words in _MAGIC if data.startswith(magic)), "")


def is_page(text: bytes) -> bool:
    """Return whether a text is HTML: it begins so, or all its ``<`` are tags and all its ``&`` are entities."""
    start = text[:200].lstrip().lower()
    if start.startswith(_PAGE_STARTS):
        return True
    text = text[:_LOOKED_AT]
    if not (b"&" in text and re.search(_ESCAPED, text)):
        return False
    bare = re.sub(_ENTITY, b"", re.sub(_TAG, b"", text))
    # An address of a mail's header is none of either; a C text has operators that are.
    return not re.search(rb"&|->|[<>]=|<<|#include <", bare)


def of_text(text: bytes) -> str:
    """Say what a text is that holds no unified diff at its left edge; "" if it is nothing that is known here."""
    if is_page(text):
        return _PAGE
    text = text[:_LOOKED_AT]
    if re.search(rb"^\*{15}[^\n]*\n\*\*\* \d+(?:,\d+)? \*\*\*\*", text, re.MULTILINE):
        return _CONTEXT
    if re.search(rb"^\d+(?:,\d+)?[acd]\d+(?:,\d+)?\r?\n[<>] ", text, re.MULTILINE):
        return _NORMAL
    if re.search(rb"^(?= *[|*\\/_.])" + _GRAPH_MARKS + _DIFF_LINE % _GRAPH_MARKS, text, re.MULTILINE):
        return _GRAPH
    if re.search(rb"^[ \t]+" + _DIFF_LINE % rb"[ \t]+", text, re.MULTILINE):
        return _INDENTED
    return ""
