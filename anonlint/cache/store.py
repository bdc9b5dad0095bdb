"""Bytes by key in one SQLite file: bounded, shared by processes, and never the reason that a run fails.

What cannot be read is taken for nothing; a file that is damaged is made anew; where nothing can be written (the
disk is full, the directory is not ours) nothing is kept.
"""

import os
import time
from _blake2 import blake2b  # hashlib would load OpenSSL
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import sqlite3  # 5 ms that an input without hits need not pay

NAME = "results-1.sqlite"  # the number is that of the table's form: another version's file is left alone
MOST = 256 << 20  # bytes that the file may have
_CHECK = 16  # bytes of checksum in front of each value
_DAY = 86_400  # seconds: how exactly it is known when something was last of use
_PATIENCE = 2.0  # seconds to wait for another process that is writing
_AT_ONCE = 500  # keys in one question
_TABLE = """
CREATE TABLE IF NOT EXISTS entry (key BLOB PRIMARY KEY, used INTEGER NOT NULL, value BLOB NOT NULL);
CREATE INDEX IF NOT EXISTS by_use ON entry (used);
"""


class Info(NamedTuple):
    """What a cache holds: its file, how many entries, and how many bytes of the most it may have."""

    path: str
    entries: int
    size: int
    most: int


def digest(*parts: bytes) -> bytes:
    """Return 16 bytes that stand for the parts, told apart."""
    found = blake2b(digest_size=_CHECK)
    for part in parts:
        found.update(len(part).to_bytes(8, "little"))
        found.update(part)
    return found.digest()


def place() -> str:
    """Return the path of the user's cache, "" where he has no directory for such things."""
    base = os.environ.get("XDG_CACHE_HOME", "")
    if not os.path.isabs(base):  # the XDG specification: a relative path does not count
        home = os.path.expanduser("~")
        base = os.path.join(home, ".cache") if os.path.isabs(home) else ""
    return os.path.join(base, "anonlint", NAME) if base else ""


class Store:
    """The entries of one file. It is opened when it is first asked."""

    def __init__(self, path: str, most: int = MOST) -> None:
        self.path = path
        self.most = most
        self._connection: sqlite3.Connection | None = None
        self._usable = bool(path)
        self._today = int(time.time()) // _DAY
        self._touched: list[bytes] = []

    @property
    def usable(self) -> bool:
        """Whether there is a file, and it has not failed."""
        return self._usable

    def get(self, keys: Sequence[bytes]) -> dict[bytes, bytes]:
        """Return the values of those of the keys that are known."""
        found: dict[bytes, bytes] = {}
        if not keys:
            return found
        with _Tried(self):
            for at in range(0, len(keys), _AT_ONCE):
                found.update(self._read(keys[at : at + _AT_ONCE]))
        return found

    def put(self, values: Mapping[bytes, bytes]) -> None:
        """Keep values; note what was of use; make room where there is too much."""
        touched, self._touched = self._touched, []
        if not (values or touched):
            return
        with _Tried(self):
            base = self._open()
            if base is None:
                return
            rows = [(key, self._today, _signed(key, value)) for key, value in values.items()]
            with base:
                base.executemany("INSERT OR REPLACE INTO entry VALUES (?, ?, ?)", rows)
                base.executemany("UPDATE entry SET used = ? WHERE key = ?", [(self._today, key) for key in touched])
            self._make_room(base)

    def info(self) -> Info:
        """Return what there is."""
        entries = size = 0
        if os.path.exists(self.path):
            with _Tried(self):
                base = self._open()
                entries = base.execute("SELECT count(*) FROM entry").fetchone()[0] if base else 0
            with suppress(OSError):
                size = os.path.getsize(self.path)
        return Info(self.path, entries, size, self.most)

    def clear(self) -> None:
        """Remove the file; raise OSError where that cannot be."""
        self.close()
        for path in (self.path, self.path + "-journal"):
            with suppress(FileNotFoundError):
                os.unlink(path)

    def close(self) -> None:
        """Let go of the file."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def failed(self, error: "sqlite3.Error") -> None:
        """Go on without the file; one that is no database, or a damaged one, is put away for the next run."""
        import sqlite3

        self._usable = False
        with suppress(sqlite3.Error, OSError):
            if isinstance(error, sqlite3.OperationalError):  # locked, full, not ours: as good as ever later on
                self.close()
            else:
                self.clear()

    def _open(self) -> "sqlite3.Connection | None":
        import sqlite3

        if self._connection is None and self._usable:
            with suppress(OSError):  # then opening it fails, and is told there
                os.makedirs(os.path.dirname(self.path), mode=0o700, exist_ok=True)
            base = sqlite3.connect(self.path, timeout=_PATIENCE)
            self._connection = base
            base.execute("PRAGMA synchronous = OFF")  # what the machine loses is worked out again
            if not base.execute("SELECT 1 FROM sqlite_master WHERE name = 'by_use'").fetchone():
                base.executescript(_TABLE)
        return self._connection

    def _read(self, keys: Sequence[bytes]) -> dict[bytes, bytes]:
        base = self._open()
        if base is None:
            return {}
        question = f"SELECT key, used, value FROM entry WHERE key IN ({','.join('?' * len(keys))})"
        found: dict[bytes, bytes] = {}
        for key, used, value in base.execute(question, keys):
            if isinstance(value, bytes) and _signed(key, value[_CHECK:]) == value:
                found[key] = value[_CHECK:]
                self._touched += [key] * (used != self._today)
        return found

    def _make_room(self, base: "sqlite3.Connection") -> None:
        """Drop what has not been of use for longest: a quarter at a time, until the rest is small enough."""
        while self._weight(base) > self.most:
            with base:
                count = base.execute("SELECT count(*) FROM entry").fetchone()[0]
                oldest = "SELECT rowid FROM entry ORDER BY used, rowid LIMIT ?"
                gone = base.execute(f"DELETE FROM entry WHERE rowid IN ({oldest})", (count // 4 + 1,))
            if gone.rowcount < 1:
                return

    def _weight(self, base: "sqlite3.Connection") -> int:
        """Return the bytes that the entries take: pages that hold none are filled again."""
        pages, free, size = (
            base.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_count", "freelist_count", "page_size")
        )
        return int((pages - free) * size)


class _Tried:
    """Ends what it surrounds, and nothing else, where the file fails."""

    def __init__(self, store: Store) -> None:
        self.store = store

    def __enter__(self) -> None:
        return

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> bool:
        if error is None:
            return False
        import sqlite3

        if isinstance(error, sqlite3.Error):
            self.store.failed(error)
            return True
        return False


def _signed(key: bytes, value: bytes) -> bytes:
    """Return a value behind its checksum, which tells its key, too."""
    return digest(key, value) + value
