"""Reads the lines of one hunk, driven by the counts in its header; mends hunks that do not fit.

Mails damage hunks: lines are wrapped, lose their leading blank, are cut out, or have a reviewer's text
between them. A reading is believed when the counts of the header prove it. If no reading fits, what
there is is kept as a partial hunk, and reading goes on at the next header.
"""

import re
from collections.abc import Sequence
from typing import NamedTuple

from anonlint.model.patch import Hunk

# Stands for a line of another quote depth; no line of a text can hold a line end.
FOREIGN = b"\n"

_NO_NEWLINE = b"\\ "  # "\\ No newline at end of file", in any language
_MARKS = (b" ", b"+", b"-", _NO_NEWLINE)
# Only damaged hunks need these patterns: compiling them would cost every run a millisecond.
_CUT = rb"[\[<(]?\s*(?:\.{3,}|(?:snip|cut|skip|trim)(?:ped|med)?)\s*[\])>]?$|[-=]*\s*8<"
_WORDS = rb"[A-Za-z',.!?-]+(?:\s+[A-Za-z0-9',.()!?:\"-]+)*$"
_C_WORDS = frozenset(
    b"else do static inline const void int unsigned signed long short char bool struct union enum extern "
    b"return break continue default volatile noinline asmlinkage __init typedef".split()
)
_STATEMENTS = (b"if (", b"for (", b"while (", b"switch (", b"return ", b"goto ", b"case ")
_WRAPS_FROM = 50  # mail programs wrap at 60 to 80 columns: the rest of a shorter line is not a wrapped one
_WRAPPED_AT = 70  # columns; what a line and the next word take if a mail program has put a break between them
_WIDEST = 80
_ENDS = (b";", b"{", b"}", b"*/")  # what a line of C ends with that does not go on
_Numbered = Sequence[tuple[int, bytes]]  # lines with their index in the region
_MORE = (b"+\t", b"-\t", b" \t", b"+}", b"-}", b" }")


class Header(NamedTuple):
    """A hunk header. ``counted`` is False when it holds no line numbers at all."""

    old_start: int
    old_count: int
    new_start: int
    new_count: int
    context: bytes
    at: int
    counted: bool = True


def parse_header(line: bytes, at: int) -> Header | None:
    """Return what an ``@@`` line says; None if it is no hunk header. A missing count is 1."""
    words = line.split(b" ", 4)
    if len(words) > 3 and words[0] == b"@@" and words[3][:2] == b"@@":
        old, new = _range(words[1], b"-"), _range(words[2], b"+")
        if old is not None and new is not None:
            context = b" ".join(words[3:])[2:].strip()
            return Header(*old, *new, context, at)
    if line.rstrip() == b"@@" or (line.startswith(b"@@ ") and b"@@" in line[3:]):
        return Header(1, 0, 1, 0, line.rpartition(b"@@")[2].strip(), at, counted=False)
    return None


def read(lines: Sequence[bytes], start: int, header: Header) -> tuple[list[Hunk], int]:
    """Read the hunk whose first line is ``lines[start]``; return it, and the index of the line after it.

    More than one hunk comes back only when the middle of a hunk was cut out.
    """
    if not header.counted:
        end = region_end(lines, start)
        return salvage(header, lines[start:end], "the hunk header holds no line numbers"), end
    strict = _strict(lines, start, header)
    if strict is not None:
        taken, at = strict
        blanks = b"" in lines[start:at]
        if not _goes_on(lines[at : at + 1], doubtful=blanks or not taken):
            if at < len(lines) and _is_rest(lines[at], taken):
                taken[-1] = taken[-1].rstrip() + b" " + lines[at] + b"\n"
                return [_hunk(header, taken, "the last line was wrapped", partial=True)], at + 1
            return [_hunk(header, taken)], at
        if not blanks:
            return _overlong(header, taken, lines, at)
    end = region_end(lines, start)
    region = lines[start:end]
    mended = _mend(header, region)
    if mended is not None:
        return [mended[0]], start + mended[1]
    return salvage(header, region, "lines do not fit the counts of the hunk header"), end


def region_end(lines: Sequence[bytes], start: int) -> int:
    """Return the index of the first line from ``start`` on that cannot belong to the hunk."""
    for i in range(start, len(lines)):
        line = lines[i]
        if line.startswith((b"@@ ", b"@@@ ", b"diff -", b"Index: ")) or is_signature(lines, i):
            return i
        if line.startswith(b"--- ") and i + 1 < len(lines) and lines[i + 1].startswith(b"+++ "):
            return i
    return len(lines)


def is_signature(lines: Sequence[bytes], at: int) -> bool:
    """Return whether a mail's signature begins here (``-- ``, then git's version or the end)."""
    if lines[at] not in (b"-- ", b"--"):
        return False
    after = lines[at + 1] if at + 1 < len(lines) else b""
    return len(lines) - at <= 5 or after[:1].isdigit()


