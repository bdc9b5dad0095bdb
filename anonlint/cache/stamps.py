"""What is known of files that have not changed since they were read, by what the system says of them.

A file is the same while its size, its number and both of its times are. One that was changed a moment ago is not
taken for known: within one tick of the clock it may change again and look the same.
"""

import marshal
import os
import time
from collections.abc import Callable, Mapping

from anonlint.cache.store import Store, digest

_SETTLED = 2_000_000_000  # nanoseconds after which a change shows in a file's times
State = tuple[int, int, int, int]  # size, times of content and of inode in nanoseconds, inode
Marks = dict[str, tuple[State, bytes]]


class Stamps:
    """A mark for each file, kept by directory. ``purpose`` says what the marks mean, so that others' are not taken."""

    def __init__(self, store: Store, purpose: bytes) -> None:
        self.store = store
        self.purpose = purpose
        self._now = time.time_ns()
        self._folders: dict[str, Marks] = {}
        self._known: dict[str, Marks] = {}

    def mark(self, path: str, work_out: Callable[[str], bytes]) -> bytes:
        """Return a file's mark: the one that is known, or what ``work_out`` makes of its path."""
        folder, _, name = path.rpartition("/")
        try:
            state = _state(os.stat(path))
        except OSError:
            return work_out(path)
        known = self._folder(folder).get(name)
        if known is not None and known[0] == state:
            self._folders[folder][name] = known
            return known[1]
        made = work_out(path)
        if max(state[1], state[2]) < self._now - _SETTLED:
            self._folders[folder][name] = state, made
        return made

    def changed(self) -> Mapping[bytes, bytes]:
        """Return what to keep: the directories of which something new is known."""
        new = (folder for folder, marks in self._folders.items() if marks != self._known[folder])
        return {self._key(folder): marshal.dumps({**self._known[folder], **self._folders[folder]}) for folder in new}

    def _folder(self, folder: str) -> Marks:
        if folder not in self._known:
            self._folders[folder] = {}
            key = self._key(folder)
            kept = self.store.get([key]).get(key)
            self._known[folder] = marshal.loads(kept) if kept is not None else {}
        return self._known[folder]

    def _key(self, folder: str) -> bytes:
        return digest(b"stamps", self.purpose, os.fsencode(os.path.abspath(folder)))


def _state(found: os.stat_result) -> State:
    return found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino
