"""What may stand in a place of a command line, told by its usage text: ``DIR``, ``text|json``, ``CODES``."""

import re
from collections.abc import Sequence

from anonlint.cli.options import Command, Option

WORDS, DIRECTORY, FILE, CODE, CODES, REVISION, FREE = "words", "dir", "file", "code", "codes", "rev", "free"
TOP_OPTIONS = (("-h", "--help", "show help"), ("-V", "--version", "show the version"))

_KINDS = {
    "DIR": DIRECTORY,
    "FILE": FILE,
    "INPUT": FILE,
    "CODE|NAME": CODE,
    "CODES": CODES,
    "REV|A..B": REVISION,
}


class Expected:
    """A kind, and where it is WORDS the words to choose from."""

    __slots__ = ("kind", "words")

    def __init__(self, kind: str, words: Sequence[str] = ()) -> None:
        self.kind = kind
        self.words = tuple(words)


def value(option: Option) -> Expected:
    """Return what the value of an option may be."""
    return Expected(WORDS, option.choices) if option.choices else _place(option.metavar)


def operands(command: Command) -> list[Expected]:
    """Return the places of the operands: first those with fixed words, then the one that all others share."""
    places = [_place(text) for text in command.operands.split()]
    fixed = [place for place in places if place.kind == WORDS]
    return fixed + [place for place in places if place.kind not in (WORDS, FREE)][:1]


def brief(text: str) -> str:
    """Return the beginning of a help text, short enough to stand beside a completion."""
    first = re.split(r"[.:;] | \(", text, maxsplit=1)[0].rstrip(".")
    return first if " " in first else text.split(" (")[0]


def _place(text: str) -> Expected:
    bare = text.strip("[].")
    if bare == bare.lower() and bare:
        return Expected(WORDS, bare.split("|"))
    return Expected(_KINDS.get(bare, FREE))
