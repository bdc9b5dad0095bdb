"""Preprocessor conditionals inside a function: each consistent configuration is a text of its own.

But for groups of whole statements: all of their alternatives are in one text, and the graph branches there.
"""

import re
from bisect import bisect_right
from collections.abc import Container, Iterable, Sequence
from functools import lru_cache
from typing import NamedTuple

from anonlint.model.function import ELSE, Alternative, Group
from anonlint.syntax.lex import Directive, blank

_MAX_VARIANTS = 16
_MAX_CHAIN = 16  # alternatives of one #if that are looked at
_MAX_LINES = 100  # of #if and its like: so many are looked at whether they are whole statements
_LARGE = 100_000  # bytes: such functions are generated; each variant costs a parse
_TOKEN = re.compile(rb"\s*(&&|\|\||!(?!=)|\(|\)|(?:[^&|!()\s]|&(?!&)|\|(?!\|)|!=)+)")
_DEFINED = re.compile(
    rb"\b(?:defined|IS_ENABLED|IS_BUILTIN|IS_MODULE|IS_REACHABLE)\s*\(\s*(\w+)\s*\)|\bdefined\s+(\w+)"
)
_COMMENT = re.compile(rb"/\*(?:.*?\*/|.*)|//.*", re.DOTALL)
_SPACE = re.compile(rb"(?:\s|\\\r?\n)+")
_MAX_CONDITION = 400
_NO_STATEMENT = re.compile(rb"else\b|case\b|default\b")
_LABEL = re.compile(rb"(?:\A|[;{}:])\s*(?!default\b)[A-Za-z_]\w*+\s*+:(?!:)")
_RANK = {b")": 0, b"||": 1, b"&&": 2, b"!": 3}

Assignment = dict[bytes, bool]


class _Branch(NamedTuple):
    """One alternative of an ``#if`` chain: data[start:end], behind the directive at ``head``; ``test`` is postfix."""

    head: int
    start: int
    end: int
    test: tuple[bytes, ...]
    chain: int
    parent: int


class Configuration(NamedTuple):
    """One configuration: which regions of the function are left out, under which conditions, and what stays open."""

    conditions: tuple[tuple[str, bool], ...]
    absent: tuple[tuple[int, int], ...]
    groups: tuple[Group, ...] = ()

    def apply(self, data: bytes) -> bytes:
        """Return ``data`` with the regions that are left out blanked (line ends stay)."""
        parts: list[bytes] = []
        last = 0
        for start, end in self.absent:
            parts += (data[last:start], blank(data[start:end]))
            last = end
        parts.append(data[last:])
        return b"".join(parts)


def texts(conditionals: Sequence[Directive], size: int, groups: Sequence[Group] = ()) -> list[Configuration]:
    """Return the distinct configurations of a text of ``size`` bytes, the one with most code first.

    Conditions on the same macro are one variable (``#ifdef X``, ``#if defined(X)``, ``IS_ENABLED(X)``).
    With more than four variables only all-on, all-off and one-at-a-time are made. All alternatives of ``groups`` stay,
    but where they ask only what other groups ask, too.
    """
    if not conditionals:
        return [Configuration((), ())]
    branches = _branches(conditionals, size)
    starts = _starts(groups)
    names = _atoms(branch.test for branch in branches if branch.start not in starts)
    groups = [group for group in groups if not set(names).issuperset(_atoms(test for *_, test in group))]
    starts = _starts(groups)
    found: dict[tuple[tuple[int, int], ...], list[Assignment]] = {}
    for assignment in _assignments(names, _MAX_VARIANTS if size < _LARGE else 2):
        found.setdefault(_absent(branches, assignment, starts), []).append(assignment)
    return [
        Configuration(_common(names, assignments), absent, tuple(g for g in groups if not _lies_in(absent, g[0].start)))
        for absent, assignments in found.items()
    ]


def groups(conditionals: Sequence[Directive], clean: bytes) -> list[Group]:
    """Return the groups that may be whole statements, in order, as far as their text tells: the tree has the last word.

    Constant conditions (``#if 0``) are none. With more conditions than make all configurations there are none either:
    one execution takes them all, and would take more steps than some of them do.
    """
    branches = _branches(conditionals, len(clean)) if len(conditionals) <= _MAX_LINES else []
    if 1 << len(_atoms(branch.test for branch in branches)) > _MAX_VARIANTS:
        return []
    chains: dict[int, list[_Branch]] = {}
    for branch in branches:
        chains.setdefault(branch.chain, []).append(branch)
    return [
        tuple(Alternative(b.head, b.start, b.end, b.test) for b in chain)
        for chain in chains.values()
        if _asks(chain) and _may_be_whole([clean[b.start : b.end].strip() for b in chain])
    ]


