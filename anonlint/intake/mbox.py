"""Splits mailboxes (mboxo, mboxrd, git format-patch, b4 am) and the output of ``git log -p``."""

import re
from typing import NamedTuple

# Few inputs need these patterns, so they are compiled when one does.
_ESCAPED = rb"^>(>*From )"
_LOGGED = rb"^commit ([0-9a-f]{40}|[0-9a-f]{64})(?: \(.*\))?\r?\n(?:[A-Z][A-Za-z]*: .*\n)+"


class Entry(NamedTuple):
    """One message of a mailbox. ``separator`` is its ``From `` line, ``line`` the message's first line."""

    data: bytes
    separator: bytes
    line: int


def split_mbox(data: bytes) -> list[Entry]:
    """Return the messages; the whole of ``data`` as one where there is no separator.

    A separator stands at the beginning or behind a blank line, and a header field follows it.
    """
    marks = _separators(data)
    if not marks:
        return [Entry(data, b"", 1)]
    entries = []
    line = at = 0
    for i, (start, body_start) in enumerate(marks):
        line += data.count(b"\n", at, body_start)
        at = body_start
        separator = data[start:body_start].rstrip()
        body = data[body_start : marks[i + 1][0] if i + 1 < len(marks) else len(data)]
        if b"mboxrd@z" in separator:
            body = re.sub(_ESCAPED, rb"\1", body, flags=re.MULTILINE)
        entries.append(Entry(body, separator, line + 1))
    return entries


def split_log(data: bytes) -> list[tuple[str, Entry]]:
    """Return (commit, text) for each commit of ``git log -p`` or ``git show`` output, oldest first.

    Git prints the newest first; a reversed log is read in the wrong order, which only costs whole-file
    views. Without commits the result is empty.
    """
    marks = list(re.finditer(_LOGGED, data, re.MULTILINE)) if data.startswith(b"commit ") else []
    found = []
    line, at = 1, 0
    for i, mark in enumerate(marks):
        end = marks[i + 1].start() if i + 1 < len(marks) else len(data)
        line += data.count(b"\n", at, mark.start())
        at = mark.start()
        found.append((mark[1].decode(), Entry(data[mark.start() : end], b"", line)))
    return found[::-1]


def is_separated(data: bytes) -> bool:
    """Return whether ``data`` begins like a mailbox."""
    return data.startswith(b"From ") and _is_field(data, data.find(b"\n") + 1)


def _separators(data: bytes) -> list[tuple[int, int]]:
    """Return where each separator begins, and where the message behind it does."""
    found = []
    at = 0 if data.startswith(b"From ") else _next(data, 0)
    while at >= 0:
        end = data.find(b"\n", at) + 1
        blank = at == 0 or data[max(0, at - 2) : at] == b"\n\n" or data[max(0, at - 3) : at] == b"\n\r\n"
        if end and blank and _is_field(data, end):
            found.append((at, end))
        at = _next(data, at)
    return found


def _next(data: bytes, at: int) -> int:
    found = data.find(b"\nFrom ", at)
    return found + 1 if found >= 0 else -1


def _is_field(data: bytes, at: int) -> bool:
    """Return whether a header field stands at ``at``."""
    name, colon, _ = data[at : at + 80].partition(b":")
    return at > 0 and bool(colon) and name.lstrip(b">").replace(b"-", b"").isalnum()
