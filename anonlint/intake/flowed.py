"""Undoes ``format=flowed`` where the counts of a hunk ask for it, and nowhere else.

Most patches that say they are flowed were never broken; a blank context line looks like a soft break, so that
joining what fits already would spoil it.
"""

from collections.abc import Callable, Sequence

from anonlint.intake.hunks import FOREIGN
from anonlint.model.patch import FilePatch, Hunk

Parse = Callable[[Sequence[bytes]], list[FilePatch]]

_WRAPS_FROM = 50  # as in hunks: the rest of a shorter line is not a wrapped one
_MARKS = (b" ", b"+", b"-", b"\\", b"@@", b"diff ")


def mended(lines: Sequence[bytes], flow: str, parse: Parse) -> list[FilePatch]:
    """Return what ``parse`` makes of the lines, with broken lines joined in those hunks that fit only so."""
    files = parse(lines)
    if not flow or not any(hunk.damage or _may_go_on(hunk) for file in files for hunk in file.hunks):
        return files
    fitting: dict[int, Hunk] = {}
    for every in (True, False):  # a break in front of what looks like a line of a hunk is the less likely one
        for file in parse(_joined(lines, delsp=flow == "delsp", every=every)):
            for hunk in file.hunks:
                if hunk.partial:
                    continue
                fitting[hunk.at] = hunk
    return [file._replace(hunks=_chosen(file.hunks, fitting)) for file in files]


def _chosen(found: Sequence[Hunk], fitting: dict[int, Hunk]) -> tuple[Hunk, ...]:
    """Return the hunks, each damaged one replaced by the one that fits; the pieces of one hunk are one again."""
    out: list[Hunk] = []
    for hunk in found:
        better = fitting.get(hunk.at) if hunk.damage or _may_go_on(hunk) else None
        if better is None or not (hunk.damage or _continues(better, hunk)):
            out.append(hunk)
        elif not out or out[-1] is not better:
            out.append(better._replace(damage=""))
            fitting[hunk.at] = out[-1]
    return tuple(out)


def _may_go_on(hunk: Hunk) -> bool:
    """Return whether the last line looks broken: the counts cannot tell, for its rest stands behind the hunk."""
    return bool(hunk.lines) and hunk.lines[-1].endswith(b" \n") and len(hunk.lines[-1]) > _WRAPS_FROM


def _continues(longer: Hunk, hunk: Hunk) -> bool:
    return longer.lines[:-1] == hunk.lines[:-1] and longer.lines[-1].startswith(hunk.lines[-1].rstrip())


def _joined(lines: Sequence[bytes], *, delsp: bool, every: bool) -> list[bytes]:
    """Return as many lines, where what was broken stands in its first line and leaves FOREIGN lines behind."""
    out: list[bytes] = []
    first = -1  # index of the line that the next one goes on from
    for line in lines:
        text = line.removesuffix(b"\r")
        goes_on = first >= 0 and text not in (b"", b"-- ", FOREIGN) and (every or not text.startswith(_MARKS))
        if goes_on:
            before = out[first][:-1] if delsp else out[first]
            out[first] = before + text.removeprefix(b" ")
            out.append(FOREIGN)
        else:
            first = len(out)
            out.append(text)
        is_soft = text.endswith(b" ") and text != b"-- " and len(text.strip(b" +-\t")) > 0
        first = first if is_soft else -1
    return out
