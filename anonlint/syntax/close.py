"""Closes a piece of a function into a text that parses, without inventing what was not seen.

What a hunk does not show is named by words of our own. ``__anonlint_unseen`` as a condition may be true or
false; ``__anonlint_unseen();`` as a statement is code that may do anything. Blocks whose opening is not
visible hang on such a condition, so that an orphan ``} else if (c) {`` stays an alternative. No loop is
made up: where ``break`` or ``continue`` need one, ``do { ... } while (0)`` goes around the piece.
"""

import re
from typing import NamedTuple

from anonlint.syntax.lex import close_paren, spaces

UNSEEN = b"__anonlint_unseen"
_IF = b"if(" + UNSEEN + b")"
_SWITCH = b"switch(" + UNSEEN + b"){case " + UNSEEN + b"_case:"
_CALL = UNSEEN + b"();"
_TOKEN = re.compile(rb"\bfor\s*+\(|[(){};]|\b(?:case|default|break|continue)\b")
_ELSE = re.compile(rb"\s*+else\b")
_WHILE = re.compile(rb"\s*+while\b")
_DO = re.compile(rb"\bdo\s*+\Z")
_DATA = re.compile(rb"[=,(]\s*+\Z|\b(?:struct|union|enum)\s+\w*+\s*+\Z")
_HEAD_WORD = re.compile(rb"\s*+(?:(else|do)\b|(?:if|while|for|switch|while)\s*+(\())")
_COMPLETE = re.compile(rb"[;{}:]\s*+\Z")
_SOMETHING = re.compile(rb"\S")
_AROUND = 400


class Closed(NamedTuple):
    """A closed text: ``before`` and ``behind`` are to be put around ``code`` (same length as the piece)."""

    before: bytes
    code: bytes
    clean: bytes
    behind: bytes


class _Frame(NamedTuple):
    """An open brace or parenthesis: its byte ("f" for that of a ``for``), what opened it, its statement."""

    kind: bytes
    opener: bytes = b""
    start: int = 0


