"""Equal-length rewriting of kernel-only syntax into plain C, so that every byte offset stays true.

What is masked, and into what:

* attributes, address spaces, sparse annotations (``__user``, ``__releases(x)``): spaces
* ``list_for_each_entry(p, head, list)`` and its like: ``while`` and spaces, the arguments stay as a comma
  expression. The Source still holds the macro's name there: see ``loop_macro``.
* ``scoped_guard(mutex, &lock)``: spaces; the block below runs once
* ``typeof(x)``: the word alone, a type's name
* ``case A ... B:``: ``case A || B:``
* ``SYSCALL_DEFINE3(name, type, arg, ...)``: a plain head, ``long name(type arg, ...)``
* other generated heads ``MACRO(name, ...)``: ``void name()``

Plain calls that declare something (``DEFINE_FOLIO_VMA_WALK(...)``) stay calls.
"""

import re

from anonlint.syntax.attributes import BARE, WITH_ARGUMENTS
from anonlint.syntax.lex import close_paren, spaces, split

_IDENTIFIER = re.compile(rb"[A-Za-z_]\w*+")

_TYPEOF = frozenset((b"typeof", b"__typeof__", b"__typeof", b"typeof_unqual", b"__typeof_unqual__"))
_ONCE = frozenset((b"scoped_guard", b"scoped_cond_guard", b"scoped_seqlock_read", b"scoped_with_init_fs"))
KEYWORDS = frozenset(
    b"if for while switch return sizeof do else case goto break continue default asm __asm__ __asm volatile"
    b" typeof __typeof__ static const struct union enum unsigned signed int long char void short".split()
)
_STATEMENT_CALL = re.compile(rb"(?:[;{}):]|\belse\b|\bdo\b)\s*+([A-Za-z_]\w*+)\s*+\(")
_NEXT = re.compile(rb"\s*+(\S)")
_CASE_RANGE = re.compile(rb"\bcase\b[^:;{}?]{0,200}?(\.\.\.)")
_EACH = re.compile(rb"each|foreach|FOREACH|EACH|_loop|_iter|for_", re.ASCII)
_SYSCALL = re.compile(rb"\w*(?:SYSCALL_DEFINE|BPF_CALL_)\w*\Z")
_GENERATOR = re.compile(
    rb"\s*+(?:(?:static|inline|extern|noinline|notrace|__init|asmlinkage)\s+)*([A-Za-z_]\w*+)\s*+\("
)


# Unclosed parentheses in damaged text must not cost a scan to the end each.
_LONGEST_CALL = 50_000


class MaskedText:
    """A text being masked: ``code`` is what will be parsed, ``clean`` the same with strings blanked."""

    __slots__ = ("clean", "code")

    def __init__(self, code: bytes, clean: bytes) -> None:
        self.code = bytearray(code)
        self.clean = bytearray(clean)

    def put(self, start: int, end: int, new: bytes = b"") -> None:
        """Replace [start, end) by ``new``, filled up with spaces."""
        filled = new + spaces(end - start - len(new))
        self.code[start:end] = filled
        self.clean[start:end] = filled

    def paren(self, start: int) -> int:
        """Return the offset behind the parenthesis that closes the one at ``start``, or -1."""
        return close_paren(self.clean, start, min(start + _LONGEST_CALL, len(self.clean)))


def loop_macro(data: bytes, offset: int) -> str:
    """Return the name of the iteration macro at ``offset`` of the Source, or "" for a plain ``while``.

    ``offset`` is where a ``while`` token of the tree lies in the Source.
    """
    match = _IDENTIFIER.match(data, max(offset, 0))
    word = match[0].decode("ascii", "replace") if match else ""
    return "" if word in ("while", "for", "") else word


def mask(code: bytes, clean: bytes, definition: bool = True) -> tuple[bytes, bytes]:
    """Return ``code`` and ``clean`` with kernel-only syntax masked; see the module's docstring.

    ``clean`` is the same text with strings blanked (anonlint.syntax.lex.tidy). ``definition`` tells that
    the text starts with a function's head.
    """
    text = MaskedText(code, clean)
    words = set(split(clean))
    _attributes(text, words)
    _typeof(text, words)
    _statement_calls(text)
    if b"..." in clean:
        for match in list(_CASE_RANGE.finditer(text.clean)):
            text.put(match.start(1), match.end(1), b"||")
    if definition:
        _generated_head(text)
    assert len(text.code) == len(code)
    return bytes(text.code), bytes(text.clean)


