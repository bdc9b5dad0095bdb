"""A range of commits of a kernel clone."""

import os
from collections.abc import Callable, Iterator

from anonlint.archive.sources.came import Came
from anonlint.archive.sources.walk import Walk
from anonlint.errors import InputError, UsageError
from anonlint.intake.git import Object, Repository


class History:
    """The commits of ``A..B``; B may move on, as a branch does."""

    kind = "git"

    def __init__(self, directory: str, spec: str) -> None:
        start, dots, end = spec.partition("..")
        if not dots or end.startswith("."):
            raise UsageError(f"archive: --git {spec!r}: a range A..B is needed")
        self._repository = Repository(directory, frugal=True)
        trouble = self._repository.trouble()
        if trouble:
            raise InputError(directory, f"git cannot read it: {trouble}")
        self.name = f"{os.path.realpath(directory)}: {spec}"
        first = self._repository.commit(start or "HEAD")
        if first is None:
            raise InputError(f"--git {spec}", f"{start!r} names no commit of the clone")
        self._walk = Walk(self._repository, first, end or "HEAD", ("--no-merges",))

    def rewritten(self, cursor: str) -> bool:
        """Return whether commits that were read are not in the history any more."""
        return self._walk.rewritten(cursor)

    def total(self, cursor: str) -> int:
        """Return how many commits are to be read."""
        return self._walk.total(cursor)

    def come(self, cursor: str, known: Callable[[str], bool]) -> Iterator[Came]:  # noqa: ARG002
        """Yield the commits behind a cursor."""
        for commit, after in self._walk.commits(cursor):
            found = self._repository.get(commit.encode()) if commit else ""
            if isinstance(found, Object):
                yield Came("commit", after, commit, found.data)
            elif commit:
                yield Came("trouble", after, commit, note=f"the commit cannot be read ({found})")
            else:
                yield Came("", after)

    def read(self, place: str) -> bytes | None:
        """Return the commit's name: those who judge it read it themselves."""
        return place.encode()

    def close(self) -> None:
        """End git."""
        self._repository.close()
