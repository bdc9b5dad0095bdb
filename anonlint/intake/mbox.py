"""Splits mailboxes (mboxo, mboxrd, git format-patch, b4 am) and the output of ``git log -p``."""

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

from anonlint.errors import InputError
from anonlint.intake.pieces import Refused

# Few inputs need these patterns, so they are compiled when one does.
_ESCAPED = rb"^>(>*From )"
_LOGGED = rb"^commit ([0-9a-f]{40}|[0-9a-f]{64})(?: \(.*\))?\r?\n(?:[A-Z][A-Za-z]*: .*\n)+"
_LARGEST = 32 << 20  # bytes of one message: no list lets a larger one through
_FIELD = 80  # bytes behind a separator in which its first field's name must end
_AHEAD = 1000  # bytes behind a separator that are looked at
_PART = 2000  # bytes before a separator in which the fields of a part are looked for
_PIECE = 1 << 20


class Entry(NamedTuple):
    """One message of a mailbox. ``separator`` is its ``From `` line, ``line`` the message's first line.

    ``lost`` says why there is no ``data``; ``start`` and ``end`` are its bytes in the mailbox, with the separator.
    """

    data: bytes
    separator: bytes
    line: int
    lost: str = ""
    start: int = 0
    end: int = 0


def messages(head: bytes, read: Callable[[int], bytes] = lambda _: b"") -> Iterator[Entry]:
    """Yield the messages of what begins with ``head`` and goes on with ``read``; all is one without separators.

    A separator stands at the beginning or behind a blank line, and a header field follows it. What stands
    before the first one is a message, too. Only one message at a time is held.
    """
    return _Splitter(head, read).run()


def split_log(data: bytes) -> Iterator[tuple[str, Entry]]:
    """Yield (commit, text) for each commit of ``git log -p`` or ``git show`` output, oldest first.

    Git prints the newest first; a reversed log is read in the wrong order, which only costs whole-file
    views. Without commits there is nothing.
    """
    marks = re.finditer(_LOGGED, data, re.MULTILINE) if data.startswith(b"commit ") else iter(())
    starts = [(mark[1].decode(), mark.start()) for mark in marks]
    end, line = len(data), data.count(b"\n") + 1
    for commit, start in reversed(starts):
        line -= data.count(b"\n", start, end)
        yield commit, Entry(data[start:end], b"", line)
        end = start


def is_separated(data: bytes) -> bool:
    """Return whether ``data`` begins like a mailbox."""
    return data.startswith(b"From ") and _is_separator(data, 0, data.find(b"\n") + 1)


class _Splitter:
    """Holds the message that is being read, which begins on ``line``; up to ``seen`` no separator begins in it."""

    def __init__(self, head: bytes, read: Callable[[int], bytes]) -> None:
        self.held = bytearray(head)
        self.read = read
        self.ended = False
        self.seen = 0
        self.line = 1
        self.separator = b""
        self.lost = ""
        self.gone = 0  # lines of it that were let go
        self.start = 0  # where its separator begins in the mailbox
        self.at = 0  # where what is held begins there

    def run(self) -> Iterator[Entry]:
        """Yield the messages; where reading fails, what was read before that."""
        while True:
            found = self._separator()
            if found is not None:
                yield from self._entry(found[0])
                self._begin(*found)
            elif self.ended:
                break
            else:
                self._drop()
                try:
                    piece = self.read(_PIECE)
                except InputError as error:
                    if not isinstance(error, Refused):
                        yield from self._entry(len(self.held))
                    raise
                self.held += piece
                self.ended = not piece
        yield from self._entry(len(self.held))

    def _separator(self) -> tuple[int, int] | None:
        """Return where the next separator begins and ends; None if no complete one is held."""
        held = self.held
        at = 0 if not (self.seen or self.separator) and held.startswith(b"From ") else _next(held, self.seen)
        while at >= 0:
            self.seen = max(0, at - 1)
            end = held.find(b"\n", at) + 1
            if not self.ended and (not end or len(held) < end + _AHEAD):
                return None
            if end and self._is_blank_before(at) and _is_separator(held, at, end) and not self._begins_part(at):
                return at, end
            at = _next(held, at)
        self.seen = max(self.seen, len(held) - len(b"\nFrom"))
        return None

    def _is_blank_before(self, at: int) -> bool:
        before = self.held[max(0, at - 3) : at]
        return at == 0 or not before.strip(b"\r\n") or before.endswith((b"\n\n", b"\n\r\n"))

    def _begins_part(self, at: int) -> bool:
        """Return whether the fields of a part of the message stand just before ``at``: it is an attached mail."""
        above = bytes(self.held[max(0, at - _PART) : at]).replace(b"\r", b"").rstrip(b"\n")
        mark = above.rpartition(b"\n\n")[2].lstrip(b"\n").partition(b"\n")[0].rstrip()
        if not mark.startswith(b"--") or len(mark) < 3 or mark.endswith(b"--"):
            return False
        said = re.escape(mark[2:])
        return re.search(rb'boundary\s*=\s*"?' + said, self.held[:at], re.IGNORECASE) is not None

    def _entry(self, end: int) -> Iterator[Entry]:
        body = bytes(self.held[:end])
        if self.separator and body.endswith((b"\n\n", b"\n\r\n")):  # the blank line is the mailbox's
            body = body[: -1 if body.endswith(b"\n\n") else -2]
        place = self.start, self.at + end
        if self.lost:
            yield Entry(b"", self.separator, self.line, self.lost, *place)
        elif self.separator or body.strip():
            if b"mboxrd@z" in self.separator:
                body = re.sub(_ESCAPED, rb"\1", body, flags=re.MULTILINE)
            blank = len(body) - len(body.lstrip(b"\r\n")) if not self.separator else 0
            yield Entry(body[blank:], self.separator, self.line + body.count(b"\n", 0, blank), "", *place)

    def _begin(self, start: int, end: int) -> None:
        """Begin the message behind a separator."""
        self.separator = bytes(self.held[start:end]).rstrip()
        self.line += self.held.count(b"\n", 0, end) + self.gone
        self.lost = ""
        self.gone = 0
        self.seen = 0
        self.start = self.at + start
        self.at += end
        del self.held[:end]

    def _drop(self) -> None:
        """Let a message go that is too large, all but its end, which may hold the next separator's blank line."""
        if len(self.held) <= _LARGEST and not self.lost:
            return
        self.lost = f"is larger than {_LARGEST >> 20} MiB"
        size = max(0, len(self.held) - _PART)
        self.gone += self.held.count(b"\n", 0, size)
        self.seen = max(0, self.seen - size)
        self.at += size
        del self.held[:size]


def _next(data: bytearray, at: int) -> int:
    found = data.find(b"\nFrom ", at)
    return found + 1 if found >= 0 else -1


def _is_separator(data: bytes | bytearray, at: int, end: int) -> bool:
    """Return whether the line from ``at`` to ``end`` separates: a header field stands behind it.

    Without a date in the line, the field's name must be a plain word.
    """
    if data.startswith(b">From ", end):
        end = data.find(b"\n", end) + 1 or end
    name, colon, _ = data[end : end + _FIELD].partition(b":")
    if not colon or end <= 0:
        return False
    if name.lstrip(b">").replace(b"-", b"").isalnum():
        return True
    return re.search(rb"\d:\d\d.*\d{4}", data[at:end]) is not None and name.isascii() and len(name.split()) == 1