def _attributes(text: MaskedText, words: set[bytes]) -> None:
    """Blank attributes, with their arguments where they take some."""
    bare = words & BARE
    called = words & WITH_ARGUMENTS
    if not bare and not called:
        return
    pattern = re.compile(rb"\b(?:" + b"|".join(sorted(bare | called)) + rb")\b(\s*+\()?")
    for match in list(pattern.finditer(text.clean)):
        start, end = match.span()
        word = bytes(match[0]).split(b"(")[0].strip()
        if match[1] is not None:
            closed = text.paren(end - 1)
            end = match.start(1) if word in bare or closed < 0 else closed
        text.put(start, end)


def _typeof(text: MaskedText, words: set[bytes]) -> None:
    """Blank the arguments of typeof: what is left is an identifier where a type is expected."""
    for word in sorted(words & _TYPEOF):
        for match in list(re.finditer(rb"\b" + word + rb"\s*+\(", text.clean)):
            closed = text.paren(match.end() - 1)
            if closed >= 0:
                text.put(match.end() - 1, closed)


def _statement_calls(text: MaskedText) -> None:
    """Mask calls that stand where a statement starts and are followed by one: iteration macros."""
    at = 0
    while True:
        match = _STATEMENT_CALL.search(text.clean, at)
        if match is None:
            return
        at = match.end() - 1
        name = bytes(match[1])
        if name in KEYWORDS:
            continue
        closed = text.paren(at)
        if closed < 0:
            continue
        follow = _NEXT.match(text.clean, closed)
        if follow is None:
            continue
        byte = bytes(follow[1])
        if byte == b"{" or ((byte.isalpha() or byte in b"_(*") and _is_loop(name)):
            _loop(text, match.start(1), match.end(1), closed, name)


def _is_loop(name: bytes) -> bool:
    return name in _ONCE or _EACH.search(name) is not None


def _loop(text: MaskedText, start: int, end: int, closed: int, name: bytes) -> None:
    """Mask one iteration macro whose arguments end at ``closed``."""
    if name in _ONCE or end - start < 5:
        text.put(start, closed)
    else:
        text.put(start, end, b"while")


def _generated_head(text: MaskedText) -> None:
    """Turn a head made by a macro into a plain one."""
    brace = text.clean.find(b"{")
    match = _GENERATOR.match(text.clean, 0, max(brace, 0))
    if match is None:
        return
    closed = text.paren(match.end() - 1)
    if closed < 0 or closed > brace or text.clean[closed:brace].strip():
        return
    name = _IDENTIFIER.search(text.clean, match.end(), closed)
    macro = bytes(match[1])
    if name is None or not macro.isupper() or len(macro) < 5:
        return
    keep = bytes(text.clean[name.end() : closed - 1])
    text.put(match.start(1), match.end(), b"long" if _SYSCALL.match(macro) else b"void")
    _parameters(text, name.start(), name.end(), closed, keep if _SYSCALL.match(macro) else b"")


def _parameters(text: MaskedText, start: int, end: int, closed: int, keep: bytes) -> None:
    """Rewrite ``name, type, arg, type, arg)`` at [start, closed) to ``name( type  arg, type  arg)``."""
    name = bytes(text.clean[start:end])
    if keep.strip() and keep.count(b",") % 2 == 0:
        parts = keep.split(b",")
        pairs = [b" ".join(pair) for pair in zip(parts[1::2], parts[2::2], strict=True)]
        text.put(start, closed, name + parts[0] + b"(" + b",".join(pairs) + b")")
        return
    room = closed - start - len(name)
    if room >= 2:
        text.put(end, closed, b"(" + spaces(room - 2) + b")")
    else:
        text.put(start - 1, closed, name + b"()")
