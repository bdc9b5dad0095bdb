"""Source text as bytes, and places in it."""

from bisect import bisect_right
from collections.abc import Iterable
from typing import NamedTuple


class Span(NamedTuple):
    """A half-open range of byte offsets into one Source."""

    start: int
    end: int

    def holds(self, other: "Span") -> bool:
        """Return whether another range lies within this one."""
        return self.start <= other.start and other.end <= self.end


class Position(NamedTuple):
    """A place as people count: line and column from 1, the column in bytes (a tab counts as one)."""

    line: int
    column: int


class Source:
    """The bytes of one file image, or of the parts of it that a patch shows.

    ``lines`` gives the file's line number for each physical line of ``data`` when ``data`` holds
    only parts of the file (patch hunks); None means that ``data`` is the whole file from line 1.
    """

    __slots__ = ("_starts", "data", "lines", "path")

    def __init__(self, path: str, data: bytes, lines: tuple[int, ...] | None = None) -> None:
        self.path = path
        self.data = data
        self.lines = lines
        self._starts: list[int] | None = None

    def row(self, offset: int) -> int:
        """Return the 0-based physical line of ``data`` that holds ``offset``."""
        return bisect_right(self._line_starts(), offset) - 1

    def position(self, offset: int) -> Position:
        """Return the place of ``offset`` in the file's own line numbers."""
        offset = min(max(offset, 0), len(self.data))
        row = self.row(offset)
        column = offset - self._line_starts()[row] + 1
        if self.lines is None:
            return Position(row + 1, column)
        if row < len(self.lines):
            return Position(self.lines[row], column)
        return Position(self.lines[-1] if self.lines else 1, column)

    def path_at(self, offset: int) -> str:  # noqa: ARG002  # there is one file
        """Return the path of the file that holds ``offset``."""
        return self.path

    def line_text(self, offset: int) -> bytes:
        """Return the physical line that holds ``offset``, without its line end."""
        starts = self._line_starts()
        row = self.row(min(max(offset, 0), len(self.data)))
        end = starts[row + 1] if row + 1 < len(starts) else len(self.data)
        return self.data[starts[row] : end].rstrip(b"\r\n")

    def around(self, offsets: Iterable[int], margin: int) -> tuple[tuple[int, bytes], ...]:
        """Return the numbered lines that hold these places, and ``margin`` lines before and behind each."""
        starts = self._line_starts()
        count = len(starts) - (starts[-1] == len(self.data))
        rows = {row for at in map(self.row, offsets) for row in range(max(at - margin, 0), min(at + margin + 1, count))}
        return tuple((self.position(starts[row]).line, self.line_text(starts[row])) for row in sorted(rows))

    def starts(self, lines: Iterable[int]) -> list[int]:
        """Return where lines of a whole file begin."""
        return [self._line_starts()[line - 1] for line in lines]

    def _line_starts(self) -> list[int]:
        if self._starts is None:
            starts = [0]
            find, at = self.data.find, self.data.find(b"\n")
            while at >= 0:
                starts.append(at + 1)
                at = find(b"\n", at + 1)
            self._starts = starts
        return self._starts
