"""Pieces of functions as hunks show them.

White space may be damaged (review replies often arrive flush left), so pieces are told apart by braces and
by function heads; a "}" in column 0 counts only where other lines are indented.
"""

import re

from anonlint.model.function import Extent
from anonlint.model.snapshot import Fragment, Image
from anonlint.model.source import Span
from anonlint.syntax.heads import called_name, find_definition
from anonlint.syntax.lex import comment_tail, outline, spaces

_EVENT = re.compile(rb"[{};\x01\x02\x03]")
_INDENTED = re.compile(rb"\n(?:\t|  )[ \t]*[^\s*]")
_STATEMENT = re.compile(rb"\b(?:if|return|goto|while|for|else|break|continue)\b")
_CODE = re.compile(rb"[^\s\x01\x02\x03{};]")


def find_in_fragments(image: Image) -> tuple[Extent, ...]:
    """Return the extents of the functions and function pieces of each fragment, in order.

    A piece is named by its definition if that is visible, else by the hunk's context text, else "".
    """
    found: list[Extent] = []
    for fragment in image.fragments or ():
        found += _find(image.source.data, fragment)
    return tuple(found)


def _find(data: bytes, fragment: Fragment) -> list[Extent]:
    """Return the extents of one fragment."""
    start, end = fragment.span
    text = data[start:end]
    tail = comment_tail(text)
    clean = outline(spaces(tail) + text[tail:])
    scan = _Scan(clean, fragment)
    scan.run()
    return [e._replace(span=Span(e.span.start + start, e.span.end + start)) for e in scan.found]


class _Scan:
    """One pass over a fragment's braces. ``depth`` is relative to where the current piece starts."""

    def __init__(self, clean: bytes, fragment: Fragment) -> None:
        self.clean = clean
        self.partial = fragment.partial
        self.context = called_name(fragment.context)
        self.columns = _INDENTED.search(b"\n" + clean) is not None
        self.found: list[Extent] = []
        self.start = 0
        self.head = ""  # the name, when the piece starts with a function's head
        self.headed = False
        self.outside = False  # between functions
        self.depth = 0
        self.lowest = 0
        self.closed = -1  # behind the last "}" whose "{" is not visible
        self.cut = False  # the fragment starts inside a head, or inside a condition
        self.levels: list[int] = []

    def run(self) -> None:
        """Fill ``found``."""
        boundary = 0
        for event in _EVENT.finditer(self.clean):
            at = event.start()
            kind = self.clean[at]
            if kind == 123:
                self.opened(boundary, at)
            elif kind == 125:
                self.closing(at)
            elif kind != 59:
                self.conditional(kind)
                continue  # a head may have directives inside
            boundary = at + 1
        self.finish(len(self.clean))

    def opened(self, boundary: int, at: int) -> None:
        """Handle a "{": a function's head before it starts a new piece."""
        head = find_definition(self.clean, boundary, at)
        if head is None:
            if boundary == 0 and self.clean.count(b")", 0, at) > self.clean.count(b"(", 0, at):
                self.cut = True
            self.depth += 1
            return
        if self.closed >= 0:
            self.finish(self.closed)  # what lies between the last function and this head is no code
        elif self.headed:
            self.finish(head[0])
        self.restart(head[0])
        self.head, self.headed, self.depth = head[1], True, 1

    def closing(self, at: int) -> None:
        """Handle a "}"."""
        self.depth -= 1
        if self.headed:
            if self.depth <= 0:
                self.finish(at + 1)
                self.restart(at + 1)
                self.outside = True
        elif (self.depth < self.lowest or (self.cut and self.depth == 0)) and not self.outside:
            self.lowest = self.depth
            self.closed = at + 1
            if self.columns and (at == 0 or self.clean[at - 1] == 10):
                self.finish(at + 1)
                self.restart(at + 1)
                self.outside = True

    def conditional(self, kind: int) -> None:
        """Count the braces of alternatives once."""
        if kind == 1:
            self.levels.append(self.depth)
        elif self.levels and kind == 2:
            self.depth = self.levels[-1]
        elif self.levels:
            self.levels.pop()

    def restart(self, at: int) -> None:
        """Begin a new piece at ``at``."""
        self.start = at
        self.head, self.headed, self.outside = "", False, False
        self.depth = self.lowest = 0
        self.closed = -1
        self.cut = False

    def finish(self, end: int) -> None:
        """Emit the piece that ends at ``end``, if there is code in it."""
        text = self.clean[self.start : end]
        if not _CODE.search(text) or (self.outside and not (self.partial and _STATEMENT.search(text))):
            return
        start = self.start + len(text) - len(text.lstrip())
        end = self.start + len(text.rstrip())
        whole = self.headed and self.depth <= 0 and not self.partial
        name = self.head if self.headed else self.context
        if self.found and not self.headed:
            name = self.found[-1].name  # what a damaged hunk shows behind a function's last brace
        self.found.append(Extent(name, Span(start, end), whole))
