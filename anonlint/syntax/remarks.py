"""Remarks to anonlint in comments, and the lines that each is about."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence

from anonlint.model.function import Extent
from anonlint.model.remark import Remark
from anonlint.model.source import Source

_WORDS = rb"anonlint:\s*ignore\[([^\]\n]*)\]"
_REMARK = re.compile(rb"/\*\s*" + _WORDS + rb"((?:(?!\*/).)*)\*/|//\s*" + _WORDS + rb"([^\n]*)")
_MOST = 8  # lines: as long as a statement gets


def remarks(source: Source, extents: Sequence[Extent]) -> tuple[Remark, ...]:
    """Return the remarks in a file, in order."""
    data = source.data
    if b"anonlint:" not in data:
        return ()
    starts = [extent.span.start for extent in extents]
    behind: dict[int, int] = {}
    found = []
    for match in reversed(list(_REMARK.finditer(data))):  # the last of stacked ones first
        words = (match[1] or match[3] or b"").decode("utf-8", "replace").split(",")
        reason = (match[2] or match[4] or b"").decode("utf-8", "replace").strip()
        start, end = _lines_of(data, match.start(), match.end(), extents, starts, behind)
        place = source.position(match.start())
        at = bisect_right(starts, match.start()) - 1
        around = extents[at] if at >= 0 and match.start() < extents[at].span.end else None
        found.append(
            Remark(
                source.path,
                place.line,
                place.column,
                source.position(start).line,
                source.position(end).line,
                tuple(word.strip() for word in words if word.strip()),
                reason,
                source.line_text(match.start()).decode("utf-8", "replace"),
                around.name if around else "",
            )
        )
    return tuple(reversed(found))


def _lines_of(
    data: bytes, start: int, end: int, extents: Sequence[Extent], starts: Sequence[int], behind: dict[int, int]
) -> tuple[int, int]:
    """Return the first and the last offset of what a remark is about.

    ``starts`` are where the extents start; ``behind`` remembers what comes first behind lines of remarks.
    """
    begin = data.rfind(b"\n", 0, start) + 1
    stop = data.find(b"\n", end)
    stop = len(data) if stop < 0 else stop
    if data[begin:start].strip() or data[end:stop].strip():
        return begin, begin  # behind code: that line
    at = _code_behind(data, stop + 1, behind)
    index = bisect_left(starts, at)
    if index < len(starts) and (starts[index] == at or _leads_to(data, at, starts[index])):
        return starts[index], max(extents[index].span.end - 1, starts[index])
    last = at
    for _ in range(_MOST):
        line_end = data.find(b"\n", last)
        if line_end < 0 or data[last:line_end].rstrip().endswith((b";", b"{", b"}", b":")):
            break
        last = line_end + 1
    return at, last


def _leads_to(data: bytes, at: int, start: int) -> bool:
    return start < at + _MOST * 20 and not data[at:start].strip()


def _code_behind(data: bytes, at: int, behind: dict[int, int]) -> int:
    """Return where the first line at or behind ``at`` begins that is neither empty nor a remark."""
    passed = []
    while at < len(data):
        if at in behind:
            at = behind[at]
            break
        passed.append(at)
        line = data[at : (data.find(b"\n", at) + 1 or len(data) + 1) - 1]
        if line.strip() and not _REMARK.match(line.strip()):
            break
        at += len(line) + 1
    behind.update(dict.fromkeys(passed, at))
    return at
