"""The vocabulary: what kernel names mean, by era, read from text tables.

The tables are data/*.tsv; docs/vocabulary.md is the reference of their columns, classes and keys (reference.py).
Loading is on the path of every run, so a line is split and little else: what a meaning says is parsed when somebody
asks.
"""

import os
import re
from collections.abc import Iterable, Iterator

from anonlint.errors import VocabularyError
from anonlint.kernel.word import Era, Word

FILES = ("entries.tsv", "pages.tsv", "tables.tsv", "inert.tsv", "maps.tsv")
OLDEST: Era = (4, 18)


class Vocabulary:
    """All rows by name, oldest first."""

    __slots__ = ("words",)

    def __init__(self, words: dict[str, tuple[Word, ...]]) -> None:
        self.words = words

    @classmethod
    def load(cls) -> "Vocabulary":
        """Read the tables that ship with anonlint."""
        words: dict[str, tuple[Word, ...]] = {}
        eras: dict[str, tuple[Era, Era | None]] = {}
        meanings: dict[str, dict[str, str]] = {}
        for name, text in _texts():
            for number, line in enumerate(text.split("\n"), 1):
                if line and line[0] != "#":
                    word = _word(line.split("\t"), eras, meanings, name, number)
                    words[word.name] = (*words.get(word.name, ()), word)
        return cls(words)

    def at(self, era: Era | None) -> dict[str, Word]:
        """Return the row of each name in a release; with None, the newest row of each name."""
        if era is None:
            return {name: rows[-1] for name, rows in self.words.items()}
        return {name: row for name, rows in self.words.items() for row in rows if row.lives(era)}

    def names(self, classes: Iterable[str]) -> frozenset[bytes]:
        """Return the names that have a row of one of the classes."""
        wanted = frozenset(classes)
        return frozenset(name.encode() for name, rows in self.words.items() for row in rows if row.cls in wanted)

    def without(self, names: frozenset[str]) -> "Vocabulary":
        """Return a vocabulary in which some names are no words."""
        return Vocabulary({name: rows for name, rows in self.words.items() if name not in names})

    def extend(self, rows: Iterable[str], where: str) -> "Vocabulary":
        """Return a vocabulary with a user's rows in front: theirs replace ours of the same name.

        Columns may also be separated by two or more blanks. What ends in ".tsv" is no row but the name of a file of
        rows, from ``where`` on. Errors name the file and the row's number.
        """
        # Imported here because only configuration with rows of its own needs it.
        from anonlint.kernel.classes import check, ordered

        added: dict[str, tuple[Word, ...]] = {}
        for file, number, line in _numbered(rows, where):
            word = _word(_columns(line), {}, {}, file, number)
            check(word, f"{file}:{number}")
            added[word.name] = (*added.get(word.name, ()), word)
        for name, both in added.items():
            added[name] = ordered(both, f"{where}: {name}")
        return Vocabulary({**self.words, **added})


def places(name: str, rows: Iterable[str], where: str) -> list[str]:
    """Return where each row of a word stands, as file:line: of ours, or of the user's, which replace ours."""
    theirs = [f"{file}:{number}" for file, number, line in _numbered(rows, where) if _columns(line)[0] == name]
    ours = (
        (file, number)
        for file, text in _texts()
        for number, line in enumerate(text.split("\n"), 1)
        if line.startswith(f"{name}\t")
    )
    return theirs or [f"anonlint/kernel/data/{file}:{number}" for file, number in ours]


def _texts() -> Iterator[tuple[str, str]]:
    # Not importlib.resources: it costs more than reading the files.
    folder = os.path.join(os.path.dirname(os.path.abspath(__file__)), "data")
    for name in FILES:
        with open(os.path.join(folder, name), encoding="ascii") as file:
            yield name, file.read()


def _numbered(rows: Iterable[str], where: str) -> Iterator[tuple[str, int, str]]:
    """Yield each row that says something with its file and number; a file that is named gives its rows."""
    for line in rows:
        if line.endswith(".tsv") and not any(map(str.isspace, line)):
            path = os.path.join(os.path.dirname(where), line)
            yield from ((path, at, text) for at, text in enumerate(_lines(path), 1) if _says_something(text))
        elif _says_something(line):
            yield where, _line_of(line, where), line


def _line_of(row: str, where: str) -> int:
    """Return the line of a settings file in which a row stands, 1 where it is not found as it is spelled."""
    try:
        lines = _lines(where)
    except VocabularyError:
        return 1  # nobody's file
    first = _columns(row)[0]
    return next((i for i, text in enumerate(lines, 1) if re.search(rf"[\"']\s*{re.escape(first)}(?!\w)", text)), 1)


def _says_something(line: str) -> bool:
    return bool(line.strip()) and not line.lstrip().startswith("#")


def _lines(path: str) -> list[str]:
    from anonlint import sidefile

    try:
        return sidefile.read(path).decode("utf-8").splitlines()
    except OSError as error:
        raise VocabularyError(f"{path}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise VocabularyError(f"{path}: {error}") from error


def _columns(line: str) -> list[str]:
    parts = (part.strip() for chunk in line.split("\t") for part in chunk.split("  "))
    return [part for part in parts if part]


def _word(
    columns: list[str],
    eras: dict[str, tuple[Era, Era | None]],
    meanings: dict[str, dict[str, str]],
    file: str,
    number: int,
) -> Word:
    """Make a Word of five columns; ``eras`` and ``meanings`` remember what was parsed before."""
    try:
        name, cls, releases, meaning, prototype = columns
        since, until = eras.get(releases) or eras.setdefault(releases, span(releases))
        pairs = meanings.get(meaning)
        if pairs is None:
            pairs = {} if meaning == "-" else dict(pair.split("=", 1) for pair in meaning.split(" "))
            meanings[meaning] = pairs
    except ValueError as error:
        raise VocabularyError(_why(columns, file, number)) from error
    return Word(name, cls, since, until, pairs, prototype)


def span(text: str) -> tuple[Era, Era | None]:
    """Return "5.19-6.18" as its first and its last release, None for "6.6-"; ValueError if it is no such span."""
    first, dash, last = text.partition("-")
    if not dash:
        raise ValueError(text)
    return era(first), era(last) if last else None


def era(text: str) -> Era:
    """Return "6.12" as (6, 12); ValueError if it is no release."""
    major, dot, minor = text.partition(".")
    if not (dot and major.isdecimal() and minor.isdecimal()):
        raise ValueError(text)
    return int(major), int(minor)


def _why(columns: list[str], file: str, number: int) -> str:
    where = f"{file}:{number}"
    if len(columns) != 5:
        return f"{where}: {len(columns)} columns instead of 5 (name, class, eras, meaning, prototype)"
    try:
        span(columns[2])
    except ValueError:
        return f"{where}: {columns[2]!r} is no span of releases such as 5.19-6.18 or 6.6-"
    return f"{where}: {columns[3]!r} is no list of key=value words, nor -"
