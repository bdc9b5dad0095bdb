"""The clone that mails are judged with: the blobs that a series applies to, and the commit whose files they are."""

import os
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from functools import cached_property

from anonlint.archive.letters import Applies
from anonlint.intake.git import Object, Repository

LARGEST = 8 << 20  # bytes of mails, or of blobs, that a unit may have: so many fit into little memory
_TAGS = 2  # tags before a mail's date that are asked whether it applies to them


class Clone:
    """A clone that is only read."""

    def __init__(self, directory: str) -> None:
        self.directory = os.path.realpath(directory)
        self._repository = Repository(directory, frugal=True)

    def close(self) -> None:
        """End git."""
        self._repository.close()

    def blobs(self, wanted: Sequence[Applies]) -> Iterator[tuple[str, bytes]]:
        """Yield the blobs that the first patch of each file applies to; later ones apply to what that leaves."""
        made: set[str] = set()
        seen: set[str] = set()
        size = 0
        for _, old, new in wanted:
            if old not in seen and old not in made:
                found = self._repository.blobs(old)
                size += sum(map(len, found))
                if len(found) == 1 and size <= LARGEST:
                    yield old, found[0]
            seen.add(old)
            made.add(new)

    def base(self, wanted: Sequence[Applies], named: Sequence[str], date: int) -> str:
        """Return the commit that has all files as the series finds them, "" if none of those that may be it has.

        May be: a base commit that the mails name, a tag before their date, what the clone has checked out.
        """
        first: dict[bytes, str] = {}
        for path, old, _ in wanted:
            first.setdefault(path, old)
        for name in dict.fromkeys((*reversed(named), *self._before(date), "HEAD")):
            commit = self._repository.get(name.encode("utf-8", "surrogateescape") + b"^{commit}")
            if isinstance(commit, Object) and all(self._has(commit.name, path, old) for path, old in first.items()):
                return commit.name
        return ""

    def _has(self, commit: str, path: bytes, blob: str) -> bool:
        found = self._repository.get(commit.encode() + b":" + path)
        return isinstance(found, Object) and found.name.startswith(blob)

    def _before(self, date: int) -> list[str]:
        """Return the newest tags before a date, the newest first."""
        at = bisect_right(self._tags, (date + 1, ""))
        return [name for _, name in reversed(self._tags[max(0, at - _TAGS) : at])]

    @cached_property
    def _tags(self) -> list[tuple[int, str]]:
        words = ("for-each-ref", "--format=%(creatordate:unix) %(refname)", "refs/tags")
        lines = self._repository.run(*words)[1].decode("utf-8", "surrogateescape").splitlines()
        pairs = (line.partition(" ") for line in lines)
        return sorted((int(date), name) for date, _, name in pairs if date.isdecimal())
