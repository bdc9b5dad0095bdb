"""Joins hunks between which one line is missing when that line can only be the head of a comment.

git shows three lines around a change, so two changes seven lines apart make two hunks with one unseen line
between them. Where the second hunk starts inside a comment, the unseen line is the comment's head (kernel
comments have a head line of their own): the code on both sides is one piece.
"""

from anonlint.model.snapshot import Fragment, Image
from anonlint.model.source import Source
from anonlint.syntax.lex import comment_tail

_HEAD = b"/*\n"


def stitch(image: Image) -> Image:
    """Return the image with such hunks joined over a comment head; the image itself when there are none."""
    source = image.source
    if not image.fragments or source.lines is None:
        return image
    data = bytearray()
    known = source.lines
    lines: list[int] = []
    fragments: list[Fragment] = []
    for fragment in image.fragments:
        text = source.data[fragment.span.start : fragment.span.end]
        row = source.row(fragment.span.start)
        numbers = known[row : row + text.count(b"\n") + (not text.endswith(b"\n"))]
        start = len(data)
        if fragments and lines and numbers and numbers[0] == lines[-1] + 2 and comment_tail(text):
            before = fragments.pop()
            start = before.span.start
            data += _HEAD
            lines.append(numbers[0] - 1)
            fragment = before._replace(partial=before.partial or fragment.partial)
        data += text if text.endswith(b"\n") else text + b"\n"
        lines += numbers
        fragments.append(_moved(fragment, start, len(data)))
    if len(fragments) == len(image.fragments):
        return image
    return Image(Source(source.path, bytes(data), tuple(lines)), tuple(fragments))


def _moved(fragment: Fragment, start: int, end: int) -> Fragment:
    return fragment._replace(span=fragment.span._replace(start=start, end=end))
