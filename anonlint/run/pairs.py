"""Which functions before are which functions after a patch, and which of them its text has changed."""

import re
from collections.abc import Sequence
from difflib import SequenceMatcher
from typing import NamedTuple

from anonlint.model.function import Extent
from anonlint.syntax.index import FileIndex
from anonlint.syntax.lex import without_remarks

_TOKEN = re.compile(rb"\w+|[^\w\s]")
_ALIKE = 0.6  # of what a function that goes and one that comes are made of: it has got another name
_MOST = 12  # of each, of which pairs are looked for


class Pair(NamedTuple):
    """A function, or a piece of one, on both sides; None where it is not there."""

    before: Extent | None
    after: Extent | None

    @property
    def name(self) -> str:
        """Return what it is called now."""
        extent = self.after or self.before
        return "" if extent is None else extent.name


def tokens(index: FileIndex, extent: Extent) -> tuple[bytes, ...]:
    """Return what a function is made of, without comments and white space."""
    text = index.image.source.data[extent.span.start : extent.span.end]
    return tuple(_TOKEN.findall(without_remarks(text)))


def changed(before: FileIndex | None, after: FileIndex | None) -> list[Pair]:
    """Return the functions that differ in more than comments and white space, in the order of the file."""
    mine, others = _named(before), _named(after)
    found: list[Pair] = []
    for key in dict.fromkeys((*others, *mine)):
        one, other = mine.get(key), others.get(key)
        if not _alike(before, one, after, other):
            found.append(Pair(one, other))
    return _renamed(found, before, after)


def _alike(before: FileIndex | None, one: Extent | None, after: FileIndex | None, other: Extent | None) -> bool:
    """Return whether two functions are made of the same."""
    if before is None or after is None or one is None or other is None:
        return False
    return tokens(before, one) == tokens(after, other)


def _named(index: FileIndex | None) -> dict[tuple[str, int], Extent]:
    """Return the functions by name, and by which of that name it is: a hunk each may show a part of one."""
    found: dict[tuple[str, int], Extent] = {}
    count: dict[str, int] = {}
    for extent in index.extents if index is not None else ():
        found[extent.name, count.setdefault(extent.name, 0)] = extent
        count[extent.name] += 1
    return found


def _renamed(pairs: Sequence[Pair], before: FileIndex | None, after: FileIndex | None) -> list[Pair]:
    """Return the pairs with what went and what came put together where one is the other with another name."""
    if before is None or after is None:
        return list(pairs)
    gone = [p.before for p in pairs if p.before is not None and p.after is None][:_MOST]
    new = [p.after for p in pairs if p.after is not None and p.before is None][:_MOST]
    found = list(pairs)
    for one in gone:
        texts = {e: SequenceMatcher(None, tokens(before, one), tokens(after, e), autojunk=False).ratio() for e in new}
        match = max(texts, key=lambda e: texts[e], default=None)
        if match is not None and texts[match] >= _ALIKE:
            new.remove(match)
            found.remove(Pair(one, None))
            found[found.index(Pair(None, match))] = Pair(one, match)
    return found
