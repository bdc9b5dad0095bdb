"""What a source gives, and what every source can do."""

from collections.abc import Callable, Iterator
from typing import NamedTuple, Protocol


class Came(NamedTuple):
    """Something that has come. ``cursor`` is where to go on behind it.

    ``what`` is "mail", "commit", "gone" (``data`` is a mail that was taken out of the archive), "trouble" (``note``
    says what) or "" for nothing but the cursor. ``place`` is where the source finds it again, unless ``keep`` says
    that it cannot.
    """

    what: str
    cursor: str
    place: str = ""
    data: bytes = b""
    note: str = ""
    keep: bool = False


class Source(Protocol):
    """A part of an archive that has its own order and cursor."""

    name: str
    kind: str

    def rewritten(self, cursor: str) -> bool:
        """Return whether what was read up to a cursor is not there any more as it was."""

    def total(self, cursor: str) -> int:
        """Return about how many mails are behind a cursor; 0 where nobody knows."""

    def come(self, cursor: str, known: Callable[[str], bool]) -> Iterator[Came]:
        """Yield what is behind a cursor; ``known`` tells which places were read already."""

    def read(self, place: str) -> bytes | None:
        """Return a mail that has come; None if it cannot be had any more."""

    def close(self) -> None:
        """Let go of files and processes."""
