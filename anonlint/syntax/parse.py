"""One function's bytes to syntax trees: one tree for each preprocessor configuration.

The trees are made from masked text (anonlint.syntax.mask), so ``node.text`` is the masked text; the
Source's own bytes are at ``node.start_byte + variant.base``. A ``while`` token at a place where the
Source says something else is an iteration macro: ask ``mask.loop_macro``.
"""

from typing import Any

from anonlint.model.function import Extent, Function, Variant
from anonlint.model.source import Source
from anonlint.syntax.grammar import misread, parser
from anonlint.syntax.ifdef import texts
from anonlint.syntax.lex import tidy
from anonlint.syntax.mask import mask
from anonlint.syntax.repair import repair

_TOO_LONG = 300_000
_ASCII = bytes(range(128)) + b"_" * 128


def parse(source: Source, extent: Extent) -> Function:
    """Parse one extent. What cannot be parsed comes back without variants and with ``damage`` set."""
    start, end = extent.span
    if end - start > _TOO_LONG:
        return _damaged(source, extent, 0, "function too long")
    data = source.data[start:end]
    if not data.isascii():
        data = data.translate(_ASCII)  # the grammar reads UTF-8; Latin-1 would upset it
    code, clean, conditionals = tidy(data)
    variants: list[Variant] = []
    worst: tuple[int, str] | None = None
    for text in texts(conditionals, len(data)):
        config = text.apply(clean)
        if config.count(b"{") != config.count(b"}"):
            continue  # no compiler sees this configuration
        node, trouble = parse_text(text.apply(code), config, extent.name)
        if node is None:
            worst = worst or trouble
        else:
            variants.append(Variant(node, start, text.conditions))
    if not variants or worst is not None:
        offset, reason = worst or (0, "braces do not balance")
        return _damaged(source, extent, offset, reason)
    return Function(extent.name, source, extent.span, extent.whole, tuple(variants))


def _damaged(source: Source, extent: Extent, offset: int, reason: str) -> Function:
    """Return a function that could not be parsed because of ``reason`` at ``offset`` of its extent."""
    damage = f"{reason} at line {source.position(extent.span.start + offset).line}"
    return Function(extent.name, source, extent.span, extent.whole, (), damage)


def parse_text(code: bytes, clean: bytes, name: str) -> tuple[Any, tuple[int, str]]:
    """Return (function_definition node, trouble); the node is None when the text cannot be parsed."""
    if clean.count(b"(") != clean.count(b")"):
        return None, (0, "parentheses do not balance")  # error recovery over it can take gigabytes
    code, clean = mask(code, clean)
    root = parser().parse(code).root_node
    first = _definition(root)
    if first is not None and not misread(first):
        return first, (0, "")
    code, clean = repair(code, clean, name)
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


def _trouble(root: Any) -> tuple[int, str]:
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
