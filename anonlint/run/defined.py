"""What one file defines that may be run in place of its calls: its functions, and macros that are one expression."""

from functools import cached_property

from anonlint.model.function import Extent, Variant
from anonlint.syntax.enums import Enumerators, enumerators
from anonlint.syntax.index import FileIndex
from anonlint.syntax.lex import words as identifiers
from anonlint.syntax.macros import Macro, macros

NO_HELPER = 900  # words and signs: what is longer is no helper, whoever calls it


class Defined:
    """What a file defines by name."""

    def __init__(self, index: FileIndex) -> None:
        self.index = index

    def __contains__(self, name: str) -> bool:
        """Return whether the file has a function or macro of a name."""
        return self.index.extent(name) is not None or name in self.macros

    @cached_property
    def enumerators(self) -> Enumerators:
        """The enumerators of the file."""
        return enumerators(self.index.image.source)

    @cached_property
    def macros(self) -> dict[str, Macro]:
        """The macros of the file that stand for an expression."""
        source = self.index.image.source
        return macros(source) if b"define" in source.data else {}

    def length(self, name: str) -> int:
        """Return how many words and signs a function has; macros are short."""
        extent = self.index.extent(name)
        return 0 if extent is None else self.index.length(extent.span)

    def has_helper(self, name: str, words: frozenset[bytes]) -> bool:
        """Return whether there is a function or macro worth running in place of its call, for one of ``words``.

        A function is that if it is short, and in sight as a whole.
        """
        extent = self.index.extent(name)
        if extent is None:
            return name in self.macros and not words.isdisjoint(identifiers(self.macros[name].text))
        return self._is_helper(extent) and not words.isdisjoint(self.index.words(extent.span))

    def _is_helper(self, extent: Extent) -> bool:
        return extent.whole and self.index.length(extent.span) <= NO_HELPER

    def tree(self, name: str) -> Variant | None:
        """Return a function's first variant, or a macro as one; None if it cannot be parsed, or is no expression."""
        extent = self.index.extent(name)
        if extent is not None:
            return next(iter(self.index.parse(extent).variants), None)
        from anonlint.syntax.parse import parse_text

        macro = self.macros[name]
        node, _ = parse_text(macro.text, macro.text, name)
        return None if node is None else Variant(node, macro.base)
