"""Function heads: whether the text before a "{" is one, where it starts and what the name is."""

import re

from anonlint.syntax.attributes import WITH_ARGUMENTS
from anonlint.syntax.lex import close_paren

_GROUP = re.compile(rb"(?:\b([A-Za-z_]\w*+)\s*+)?\(")
_IDENTIFIER = re.compile(rb"[A-Za-z_]\w*+")
_PLAIN = re.compile(rb"[\w\s*\x01\x02\x03]*+\Z", re.ASCII)
_ODD = re.compile(rb"[^\w\s*\x01\x02\x03]", re.ASCII)
_BLANK = re.compile(rb"\s*+")
_NOTHING = b" \t\r\n\f\v\x01\x02\x03"
_MANY_MARKS = 100
_MARKS = re.compile(rb"[\x01\x02\x03]")

# Words that take arguments in a head without being the function's name.
_ANNOTATIONS = WITH_ARGUMENTS | frozenset(
    b"__asm__ __asm asm __typeof__ typeof __cold __malloc __optimize __diag __bpf_kfunc __context__".split()
)
_TYPES = frozenset(b"void int long short char unsigned signed bool".split())
_NEVER = frozenset(b"if for while switch do else return sizeof case goto".split())
_STATEMENT_WORDS = _NEVER | {b"default", b"break", b"continue"}
# MACRO(x) without a semicolon, then something that is no function: these never stand behind parameters.
_NOT_BEHIND = frozenset(b"struct union enum static typedef const extern".split())
_GENERATOR = re.compile(rb"[A-Z_][A-Z0-9_]*+\Z")


# Offset of the word (of the parenthesis where there is none, -1 for annotations), of "(", behind ")".
_Group = tuple[int, int, int]


def find_head(clean: bytes, start: int, brace: int, *, loose: bool = False) -> tuple[int, str] | None:
    """Return (offset of the first token, name) of the function whose body opens at ``brace``.

    ``start`` is where the file-level item before it ended. None when the brace opens something else (a
    struct, an initialiser, a block). The name of a generated function is the macro's first argument:
    ``SYSCALL_DEFINE3(mprotect, ...)`` is "mprotect". ``loose`` finds it behind remains of other code, too.
    """
    start = _past_blank(clean, max(start, clean.rfind(b";", start, brace) + 1), brace)
    groups = _groups(clean, start, brace)
    if groups is None:
        return None
    named = _name_group(clean, groups, start)
    if named is None:
        return None
    name_at, open_at, closed = groups[named]
    behind = _outside(clean, groups[named + 1 :], closed, brace)
    if not _NOT_BEHIND.isdisjoint(_IDENTIFIER.findall(behind)):
        return None
    if not _PLAIN.match(_outside(clean, groups, start, brace)):
        start = _behind_odd(clean, groups[: named + 1], start) if loose else -1
        if start < 0 or not _PLAIN.match(behind):
            return None
        groups, named = groups[named:], 0
    start = _trim(clean, groups[:named], start, name_at, brace)
    return start, _name(clean, start, name_at, open_at, brace)


def _groups(clean: bytes, start: int, brace: int) -> list[_Group] | None:
    """Return the parenthesised groups of a head; None when one does not close before the brace."""
    groups: list[_Group] = []
    at = start
    while True:
        match = _GROUP.search(clean, at, brace)
        if match is None:
            break
        end = close_paren(clean, match.end() - 1, brace)
        if end < 0:
            return None
        word = match[1]
        opened = match.end() - 1
        if word in _NEVER:
            return None
        if word in _ANNOTATIONS:
            groups.append((-1, opened, end))
        else:
            groups.append((opened if word in _TYPES else match.start(), opened, end))
        at = end
    return groups


def _name_group(clean: bytes, groups: list[_Group], start: int) -> int | None:
    """Return the index of the group that follows the function's name.

    Annotations are no candidates. Of several candidates the last wins: those before it are macro
    invocations of their own (``PAGEFLAG(Foo, foo)``).
    ``int (*f(int a))(char)`` has its name inside the first of two adjoining groups.
    """
    candidates = [i for i, g in enumerate(groups) if g[0] >= 0]
    if not candidates:
        return None
    last = candidates[-1]
    if len(candidates) > 1:
        name_at, open_at, _ = groups[last]
        before = candidates[-2]
        adjoins = not clean[groups[before][2] : name_at].strip()
        if name_at == open_at or (
            # ``int f(int a) __unknown(x)``: an annotation nobody told us about
            adjoins and clean.startswith(b"__", name_at) and clean[start : groups[before][0]].strip(_NOTHING)
        ):
            return before
    return last


