"""Rows for what a tree has and the vocabulary does not know: what its headers say when they are run, and wrappers."""

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from anonlint.kernel.classes import NAMED, POSITIONS
from anonlint.kernel.definitions import Definition
from anonlint.kernel.doctor import HEADERS, Read, compare, read
from anonlint.kernel.sweep import Stranger, named_like, unknown
from anonlint.kernel.vocabulary import OLDEST, Vocabulary
from anonlint.kernel.word import Era, Word

_WRAPS = re.compile(r"\{\s*(?:return\s+)?(\w+)\s*\(([^;{}]*)\)\s*;\s*\}\s*$")
_SPECIFIERS = re.compile(r"\b(?:static|extern|inline|__always_inline|noinline|__maybe_unused|const)\b\s*")
_OF_SLOTS = ("map", "inert")  # followed where they are in sight, and harmless where not
_PLACED = POSITIONS | {"by", "flag", "flags", "mm", "name", "pfn", "vma", "walk"}
_ALIKE = 0.55  # how much of a name a helper that was renamed keeps, at least


class Proposal(NamedTuple):
    """A row that loads as it is; ``why`` says what it was derived from, ``sure`` whether that was more than a name."""

    row: str
    why: str
    place: str
    sure: bool = True


class Proposals(NamedTuple):
    """Rows in the order of their names; ``left`` are helpers on entries of which nothing could be said."""

    rows: tuple[Proposal, ...]
    left: tuple[Stranger, ...]


def propose(tree: str, vocabulary: Vocabulary) -> Proposals:
    """Return rows for the helpers, getters, wrappers and swap types of a tree that the vocabulary does not know."""
    strangers = {stranger.name: stranger for stranger in unknown(tree, vocabulary)}
    paths = {s.path for s in strangers.values()} - set(HEADERS)
    more = sorted(path for path in paths if path.startswith("include/linux/"))
    headers = read(tree, vocabulary, more)
    diagnosis = compare(tree, headers, vocabulary)
    era = diagnosis.compared
    known = vocabulary.at(era)
    found = {name: row for name, row in _wrappers(headers, known, era) if name in strangers}
    for new in diagnosis.new:
        if new.row:
            found.setdefault(new.name, Proposal(new.row, "so its definition says when it is run", new.place))
    left = {name: s for name, s in strangers.items() if name not in found}
    near = [s for s in named_like(tree, vocabulary, diagnosis.gone) if s.name not in found and s.name not in left]
    found |= dict(_renamed([*left.values()], near, [known[name] for name in diagnosis.gone], era))
    rest = tuple(s for name, s in sorted(left.items()) if name not in found)
    return Proposals(tuple(found[name] for name in sorted(found)), rest)


def _wrappers(headers: Read, known: Mapping[str, Word], era: Era | None) -> Iterator[tuple[str, Proposal]]:
    """Yield a row for each function that hands its parameters on to a word and does nothing else."""
    for name, definition in headers.definitions.items():
        match = _WRAPS.search(definition.code)
        word = known.get(match[1]) if match and name not in known else None
        if match is None or word is None or word.prototype == "-" or word.cls in _OF_SLOTS:
            continue
        meaning = _moved(word, [part.strip() for part in match[2].split(",")], _names(definition.params))
        if meaning is not None:
            row = _row(name, word, meaning, _head(definition), era)
            yield name, Proposal(row, f"it hands on to {word.name}()", f"{definition.path}:{definition.line}")


def _moved(word: Word, given: list[str], parameters: list[str]) -> dict[str, str] | None:
    """Return a word's meaning with the positions of a wrapper's parameters; None where it is not so simple."""
    meaning = dict(word.meaning)
    for key, value in word.meaning.items():
        if key not in _PLACED or (word.cls, key) in NAMED or not value.isdecimal():
            continue
        argument = given[int(value)] if int(value) < len(given) else ""
        if argument not in parameters:
            return None
        meaning[key] = str(parameters.index(argument))
    return meaning


def _renamed(
    left: list[Stranger], near: list[Stranger], words: list[Word], era: Era | None
) -> Iterator[tuple[str, Proposal]]:
    """Yield a row for each stranger that takes and gives what a word did that is gone, and has most of its name.

    Of ``near``, which are about no entry, those are meant that have all of it.
    """
    from difflib import SequenceMatcher

    for word in words:
        gone = word.name
        alike = [
            (SequenceMatcher(None, gone, s.name).ratio(), s)
            for s in (*left, *(s for s in near if gone in s.name))
            if s.gives and _types(f"{s.gives} {s.name}({s.params})") == _types(word.prototype)
        ]
        likeness, best = max(alike, key=lambda pair: pair[0], default=(0.0, None))
        if best is not None and (likeness >= _ALIKE or best.name.endswith(gone)):
            head = f"{_SPECIFIERS.sub('', best.gives)} {best.name}({best.params})"
            row = _row(best.name, word, word.meaning, head, era)
            why = f"a guess: {gone}() is gone, and this takes and gives the same"
            yield best.name, Proposal(row, why, f"{best.path}:{best.line}", sure=False)


def _types(prototype: str) -> list[str]:
    """Return what a prototype gives and takes, without names and qualifiers."""
    if "(" not in prototype:
        return []
    head, _, inside = prototype.partition("(")
    parts = [head, *inside.rpartition(")")[0].split(",")]
    return [re.sub(r"\s+", "", re.sub(r"\b\w+\s*$", "", _SPECIFIERS.sub("", part).strip())) for part in parts]


def _names(params: str) -> list[str]:
    return [(re.findall(r"\w+", part) or [""])[-1] for part in params.split(",")]


def _head(definition: Definition) -> str:
    head = _SPECIFIERS.sub("", " ".join(definition.code[: definition.code.index("(")].split()))
    return f"{head}({definition.params})"


def _row(name: str, word: Word, meaning: Mapping[str, str], prototype: str, era: Era | None) -> str:
    since = era or OLDEST
    pairs = {key: value for key, value in meaning.items() if key != "undated"}
    said = " ".join(f"{key}={value}" for key, value in pairs.items()) or "-"
    return f"{name}  {word.cls}  {since[0]}.{since[1]}-  {said}  {prototype}"
