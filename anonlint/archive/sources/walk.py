"""Walks a git history by a cursor: from the tip that is done to the tip of today, and resumes in between."""

from collections.abc import Iterator
from typing import NamedTuple

from anonlint.errors import InputError
from anonlint.intake.git import Repository


class Cursor(NamedTuple):
    """All commits up to ``done`` were read, and of those from there to ``tip`` the first ``at``."""

    done: str = ""
    tip: str = ""
    at: int = 0

    @property
    def text(self) -> str:
        """Return the cursor as it is kept."""
        return f"{self.done}:{self.tip}:{self.at}"


def cursor_of(text: str) -> Cursor:
    """Return the cursor that was kept."""
    done, tip, at = text.split(":") if text else ("", "", "0")
    return Cursor(done, tip, int(at))


class Walk:
    """The commits of ``start..end``; ``words`` are further words for git rev-list."""

    def __init__(self, repository: Repository, start: str, end: str, words: tuple[str, ...]) -> None:
        self.repository = repository
        self.start = start
        self.end = end
        self.words = words

    def rewritten(self, text: str) -> bool:
        """Return whether the commits that a cursor names are not in the history any more."""
        cursor = cursor_of(text)
        return any(name and not self._holds(name) for name in (cursor.done, cursor.tip))

    def total(self, text: str) -> int:
        """Return how many commits are behind a cursor."""
        cursor = Cursor() if self.rewritten(text) else cursor_of(text)
        counted = self.repository.listed("--count", *self.words, *self._between(cursor.done, self._tip()))
        return max(0, int(counted[0]) - cursor.at)

    def commits(self, text: str) -> Iterator[tuple[str, str]]:
        """Yield each commit behind a cursor, oldest first, with the next cursor; "" where only that moves on."""
        cursor = cursor_of(text)
        while True:
            tip = cursor.tip or self._tip()
            if tip == cursor.done:
                return
            words = ("--reverse", "--topo-order", *self.words, *self._between(cursor.done, tip))
            for number, name in enumerate(self.repository.listed_long(*words), 1):
                if number > cursor.at:
                    yield name, Cursor(cursor.done, tip, number).text
            cursor = Cursor(tip)
            yield "", cursor.text

    def _between(self, done: str, tip: str) -> tuple[str, ...]:
        return (tip, *(f"^{name}" for name in (done, self.start) if name), "--")

    def _tip(self) -> str:
        found = self.repository.commit(self.end)
        if found is None:
            trouble = self.repository.trouble()
            why = f"git cannot read it: {trouble}" if trouble else f"{self.end!r} names no commit"
            raise InputError(self.repository.directory or ".", why)
        return found

    def _holds(self, name: str) -> bool:
        status, _, _ = self.repository.run("merge-base", "--is-ancestor", name, self._tip())
        return status == 0
