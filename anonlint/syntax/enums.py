"""Enumerators: names that stand for numbers of which all that is known is that they differ."""

import re
from typing import NamedTuple

from anonlint.model.source import Source
from anonlint.syntax.lex import split, without_remarks

# Each begins with what is looked for fast; what must not stand before that is asked behind it.
_MAYBE = re.compile(rb"enum\b\s*+(?:\w++\s*+)?(?:\{|/[*/])")
_ENUM = re.compile(rb"enum(?<!\wenum)\b[ \t\n]*+(?:\w++[ \t\n]*+)?\{([^{}]{1,20000}+)\}")
_NAME = re.compile(rb"\w++")
_ASSIGNED = re.compile(rb"=(?<![=!<>]=)\s*+\w++\s*+;")
_RETURNED = re.compile(rb"return(?<!\wreturn)\b\s*+\w++\s*+;")


class Enumerators(NamedTuple):
    """The enumerators of a file, each with the number of its enum, and those that something is compared with."""

    of: dict[str, int]
    compared: frozenset[str]


def enumerators(source: Source) -> Enumerators:
    """Return the enumerators of a file's enums whose values count up by themselves: others may be bits, or alike.

    One that is only ever assigned or returned is compared with nothing.
    """
    if not _MAYBE.search(source.data):
        return Enumerators({}, frozenset())
    code = without_remarks(source.data)
    found: dict[str, int] = {}
    for match in _ENUM.finditer(code):
        parts = [part.strip() for part in match[1].split(b",") if part.strip()]
        if all(_NAME.fullmatch(part) for part in parts[1:]) and len(parts) > 1:
            first = parts[0].partition(b"=")[0].strip()
            found |= {name.decode("ascii", "replace"): match.start() for name in (first, *parts[1:])}
    if not found:
        return Enumerators({}, frozenset())
    used = set(split(_ASSIGNED.sub(b"", _RETURNED.sub(b"", _ENUM.sub(b"", code)))))
    return Enumerators(found, frozenset(name for name in found if name.encode() in used))
