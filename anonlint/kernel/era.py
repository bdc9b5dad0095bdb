"""Which release a file or a tree belongs to, judged by the words that it uses."""

import os
import re
from typing import NamedTuple

from anonlint import sidefile
from anonlint.kernel.vocabulary import OLDEST, Vocabulary
from anonlint.kernel.word import Era, Word

_LAST: Era = (99, 0)
_VERSION = re.compile(rb"^(VERSION|PATCHLEVEL)[ \t]*=[ \t]*(\d+)", re.M)
_HEADERS = ("swapops.h", "leafops.h", "rmap.h", "mm_types.h")


class Dating(NamedTuple):
    """First and last release that fit (None: not bounded), and the words that say so."""

    since: Era | None
    until: Era | None
    evidence: tuple[str, ...] = ()

    def before(self, era: Era) -> bool:
        """Return whether all releases that fit are older than ``era``."""
        return self.until is not None and self.until < era

    def after(self, era: Era) -> bool:
        """Return whether all releases that fit are ``era`` or newer."""
        return self.since is not None and self.since >= era


class _Span(NamedTuple):
    since: Era
    until: Era
    name: str


def date(names: set[str], vocabulary: Vocabulary, told: Dating | None = None, stray: int = 0) -> Dating:
    """Return the releases in which all the names existed together.

    Where they contradict each other (a stable tree with a late backport, a half-finished port), the
    releases that the most of the names agree on; of several such, the newest. What is ``told`` of the input
    counts unless more than ``stray`` names speak against it (they do in a vendor's tree, full of newer code);
    then the release nearest to it that the names agree on.
    """
    spans = [span for name in names for span in _span(name, vocabulary.words.get(name, ()))]
    if told is not None and (told.since or told.until):
        return _told(spans, told, stray)
    if not spans:
        return Dating(None, None, ())
    best = max({span.since for span in spans}, key=lambda era: (_votes(spans, era), era))
    agreed = [span for span in spans if span.since <= best <= span.until]
    since, until = max(span.since for span in agreed), min(span.until for span in agreed)
    return _bounded(since, until, _evidence(agreed, since, until))


def date_sides(
    before: set[str] | None, after: set[str] | None, vocabulary: Vocabulary, told: Dating, stray: int = 0
) -> tuple[Dating, Dating]:
    """Return the releases of a file before and after a patch; None for a side that there is not.

    The names of both sides count for both, unless the patch renames an API: no release has them all then, and
    each side is of the release nearest to the other that its own names allow. What is ``told`` tells of the file
    that the patch is for; names that the patch leaves alone do not make what comes after it newer.
    """
    if before is None or after is None:
        only = date((before or set()) | (after or set()), vocabulary, told, stray)
        return only, only
    old = date(before, vocabulary, told, stray)
    new = date(after, vocabulary, old, _against(before & after, vocabulary, old))
    return (date(before, vocabulary, new, stray) if _narrower(new, old) else old), new


def _against(names: set[str], vocabulary: Vocabulary, dating: Dating) -> int:
    """Return how many of the names did not exist in any of the releases."""
    since, until = dating.since or OLDEST, dating.until or _LAST
    spans = [span for name in names for span in _span(name, vocabulary.words.get(name, ()))]
    return sum(span.until < since or until < span.since for span in spans)


def _narrower(one: Dating, other: Dating) -> bool:
    """Return whether the releases of one are some of the other's."""
    since, until = (other.since or OLDEST), (other.until or _LAST)
    return since <= (one.since or OLDEST) and (one.until or _LAST) <= until


def _told(spans: list[_Span], told: Dating, stray: int) -> Dating:
    """Return the releases told of that the fewest names speak against; the nearest ones if too many do there."""
    since, until = clamped(told.since or OLDEST), clamped(told.until or _LAST)
    ends = {since, until, OLDEST, _LAST, *(era for span in spans for era in (span.since, span.until))}
    against = {era: len(spans) - _votes(spans, era) for era in ends}
    inside = sorted(era for era in ends if since <= era <= until)
    fewest = min(against[era] for era in inside)
    if fewest > stray and fewest > min(against.values()):
        best = [era for era in sorted(ends) if against[era] == min(against.values())]
        return _nearest(best, since, until, told.evidence)
    fitting = [era for era in inside if against[era] == fewest]
    return _bounded(fitting[0], fitting[-1], told.evidence)


def _nearest(eras: list[Era], since: Era, until: Era, evidence: tuple[str, ...]) -> Dating:
    """Return the first release after ``until``; where there is none, the last one before ``since``."""
    later = [era for era in eras if era > until]
    nearest = later[0] if later else max(era for era in eras if era < since)
    return _bounded(nearest, nearest, evidence)


def _bounded(since: Era, until: Era, evidence: tuple[str, ...]) -> Dating:
    return Dating(since if since > OLDEST else None, until if until < _LAST else None, evidence)


def clamped(era: Era) -> Era:
    """Return the release; the oldest that the vocabulary knows of an older one."""
    return max(era, OLDEST)


def _votes(spans: list[_Span], era: Era) -> int:
    return sum(span.since <= era <= span.until for span in spans)


def _span(name: str, rows: tuple[Word, ...]) -> list[_Span]:
    """Return a name's span from its first to its last release, nothing if that says nothing."""
    if not rows or any("undated" in row.meaning for row in rows):
        return []
    until = rows[-1].until or _LAST
    if rows[0].since == OLDEST and until == _LAST:
        return []
    return [_Span(rows[0].since, until, name)]


def _evidence(spans: list[_Span], since: Era, until: Era) -> tuple[str, ...]:
    """Name the words that set the bounds, three for each bound at the most."""
    first = sorted(span.name for span in spans if span.since == since and since > OLDEST)
    last = sorted(span.name for span in spans if span.until == until and until < _LAST)
    return (
        *(f"{name}: since {_text(since)}" for name in first[:3]),
        *(f"{name}: until {_text(until)}" for name in last[:3]),
    )


def _text(era: Era) -> str:
    return f"{era[0]}.{era[1]}"


def tree_era(tree_root: str, vocabulary: Vocabulary | None = None) -> Dating:
    """Return the release of a kernel tree: by its Makefile, else by the words of its headers."""
    known = release(_read(os.path.join(tree_root, "Makefile")))
    if known is not None:
        return Dating(known, known, ("Makefile",))
    words: set[str] = set()
    for name in _HEADERS:
        words |= _words(os.path.join(tree_root, "include", "linux", name))
    return date(words, vocabulary or Vocabulary.load())


def tree_above(path: str) -> str:
    """Return the kernel tree that a file or directory stands in, "" if there is none."""
    at = os.path.realpath(path)
    while not os.path.isfile(os.path.join(at, "include", "linux", "swap.h")):
        if at == os.path.dirname(at):
            return ""
        at = os.path.dirname(at)
    return at


def release(makefile: bytes) -> Era | None:
    """Return the release that a kernel's Makefile names, None where it names none."""
    found = dict(_VERSION.findall(makefile[:4096]))
    if b"VERSION" not in found or b"PATCHLEVEL" not in found:
        return None
    return int(found[b"VERSION"]), int(found[b"PATCHLEVEL"])


def _words(path: str) -> set[str]:
    text = re.sub(rb"/\*(?:.*?\*/|.*)|//[^\n]*", b"", _read(path), flags=re.S)
    return {word.decode() for word in re.findall(rb"[A-Za-z_]\w*", text)}


def _read(path: str) -> bytes:
    try:
        return sidefile.read(path)
    except OSError:
        return b""
