"""Preprocessor conditionals inside a function: each consistent configuration is a text of its own."""

import re
from collections.abc import Sequence
from typing import NamedTuple

from anonlint.syntax.lex import Directive, blank

_MAX_VARIANTS = 16
_LARGE = 100_000  # bytes: such functions are generated; each variant costs a parse
_TOKEN = re.compile(rb"\s*(&&|\|\||!(?!=)|\(|\)|(?:[^&|!()\s]|&(?!&)|\|(?!\|)|!=)+)")
_DEFINED = re.compile(
    rb"\b(?:defined|IS_ENABLED|IS_BUILTIN|IS_MODULE|IS_REACHABLE)\s*\(\s*(\w+)\s*\)|\bdefined\s+(\w+)"
)
_COMMENT = re.compile(rb"/\*(?:.*?\*/|.*)|//.*", re.DOTALL)
_SPACE = re.compile(rb"(?:\s|\\\r?\n)+")
_MAX_CONDITION = 400
_RANK = {b")": 0, b"||": 1, b"&&": 2, b"!": 3}

Assignment = dict[bytes, bool]


class _Branch(NamedTuple):
    """One alternative of an ``#if`` chain: its lines are data[start:end]; ``test`` is postfix."""

    start: int
    end: int
    test: tuple[bytes, ...]
    chain: int
    parent: int


class Text(NamedTuple):
    """One configuration: which regions of the function are left out, under which conditions."""

    conditions: tuple[tuple[str, bool], ...]
    absent: tuple[tuple[int, int], ...]

    def apply(self, data: bytes) -> bytes:
        """Return ``data`` with the regions that are left out blanked (line ends stay)."""
        parts: list[bytes] = []
        last = 0
        for start, end in self.absent:
            parts += (data[last:start], blank(data[start:end]))
            last = end
        parts.append(data[last:])
        return b"".join(parts)


def texts(conditionals: Sequence[Directive], size: int) -> list[Text]:
    """Return the distinct configurations of a text of ``size`` bytes, the one with most code first.

    Conditions on the same macro are one variable (``#ifdef X``, ``#if defined(X)``, ``IS_ENABLED(X)``).
    With more than four variables only all-on, all-off and one-at-a-time are made.
    """
    if not conditionals:
        return [Text((), ())]
    branches = _branches(conditionals, size)
    names = sorted({atom for branch in branches for atom in branch.test if _is_atom(atom)})
    found: dict[tuple[tuple[int, int], ...], Text] = {}
    for assignment in _assignments(names, _MAX_VARIANTS if size < _LARGE else 2):
        absent = _absent(branches, assignment)
        if absent not in found:
            chosen = tuple((n.decode("utf-8", "replace"), assignment[n]) for n in names)
            found[absent] = Text(chosen, absent)
    return list(found.values())


def _branches(conditionals: Sequence[Directive], size: int) -> list[_Branch]:
    """Return all alternatives in order of their start; orphan #else and #endif are passed over."""
    done: list[_Branch] = []
    open_at: list[int] = []  # indexes into done, of the alternative that is open at each level
    chains = 0
    for directive in conditionals:
        opens = directive.word in (b"if", b"ifdef", b"ifndef")
        if not opens:
            if not open_at:
                continue
            index = open_at.pop()
            done[index] = done[index]._replace(end=directive.start)
            if directive.word == b"endif":
                continue
            chain = done[index].chain
        else:
            chains += 1
            chain = chains
        parent = open_at[-1] if open_at else -1
        open_at.append(len(done))
        done.append(_Branch(directive.end, size, _condition(directive), chain, parent))
    return done


def _condition(directive: Directive) -> tuple[bytes, ...]:
    """Return the test of a directive as postfix tokens: atoms, b"!", b"&&", b"||"."""
    text = _SPACE.sub(b" ", _COMMENT.sub(b" ", directive.text)).strip()
    if directive.word in (b"ifdef", b"elifdef"):
        return (text,)
    if directive.word in (b"ifndef", b"elifndef"):
        return (text, b"!")
    if directive.word == b"else":
        return (b"1",)
    plain = _DEFINED.sub(lambda m: m[1] or m[2], text)
    return _postfix(plain) or (text,)


def _postfix(text: bytes) -> tuple[bytes, ...]:
    """Return a condition of atoms, !, &&, || and parentheses in postfix order; () if it is anything else."""
    out: list[bytes] = []
    stack: list[bytes] = []
    operand = b""  # the token before, if it ends an operand
    for token in _TOKEN.findall(text[:_MAX_CONDITION]):
        if token in (b"!", b"("):
            if operand:
                return ()  # a function-like macro or arithmetic on a group: one opaque condition
            stack.append(token)
        elif token in (b")", b"&&", b"||"):
            if not operand or not _reduce(token, out, stack):
                return ()
            operand = token if token == b")" else b""
        elif operand == b")":
            return ()
        else:
            # ``A > 3`` comes in three tokens
            out.append(out.pop() + b" " + token if operand else token)
            operand = token
    if not operand or b"(" in stack or len(text) > _MAX_CONDITION:
        return ()
    return (*out, *reversed(stack))


def _reduce(token: bytes, out: list[bytes], stack: list[bytes]) -> bool:
    """Move what binds tighter than ``token`` from the stack to the output; False if ")" has no "("."""
    while stack and stack[-1] != b"(" and _RANK[stack[-1]] >= _RANK[token]:
        out.append(stack.pop())
    if token == b")":
        return bool(stack) and stack.pop() == b"("
    stack.append(token)
    return True


def _is_atom(token: bytes) -> bool:
    return token not in (b"!", b"&&", b"||", b"0", b"1")


def _holds(test: tuple[bytes, ...], assignment: Assignment) -> bool:
    """Evaluate a postfix test."""
    stack: list[bool] = []
    for token in test:
        if token == b"!":
            stack.append(not stack.pop())
        elif token in (b"&&", b"||"):
            right, left = stack.pop(), stack.pop()
            stack.append((left and right) if token == b"&&" else (left or right))
        else:
            stack.append(token == b"1" if token in (b"0", b"1") else assignment[token])
    return stack[-1]


def _assignments(names: list[bytes], most: int) -> list[Assignment]:
    """Return the assignments to try, all-on first."""
    count = len(names)
    if 1 << count <= most:
        return [{name: not bits >> place & 1 for place, name in enumerate(names)} for bits in range(1 << count)]
    chosen = [dict.fromkeys(names, True), dict.fromkeys(names, False)]
    for name in names:
        if len(chosen) >= most:
            break
        chosen.append({n: n == name for n in names})
    return chosen


def _absent(branches: list[_Branch], assignment: Assignment) -> tuple[tuple[int, int], ...]:
    """Return the regions that ``assignment`` leaves out, sorted and without overlap."""
    taken: set[int] = set()  # chains that already have their alternative
    off: list[bool] = []
    gaps: list[tuple[int, int]] = []
    for branch in branches:
        inherited = branch.parent >= 0 and off[branch.parent]
        here = branch.chain not in taken and _holds(branch.test, assignment)
        if here:
            taken.add(branch.chain)
        off.append(inherited or not here)
        if not here and not inherited:
            gaps.append((branch.start, branch.end))
    return tuple(gaps)
