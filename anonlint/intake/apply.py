"""Applies the hunks of a patch to a file's bytes, exactly or not at all, and checks blob ids.

A hunk may have moved, as with ``git apply``, but every line of it must fit: there is no fuzz.
"""

from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate
from typing import NamedTuple

from anonlint.model.patch import FilePatch, Hunk

_PROOF = 7  # hexadecimal digits of a blob id that are enough to believe it
_SWAPPED = {b"+": b"-", b"-": b"+", b" ": b" "}


class Applied(NamedTuple):
    """A file after hunks were applied. ``added`` holds the line numbers, in ``data``, of added lines."""

    data: bytes
    added: frozenset[int]


class _Place(NamedTuple):
    """Where a hunk goes: bytes from ``start`` to ``end`` are replaced; ``line`` counts from 0."""

    start: int
    end: int
    line: int


def apply(before: bytes, file_patch: FilePatch) -> bytes | None:
    """Return the file after the patch; None if a hunk does not fit."""
    applied = apply_hunks(before, file_patch.hunks)
    return None if applied is None else applied.data


def apply_hunks(before: bytes, hunks: Sequence[Hunk]) -> Applied | None:
    """Return the file after the hunks, which must come in the file's order; None if one does not fit."""
    starts = line_starts(before)
    parts: list[bytes] = []
    added: list[int] = []
    done = shift = grown = 0
    for hunk in hunks:
        old = b"".join([line[1:] for line in hunk.lines if line[:1] != b"+"])
        place = _find(before, starts, hunk, old, done, shift)
        if place is None:
            return None
        shift = place.line - _expected(hunk, old)
        parts.append(before[done : place.start])
        line = place.line + grown
        for text in hunk.lines:
            if text[:1] == b"-":
                grown -= 1
                continue
            parts.append(text[1:])
            line += 1
            if text[:1] == b"+":
                added.append(line)
                grown += 1
        done = place.end
    parts.append(before[done:])
    return Applied(b"".join(parts), frozenset(added))


def apply_loosely(before: bytes, hunks: Sequence[Hunk]) -> Applied | None:
    """Apply hunks whose white space a mail has changed: context is compared, and kept, without it.

    Each hunk must fit at exactly one place, or at its own.
    """
    lines = before.split(b"\n")
    bare = [b"".join(line.split()) for line in lines]
    exact: list[Hunk] = []
    floor = shift = 0
    for hunk in hunks:
        old = [b"".join(line[1:].split()) for line in hunk.lines if line[:1] != b"+"]
        at = _find_bare(bare, old, hunk.old_start - 1 + shift, floor)
        if at is None:
            return None
        shift = at - (hunk.old_start - 1)
        exact.append(_with_lines(hunk, lines, at))
        floor = at + len(old)
    return apply_hunks(before, exact)


def reverse(hunks: Sequence[Hunk]) -> list[Hunk]:
    """Return hunks that undo ``hunks``."""
    return [
        hunk._replace(
            old_start=hunk.new_start,
            new_start=hunk.old_start,
            lines=tuple(_SWAPPED[line[:1]] + line[1:] for line in hunk.lines),
        )
        for hunk in hunks
    ]


def added_lines(hunks: Sequence[Hunk]) -> frozenset[int]:
    """Return the numbers of the lines that hunks add, by the hunks' own line numbers."""
    added = []
    for hunk in hunks:
        line = hunk.new_start
        for text in hunk.lines:
            if text[:1] == b"+":
                added.append(line)
            line += text[:1] != b"-"
    return frozenset(added)


def has_id(data: bytes, blob: str) -> bool:
    """Return whether ``data`` is the blob with this id, which may be abbreviated; False without proof."""
    if len(blob) < _PROOF or not blob.strip("0"):
        return False
    import hashlib  # only patches checked against a tree need it

    stamp = b"blob %d\0" % len(data)
    if len(blob) <= 40 and hashlib.sha1(stamp + data, usedforsecurity=False).hexdigest().startswith(blob):
        return True
    return hashlib.sha256(stamp + data).hexdigest().startswith(blob)


def line_starts(data: bytes) -> list[int]:
    """Return the offset of each line; a last line without a line end counts, nothing after one does."""
    sizes = [len(line) + 1 for line in data.split(b"\n")]
    if len(sizes) > 1 and sizes[-1] == 1:
        sizes.pop()
    return [0, *accumulate(sizes[:-1])]


def _expected(hunk: Hunk, old: bytes) -> int:
    """Return the 0-based line that a hunk says it begins at; without old lines it goes behind its start."""
    return hunk.old_start - 1 if old else hunk.old_start


def _find(before: bytes, starts: list[int], hunk: Hunk, old: bytes, floor: int, shift: int) -> _Place | None:
    """Find the place nearest to the expected one where ``old`` stands, from offset ``floor`` on."""
    expected = _expected(hunk, old) + shift
    if not old:
        lines = len(starts) if before else 0
        at = starts[expected] if 0 <= expected < lines else len(before)
        ends_well = at == 0 or before[at - 1 : at] == b"\n"
        fits = at >= floor and expected <= lines and ends_well
        return _Place(at, at, expected) if fits and expected >= 0 else None
    if 0 <= expected < len(starts) and starts[expected] >= floor and _fits(before, starts[expected], old):
        return _Place(starts[expected], starts[expected] + len(old), expected)
    if not any(line[:1] == b" " for line in hunk.lines):
        return None  # without context, a hunk that moved could go anywhere
    return _nearest(before, starts, old, floor, expected)


def _nearest(before: bytes, starts: list[int], old: bytes, floor: int, expected: int) -> _Place | None:
    best: _Place | None = None
    at = before.find(old, floor)
    while at >= 0:
        line = bisect_right(starts, at) - 1
        if starts[line] == at and _fits(before, at, old):
            if best is not None and abs(line - expected) >= abs(best.line - expected):
                break  # places come in order: from here on they only get farther away
            best = _Place(at, at + len(old), line)
        at = before.find(old, at + 1)
    return best


def _fits(before: bytes, at: int, old: bytes) -> bool:
    """Return whether ``old`` stands at ``at``, and ends the file if it has no line end."""
    return before.startswith(old, at) and (old.endswith(b"\n") or at + len(old) == len(before))


def _find_bare(bare: list[bytes], old: list[bytes], expected: int, floor: int) -> int | None:
    if not any(old):
        return None
    size = len(old)
    if expected >= floor and bare[expected : expected + size] == old:
        return expected
    places = [at for at in range(floor, len(bare)) if bare[at] == old[0] and bare[at : at + size] == old]
    return places[0] if len(places) == 1 else None


def _with_lines(hunk: Hunk, lines: list[bytes], at: int) -> Hunk:
    """Return the hunk with the file's own lines in place of its old ones, at line ``at`` from 0."""
    out = []
    row = at
    for line in hunk.lines:
        if line[:1] == b"+":
            out.append(line)
            continue
        ending = b"\n" if row < len(lines) - 1 else b""
        out.append(line[:1] + lines[row] + ending)
        row += 1
    return hunk._replace(old_start=at + 1, lines=tuple(out))