class _Closer:
    """One pass over a piece's braces and parentheses."""

    def __init__(self, code: bytes, clean: bytes, head: bool) -> None:
        self.code = bytearray(code)
        self.clean = bytearray(clean)
        self.floor = clean.find(b"{") + 1 if head else 0  # what lies before is the function's head
        self.stack: list[_Frame] = []
        self.virtual: list[bytes] = []  # openers of blocks that only close in the piece, innermost first
        self.switch = False  # the level that is open at the start has case labels
        self.jumps = False
        self.guard = False  # the first statement's condition is cut off
        self.boundary = 0  # behind the last ";", "{" or "}"
        self.broken = -1  # behind the last ")" without "(" in this statement

    def put(self, start: int, end: int, new: bytes) -> None:
        """Replace [start, end) by ``new``, filled up with spaces."""
        filled = new + spaces(end - start - len(new))
        self.code[start:end] = filled
        self.clean[start:end] = filled

    def run(self) -> None:
        """Edit the text and fill the lists."""
        for match in list(_TOKEN.finditer(self.clean)):
            token = bytes(match[0])
            at = match.end() - 1
            if token[-1:] == b"(":
                self.stack.append(_Frame(b"f" if len(token) > 1 else b"("))
            elif token == b")":
                if self.in_parentheses():
                    self.stack.pop()
                else:
                    self.broken = at + 1
            elif token in b"{};":
                self.statement_end(token, at)
            elif token in (b"break", b"continue"):
                self.jumps = True
            elif not any(frame.kind == b"{" for frame in self.stack):
                self.switch = True
        self.cut_end()

    def in_parentheses(self) -> bool:
        """Tell whether the innermost thing that is open is a parenthesis."""
        return bool(self.stack) and self.stack[-1].kind != b"{"

    def statement_end(self, token: bytes, at: int) -> None:
        """Handle a ";", "{" or "}"."""
        if self.in_parentheses() and self.belongs(token, at):
            if token == b"{":
                self.stack.append(_Frame(b"{"))
            return
        if self.in_parentheses():
            while self.in_parentheses():
                self.stack.pop()
            self.lost(at, token == b"{")
        elif self.broken >= 0:
            self.broken_statement(token, at)
        self.broken = -1
        if token == b"{":
            self.brace_opened(at)
        elif token == b"}":
            self.brace_closed(at)
        self.boundary = at + 1

    def belongs(self, token: bytes, at: int) -> bool:
        """Tell whether a token may stand inside the parentheses that are open."""
        if token == b";":
            return self.stack[-1].kind == b"f"
        before = bytes(self.clean[max(at - _AROUND, 0) : at]).rstrip()[-1:]
        return token == b"{" and before in (b"(", b",", b")")

    def broken_statement(self, token: bytes, at: int) -> None:
        """Handle a statement whose beginning is missing: ``cond(x))) {``, ``x, y);``, ``a && b) f();``."""
        rest = bytes(self.clean[self.broken : at]).strip()
        if rest[:1].isalpha() or rest[:1] == b"_":
            self.lost(self.broken, True)
        else:
            self.lost(at, token == b"{")

    def lost(self, end: int, guards: bool) -> None:
        """Blank from the statement's start to ``end``; what it guards stays guarded."""
        start = self.boundary
        first = start <= self.floor or not _SOMETHING.search(self.clean, self.floor, start)
        new = _IF if guards else _CALL
        fits = end - start >= len(new)
        self.put(start, end, new if fits else b"")
        if fits:
            return
        if not first:  # something was lost and there is no room to say so: what comes before does not count
            self.put(self.floor, end, b"")
            self.stack = self.stack[: 1 if self.floor else 0]
            self.virtual = []
            self.switch = False
        self.guard = guards

    def brace_opened(self, at: int) -> None:
        """Handle a "{" that opens a block."""
        head = bytes(self.clean[max(self.boundary, at - _AROUND) : at])
        opener = b"do" if _DO.search(head) else b"=" if _DATA.search(head) else b""
        self.stack.append(_Frame(b"{", opener, self.boundary))

    def brace_closed(self, at: int) -> None:
        """Handle a "}": one without "{" closes a block that began before the piece."""
        if self.stack:
            self.stack.pop()
        elif bytes(self.clean[max(at - _AROUND, 0) : at]).rstrip()[-1:] not in b";{}:":
            self.put(self.floor, at + 1, b"")  # the end of an initialiser: no code
        else:
            opener = b"do{" if self.ends_do(at) else _IF + b"{"
            self.virtual.append(_SWITCH if self.switch else opener)
            self.switch = False

    def ends_do(self, at: int) -> bool:
        """Tell whether ``} while (...);`` follows."""
        if not _WHILE.match(self.clean, at + 1):
            return False
        rest = bytes(self.clean[at + 1 : at + 1 + _AROUND])
        return b";" in rest and b"{" not in rest.split(b";", 1)[0]

    def cut_end(self) -> None:
        """Drop an unfinished statement at the end; conditions before it get an empty body."""
        end = len(self.clean)
        for index, frame in enumerate(self.stack):
            if frame.opener == b"=":
                self.put(frame.start, end, b"")
                self.boundary = frame.start
                self.stack = self.stack[:index]
                break
        if self.broken >= 0:
            self.lost(end, False)
        cut = self.in_parentheses()
        while self.in_parentheses():
            self.stack.pop()
        rest = bytes(self.clean[self.boundary : end])
        if not rest.strip() or (not cut and _COMPLETE.search(rest)):
            return
        at = self.boundary
        while match := _HEAD_WORD.match(self.clean, at):
            closed = match.end() if match[1] else close_paren(self.clean, match.start(2))
            if closed < 0:
                break
            at = closed
        if at > self.boundary:
            self.stack.append(_Frame(b";"))
        self.put(at, end, b"")


def close(code: bytes, clean: bytes, head: bool) -> Closed:
    """Close a piece. ``head`` tells that it starts with its function's head."""
    closer = _Closer(code, clean, head)
    closer.run()
    behind = b";" if closer.stack or not head else b""
    for frame in reversed(closer.stack):
        if frame.kind == b"{":
            behind += b"}while(" + UNSEEN + b");" if frame.opener == b"do" else b"}"
    before = b""
    if not head:
        before, after = _around(closer)
        behind += after
    return Closed(before, bytes(closer.code), bytes(closer.clean), behind)


def _around(closer: _Closer) -> tuple[bytes, bytes]:
    """Return the text before and behind a piece without a head."""
    before = b"void " + UNSEEN + b"(void){"
    after = b"}"
    if closer.jumps:
        before += b"do{"
        after = b"}while(0);" + after
    if closer.switch:
        before += _SWITCH
        after = b"}" + after
    before += b"".join(reversed(closer.virtual))
    if closer.guard:
        before += _IF
    elif _ELSE.match(closer.clean):
        before += _IF + b";"
    return before, after
