"""A file image with its functions: found at once, parsed when asked for."""

from bisect import bisect_right
from collections.abc import Iterable
from typing import TYPE_CHECKING

from anonlint.model.function import Extent, Function
from anonlint.model.snapshot import Image
from anonlint.model.source import Span
from anonlint.syntax.functions import find_functions
from anonlint.syntax.lex import conditionals, length, uncalled
from anonlint.syntax.lex import words as identifiers
from anonlint.syntax.scan import mentions, places
from anonlint.syntax.stitch import stitch

if TYPE_CHECKING:
    from anonlint.syntax.ifdef import Surroundings

_FEW = 10  # words that are looked for one by one


class FileIndex:
    """The functions of one image. Parsing happens on demand, once for each function.

    ``extents`` are those of another index of the same text: they are not looked for again.
    """

    __slots__ = (
        "_around",
        "_handed",
        "_lengths",
        "_mentioning",
        "_named",
        "_parsed",
        "_starts",
        "_words",
        "extents",
        "image",
    )

    def __init__(self, image: Image, extents: tuple[Extent, ...] | None = None) -> None:
        self.image = image = stitch(image)
        self.extents = find_functions(image) if extents is None else extents
        self._words: dict[Span, set[bytes]] = {}
        self._lengths: dict[Span, int] = {}
        self._starts = [extent.span.start for extent in self.extents]
        self._parsed: dict[Extent, Function] = {}
        self._named: dict[str, Extent] | None = None
        self._mentioning: dict[frozenset[bytes], list[Extent]] = {}
        self._handed: set[bytes] | None = None
        self._around: Surroundings | None = None

    def extent(self, name: str) -> Extent | None:
        """Return where the first definition of ``name`` in the file lies, None if there is none."""
        if self._named is None:
            self._named = {extent.name: extent for extent in reversed(self.extents)}
        return self._named.get(name) if name else None

    def around(self, offset: int) -> Extent | None:
        """Return the function, or the piece of one, that holds an offset."""
        at = bisect_right(self._starts, offset) - 1
        return self.extents[at] if at >= 0 and offset < self.extents[at].span.end else None

    def function(self, name: str) -> Function | None:
        """Return the first definition of ``name`` in the file, None if there is none."""
        extent = self.extent(name)
        return None if extent is None else self.parse(extent)

    def mentioning(self, words: frozenset[bytes]) -> list[Extent]:
        """Return the extents whose code holds one of ``words`` as an identifier; a comment's words do not count."""
        found = self._mentioning.get(words)
        if found is None:
            near = self._near(words)
            found = self._mentioning[words] = [e for e in near if not words.isdisjoint(self.words(e.span))]
        return found

    def _near(self, words: frozenset[bytes]) -> Iterable[Extent]:
        """Return the extents in whose text one of ``words`` stands, be it in a comment."""
        data = self.image.source.data
        if len(words) > _FEW:
            return [e for e in self.extents if mentions(data[e.span.start : e.span.end], words)]
        around = map(self.around, sorted(at for word in words for at in places(data, word)))
        return dict.fromkeys(extent for extent in around if extent is not None)

    def naming(self, word: bytes) -> list[Extent]:
        """Return the extents whose code holds ``word`` as an identifier."""
        return self.mentioning(frozenset((word,)))

    def exported(self, span: Span) -> bool:
        """Return whether a function is for other files, too."""
        return b"static" not in self.specifiers(span)

    def specifiers(self, span: Span) -> set[bytes]:
        """Return the words before the parameters of the definition at a span."""
        data = self.image.source.data
        head = data.find(b"(", span.start, span.end)
        return self.words(Span(span.start, head if head >= 0 else span.end))

    def handed_out(self, name: str) -> bool:
        """Return whether a function is put into a table, or handed on, outside of all functions."""
        if self._handed is None:
            ends = [0, *(extent.span.end for extent in self.extents)]
            starts = [*self._starts, len(self.image.source.data)]
            gaps = (self.image.source.data[end:start] for end, start in zip(ends, starts, strict=True))
            self._handed = set().union(*map(uncalled, gaps))
        return name.encode() in self._handed

    def words(self, span: Span) -> set[bytes]:
        """Return the identifiers between two places of the code, those of comments and strings left out."""
        found = self._words.get(span)
        if found is None:
            found = self._words[span] = identifiers(self.image.source.data[span.start : span.end])
        return found

    def length(self, span: Span) -> int:
        """Return how many words and signs the code between two places has."""
        found = self._lengths.get(span)
        if found is None:
            found = self._lengths[span] = length(self.image.source.data[span.start : span.end])
        return found

    def parse(self, extent: Extent) -> Function:
        """Return the parsed function of ``extent``."""
        found = self._parsed.get(extent)
        if found is None:
            from anonlint.syntax.parse import parse  # a file that mentions nothing needs no parser

            hunk = self.image.fragments is not None
            found = parse(self.image.source, extent, hunk=hunk)
            around = () if hunk else self.conditions(extent)
            if around:
                variants = [v._replace(conditions=(*around, *v.conditions)) for v in found.variants]
                found = found._replace(variants=tuple(variants))
            self._parsed[extent] = found
        return found

    def conditions(self, extent: Extent) -> tuple[tuple[str, bool], ...]:
        """Return the conditions of the ``#if`` groups around a function."""
        from anonlint.syntax.ifdef import Surroundings

        if self._around is None:
            data = self.image.source.data
            self._around = Surroundings(conditionals(data), len(data))
        return self._around.at(extent.span.start)
