"""Comments, strings and preprocessor lines out of the way: equal-length copies of C text."""

import re
from typing import NamedTuple

# One pass finds everything whose inside is not C code. Each alternative starts with its own byte and never goes back
# into what it has taken, so the pass is linear. An unterminated comment runs to the end of the text (as in C);
# an unterminated string or character is left alone: damaged text must not lose its braces.
# Groups repeat greedily in an atomic group: before Python 3.11.5 a possessive repeat of a group went on from where a
# part that did not fit had given up (a comment without its end).
_DIRECTIVE = rb'#(?:[^\n\\/"]++|\\(?:\r?\n|.)|"(?>(?:[^"\\\n]++|\\.)*)"|"|/(?!\*)|/\*.*?\*/)*'
_NOISE = re.compile(
    rb"/(?:\*(?:.*?\*/|.*)|/(?:[^\n\\]++|\\(?:\r?\n|.))*)"
    rb'|"(?>(?:[^"\\\n]++|\\(?:\r?\n|.))*)"'
    rb"|'(?>(?:[^'\\\n]|\\.){1,12})'"
    rb"|" + _DIRECTIVE,
    re.DOTALL,
)
# The same for a text in which a comment that never ends has begun: "/*" is two bytes there, no comment.
_OPEN_NOISE = re.compile(
    _NOISE.pattern.replace(rb"\*(?:.*?\*/|.*)", rb"\*").replace(rb"|/(?!\*)|/\*.*?\*/)", rb"|/)"), re.DOTALL
)
_CONDITIONAL = re.compile(rb"#[ \t]*(ifdef|ifndef|if|elif|elifdef|elifndef|else|endif)\b")
_WORD = re.compile(rb"[A-Za-z_]\w*+")
_UNCALLED = re.compile(rb"[A-Za-z_]\w*+(?!\s*\()")
_REMARK = re.compile(rb"/\*.*?(?:\*/|$)|//[^\n]*+|^[\"'].*", re.DOTALL)
_BLANK = re.compile(rb"[^\n]")
_CONTROLS = bytes((*range(9), *range(14, 32), 127))
# Every byte for itself, but control bytes (three of them are marks in clean text) and those of other letters.
_PLAIN = bytes(32 if byte < 9 or 13 < byte < 32 or byte == 127 else 95 if byte > 127 else byte for byte in range(256))

_OF_WORDS = bytes(byte for byte in range(128) if chr(byte).isalnum() or byte == 95)
_APART = bytes(byte if byte in _OF_WORDS else 32 for byte in range(256))
_NO_SIGNS = _OF_WORDS + b" \t\r\n\f\v"
_DIGITS = 58  # the bytes of words below are digits

# What clean text holds in place of the "#" of a conditional.
IF, ELSE, ENDIF = b"\x01", b"\x02", b"\x03"
_MARKS = {b"if": IF, b"ifdef": IF, b"ifndef": IF, b"endif": ENDIF}
_SPACES = b" " * 4096


class Directive(NamedTuple):
    """One ``#if``, ``#elif``, ``#else`` or ``#endif`` line: ``start`` is its "#", ``end`` its line end."""

    start: int
    end: int
    word: bytes
    text: bytes


def spaces(count: int) -> bytes:
    """Return ``count`` spaces."""
    return _SPACES[:count] if count <= 4096 else b" " * count


def blank(data: bytes) -> bytes:
    """Return ``data`` with everything but line ends turned into spaces."""
    return _BLANK.sub(b" ", data) if b"\n" in data else spaces(len(data))


def printable(data: bytes) -> bytes:
    """Return a whole file with what no C text holds out of the way: byte order marks, control bytes, 8-bit letters.

    An editor's mark before the first function must not hide it, and a name may have any letters.
    """
    if data.isascii() and len(data.translate(None, _CONTROLS)) == len(data):
        return data
    return data.replace(b"\xef\xbb\xbf", b"   ").replace(b"\xc2\xa0", b"  ").translate(_PLAIN)


def outline(data: bytes, *, whole: bool = False) -> bytes:
    """Return ``data`` with comments, strings, characters and directives blanked, for finding braces.

    Line ends inside a comment or directive are blanked too. The "#" of a conditional becomes one of the
    marks IF, ELSE, ENDIF. In a ``whole`` file a comment that never ends is none: what stands behind it is
    looked at. (That of a hunk may end behind the hunk.)
    """

    def replace(match: "re.Match[bytes]") -> bytes:
        start, end = match.span()
        if data[start] == 35:
            word = _CONDITIONAL.match(data, start, end)
            if word is not None:
                return _MARKS.get(word[1], ELSE) + spaces(end - start - 1)
        return spaces(end - start)

    opened = _never_ends(data) if whole else -1
    if opened >= 0:
        return _NOISE.sub(replace, data[:opened]) + _OPEN_NOISE.sub(replace, data[opened:])
    return _NOISE.sub(replace, data)


