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


class Alternative(NamedTuple):
    """What stands between two lines of an ``#if`` group: bytes of a variant's tree, ``head`` those of the first line.

    The test is what is asked, ``!``, ``&&`` and ``||`` in postfix order.
    """

    head: int
    start: int
    end: int
    test: tuple[bytes, ...]


ELSE = (b"1",)  # the test of #else
Group = tuple[Alternative, ...]  # the alternatives of one #if, in order: the first whose test holds is taken


class Variant(NamedTuple):
    """A function in one preprocessor configuration, or in several that differ in whole statements.

    ``node`` is the tree-sitter node of the function definition; a byte ``b`` of that tree is byte
    ``b + base`` of the Source. Places outside the function's span belong to text that was added to
    close a fragment. ``conditions`` are the ``#if`` texts chosen, with their outcome; of ``groups`` the tree has
    all alternatives.
    """

    node: Any
    base: int
    conditions: tuple[tuple[str, bool], ...] = ()
    groups: tuple[Group, ...] = ()


class Function(NamedTuple):
    """A parsed function. ``damage`` is the reason why it could not be parsed ("" if it could)."""

    name: str
    source: Source
    span: Span
    whole: bool
    variants: tuple[Variant, ...]
    damage: str = ""
