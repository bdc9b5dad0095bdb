"""One function's bytes to syntax trees: one tree for each preprocessor configuration that is more than statements.

The trees are made from masked text (anonlint.syntax.mask), so ``node.text`` is the masked text; the
Source's own bytes are at ``node.start_byte + variant.base``. A ``while`` token at a place where the
Source says something else is an iteration macro: ask ``mask.loop_macro``.
"""

from collections.abc import Iterable
from typing import Any

from anonlint.model.function import Extent, Function, Variant
from anonlint.model.source import Source
from anonlint.syntax.grammar import misread, parser
from anonlint.syntax.heads import find_definition
from anonlint.syntax.ifdef import Configuration, groups, texts
from anonlint.syntax.lex import blank, comment_tail, conditionals, spaces, tidy
from anonlint.syntax.mask import mask
from anonlint.syntax.whole import misplaced

_Trouble = tuple[int, str]  # offset, what
_TRIES = 6
_TOO_LONG = 300_000
_ASCII = bytes(range(128)) + b"_" * 128


def parse(source: Source, extent: Extent, *, hunk: bool = False) -> Function:
    """Parse one extent. What cannot be parsed comes back without variants and with ``damage`` set.

    What a ``hunk`` shows is read, most of it is not executed: it has a tree for each configuration.
    """
    start, end = extent.span
    if end - start > _TOO_LONG:
        return _damaged(source, extent, 0, "function too long")
    data = source.data[start:end]
    if not data.isascii():
        data = data.translate(_ASCII)  # the grammar reads UTF-8; Latin-1 would upset it
    tail = 0 if extent.whole else comment_tail(data)
    data = spaces(tail) + data[tail:] if tail else data
    code, clean = tidy(data)
    directives = conditionals(data)
    together = [] if hunk else groups(directives, clean)
    while True:
        variants, trouble = _variants(extent, code, clean, texts(directives, len(data), together))
        if not trouble:
            apart = {group for variant in variants for group in misplaced(variant.node, variant.groups)}
        elif together:
            apart = set(together)
        else:
            return _damaged(source, extent, *trouble)
        if not apart:
            return Function(extent.name, source, extent.span, extent.whole, tuple(variants))
        together = [group for group in together if group not in apart]


def _variants(
    extent: Extent, code: bytes, clean: bytes, configurations: Iterable[Configuration]
) -> tuple[list[Variant], _Trouble | None]:
    """Parse all configurations of a function; return what could be parsed, and the first trouble."""
    start = extent.span.start
    variants: list[Variant] = []
    trouble: _Trouble | None = None
    for text in configurations:
        here, outline = text.apply(code), text.apply(clean)
        if extent.whole:
            if outline.count(b"{") != outline.count(b"}"):
                continue  # no compiler sees this configuration
            node, wrong = parse_text(here, outline, extent.name)
            base = start
        else:
            node, added, wrong = _parse_piece(here, outline, extent.name)
            base = start - added
        if node is None:
            trouble = trouble or wrong
        else:
            variants.append(Variant(node, base, text.conditions, text.groups))
    return variants, trouble or (None if variants else (0, "braces do not balance"))


def _parse_piece(code: bytes, clean: bytes, name: str) -> tuple[Any, int, _Trouble]:
    """Return (node, length of the text put before the piece, trouble) of a function's piece.

    When the closed piece does not parse, the lines before or behind the place of trouble are dropped,
    whichever are fewer, a few times.
    """
    from anonlint.syntax.close import close  # only patches without a tree need it

    trouble = (0, "")
    for _ in range(_TRIES):
        head = _starts_with_head(clean)
        closed = close(code, clean, head)
        node, trouble = parse_text(
            closed.before + closed.code + closed.behind, closed.before + closed.clean + closed.behind, name
        )
        if node is not None:
            return node, len(closed.before), trouble
        code, clean = _without_trouble(code, clean, trouble[0] - len(closed.before), head)
        if not clean.strip():
            break
    return None, 0, trouble


def _starts_with_head(clean: bytes) -> bool:
    """Tell whether a piece starts with its function's head."""
    brace = clean.find(b"{")
    return brace >= 0 and b";" not in clean[:brace] and find_definition(clean, 0, brace) is not None


def _without_trouble(code: bytes, clean: bytes, at: int, head: bool) -> tuple[bytes, bytes]:
    """Blank the lines up to the trouble at ``at``, or from it on: what keeps more of the piece."""
    at = min(max(at, 0), len(clean) - 1)
    line = clean.rfind(b"\n", 0, at) + 1
    following = clean.find(b"\n", at) + 1 or len(clean)
    if head or line > len(clean) - following:
        return code[:line] + blank(code[line:]), clean[:line] + blank(clean[line:])
    return blank(code[:following]) + code[following:], blank(clean[:following]) + clean[following:]


def _damaged(source: Source, extent: Extent, offset: int, reason: str) -> Function:
    """Return a function that could not be parsed because of ``reason`` at ``offset`` of its extent."""
    damage = f"{reason} at line {source.position(extent.span.start + offset).line}"
    return Function(extent.name, source, extent.span, extent.whole, (), damage)


def parse_text(code: bytes, clean: bytes, name: str) -> tuple[Any, _Trouble]:
    """Return (function_definition node, trouble); the node is None when the text cannot be parsed."""
    if clean.count(b"(") != clean.count(b")"):
        return None, (0, "parentheses do not balance")  # error recovery over it can take gigabytes
    code, clean = mask(code, clean)
    root = parser().parse(code).root_node
    first = _definition(root)
    wrong = misread(first) if first is not None else []
    if first is not None and not wrong:
        return first, (0, "")
    from anonlint.syntax.repair import repair  # needed by one function in twenty

    code, clean = repair(code, clean, name, wrong)
    root = parser().parse(code).root_node
    node = _definition(root) or first
    return node, _trouble(root) if node is None else (0, "")


def _definition(root: Any) -> Any:
    """Return the first function definition under ``root``; None if anything was not understood."""
    if root.has_error:
        return None
    for child in root.named_children:
        if child.type == "function_definition":
            return child
    return None


def _trouble(root: Any) -> _Trouble:
    """Return (offset, what) of the first place that the grammar does not understand."""
    todo = [root]
    while todo:
        node = todo.pop()
        if node.type == "ERROR":
            return node.start_byte, "syntax not understood"
        if node.is_missing:
            return node.start_byte, f"missing {node.type!r}"
        if node.has_error:
            todo.extend(reversed(node.children))
    return 0, "no function definition"