def looks_like_code(line: bytes) -> bool:
    """Return whether a line is rather C than English: plain words alone are not C, unless C's own."""
    text = line.strip()
    if re.match(_CUT, text, re.IGNORECASE):
        return False
    if line[:1] == b"\t" or text.startswith(_STATEMENTS):
        return True
    return not re.match(_WORDS, text) or _C_WORDS.issuperset(text.split())


def salvage(header: Header, region: Sequence[bytes], damage: str) -> list[Hunk]:
    """Return the pieces of a hunk that fits no reading, all partial; at least one (maybe empty)."""
    pieces = [_trimmed(piece) for piece in _pieces(region)]
    pieces = [piece for i, piece in enumerate(pieces) if piece and (i == 0 or is_change(piece))]
    hunks: list[Hunk] = []
    old, new = header.old_start, header.new_start
    for i, piece in enumerate(pieces):
        if i and i == len(pieces) - 1:
            old, new = _from_end(header, pieces, old, new)
        context = header.context if i == 0 else b""
        hunks.append(Hunk(old, new, tuple(piece), context, header.at, damage, partial=True))
        old += sum(line[:1] != b"+" for line in piece)
        new += sum(line[:1] != b"-" for line in piece)
    return hunks or [Hunk(old, new, (), header.context, header.at, damage, partial=True)]


def _range(word: bytes, sign: bytes) -> tuple[int, int] | None:
    """Return (start, count) of ``-12,3`` or ``+12``."""
    start, comma, count = word[1:].partition(b",")
    digits = start + count
    if word[:1] != sign or not digits.isdigit() or len(start) > 9 or len(count) > 9 or not start:
        return None
    return int(start), int(count) if comma and count else 1


def _hunk(header: Header, taken: list[bytes], damage: str = "", *, partial: bool = False) -> Hunk:
    return Hunk(header.old_start, header.new_start, tuple(taken), header.context, header.at, damage, partial)


def _strict(lines: Sequence[bytes], at: int, header: Header) -> tuple[list[bytes], int] | None:
    """Read the lines that the counts ask for; None if a line is none of a hunk or the counts do not fit."""
    old, new, end = header.old_count, header.new_count, len(lines)
    taken: list[bytes] = []
    while old > 0 or new > 0:
        if at == end:
            return None
        line = lines[at]
        mark = line[:1]
        at += 1
        if mark == b"+":
            new -= 1
        elif mark == b"-":
            old -= 1
        elif mark in (b" ", b""):
            old -= 1
            new -= 1
        elif line.startswith(_NO_NEWLINE) and taken:
            taken[-1] = taken[-1].rstrip(b"\n")
            continue
        else:
            return None
        taken.append((line or b" ") + b"\n")
    if old or new:
        return None
    if at < end and taken and lines[at].startswith(_NO_NEWLINE):
        taken[-1] = taken[-1][:-1]
        at += 1
    return taken, at


def _goes_on(following: Sequence[bytes], *, doubtful: bool) -> bool:
    """Return whether more of a hunk follows, so that its counts were reached by chance.

    That happens in ``doubtful`` readings: where blank or odd lines of a mail were taken for context.
    """
    line = following[0] if following else b""
    if line.startswith(_MORE):
        return True
    return doubtful and line[:1] in (b" ", b"+", b"-") and not line.startswith((b"--", b"+++ "))


def _is_rest(line: bytes, taken: list[bytes]) -> bool:
    """Return whether the line behind a hunk is the rest of its last one, which was too long for a mail program."""
    if not taken or not _is_odd(line) or line.startswith((b"diff ", b"@@", b"Index: ")):
        return False
    last = taken[-1].rstrip()
    broken = len(last) <= _WIDEST and len(last + line.partition(b" ")[0]) >= _WRAPPED_AT
    return broken and not last.endswith(_ENDS) and line.rstrip().endswith((*_ENDS, b",", b")"))


def _overlong(header: Header, taken: list[bytes], lines: Sequence[bytes], at: int) -> tuple[list[Hunk], int]:
    """Go on past counts that were reached too early, as a patch edited by hand has them."""
    while at < len(lines) and lines[at][:1] in (b" ", b"+", b"-") and region_end(lines[at : at + 2], 0):
        taken.append(lines[at] + b"\n")
        at += 1
    damage = "more lines than the hunk header counts"
    header = header._replace(old_start=max(1, header.old_start), new_start=max(1, header.new_start))
    return [_hunk(header, taken, damage, partial=True)], at


