"""A replacement in a file, and one that is known to mend a finding."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

from anonlint.model.finding import Finding


class Edit(NamedTuple):
    """Bytes ``start`` to ``end`` of a file become ``text``."""

    start: int
    end: int
    text: bytes


class Proposal(NamedTuple):
    """One way that might mend a finding: a guess about text, which is not made unless another run proves it."""

    title: str
    edits: tuple[Edit, ...]


class Fix(NamedTuple):
    """What mends a finding, proven: with it the finding is gone and nothing new is there. ``title``: what is done."""

    finding: Finding
    title: str
    edits: tuple[Edit, ...]


Mends = Callable[[Finding, bytes], Iterator[Proposal]]  # what could mend a finding in the text of its file


class Replacement(NamedTuple):
    """A stretch of a file and what comes there. Lines and byte columns count from 1, the end is behind it.

    ``first`` and ``last`` are the source lines of the two ends.
    """

    line: int
    column: int
    end_line: int
    end_column: int
    text: str
    first: str
    last: str


class Remedy(NamedTuple):
    """A fix as a report tells it: of all edits together, in the file as it is."""

    finding: Finding
    title: str
    at: Replacement


def replacement(data: bytes, edits: tuple[Edit, ...]) -> Replacement | None:
    """Return what these edits make of a text as one; None where that is no UTF-8."""
    start, end = min(edit.start for edit in edits), max(edit.end for edit in edits)
    after = edited(data, edits)
    ends = [_place(data, offset) for offset in (start, end)]
    try:
        text = after[start : len(after) - (len(data) - end)].decode()
        first, last = (line.decode() for _, _, line in ends)
    except UnicodeDecodeError:
        return None
    (line, column, _), (end_line, end_column, _) = ends
    return Replacement(line, column, end_line, end_column, text, first, last)


def _place(data: bytes, offset: int) -> tuple[int, int, bytes]:
    start = data.rfind(b"\n", 0, offset) + 1
    end = data.find(b"\n", offset)
    return data.count(b"\n", 0, offset) + 1, offset - start + 1, data[start : len(data) if end < 0 else end]


def edited(data: bytes, edits: tuple[Edit, ...]) -> bytes:
    """Return the text with these edits, which must not overlap."""
    for edit in sorted(edits, reverse=True):
        data = data[: edit.start] + edit.text + data[edit.end :]
    return data