def _outside(clean: bytes, groups: list[_Group], start: int, brace: int) -> bytes:
    """Return the head's text without its groups."""
    parts = []
    for _, opened, end in groups:
        parts.append(clean[start:opened])
        start = end
    parts.append(clean[start:brace])
    return b"".join(parts)


def _behind_odd(clean: bytes, groups: list[_Group], start: int) -> int:
    """Return where a type and name, or a macro that defines, stand behind what begins no head; -1 if none do."""
    name_at = groups[-1][0]
    start = max([start, *(end for _, _, end in groups[:-1])])
    for odd in _ODD.finditer(clean, start, name_at):
        start = odd.end()
    typed = _IDENTIFIER.search(clean, start, name_at) or b"DEFINE" in clean[name_at : groups[-1][1]]
    return start if typed else -1


def _trim(clean: bytes, before: list[_Group], start: int, name_at: int, brace: int) -> int:
    """Move ``start`` to the head's first token, past macro invocations and directives before it."""
    for named, _, end in before:
        # MACRO(x) without a semicolon, on lines of its own
        if named < 0 or clean[start:named].strip(_NOTHING):
            break
        start = end
    gap = clean.rfind(b"\n\n", start, name_at)
    if gap >= 0:
        start = gap
    marks = [m.start() for m in _MARKS.finditer(clean, start, brace)]
    start = _past_directives(clean, marks, start)
    return _past_blank(clean, start, name_at)


def _past_blank(clean: bytes, start: int, limit: int) -> int:
    """Return where something other than white space stands; comments have become that."""
    blank = _BLANK.match(clean, start, limit)
    return start if blank is None else blank.end()


def _past_directives(clean: bytes, marks: list[int], start: int) -> int:
    """Return where the head starts when conditionals stand before or inside it.

    A head whose alternatives are chosen by ``#if`` starts at that ``#if``; conditionals with no code
    between them and the head do not belong to it.
    """
    if len(marks) > _MANY_MARKS:
        return marks[-1] + 1
    stack: list[int] = []
    for mark in marks:
        kind = clean[mark]
        if kind == 1:
            stack.append(mark)
            continue
        if not stack:
            start = mark + 1  # the end of what was opened before the head
        elif kind == 3:
            opened = stack.pop()
            inside = clean[opened:mark].strip(_NOTHING)
            if not stack and not inside:
                start = mark + 1
    if stack and not clean[start : stack[-1]].strip(_NOTHING):
        start = stack[-1] + 1
    return start


def _alone(clean: bytes, start: int, name_at: int) -> bool:
    """Tell whether nothing but storage words stand before the name: then it must be a macro."""
    words = _IDENTIFIER.findall(clean, start, name_at)
    return all(word in (b"static", b"inline", b"noinline", b"__init", b"notrace") for word in words)


def _name(clean: bytes, start: int, name_at: int, open_at: int, brace: int) -> str:
    """Return the function's name; its head begins at ``start``."""
    inside = name_at == open_at
    word = _IDENTIFIER.search(clean, open_at if inside else name_at, brace)
    if word is None:
        return ""
    if not inside and _GENERATOR.match(word[0]) and _alone(clean, start, name_at):
        argument = _IDENTIFIER.search(clean, open_at, close_paren(clean, open_at, brace))
        word = argument or word
    return word[0].decode("ascii", "replace")


def find_definition(clean: bytes, start: int, brace: int) -> tuple[int, str] | None:
    """Return ``find_head`` where the text may also be statements: ``for_each_x(...) {`` is no definition.

    A definition has a type before its name, or is made by a DEFINE macro.
    """
    head = find_head(clean, start, brace)
    if head is None:
        return None
    words = _IDENTIFIER.findall(clean[head[0] : brace].split(b"(", 1)[0])
    if not _STATEMENT_WORDS.isdisjoint(words):
        return None
    if len(words) > 1 or (len(words) == 1 and b"DEFINE" in words[0]):
        return head
    return None


def called_name(text: bytes) -> str:
    """Return the function's name in a line such as a hunk's ``@@`` context; "" if there is none."""
    for match in _GROUP.finditer(text):
        word = match[1]
        if word is None or word in _ANNOTATIONS:
            continue
        if word in _NEVER or b"=" in text[: match.start()]:
            return ""
        if _GENERATOR.match(word) and _alone(text, 0, match.start()):
            argument = _IDENTIFIER.search(text, match.end())
            return argument[0].decode("ascii", "replace") if argument else ""
        return word.decode("ascii", "replace")
    return ""