def _mend(header: Header, region: Sequence[bytes]) -> tuple[Hunk, int] | None:
    """Try the readings that the counts can prove; return the hunk and how many lines it took.

    Whatever strips blanks strips them from every line: where some context lines have theirs, odd lines
    are rather wrapped or put in between.
    """
    own = [(i, line) for i, line in enumerate(region) if line != FOREIGN]
    if any(_is_odd(line) for _, line in own):
        mixed = any(line.startswith(b" \t") for _, line in own)
        ways = (_mend_odd, _mend_lost) if mixed else (_mend_lost, _mend_odd)
        return ways[0](header, own, mixed) or ways[1](header, own, mixed)
    fitted = _fit(own, header)
    if fitted is None:
        return None
    return _hunk(header, fitted[0], "other text stands between the lines"), fitted[1]


def _mend_lost(header: Header, own: _Numbered, mixed: bool) -> tuple[Hunk, int] | None:
    """Read odd lines as context that has lost its leading blank."""
    fitted = _fit([(i, b" " + _blanks(line) if _is_odd(line) else line) for i, line in own], header)
    if fitted is None:
        return None
    odd = [line for i, line in own if i < fitted[1] and _is_odd(line)]
    guessed = (mixed and bool(odd)) or not all(looks_like_code(line) for line in odd)
    damage = "context lines lost their leading blank" if odd else "other text stands between the lines"
    return _hunk(header, fitted[0], damage, partial=guessed), fitted[1]


def _mend_odd(header: Header, own: _Numbered, mixed: bool) -> tuple[Hunk, int] | None:  # noqa: ARG001
    """Read odd lines as the rest of wrapped lines, or as text that was put in between."""
    fitted = _fit(_unwrapped(own), header)
    if fitted is None:
        return None
    return _hunk(header, fitted[0], "lines were wrapped or put in between", partial=True), fitted[1]


def _is_odd(line: bytes) -> bool:
    return bool(line) and not line.startswith(_MARKS) and line != FOREIGN


def _blanks(line: bytes) -> bytes:
    """Return an odd line with no-break spaces at its front made blanks, less the lost leading one."""
    if line.startswith(b"\xc2\xa0"):
        return line.replace(b"\xc2\xa0", b" ")[1:]
    return line


def _fit(items: _Numbered, header: Header) -> tuple[list[bytes], int] | None:
    """Read (index, line) pairs by the counts; return the lines and the index after the last one taken."""
    read_lines = _strict([line for _, line in items], 0, header)
    if read_lines is None:
        return None
    taken, used = read_lines
    if _goes_on([line for _, line in items[used : used + 1]], doubtful=True):
        return None
    return taken, (items[used - 1][0] + 1 if used else 0)


def _unwrapped(own: _Numbered) -> list[tuple[int, bytes]]:
    """Join what looks like the rest of a wrapped line to it; drop other odd lines, and blanks round them."""
    out: list[tuple[int, bytes]] = []
    dropped = False
    for i, line in own:
        if not _is_odd(line):
            if line or not dropped:
                out.append((i, line))
            continue
        if out and len(out[-1][1]) >= _WRAPS_FROM:
            out[-1] = (i, out[-1][1].rstrip() + b" " + line)
            continue
        while out and not out[-1][1]:
            out.pop()
        dropped = True
    return out


def _pieces(region: Sequence[bytes]) -> list[list[bytes]]:
    """Split a damaged hunk's lines where something was cut out or English stands."""
    pieces: list[list[bytes]] = [[]]
    for line in region:
        if line == FOREIGN:
            continue
        if line.startswith(_NO_NEWLINE):
            if pieces[-1]:
                pieces[-1][-1] = pieces[-1][-1].rstrip(b"\n")
        elif not _is_odd(line):
            pieces[-1].append((line or b" ") + b"\n")
        elif looks_like_code(line):
            pieces[-1].append(b" " + _blanks(line) + b"\n")
        elif pieces[-1]:
            pieces.append([])
    return pieces


def _trimmed(piece: list[bytes]) -> list[bytes]:
    """Return a piece without blank context lines at its ends: they are the mail's rather than the file's."""
    start, end = 0, len(piece)
    while end > start and piece[end - 1] == b" \n":
        end -= 1
    while start < end and piece[start] == b" \n":
        start += 1
    return piece[start:end]


def is_change(piece: Sequence[bytes]) -> bool:
    """Return whether a piece changes something, and all that it changes looks like code."""
    changed = [line[1:] for line in piece if line[:1] in (b"+", b"-")]
    return bool(changed) and all(looks_like_code(line) for line in changed)


def _from_end(header: Header, pieces: list[list[bytes]], old: int, new: int) -> tuple[int, int]:
    """Return where the last piece starts: counted from the end if the cut took out only context lines."""
    lines = [line[:1] for piece in pieces for line in piece]
    missing_old = header.old_count - sum(mark != b"+" for mark in lines)
    missing_new = header.new_count - sum(mark != b"-" for mark in lines)
    if missing_old == missing_new and missing_old > 0:
        return old + missing_old, new + missing_new
    return old, new
