"""Inputs read in pieces: what is compressed is unpacked on the way, and no input fills the memory."""

from collections.abc import Callable

from anonlint.errors import InputError

LARGEST = 128 << 20  # bytes of one text; more is no source code and no patch, and has to be held as a whole
HEAD = 1 << 16  # bytes; enough to see what an input is
_PIECE = 1 << 20
_BOMB = 200  # times; texts shrink to a tenth, and what shrinks more is made to fill memories
_UNSUSPICIOUS = 16 << 20  # bytes; a small text may well be as monotonous
_GZIP = b"\x1f\x8b"
_BOM = b"\xef\xbb\xbf"
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")


class Refused(InputError):
    """An input that is not what it should be at all: what was read of it does not count either."""


Read = Callable[[int], bytes]


class Input:
    """One input. ``head`` is how it begins; ``read`` goes on from there; ``packed`` says that it is compressed.

    A byte order mark is taken off, UTF-16 becomes UTF-8, and CRs become line ends where there are no others.
    ``twice`` says that what was unpacked is compressed again. ``size`` is the input's, 0 where nobody knows it.
    """

    def __init__(self, read: Read, name: str, size: int = 0) -> None:
        self.name = name
        self._size = size
        head = read(HEAD)
        self.packed = head.startswith(_GZIP)
        if self.packed:
            self._size = 0
            read = _Inflater(read, head, name).read
            head = read(HEAD)
        self.twice = self.packed and head.startswith(_GZIP)
        self._read = read
        self._returns = False
        if head.startswith(_UTF_16):
            head = _utf_8(head + self._rest(head), name)
            self._read = lambda _: b""
        head = head.removeprefix(_BOM)
        self._returns = b"\r" in head and b"\n" not in head
        self.head = head.replace(b"\r", b"\n") if self._returns else head

    def read(self, size: int = _PIECE) -> bytes:
        """Return the next piece behind the head; nothing at the end."""
        data = self._read(size)
        return data.replace(b"\r", b"\n") if self._returns else data

    def whole(self) -> bytes:
        """Return everything; raise InputError if that is more than one text may be."""
        data = self._rest(self.head)
        return self.head + (data.replace(b"\r", b"\n") if self._returns else data)

    def _rest(self, head: bytes) -> bytes:
        pieces = []
        size = len(head)
        if self._size > LARGEST:
            raise too_large(self.name)
        while size <= LARGEST and (piece := self._read(_PIECE)):
            pieces.append(piece)
            size += len(piece)
        if size > LARGEST:
            raise too_large(self.name)
        return b"".join(pieces)


class _Inflater:
    """Unpacks a gzip file, of one member or several, piece by piece. What was read before an error counts."""

    def __init__(self, read: Read, head: bytes, name: str) -> None:
        import zlib  # only archives need it

        self._source, self._input, self.name = read, head, name
        self._new: Callable[[], zlib._Decompress] = lambda: zlib.decompressobj(wbits=31)
        self._error = zlib.error
        self._reader = self._new()
        self._taken = self._given = 0
        self._trouble = ""

    def read(self, size: int) -> bytes:
        """Return up to ``size`` bytes; raise InputError where the file is damaged, or made to fill memories."""
        parts = []
        while size > 0 and not self._trouble:
            part = self._next(size)
            if part is None:
                break
            parts.append(part)
            size -= len(part)
            self._given += len(part)
            if self._given > max(_UNSUSPICIOUS, _BOMB * self._taken):
                raise Refused(
                    self.name, f"unpacks to more than {_BOMB} times its size: no text does, so it is not read"
                )
        if self._trouble and not any(parts):
            raise InputError(self.name, self._trouble)
        return b"".join(parts)

    def _next(self, size: int) -> bytes | None:
        """Return a piece, maybe empty; None at the end."""
        if not self._input:
            self._input = self._source(HEAD)
        if not self._input:
            if not self._reader.eof:
                self._trouble = "is a gzip file that ends too early"
            return None
        if self._reader.eof:  # another member, or what pads the file
            if not self._input.startswith(_GZIP):
                self._input = self._input.lstrip(b"\0")
                if self._input:
                    self._trouble = "is a gzip file with other bytes behind its end"
                return b"" if self._input else self._next(size)
            self._reader = self._new()
        try:
            part = self._reader.decompress(self._input, size)
        except self._error as error:
            self._trouble = f"is no sound gzip file: {error}"
            return None
        left = self._reader.unused_data if self._reader.eof else self._reader.unconsumed_tail
        self._taken += len(self._input) - len(left)
        self._input = left
        return part


def too_large(name: str) -> InputError:
    """Return the error for a text that is too large."""
    return InputError(name, f"is larger than {LARGEST >> 20} MiB")


def _utf_8(data: bytes, name: str) -> bytes:
    try:
        return data.decode("utf-16").encode("utf-8", "surrogatepass")
    except UnicodeError as error:
        raise InputError(name, f"begins as UTF-16 and is not: {error}") from error
