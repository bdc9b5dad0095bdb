"""One function's bytes to syntax trees: one tree for each preprocessor configuration.

The trees are made from masked text (anonlint.syntax.mask), so ``node.text`` is the masked text; the
Source's own bytes are at ``node.start_byte + variant.base``. A ``while`` token at a place where the
Source says something else is an iteration macro: ask ``mask.loop_macro``.
"""

from typing import Any

from anonlint.model.function import Extent, Function, Variant
from anonlint.model.source import Source
from anonlint.syntax.grammar import parser
from anonlint.syntax.ifdef import texts
from anonlint.syntax.lex import tidy
from anonlint.syntax.mask import mask

_TOO_LONG = 4_000_000


def parse(source: Source, extent: Extent) -> Function:
    """Parse one extent. What cannot be parsed comes back without variants and with ``damage`` set."""
    start, end = extent.span
    data = source.data[start:end]
    code, clean, conditionals = tidy(data)
    variants: list[Variant] = []
    worst: tuple[int, str] | None = None
    for text in texts(conditionals, len(data)):
        config = text.apply(clean)
        if config.count(b"{") != config.count(b"}"):
            continue  # no compiler sees this configuration
        node, trouble = parse_text(text.apply(code), config)
        if node is None:
            worst = worst or trouble
        else:
            variants.append(Variant(node, start, text.conditions))
    if not variants or worst is not None:
        offset, reason = worst or (0, "braces do not balance")
        damage = f"{reason} at line {source.position(start + offset).line}"
        return Function(extent.name, source, extent.span, extent.whole, (), damage)
    return Function(extent.name, source, extent.span, extent.whole, tuple(variants))


def parse_text(code: bytes, clean: bytes) -> tuple[Any, tuple[int, str]]:
    """Return (function_definition node, trouble); the node is None when the text cannot be parsed."""
    masked = mask(code, clean)
    root = parser().parse(masked).root_node
    node = _definition(root)
    if node is not None and not root.has_error:
        return node, (0, "")
    return None, _trouble(root)


def _definition(root: Any) -> Any:
    """Return the first function definition under ``root``."""
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
