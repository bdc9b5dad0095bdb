"""Does a text mention a vocabulary word? Asked of every file, so it must cost next to nothing.

To make words of a text is one pass over its bytes, however many words are looked for: far faster than any regular
expression, or to look for each of them.
"""

from collections.abc import Iterator

from anonlint.syntax.lex import split

_PIECE = 1 << 15  # bytes: most files that have a word have one soon, and not all words of a large one are held


def mentions(data: bytes, words: frozenset[bytes]) -> bool:
    """Tell whether ``data`` holds one of ``words`` as a whole identifier (also in comments and strings)."""
    return any(not words.isdisjoint(split(piece)) for piece in _pieces(data))


def _pieces(data: bytes) -> Iterator[bytes]:
    """Yield a text in pieces, cut at the ends of lines."""
    start = 0
    while start < len(data):
        end = data.find(b"\n", start + _PIECE)
        yield data[start : end if end >= 0 else len(data)]
        start = end if end >= 0 else len(data)


def places(data: bytes, word: bytes) -> list[int]:
    """Return the offsets at which ``data`` holds a word as a whole identifier (also in comments and strings)."""
    found: list[int] = []
    at = data.find(word) if word else -1
    while at >= 0:
        end = at + len(word)
        if split(data[max(at - 1, 0) : end + 1]) == [word]:
            found.append(at)
        at = data.find(word, end)
    return found
