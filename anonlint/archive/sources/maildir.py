"""A maildir: one file a mail, whose name may get other flags and move from new/ to cur/."""

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing

from anonlint.archive.sources.came import Came
from anonlint.errors import InputError
from anonlint.intake import files

_FOLDERS = ("cur", "new")


class Maildir:
    """One maildir. A mail that its owner moves away is not forgotten: what was found in it stays."""

    kind = "maildir"

    def __init__(self, directory: str) -> None:
        self.name = os.path.realpath(directory)

    def rewritten(self, cursor: str) -> bool:  # noqa: ARG002
        """Return False: each mail stands for itself."""
        return False

    def total(self, cursor: str) -> int:  # noqa: ARG002
        """Return 0: how many are new shows when they are looked up."""
        return 0

    def come(self, cursor: str, known: Callable[[str], bool]) -> Iterator[Came]:
        """Yield the mails that are not known, by name: names begin with the time of arrival."""
        for name, path in self._listed():
            if known(name):
                continue
            try:
                yield Came("mail", cursor, name, files.read(path))
            except InputError as error:
                if os.path.exists(path):  # else somebody has read it meanwhile, or moved it: next time
                    yield Came("trouble", cursor, name, note=error.why)

    def read(self, place: str) -> bytes | None:
        """Return a mail by its name without flags."""
        for folder in _FOLDERS:
            for path in self._candidates(folder, place):
                try:
                    return files.read(path)
                except InputError:
                    continue
        return None

    def close(self) -> None:
        """Nothing is held."""

    def _candidates(self, folder: str, place: str) -> Iterator[str]:
        """Yield the paths that a mail may have: without flags, with the usual ones, then what the directory says."""
        base = os.path.join(self.name, folder)
        for flags in ("", ":2,", ":2,S"):
            yield os.path.join(base, place + flags)
        try:
            names = [entry.name for entry in os.scandir(base) if _unique(entry.name) == place]
        except OSError:
            return
        yield from (os.path.join(base, name) for name in names)

    def _listed(self) -> Iterator[tuple[str, str]]:
        """Yield (name without flags, path) in order; they wait in a file, however many they are."""
        with closing(sqlite3.connect("")) as waiting:
            waiting.execute("CREATE TABLE mail (name TEXT PRIMARY KEY, path TEXT) WITHOUT ROWID")
            for folder in _FOLDERS:
                base = os.path.join(self.name, folder)
                if os.path.isdir(base):
                    rows = ((_text(_unique(e.name)), _text(e.path)) for e in _scanned(base) if e.name[:1] != ".")
                    waiting.executemany("INSERT OR IGNORE INTO mail VALUES (?, ?)", rows)
            yield from waiting.execute("SELECT name, path FROM mail ORDER BY name")


def _scanned(base: str) -> Iterator["os.DirEntry[str]"]:
    try:
        with os.scandir(base) as found:
            yield from found
    except OSError as error:
        raise InputError(base, f"cannot be read: {error.strerror}") from error


def _unique(name: str) -> str:
    return name.partition(":2,")[0]


def _text(name: str) -> str:
    """Return a name as SQLite keeps it: one that is no UTF-8 cannot be kept, and is passed over."""
    return name if name.isascii() else name.encode("utf-8", "replace").decode()
