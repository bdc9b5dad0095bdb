"""A C function definition, parsed; or what a patch shows of one."""

from typing import Any, NamedTuple

from anonlint.model.source import Source, Span


class Extent(NamedTuple):
    """Where a function definition lies, found without parsing.

    ``span`` runs from the first token of the definition to its closing brace. ``name`` is "" when a
    hunk shows a body without the name. ``whole`` is False for a piece of a function seen in a hunk.
    """

    name: str
    span: Span
    whole: bool = True


class Variant(NamedTuple):
    """One consistent preprocessor configuration of a function.

    ``node`` is the tree-sitter node of the function definition; a byte ``b`` of that tree is byte
    ``b + base`` of the Source. Places outside the function's span belong to text that was added to
    close a fragment. ``conditions`` are the ``#if`` texts chosen, with their outcome.
    """

    node: Any
    base: int
    conditions: tuple[tuple[str, bool], ...] = ()


class Function(NamedTuple):
    """A parsed function. ``damage`` is the reason why it could not be parsed ("" if it could)."""

    name: str
    source: Source
    span: Span
    whole: bool
    variants: tuple[Variant, ...]
    damage: str = ""