def split(data: bytes) -> list[bytes]:
    """Return the words of a text, numbers among them, in order."""
    return data.translate(_APART).split()


def words(data: bytes) -> set[bytes]:
    """Return the identifiers of C text: what a comment or a string says is none."""
    found = set(split(without_remarks(data)))
    numbers = [word for word in found if word[0] < _DIGITS]
    found.difference_update(numbers)
    return found.union(name[0] for word in numbers if (name := _WORD.search(word)))  # of a number its suffix


def uncalled(data: bytes) -> set[bytes]:
    """Return the identifiers of C text that stand somewhere without an argument list behind them."""
    return set(_UNCALLED.findall(without_remarks(data)))


def length(data: bytes) -> int:
    """Return how many words and signs C text has: what names, comments and blanks do not change."""
    text = without_remarks(data)
    return len(split(text)) + len(text.translate(None, _NO_SIGNS))


def without_remarks(data: bytes) -> bytes:
    """Return C text with a space for each comment, string and character; directives stay."""

    def replace(match: "re.Match[bytes]") -> bytes:
        text = match[0]
        if text[0] == 35:
            return _REMARK.sub(b" ", text) if b"/*" in text or b"//" in text else text
        return b" " if text[:2] == b"/*" and text[-2:] == b"*/" else _REMARK.sub(b" ", text)

    return _NOISE.sub(replace, data)


def _never_ends(data: bytes) -> int:
    """Return where a comment begins that never ends, -1 if all do."""
    if data.rfind(b"/*") + 1 < data.rfind(b"*/"):
        return -1
    last = -1
    for match in _NOISE.finditer(data):
        last = match.start()
    return last if data.startswith(b"/*", last) and data.find(b"*/", last + 2) < 0 else -1


def tidy(data: bytes) -> tuple[bytes, bytes]:
    """Return (code, clean) of ``data``.

    ``code`` has comments and directives blanked; ``clean`` has strings and characters blanked as well
    (their quotes too). Both keep line ends that are outside of comments.
    """
    code: list[bytes] = []
    clean: list[bytes] = []
    last = 0
    for match in _NOISE.finditer(data):
        start, end = match.span()
        plain = data[last:start]
        gap = spaces(end - start)
        literal = data[start] in b"\"'"
        code += (plain, data[start:end] if literal else gap)
        clean += (plain, gap)
        last = end
    code.append(data[last:])
    clean.append(data[last:])
    return b"".join(code), b"".join(clean)


def conditionals(data: bytes) -> tuple[Directive, ...]:
    """Return the ``#if``, ``#elif``, ``#else`` and ``#endif`` lines of C text, in order."""
    found: list[Directive] = []
    for match in _NOISE.finditer(data) if b"#" in data else ():
        start, end = match.span()
        word = _CONDITIONAL.match(data, start, end) if data[start] == 35 else None
        if word is not None:
            found.append(Directive(start, end, word[1], data[word.end() : end]))
    return tuple(found)


_NEST = re.compile(rb"[()]")


def close_paren(clean: "bytes | bytearray", start: int, limit: int = -1) -> int:
    """Return the offset behind the ")" that closes the "(" at ``start``, or -1."""
    stop = len(clean) if limit < 0 else limit
    end = clean.find(b")", start + 1, stop)
    if end < 0 or clean.find(b"(", start + 1, end) < 0:
        return end + 1 or -1
    depth = 0
    for token in _NEST.finditer(clean, start, stop):
        depth += 1 if token[0] == b"(" else -1
        if depth == 0:
            return token.end()
    return -1


_COMMENT_LINES = re.compile(rb"(?>(?:[ \t]*+\*(?:[ \t][^\n]*+|)(?:\r?\n|\Z))+)")


def comment_tail(data: bytes) -> int:
    """Return the length of the comment text at the start of a hunk whose ``/*`` is not visible, else 0."""
    end = data.find(b"*/")
    opened = data.find(b"/*")
    if end >= 0 and not 0 <= opened <= end:
        return end + 2
    lines = _COMMENT_LINES.match(data)
    return lines.end() if lines is not None else 0
