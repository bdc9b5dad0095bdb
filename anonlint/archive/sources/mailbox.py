"""A mailbox file, plain or packed: it grows at its end, and may be written anew."""

import json
import os
from collections.abc import Callable, Iterator
from hashlib import blake2b
from typing import BinaryIO, NamedTuple

from anonlint.archive.sources.came import Came
from anonlint.errors import InputError
from anonlint.intake import files, mbox
from anonlint.intake.pieces import Input
from anonlint.intake.sniff import classify

_PIECE = 1 << 16


class _Cursor(NamedTuple):
    """Up to ``at`` all was read, the last mail from ``last`` on; ``sum`` stands for the text up to ``at``.

    ``state`` is the file's size and time where it was read to its end.
    """

    at: int = 0
    last: int = 0
    sum: str = ""
    state: str = ""

    @property
    def text(self) -> str:
        return json.dumps(self)


def _cursor(text: str) -> _Cursor:
    return _Cursor(*json.loads(text)) if text else _Cursor()


class Mailbox:
    """One file."""

    kind = "mailbox"

    def __init__(self, path: str) -> None:
        self.name = os.path.realpath(path)
        self._file: BinaryIO | None = None

    def rewritten(self, cursor: str) -> bool:
        """Return whether what was read of it has changed."""
        known = _cursor(cursor)
        if not known.at or known.state == self._state():
            return False
        with files.opened(self.name) as file:
            tape = _Tape(Input(files.reader(file, self.name), self.name, files.size(file)))
            tape.skip(known.at)
            return tape.sum_at(known.at) != known.sum

    def total(self, cursor: str) -> int:  # noqa: ARG002
        """Return 0: nobody knows."""
        return 0

    def come(self, cursor: str, known: Callable[[str], bool]) -> Iterator[Came]:  # noqa: ARG002
        """Yield the mails behind a cursor; the last one that was read comes again, for it may have grown."""
        state, begin = self._state(), _cursor(cursor)
        if begin.state == state:
            return
        with files.opened(self.name) as file:
            raw = file.read(_PIECE)
            file.seek(0)
            pieces = Input(files.reader(file, self.name), self.name, files.size(file))
            if not begin.at and classify(pieces.head, self.name) != "mail":
                empty = not pieces.head.strip()
                yield Came("" if empty else "trouble", _Cursor(state=state).text, "0", note="is no mailbox")
                return
            keep = pieces.packed or not raw.startswith(pieces.head[:_PIECE])
            tape = _Tape(pieces)
            tape.skip(begin.last)
            place = begin
            for entry in mbox.messages(b"", tape.read):
                start, end = begin.last + entry.start, begin.last + entry.end
                place = _Cursor(end, start, tape.sum_at(end))
                if entry.lost:
                    yield Came("trouble", place.text, str(start), note=f"a mail {entry.lost}")
                else:
                    yield Came("mail", place.text, str(start), entry.data, keep=keep)
            yield Came("", place._replace(state=state).text)

    def read(self, place: str) -> bytes | None:
        """Return the mail that begins at an offset."""
        try:
            if self._file is None:
                self._file = files.opened(self.name)
            self._file.seek(int(place))
            read = files.reader(self._file, self.name)
            return next((entry.data for entry in mbox.messages(b"", lambda _: read(_PIECE))), None)
        except InputError:
            return None

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def _state(self) -> str:
        try:
            found = os.stat(self.name)
        except OSError as error:
            raise InputError(self.name, f"cannot be read: {error.strerror}") from error
        return f"{found.st_size} {found.st_mtime_ns}"


class _Tape:
    """A text that is read once, and what stands for all of it up to a place."""

    def __init__(self, pieces: Input) -> None:
        self._pieces = pieces
        self._head = pieces.head
        self._sum = blake2b(digest_size=16)
        self._at = 0  # up to here it is in the sum
        self._held = bytearray()  # what is behind that and was read

    def read(self, size: int) -> bytes:
        """Return the next bytes."""
        data, self._head = (self._head, b"") if self._head else (self._pieces.read(size), b"")
        self._held += data
        return data

    def skip(self, count: int) -> None:
        """Let bytes pass by, and be summed up."""
        while self._at + len(self._held) < count:
            if not self.read(_PIECE):
                return
            self._take(min(count, self._at + len(self._held)))
        self._take(count)
        self._head = bytes(self._held) + self._head
        self._held.clear()

    def sum_at(self, end: int) -> str:
        """Return what stands for the text up to ``end``, which has been read and not been passed by."""
        self._take(end)
        return self._sum.hexdigest()

    def _take(self, end: int) -> None:
        count = max(0, end - self._at)
        taken = self._held[:count]
        self._sum.update(taken)
        self._at += len(taken)
        del self._held[:count]
