"""What came of the last text of a file, for a process that judges its next ones: what a change cannot affect is kept.

That is what a patch from one text to the other could not change the verdict of; it only has other line numbers now.
"""

from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

from anonlint.model.finding import Finding
from anonlint.model.source import Source
from anonlint.run.executed import NOTHING, Known
from anonlint.run.reach import called, reached
from anonlint.run.result import ImageResult, Piece
from anonlint.run.story import around
from anonlint.run.surroundings import Scenes
from anonlint.syntax.index import FileIndex

if TYPE_CHECKING:
    from anonlint.model.snapshot import Image
    from anonlint.run.scene import Scene


_MOST = 32  # texts: more files are seldom open


class _Text:
    """A text, what its result depends on beside it, and that result by function."""

    def __init__(self, key: bytes, image: "Image", result: ImageResult) -> None:
        self.key = key
        self.image = image
        self.result = result

    @cached_property
    def index(self) -> FileIndex:
        """The functions of the text."""
        return FileIndex(self.image)


class Kept:
    """The last texts by path, and the trees around them by root, each with what stands for its files."""

    def __init__(self) -> None:
        self.scenes: Scenes = {}
        self._texts: dict[str, _Text] = {}

    def keep(self, key: bytes, image: "Image", result: ImageResult) -> None:
        """Keep what came of a text; a result that something has cut short is none."""
        if not result.cut:
            self._texts.pop(image.source.path, None)
            self._texts[image.source.path] = _Text(key, image, result)
            for path in list(self._texts)[:-_MOST]:
                del self._texts[path]

    def known(self, key: bytes, index: FileIndex, scene: "Scene | None", kernel: frozenset[bytes]) -> Known:
        """Return what is known of a text's functions from the text before it; ``scene`` is what is in sight.

        Whether a text has one of the ``kernel`` words is a matter of all its functions.
        """
        text = self._texts.get(index.image.source.path)
        if text is None or text.key != key or bool(text.index.mentioning(kernel)) != bool(index.mentioning(kernel)):
            return NOTHING
        both = text.index, index
        reach = reached(both, scene, ())
        if reach is None:
            return NOTHING
        reach = reach.union(*(called(one, reach, longer=0) for one in both))  # they are judged where they are called
        moved = _Moved(*both)
        pieces = (moved.piece(piece) for piece in text.result.pieces if piece.name not in reach)
        skipped = (skip._replace(line=moved.line(skip.line) or skip.line) for skip in text.result.skipped)
        served = frozenset().union(*(piece.served for piece in text.result.pieces))
        return Known({piece.name: piece for piece in pieces if piece is not None}, served, tuple(skipped))


class _Gone(Exception):
    """A line is not there any more, or it is not known where it is."""


class _Moved:
    """Where the lines of a text are in another."""

    def __init__(self, before: FileIndex, after: FileIndex) -> None:
        self.source = after.image.source
        self._path = before.image.source.path
        old, new = (index.image.source.data.split(b"\n") for index in (before, after))
        most = min(len(old), len(new))
        self._head = next((at for at in range(most) if old[at] != new[at]), most)
        same = next((at for at in range(most - self._head) if old[-1 - at] != new[-1 - at]), most - self._head)
        self._tail = len(old) - same
        self._shift = len(new) - len(old)
        self._of_functions = _shifts(before, after)

    def line(self, number: int) -> int | None:
        """Return the number of a line now; None where that is not known."""
        if number in self._of_functions:
            return number + self._of_functions[number]
        if number <= self._head:
            return number
        return number + self._shift if number > self._tail else None

    def piece(self, piece: Piece) -> Piece | None:
        """Return what is known of a function with the lines of now; None where one of them is gone."""
        try:
            made: Piece = self._value(piece)
        except _Gone:
            return None
        return made

    def _value(self, value: Any) -> Any:
        """Return a value with all in it that has a path and a line where it is now."""
        if not isinstance(value, tuple):
            return value
        parts = [self._value(part) for part in value]
        if type(value) is tuple:
            return tuple(parts)
        made = type(value)._make(parts)  # type: ignore[attr-defined]
        if getattr(made, "path", None) == self._path and hasattr(made, "line"):
            line = self.line(made.line)
            if line is None:
                raise _Gone
            made = made._replace(line=line)
        return self._told(made) if isinstance(made, Finding) else made

    def _told(self, found: Finding) -> Finding:
        told = ((place.path, place.line) for place in (*found.because, *found.evidence))
        lines = {line for path, line in ((found.path, found.line), *told) if path == self._path}
        return found._replace(around=around(self.source, sorted(lines))) if found.around else found


def _shifts(before: FileIndex, after: FileIndex) -> Mapping[int, int]:
    """Return by how much each line of a function has moved that is as it was."""
    old, new = _functions(before), _functions(after)
    shifts: dict[int, int] = {}
    for name, texts in old.items():
        others = new.get(name, [])
        if [text for text, _ in texts] == [text for text, _ in others]:
            for (text, first), (_, now) in zip(texts, others, strict=True):
                shifts |= dict.fromkeys(range(first, first + text.count(b"\n") + 1), now - first)
    return shifts


def _functions(index: FileIndex) -> dict[str, list[tuple[bytes, int]]]:
    """Return the text and the first line of the functions of each name."""
    source: Source = index.image.source
    found: dict[str, list[tuple[bytes, int]]] = {}
    for extent in index.extents:
        text = source.data[extent.span.start : extent.span.end]
        found.setdefault(extent.name, []).append((text, source.position(extent.span.start).line))
    return found
