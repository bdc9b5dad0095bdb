"""Remarks to anonlint in comments, and the lines that each is about."""

import re
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
    found = []
    for match in _REMARK.finditer(data):
        words = (match[1] or match[3] or b"").decode("utf-8", "replace").split(",")
        reason = (match[2] or match[4] or b"").decode("utf-8", "replace").strip()
        start, end = _lines_of(data, match.start(), match.end(), extents)
        place = source.position(match.start())
        around = [e.name for e in extents if e.span.start <= match.start() < e.span.end]
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
                around[0] if around else "",
            )
        )
    return tuple(found)


def _lines_of(data: bytes, start: int, end: int, extents: Sequence[Extent]) -> tuple[int, int]:
    """Return the first and the last offset of what a remark is about."""
    begin = data.rfind(b"\n", 0, start) + 1
    stop = data.find(b"\n", end)
    stop = len(data) if stop < 0 else stop
    if data[begin:start].strip() or data[end:stop].strip():
        return begin, begin  # behind code: that line
    at = stop + 1
    while at < len(data):
        line = data[at : (data.find(b"\n", at) + 1 or len(data) + 1) - 1]
        if line.strip() and not _REMARK.match(line.strip()):
            break
        at += len(line) + 1
    for extent in extents:
        if at <= extent.span.start < at + _MOST * 20 and not data[at : extent.span.start].strip():
            return extent.span.start, max(extent.span.end - 1, extent.span.start)
        if extent.span.start == at:
            return at, max(extent.span.end - 1, at)
    last = at
    for _ in range(_MOST):
        line_end = data.find(b"\n", last)
        if line_end < 0 or data[last:line_end].rstrip().endswith((b";", b"{", b"}", b":")):
            break
        last = line_end + 1
    return at, last
