"""Who relies, in other files of the tree, on a function that a patch changes: found by words, the nearest first."""

from collections import deque
from collections.abc import Container, Iterable, Iterator
from typing import NamedTuple

from anonlint.model.function import Extent
from anonlint.run.defined import NO_HELPER
from anonlint.run.scene import Scene, TreeFile
from anonlint.run.wake import Wake
from anonlint.words.dictionary import Dictionary


class Reliant(NamedTuple):
    """A function of another file that calls a changed one, ``through``, itself or by helpers."""

    path: str
    extent: Extent
    through: str


class Reliants(NamedTuple):
    """Those that are looked at, and of how many more it is only known that there are."""

    found: tuple[Reliant, ...] = ()
    left: int = 0


class Search:
    """Looks for who relies on a function in the files of ``scene``, but for the file ``home`` and those ``touched``.

    What a word of the vocabulary does that says, whatever is in its body, but for those that are ``rewritten``.
    """

    def __init__(
        self,
        scene: Scene,
        home: str,
        touched: Container[str],
        dictionary: Dictionary,
        rewritten: Container[str],
        wake: Wake,
    ) -> None:
        self.scene = scene
        self.home = home
        self.touched = touched
        self.dictionary = dictionary
        self.rewritten = rewritten
        self.wake = wake

    def reliants(self, names: Iterable[str], most: int) -> Reliants:
        """Return who calls the functions, itself or by helpers, and handles an entry: ``most`` of them."""
        found: list[Reliant] = []
        seen: set[tuple[str, str]] = set()
        waiting = deque((name, name, "") for name in sorted(names))
        left = 0
        while waiting:
            name, through, only = waiting.popleft()
            for text, extent in self._callers(name, only):
                key = (text.path, extent.name)
                if key in seen:
                    continue
                seen.add(key)
                if self._says(text, extent, self.wake.entry):
                    is_too_much = len(found) == most
                    left += is_too_much
                    found += [] if is_too_much else [Reliant(text.path, extent, through)]
                if self._is_helper(text, extent):
                    waiting.append((extent.name, through, "" if _is_for_all(text, extent) else text.path))
        return Reliants(tuple(found), left)

    def _callers(self, name: str, only: str) -> Iterator[tuple[TreeFile, Extent]]:
        """Yield who speaks of a function: ``only`` in the file whose own it is, else where none other is called so."""
        if name not in self.rewritten and (name in self.dictionary or not (only or self.scene.definition(name))):
            return
        for text in self.scene.mentioning(name.encode()):
            if text.path == self.home or text.path in self.touched:
                continue
            if text.path == only or (not only and not text.has_static(name)):
                yield from ((text, e) for e in text.index.naming(name.encode()) if e.name != name)

    def _is_helper(self, text: TreeFile, extent: Extent) -> bool:
        """Return whether a function is run in place of its calls."""
        return text.index.length(extent.span) <= NO_HELPER and self._says(text, extent, self.wake.abroad)

    def _says(self, text: TreeFile, extent: Extent, words: frozenset[bytes]) -> bool:
        return not words.isdisjoint(text.index.words(extent.span))


def _is_for_all(text: TreeFile, extent: Extent) -> bool:
    return text.is_header or text.index.exported(extent.span)
