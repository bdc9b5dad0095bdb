"""Splits mailboxes (mboxo, mboxrd, git format-patch, b4 am) and the output of ``git log -p``."""

import re
from typing import NamedTuple

_SEPARATOR = re.compile(rb"^From \S+.*$", re.MULTILINE)
_FIELD = re.compile(rb"(?:>?[A-Za-z][A-Za-z0-9-]*:|[ \t]+\S)")
_ESCAPED = re.compile(rb"^>(>*From )", re.MULTILINE)
_LOGGED = re.compile(
    rb"^commit ([0-9a-f]{40}|[0-9a-f]{64})(?: \(.*\))?\r?\n(?:[A-Z][A-Za-z]*: .*\n)+", re.MULTILINE
)


class Entry(NamedTuple):
    """One message of a mailbox. ``separator`` is its ``From `` line, ``line`` the message's first line."""

    data: bytes
    separator: bytes
    line: int


def split_mbox(data: bytes) -> list[Entry]:
    """Return the messages; the whole of ``data`` as one where there is no separator.

    A separator stands at the beginning or behind a blank line, and a header field follows it.
    """
    marks = [match for match in _SEPARATOR.finditer(data) if _separates(data, match)]
    if not marks:
        return [Entry(data, b"", 1)]
    entries = []
    line = at = 0
    for i, mark in enumerate(marks):
        line += data.count(b"\n", at, mark.end())
        at = mark.end()
        end = marks[i + 1].start() if i + 1 < len(marks) else len(data)
        body = data[mark.end() + 1 : end]
        if b" mboxrd@z " in b" " + mark[0].replace(b"From ", b"", 1) + b" " or b"mboxrd@z" in mark[0]:
            body = _ESCAPED.sub(rb"\1", body)
        entries.append(Entry(body, mark[0], line + 2))
    return entries


def split_log(data: bytes) -> list[tuple[str, Entry]]:
    """Return (commit, text) for each commit of ``git log -p`` or ``git show`` output, oldest first.

    Git prints the newest first; a reversed log is read in the wrong order, which only costs whole-file
    views. Without commits the result is empty.
    """
    marks = list(_LOGGED.finditer(data))
    found = []
    for i, mark in enumerate(marks):
        end = marks[i + 1].start() if i + 1 < len(marks) else len(data)
        line = data.count(b"\n", 0, mark.start()) + 1
        found.append((mark[1].decode(), Entry(data[mark.start() : end], b"", line)))
    return found[::-1]


def is_separated(data: bytes) -> bool:
    """Return whether ``data`` begins like a mailbox."""
    match = _SEPARATOR.match(data)
    return match is not None and _separates(data, match)


def _separates(data: bytes, match: "re.Match[bytes]") -> bool:
    start = match.start()
    blank = (
        start == 0
        or data[max(0, start - 2) : start] == b"\n\n"
        or data[max(0, start - 3) : start] == b"\n\r\n"
    )
    return blank and _FIELD.match(data, match.end() + 1) is not None
