"""Several files in one space of places: one's own, and behind it others whose functions are run in its calls."""

from bisect import bisect_right
from collections.abc import Iterable

from anonlint.model.source import Position, Source


class Patchwork(Source):
    """A file's text that grows at its end by the texts of other files: no place in it ever changes.

    So all that was seen, wherever it was, is told apart by its place alone.
    """

    __slots__ = ("_begins", "_parts", "_shifts", "own")

    def __init__(self, own: Source) -> None:
        super().__init__(own.path, own.data, own.lines)
        self.own = own
        self._begins = [0]
        self._parts = [own]
        self._shifts: dict[str, int] = {}

    def put(self, part: Source) -> int:
        """Put a file to the others, once; return what is added to a place of its own."""
        if part.path not in self._shifts:
            data = self.data + b"\n\n"
            self._shifts[part.path] = len(data)
            self._begins.append(len(data))
            self._parts.append(part)
            self.data = data + part.data
        return self._shifts[part.path]

    def at(self, offset: int) -> tuple[Source, int]:
        """Return the file that holds a place, and the place in it."""
        if offset <= len(self.own.data):
            return self.own, offset
        part = bisect_right(self._begins, offset) - 1
        return self._parts[part], offset - self._begins[part]

    def position(self, offset: int) -> Position:
        """Return the place of ``offset`` in its file's own line numbers."""
        part, at = self.at(offset)
        return part.position(at)

    def line_text(self, offset: int) -> bytes:
        """Return the physical line that holds ``offset``, without its line end."""
        part, at = self.at(offset)
        return part.line_text(at)

    def row(self, offset: int) -> int:
        """Return the physical line of its file that holds ``offset``."""
        part, at = self.at(offset)
        return part.row(at)

    def around(self, offsets: Iterable[int], margin: int) -> tuple[tuple[int, bytes], ...]:
        """Return the numbered lines of one's own text that hold these places, with those next to them."""
        return self.own.around((at for at in offsets if at <= len(self.own.data)), margin)

    def path_at(self, offset: int) -> str:
        """Return the path of the file that holds ``offset``."""
        return self.at(offset)[0].path
