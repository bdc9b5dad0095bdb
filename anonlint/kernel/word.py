"""One row of the vocabulary."""

from collections.abc import Mapping
from typing import NamedTuple

Era = tuple[int, int]


class Word(NamedTuple):
    """One row: a name with one meaning from release ``since`` to ``until`` (None: still there)."""

    name: str
    cls: str
    since: Era
    until: Era | None
    meaning: Mapping[str, str]
    prototype: str

    def lives(self, era: Era) -> bool:
        """Return whether the row holds in a release."""
        return self.since <= era and (self.until is None or era <= self.until)
