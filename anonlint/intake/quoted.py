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
    tight = _tight(lines)
    depths: list[int] = []
    texts: list[bytes] = []
    for line in lines:
        match = quote.match(line) if line[:1] == b">" else None
        depth = match[0].count(b">") if match else 0
        end = match.end() if match else 0
        depths.append(depth)
        texts.append(line[end - 1 if depth in tight and line[end - 1 : end] == b" " else end :])
    found: dict[int, list[bytes]] = {}
    for depth in sorted({0, *depths}):
        if depth <= _MAX_DEPTH:
            pairs = zip(depths, texts, strict=True)
            found[depth] = [text if depth == own else FOREIGN for own, text in pairs]
    return found


def _tight(lines: Sequence[bytes]) -> set[int]:
    """Return the depths at which quote marks have no blank behind them: a blank there is that of a context line."""
    found = set()
    for line in lines:
        text = line.lstrip(b"> ") if line[:1] == b">" else b""
        if text.startswith((b"@@ ", b"diff --git ", b"+++ ")) and line[: -len(text)].endswith(b">"):
            found.add(line[: -len(text)].count(b">"))
    return found


def unstuffed(files: Sequence[FilePatch], *, declared: bool = False) -> list[FilePatch]:
    """Take off the second blank that ``format=flowed`` puts before context lines, if all of them have it.

    Changed lines that begin with a blank speak against it, unless the mail has ``declared`` that it is flowed
    and not all of the context is the inside of a comment.
    """
    lines = [line for file in files for hunk in file.hunks for line in hunk.lines]
    context = [line for line in lines if line[:1] == b" " and line.strip()]
    changed = [line for line in lines if line[:1] != b" "]
    stuffed = len(context) > 1 and all(line[:2] == b"  " for line in context)
    flows = declared and any(line[2:3] not in (b"*", b" ") for line in context)
    if not stuffed or (not flows and any(line[1:2] == b" " for line in changed)):
        return list(files)
    return [file._replace(hunks=tuple(_unstuffed(hunk) for hunk in file.hunks)) for file in files]


def _unstuffed(hunk: Hunk) -> Hunk:
    return hunk._replace(lines=tuple(line[1:] if line[:2] == b"  " else line for line in hunk.lines))
