"""Enumerators: names that stand for numbers of which all that is known is that they differ."""

import re
from typing import NamedTuple

from anonlint.model.source import Source

_ENUM = re.compile(rb"\benum\b[ \t\n]*+(?:\w++[ \t\n]*+)?\{([^{}]{1,20000})\}")
_COMMENT = re.compile(rb"/\*.*?\*/|//[^\n]*", re.S)
_COMPARED = re.compile(rb"[!=]=[ \t\n]*+([A-Z][A-Z0-9_]*+)\b|\b([A-Z][A-Z0-9_]*+)[ \t\n]*+[!=]=")


class Enumerators(NamedTuple):
    """The enumerators of a file, each with the number of its enum, and those that something is compared with."""

    of: dict[str, int]
    compared: frozenset[str]


def enumerators(source: Source) -> Enumerators:
    """Return the enumerators of a file's enums whose values count up by themselves: others may be bits, or alike."""
    if b"enum" not in source.data:
        return Enumerators({}, frozenset())
    found: dict[str, int] = {}
    for match in _ENUM.finditer(_COMMENT.sub(b"", source.data)):
        parts = [part.strip() for part in match[1].split(b",") if part.strip()]
        if all(re.fullmatch(rb"\w+", part) for part in parts[1:]) and len(parts) > 1:
            first = parts[0].partition(b"=")[0].strip()
            found |= {name.decode("ascii", "replace"): match.start() for name in (first, *parts[1:])}
    compared = {(a or b).decode() for a, b in _COMPARED.findall(source.data)} if found else set()
    return Enumerators(found, frozenset(compared & found.keys()))
