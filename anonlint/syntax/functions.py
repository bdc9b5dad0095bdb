"""Finds function definitions by their braces, without parsing: fast enough for whole trees."""

import re

from anonlint.model.function import Extent
from anonlint.model.snapshot import Image
from anonlint.model.source import Span
from anonlint.syntax.heads import find_definition, find_head
from anonlint.syntax.lex import IF, outline, printable

_EVENT = re.compile(rb"[{}\x01\x02\x03]")
_MARK = re.compile(rb"[\x01\x02\x03]")
_OPEN, _CLOSE, _IF, _ELSE, _ENDIF = 123, 125, 1, 2, 3
_LONGEST_HEAD = 4000  # bytes
_EXTERN = re.compile(rb"\bextern\s+\Z")


def find_functions(image: Image) -> tuple[Extent, ...]:
    """Return the extents of all function definitions of ``image``, in order of their start.

    A hunk image yields pieces too (``whole`` is False): see anonlint.syntax.fragments.
    """
    if image.fragments is None:
        return find_in_file(image.source.data)
    from anonlint.syntax.fragments import find_in_fragments  # only patches without a tree need it

    return find_in_fragments(image)


def find_in_file(data: bytes) -> tuple[Extent, ...]:
    """Return the extents of all function definitions of a whole file."""
    clean = outline(printable(data), whole=True)
    bodies, sound = _bodies(clean, column=False)
    if not sound:
        # Some text has unbalanced braces (odd macros, assembly): trust "}" in column 0 as kernel style does.
        bodies, _ = _bodies(clean, column=True)
    extents = {}
    for start, opened, end in bodies:
        head = find_head(clean, start, opened, loose=True)
        if head is not None:
            at = _whole_head(clean, start, head[0], opened, end)
            extents[at] = Extent(head[1], Span(at, end))
    return tuple(extents[start] for start in sorted(extents))


def _whole_head(clean: bytes, start: int, head: int, opened: int, end: int) -> int:
    """Return ``head``, or the ``#if`` before it when its ``#else`` stands inside the body.

    ``#ifdef A / int f(int a) { / #else / int f(void) { / #endif``: without the ``#if`` the body could
    not be understood.
    """
    depth = 0
    for mark in _MARK.finditer(clean, opened, end):
        kind = clean[mark.start()]
        if kind == _IF:
            depth += 1
        elif depth == 0:
            before = clean.rfind(IF, start, head)
            return before if before >= 0 else head
        elif kind == _ENDIF:
            depth -= 1
    return head


class _State:
    """Where the scan stands: depth of braces, end of the last file-level item, the open item's places."""

    __slots__ = ("depth", "item", "last", "opened")

    def __init__(self, depth: int, last: int, item: int, opened: int) -> None:
        self.depth = depth
        self.last = last
        self.item = item
        self.opened = opened

    def copy(self) -> "_State":
        return _State(self.depth, self.last, self.item, self.opened)


def _bodies(clean: bytes, column: bool) -> tuple[list[tuple[int, int, int]], bool]:
    """Return (end of the item before, "{", behind "}") of each file-level block, and if all balanced.

    At ``#else`` the scan goes back to the state at ``#if``, so that alternatives count once. With
    ``column`` a "}" in column 0 ends the item whatever the depth, and so does the head of a function that
    begins in column 0. What is still open where the text ends is a block, too.
    """
    found: dict[int, tuple[int, int, int]] = {}
    now = _State(0, 0, 0, 0)
    branches: list[tuple[_State, list[_State]]] = []
    sound = True
    for event in _EVENT.finditer(clean):
        at = event.start()
        kind = clean[at]
        if kind == _OPEN:
            if column and now.depth and (head := _head_in_column(clean, now.opened, at)):
                found[now.opened] = (now.item, now.opened, head)
                now.depth, now.last = 0, head
            if now.depth == 0:
                if clean[now.last : at].rstrip().endswith(b"extern") and _EXTERN.search(clean, now.last, at):
                    now.last = at + 1
                    continue
                now.item, now.opened = now.last, at
            now.depth += 1
        elif kind == _CLOSE:
            if now.depth == 0:
                now.last = at + 1
                continue
            now.depth = 0 if column and at and clean[at - 1] == 10 else now.depth - 1
            if now.depth == 0:
                found[now.opened] = (now.item, now.opened, at + 1)
                now.last = at + 1
        else:
            if kind == _ENDIF and branches and (done := branches[-1][1]):
                sound = sound and bool(done[0].depth) == bool(now.depth)  # one alternative ends within a function
            now = _conditional(kind, now, branches)
    if now.depth:
        sound = False
        found[now.opened] = (now.item, now.opened, len(clean.rstrip()))
    return list(found.values()), sound


def _head_in_column(clean: bytes, opened: int, at: int) -> int:
    """Return where the function begins whose body opens at ``at`` if that is in column 0, else 0."""
    if clean[at - 1] in b"{};":
        return 0
    least = max(opened, at - _LONGEST_HEAD)
    start = max(least, *(clean.rfind(mark, least, at) + 1 for mark in (b"{", b"}", b";")))
    if clean.find(b")", start, at) < 0:
        return 0
    head = find_definition(clean, start, at)
    return head[0] if head is not None and clean[head[0] - 1] == 10 else 0


def _conditional(kind: int, now: _State, branches: list[tuple[_State, list[_State]]]) -> _State:
    """Return the state behind a conditional directive."""
    if kind == _IF:
        branches.append((now.copy(), []))
    elif branches and kind == _ELSE:
        before, done = branches[-1]
        done.append(now)
        last = now.last
        now = before.copy()
        if now.depth == 0:
            now.last = max(now.last, last)
    elif branches:
        _, done = branches.pop()
        if done and (done[0].depth or now.depth):
            first = done[0]
            first.last = max(first.last, now.last) if first.depth == 0 else first.last
            now = first
    return now
