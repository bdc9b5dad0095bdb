"""The files of a tree beside those that are checked, as bytes: of a directory, of a commit, or of the index.

Nothing outside of the tree is read, and no more than a kernel's folders hold.
"""

import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import NamedTuple

from anonlint import sidefile
from anonlint.errors import InputError
from anonlint.intake import files
from anonlint.intake.git import Repository
from anonlint.intake.image import is_c, named, shown

_MOST_FILES = 20_000
_MOST_BYTES = 96 << 20  # a kernel's mm/, kernel/ and include/linux/ have 40 MB


class Entry(NamedTuple):
    """A file: its path, and what it is read by; "" where it is known that it cannot be read."""

    path: str
    name: str


class Nearby:
    """Where files are read from. Use it in ``with``; this one is empty."""

    def __enter__(self) -> "Nearby":
        return self

    def __exit__(self, *_: object) -> None:
        return

    def listed(self, folder: str) -> list[Entry]:  # noqa: ARG002
        """Return the C files below a folder; raise InputError where that cannot be told."""
        return []

    def read(self, name: str) -> bytes | None:  # noqa: ARG002
        """Return a file's bytes, None where they cannot be had."""
        return None


class InDirectory(Nearby):
    """A directory. ``held`` are files that have been read, by their real path: none is held twice."""

    def __init__(self, root: str, held: Mapping[str, bytes] | None = None) -> None:
        self.root = os.path.realpath(root)
        self._held = held or {}

    def listed(self, folder: str) -> list[Entry]:
        """Return the C files below a folder, unless that leads out of the directory."""
        top = os.path.realpath(os.path.join(self.root, folder))
        if not (os.path.isdir(top) and top.startswith(os.path.join(self.root, ""))):
            return []
        return [self._entry(folder, top, found) for found in files.walk(top)]

    def _entry(self, folder: str, top: str, found: str | InputError) -> Entry:
        lost = isinstance(found, InputError)
        where = found.where if isinstance(found, InputError) else found
        path = named(folder + where[len(top) :])
        return Entry(path, "" if lost else where)

    def read(self, name: str) -> bytes | None:
        """Return a regular file's bytes."""
        if name in self._held:
            return self._held[name]
        with suppress(OSError):
            return sidefile.read(name)
        return None


class InGit(Nearby):
    """A commit, or with None the index, of the clone that git reads."""

    def __init__(self, clone: str | None, commit: str | None) -> None:
        self.repository = Repository(clone)
        self.commit = commit

    def __exit__(self, *_: object) -> None:
        self.repository.close()

    def listed(self, folder: str) -> list[Entry]:
        """Return the C files below a folder."""
        found = ((shown(path), blob) for blob, path in self.repository.files(self.commit, folder))
        return [Entry(path, blob) for path, blob in found if is_c(path)]

    def read(self, name: str) -> bytes | None:
        """Return a blob's bytes."""
        with suppress(InputError):
            return self.repository.blob(name)
        return None


class Folders:
    """The files of some folders as they are kept. ``whole`` says that none could not be read.

    ``known`` are files that were read before, None for those that were not kept: what has the same name has the
    same bytes.
    """

    def __init__(self, nearby: Nearby, known: dict[Entry, bytes | None]) -> None:
        self.whole = True
        self.seen: dict[Entry, bytes | None] = {}
        self._nearby = nearby
        self._known = known
        self._bytes = 0

    def add(self, folder: str, kept: Callable[[bytes], bool]) -> int:
        """Read a folder; return how many files are kept of it."""
        count = 0
        try:
            entries = self._nearby.listed(folder)
        except InputError:
            entries = []
        self.whole = self.whole and bool(entries)
        for entry in entries:
            count += self._add(entry, kept) is not None
        return count

    def _add(self, entry: Entry, kept: Callable[[bytes], bool]) -> bytes | None:
        if len(self.seen) >= _MOST_FILES or self._bytes > _MOST_BYTES:
            self.whole = False
            return None
        if entry in self._known:
            data = self._known[entry]
        else:
            data = self._nearby.read(entry.name) if entry.name else None
            if data is None:
                self.whole = False
                return None
            self._bytes += len(data)
            data = data if kept(data) else None
        self.seen[entry] = data
        return data
