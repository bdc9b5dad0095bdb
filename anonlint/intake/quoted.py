"""Takes mails apart into what their author wrote and what he quotes, one stream of lines for each depth."""

import re
from collections.abc import Sequence

from anonlint.intake.hunks import FOREIGN
from anonlint.model.patch import FilePatch, Hunk

_MAX_DEPTH = 9


def streams(lines: Sequence[bytes]) -> dict[int, list[bytes]]:
    """Return, by depth, the lines quoted that deep without their prefix; 0 is the author's own text.

    All streams are as long as ``lines``: a line of another depth is FOREIGN, so that places agree.
    """
    quote = re.compile(rb"(?:> ?)+")
    depths: list[int] = []
    texts: list[bytes] = []
    for line in lines:
        match = quote.match(line) if line[:1] == b">" else None
        depths.append(match[0].count(b">") if match else 0)
        texts.append(line[match.end() :] if match else line)
    found: dict[int, list[bytes]] = {}
    for depth in sorted({0, *depths}):
        if depth <= _MAX_DEPTH:
            pairs = zip(depths, texts, strict=True)
            found[depth] = [text if depth == own else FOREIGN for own, text in pairs]
    return found


def unstuffed(files: Sequence[FilePatch]) -> list[FilePatch]:
    """Take off the second blank that ``format=flowed`` puts before context lines, if all of them have it."""
    lines = [line for file in files for hunk in file.hunks for line in hunk.lines]
    context = [line for line in lines if line[:1] == b" " and line.strip()]
    changed = [line for line in lines if line[:1] != b" "]
    stuffed = len(context) > 1 and all(line[:2] == b"  " for line in context)
    if not stuffed or any(line[1:2] == b" " for line in changed):
        return list(files)
    return [file._replace(hunks=tuple(_unstuffed(hunk) for hunk in file.hunks)) for file in files]


def _unstuffed(hunk: Hunk) -> Hunk:
    return hunk._replace(lines=tuple(line[1:] if line[:2] == b"  " else line for line in hunk.lines))
