"""What a server asks of anonlint: one run at a time, within one tree."""

import os
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple, Protocol

from anonlint import limits
from anonlint.errors import InputError
from anonlint.model.change import ChangeReport
from anonlint.model.finding import Table
from anonlint.model.report import Report


class Asked(NamedTuple):
    """What is to be judged: files by name, ``stdin`` (a patch or mail), a commit or range; texts instead of files."""

    files: tuple[str, ...] = ()
    stdin: bytes | None = None
    commit: str = ""
    quoted: bool = False
    instead: Mapping[str, bytes] | None = None


class Handler(NamedTuple):
    """A function that handles a page table entry, and its first and last line."""

    name: str
    first: int
    last: int


class Run(Protocol):
    """Runs the rules as the settings of the user say it."""

    def check(self, asked: Asked) -> Report:
        """Return what is found."""

    def tables(self, names: Sequence[str], asked: Asked) -> tuple[Table, ...]:
        """Return the effect tables of functions."""

    def differences(self, asked: Asked) -> ChangeReport:
        """Return what a patch changes in effect."""

    def handlers(self, asked: Asked) -> tuple[Handler, ...]:
        """Return the functions of a file that handle an entry."""


class Desk:
    """The tree that a server was started on, and one run at a time in it."""

    def __init__(self, root: str, run: Run) -> None:
        self.root = os.path.realpath(root)
        self._run = run
        self._lock = threading.Lock()

    def check(self, asked: Asked, outdated: Callable[[], bool] = lambda: False) -> Report:
        """Return what is found; where nobody waits for it any more, what was found up to then."""
        with self._lock, limits.unless(outdated):
            return self._run.check(asked)

    def handlers(self, asked: Asked) -> tuple[Handler, ...]:
        """Return the functions of a file that handle an entry."""
        with self._lock:
            return self._run.handlers(asked)

    def tables(self, names: Sequence[str], asked: Asked) -> tuple[Table, ...]:
        """Return the effect tables of functions."""
        with self._lock:
            return self._run.tables(names, asked)

    def differences(self, asked: Asked) -> ChangeReport:
        """Return what a patch changes in effect."""
        with self._lock:
            return self._run.differences(asked)

    def name(self, path: str) -> str:
        """Return a path relative to the tree; raise InputError for what is not in it, links followed."""
        full = os.path.realpath(os.path.join(self.root, path))
        if os.path.commonpath((self.root, full)) != self.root:
            raise InputError(path, f"is outside of {self.root}")
        return os.path.relpath(full, self.root)
