"""A public-inbox of layout v2: git repositories in which each commit holds one mail as the file ``m``."""

import os
from collections.abc import Callable, Iterator

from anonlint.archive.sources.came import Came
from anonlint.archive.sources.walk import Walk
from anonlint.intake import ground
from anonlint.intake.git import Object, Repository


def epochs(directory: str) -> list[str]:
    """Return the repositories of an inbox, oldest first: ``git/0.git`` and so on, or the directory itself."""
    folder = os.path.join(directory, "git")
    names = os.listdir(folder) if os.path.isdir(folder) else []
    numbers = sorted(int(name[:-4]) for name in names if name.endswith(".git") and name[:-4].isdecimal())
    found = [os.path.join(folder, f"{number}.git") for number in numbers]
    if found or not ground.is_repository(directory):
        return found
    with Repository(directory) as repository:
        is_inbox = any(isinstance(repository.get(name), Object) for name in (b"HEAD:m", b"HEAD:d"))
    return [directory] if is_inbox else []


class Inbox:
    """One epoch."""

    kind = "public-inbox"

    def __init__(self, path: str) -> None:
        self.name = os.path.realpath(path)
        self._repository = Repository(path, frugal=True)
        self._walk = Walk(self._repository, "", "HEAD", ("--first-parent",))

    def rewritten(self, cursor: str) -> bool:
        """Return whether mails were taken out of the history."""
        return self._walk.rewritten(cursor)

    def total(self, cursor: str) -> int:
        """Return how many commits are to be read."""
        return 0 if self._is_empty() else self._walk.total(cursor)

    def come(self, cursor: str, known: Callable[[str], bool]) -> Iterator[Came]:  # noqa: ARG002
        """Yield the mails behind a cursor."""
        for commit, after in () if self._is_empty() else self._walk.commits(cursor):
            if not commit:
                yield Came("", after)
                continue
            found = self._repository.get(f"{commit}:m".encode())
            if isinstance(found, Object) and found.kind == "blob":
                yield Came("mail", after, found.name, found.data)
                continue
            gone = self._repository.get(f"{commit}:d".encode())
            if isinstance(gone, Object) and gone.kind == "blob":
                yield Came("gone", after, gone.name, gone.data)
            else:
                why = found if isinstance(found, str) else found.kind
                yield Came("trouble", after, commit, note=f"holds no mail that can be read ({why})")

    def read(self, place: str) -> bytes | None:
        """Return a mail by its blob."""
        return self._repository.blob(place)

    def close(self) -> None:
        """End git."""
        self._repository.close()

    def _is_empty(self) -> bool:
        """Return whether nothing was ever put into it: a mirror is made before its first mail comes."""
        if self._repository.commit("HEAD") is not None:
            return False
        return not self._repository.trouble() and not self._repository.listed("--all", "--max-count=1")
