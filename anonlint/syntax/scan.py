"""Does a text mention a vocabulary word? Asked of every file, so it must cost next to nothing.

Searching for a fixed string is far faster than any regular expression, and vocabulary words share
stems ("migration_entry"). So a few stems that cover all words are searched for, and only around a
hit is the whole identifier looked at.
"""

import re
from functools import lru_cache
from itertools import pairwise

_TAIL = re.compile(rb"\w*+", re.ASCII)
_HEAD = re.compile(rb"\w++\Z", re.ASCII)
# Stems that kernel code is full of make poor needles: each costs a look at thousands of identifiers.
_COMMON = frozenset(
    b"""
    entry page pages folio folios set get put make huge copy clear test flush unmap pte pmd pud pgd ptep pmdp
    is to do of mm vma add new dup try map range swap head lock unlock change remove restore split insert
    install write read fault wait follow present none dirty young anon file shared user mapped count ref
    device walk table update zap free move check special protect alloc type
    """.split()
)
# But most files have none of these.
_TELLING = frozenset((b"pte", b"pmd", b"pud", b"pgd", b"swap"))
_LONGEST = 80
_SMALL = 1 << 14  # bytes: of fewer it costs more to think than to look


def mentions(data: bytes, words: frozenset[bytes]) -> bool:
    """Tell whether ``data`` holds one of ``words`` as a whole identifier (also in comments and strings)."""
    if len(data) < _SMALL:
        return _holds(data, words)
    return any(gate in data and _holds(data, behind) for gate, behind in gates(words))


def _holds(data: bytes, words: frozenset[bytes]) -> bool:
    for stem in stems(words):
        at = data.find(stem)
        while at >= 0:
            start, end = _identifier(data, at, at + len(stem))
            if data[start:end] in words:
                return True
            at = data.find(stem, max(end, at + 1))
    return False


def hits(data: bytes, words: frozenset[bytes]) -> list[int]:
    """Return the sorted offsets at which ``data`` holds one of ``words`` as a whole identifier."""
    found: set[int] = set()
    for stem in stems(words) if len(words) > 1 else words - {b""}:  # not worth to be remembered
        at = data.find(stem)
        while at >= 0:
            start, end = _identifier(data, at, at + len(stem))
            if data[start:end] in words:
                found.add(start)
            at = data.find(stem, max(end, at + 1))
    return sorted(found)


def _identifier(data: bytes, start: int, end: int) -> tuple[int, int]:
    """Return the span of the identifier around data[start:end]; one of absurd length is cut short."""
    tail = _TAIL.match(data, end, end + _LONGEST)
    head = _HEAD.search(data[max(start - _LONGEST, 0) : start])
    return start - (len(head[0]) if head else 0), tail.end() if tail else end


@lru_cache(maxsize=16)
def gates(words: frozenset[bytes]) -> tuple[tuple[bytes, frozenset[bytes]], ...]:
    """Return the fewest stems such that every word holds one of them, each with the words that are left to it.

    A file that has none of them has no word either: few files have one.
    """
    left = frozenset(words) - {b""}
    parts = {part for word in left for part in word.split(b"_") if len(part) > 2} - (_COMMON - _TELLING)
    held = {part: frozenset(word for word in left if part in word) for part in parts}
    chosen: list[tuple[bytes, frozenset[bytes]]] = []
    while left:
        held = {part: behind for part, words in held.items() if len(behind := words & left) > 2}
        best = min(held, key=lambda part: (-len(held[part]), -len(part), part), default=b"")
        best = best or min(left, key=lambda word: (len(word), word))
        behind = held.get(best) or frozenset(word for word in left if best in word)
        chosen.append((best, behind))
        left -= behind
    return tuple(chosen)


@lru_cache(maxsize=256)
def stems(words: frozenset[bytes]) -> tuple[bytes, ...]:
    """Return few stems such that every word holds one of them (greedy cover, the same on each run)."""
    covers: dict[bytes, set[bytes]] = {}
    for word in words:
        for stem in _stems_of(word):
            covers.setdefault(stem, set()).add(word)
    chosen: list[bytes] = []
    left = set(words) - {b""}
    # A stem that covers the most comes first; ties go to the longer, then to the alphabetically first.
    order = sorted(covers, key=lambda p: (-len(covers[p]), -len(p), p))
    for stem in order:
        gain = covers[stem] & left
        if len(gain) >= 3:
            chosen.append(stem)
            left -= gain
    for word in sorted(left, key=lambda w: (len(w), w)):
        if not any(stem in word for stem in chosen):
            chosen.append(word)
    return tuple(chosen)


def _stems_of(word: bytes) -> set[bytes]:
    """Return the parts of ``word`` that are rare enough to search for: itself, words, pairs of words."""
    parts = word.split(b"_")
    found = {word}
    found.update(p for p in parts if len(p) > 4 and p not in _COMMON)
    for left, right in pairwise(parts):
        if left and right and not (left in _COMMON and right in _COMMON):
            found.add(left + b"_" + right)
    return found
