"""The file that an archive's findings are kept in: opened, locked, and written in whole steps."""

import os
import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from anonlint.archive import schema
from anonlint.errors import UsageError

_PATIENCE = 10.0  # seconds to wait for somebody who reads or copies the file
_CACHE = -8000  # KiB of pages that SQLite keeps


class Database:
    """One open file. All that one ``with step():`` writes is there afterwards, or nothing of it."""

    def __init__(self, path: str, connection: sqlite3.Connection, lock: int = -1) -> None:
        self.path = path
        self.connection = connection
        self._lock = lock

    @contextmanager
    def step(self) -> Iterator[None]:
        """Begin a transaction and end it; an error takes back what was written in it."""
        self.connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self.connection.rollback()
            raise
        self.connection.commit()

    def run(self, words: str, values: Sequence[Any] = ()) -> sqlite3.Cursor:
        """Execute one statement."""
        return self.connection.execute(words, values)

    def rows(self, words: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Return the rows of a question."""
        return self.connection.execute(words, values).fetchall()

    def row(self, words: str, values: Sequence[Any] = ()) -> tuple[Any, ...] | None:
        """Return the first row of a question."""
        found: tuple[Any, ...] | None = self.connection.execute(words, values).fetchone()
        return found

    def number(self, words: str, values: Sequence[Any] = ()) -> int:
        """Return the number that a question gives; 0 for none."""
        found = self.row(words, values)
        return int(found[0] or 0) if found else 0

    def close(self) -> None:
        """Let go of the file."""
        self.connection.close()
        if self._lock >= 0:
            os.close(self._lock)
            self._lock = -1


def create_or_open(path: str) -> Database:
    """Open the file to write, made if it is not there; raise UsageError if it is none of ours, or in use."""
    lock = _locked(path)
    try:
        return Database(path, _connected(path, f"file:{_quoted(path)}?mode=rwc", writes=True), lock)
    except BaseException:
        os.close(lock)
        raise


def open_to_read(path: str) -> Database:
    """Open the file to read; raise UsageError if that cannot be."""
    if not os.path.exists(path):
        raise UsageError(f"{path}: there is no such file: anonlint archive DIR --db {path} makes it")
    # To read one in WAL mode SQLite writes beside it; who must not do that reads it as it lies there.
    mode = "rw" if os.access(path, os.W_OK) and os.access(os.path.dirname(path) or ".", os.W_OK) else "ro"
    return Database(path, _connected(path, f"file:{_quoted(path)}?mode={mode}", writes=False))


def _connected(path: str, address: str, *, writes: bool) -> sqlite3.Connection:
    try:
        connection = sqlite3.connect(address, timeout=_PATIENCE, isolation_level=None, uri=True)
        try:
            _prepared(connection, path, writes=writes)
        except BaseException:
            connection.close()
            raise
        return connection
    except sqlite3.Error as error:
        raise UsageError(f"{path}: {told(error)}") from error


def _prepared(connection: sqlite3.Connection, path: str, *, writes: bool) -> None:
    form = connection.execute("PRAGMA user_version").fetchone()[0]
    ours = connection.execute("PRAGMA application_id").fetchone()[0] == schema.APPLICATION
    empty = not connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
    if not ours and not (empty and writes):
        raise UsageError(f"{path}: is no database of anonlint archive")
    if ours and form != schema.FORM:
        raise UsageError(f"{path}: was made by another anonlint (form {form}, not {schema.FORM})")
    connection.execute(f"PRAGMA cache_size = {_CACHE}")
    if not writes:
        connection.execute("PRAGMA query_only = ON")
        return
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")
    if empty:
        connection.executescript(
            f"BEGIN IMMEDIATE; {schema.TABLES} PRAGMA application_id = {schema.APPLICATION}; "
            f"PRAGMA user_version = {schema.FORM}; COMMIT;"
        )


def told(error: sqlite3.Error) -> str:
    """Return what SQLite says, in words."""
    text = str(error)
    if "not a database" in text or "malformed" in text:
        return "is no sound SQLite database"
    return f"cannot be used as a database: {text}"


def _quoted(path: str) -> str:
    from urllib.parse import quote

    return quote(os.path.abspath(path))


def _locked(path: str) -> int:
    """Take the lock of a file, which ends with the process; raise UsageError where another one has it."""
    import fcntl

    name = path + "-lock"
    try:
        lock = os.open(name, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    except OSError as error:
        raise UsageError(f"{path}: cannot be made: {error.strerror}") from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(lock)
        raise UsageError(f"{path}: another anonlint archive is at work on it") from error
    return lock


def now() -> int:
    """Return the time in seconds since 1970."""
    return int(time.time())