def _asks(chain: Sequence[_Branch]) -> bool:
    """Return whether each alternative asks something, but for ``#else``."""
    asks = [any(map(_is_atom, branch.test)) for branch in chain]
    return asks[0] and all(asks[:-1]) and (asks[-1] or chain[-1].test == ELSE)


def _may_be_whole(codes: Sequence[bytes]) -> bool:
    """Return whether texts may be statements, some of them none; a label that one of them has another one lacks."""
    if any(code[-1:] not in b";}" or _NO_STATEMENT.match(code) or _LABEL.search(code) for code in codes):
        return False
    return all(code.count(one) == code.count(other) for code in codes for one, other in (b"{}", b"()"))


def _lies_in(regions: Sequence[tuple[int, int]], at: int) -> bool:
    return any(start <= at < end for start, end in regions)


def _starts(groups: Iterable[Group]) -> set[int]:
    return {alternative.start for group in groups for alternative in group}


def _atoms(tests: Iterable[tuple[bytes, ...]]) -> list[bytes]:
    """Return what is asked in some tests, sorted."""
    return sorted({token for test in tests for token in test if _is_atom(token)})


def _common(names: Sequence[bytes], assignments: Sequence[Assignment]) -> tuple[tuple[str, bool], ...]:
    """Return the conditions that come out alike in all of the assignments, each with its outcome."""
    first = assignments[0]
    same = [name for name in names if all(a[name] == first[name] for a in assignments)]
    return tuple((name.decode("utf-8", "replace"), first[name]) for name in same)


class Surroundings:
    """The conditionals of a whole file: which conditions hold at a place, because of the groups around it."""

    __slots__ = ("_branches", "_chains", "_starts")

    def __init__(self, conditionals: Sequence[Directive], size: int) -> None:
        self._branches = _branches(conditionals, size)
        self._starts = [branch.start for branch in self._branches]
        self._chains: dict[int, list[_Branch]] = {}
        for branch in self._branches:
            self._chains.setdefault(branch.chain, []).append(branch)

    def at(self, offset: int) -> tuple[tuple[str, bool], ...]:
        """Return the conditions that hold at ``offset``, or do not, in every configuration that has it."""
        tests: list[tuple[tuple[bytes, ...], bool]] = []
        index = bisect_right(self._starts, offset) - 1
        while index >= 0:
            branch = self._branches[index]
            if offset < branch.end:
                earlier = [b for b in self._chains[branch.chain][:_MAX_CHAIN] if b.start < branch.start]
                tests += [(branch.test, True), *((b.test, False) for b in earlier)]
            index = branch.parent
        names = _atoms(test for test, _ in tests)
        if not names or 1 << len(names) > _MAX_VARIANTS:
            return ()
        fitting = [
            assignment
            for assignment in _assignments(names, _MAX_VARIANTS)
            if all(_holds(test, assignment) == outcome for test, outcome in tests)
        ]
        return _common(names, fitting) if fitting else ()


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
        done.append(
            _Branch(directive.start, directive.end, size, _condition(directive.word, directive.text), chain, parent)
        )
    return done


@lru_cache(maxsize=1024)
def _condition(word: bytes, said: bytes) -> tuple[bytes, ...]:
    """Return the test of a directive as postfix tokens: entry states, b"!", b"&&", b"||"."""
    text = _SPACE.sub(b" ", _COMMENT.sub(b" ", said)).strip()
    if word in (b"ifdef", b"elifdef"):
        return (text,)
    if word in (b"ifndef", b"elifndef"):
        return (text, b"!")
    if word == b"else":
        return ELSE
    plain = _DEFINED.sub(lambda m: m[1] or m[2], text)
    return _postfix(plain) or (text,)


def _postfix(text: bytes) -> tuple[bytes, ...]:
    """Return a condition of entry states, !, &&, || and parentheses in postfix order; () if it is anything else."""
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


def _absent(branches: list[_Branch], assignment: Assignment, open_: Container[int]) -> tuple[tuple[int, int], ...]:
    """Return the regions that ``assignment`` leaves out, sorted and without overlap; those ``open_`` by start stay."""
    taken: set[int] = set()  # chains that already have their alternative
    off: list[bool] = []
    gaps: list[tuple[int, int]] = []
    for branch in branches:
        inherited = branch.parent >= 0 and off[branch.parent]
        here = branch.start in open_ or (branch.chain not in taken and _holds(branch.test, assignment))
        if here:
            taken.add(branch.chain)
        off.append(inherited or not here)
        if not here and not inherited:
            gaps.append((branch.start, branch.end))
    return tuple(gaps)
