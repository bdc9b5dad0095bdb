"""A replacement in a file, and one that is known to mend a finding."""

from typing import NamedTuple

from anonlint.model.finding import Finding


class Edit(NamedTuple):
    """Bytes ``start`` to ``end`` of a file become ``text``."""

    start: int
    end: int
    text: bytes


class Fix(NamedTuple):
    """What mends a finding, proven: with it the finding is gone and nothing new is there. ``title``: what is done."""

    finding: Finding
    title: str
    edits: tuple[Edit, ...]


def edited(data: bytes, edits: tuple[Edit, ...]) -> bytes:
    """Return the text with these edits, which must not overlap."""
    for edit in sorted(edits, reverse=True):
        data = data[: edit.start] + edit.text + data[edit.end :]
    return data
