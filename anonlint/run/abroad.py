"""What stands in other files of the tree, for one image: the analysers of those files, made when they are needed.

They are the image's own: what one image makes of them depends on no other, in whatever order images are analysed.
"""

from collections.abc import Callable
from typing import Generic, TypeVar

from anonlint.graph.ir import CFG, walk
from anonlint.model.source import Source
from anonlint.run.scene import TreeFile, View

_STEPS = 80_000  # steps of execution that the files around one image may cost
_AT = "@"  # between a name and the file whose own it is: no identifier has it
A = TypeVar("A")


class Purse:
    """The steps of execution that are left."""

    def __init__(self, steps: int = _STEPS) -> None:
        self.steps = steps


class Abroad(Generic[A]):
    """The files around an image; ``make`` makes the analyser of one of them."""

    def __init__(self, view: View, home: A, make: "Callable[[TreeFile, Abroad[A]], A]") -> None:
        self.scene = view.scene
        self.prefix = view.prefix
        self.purse = Purse()
        self._make = make
        self._known = {view.home: home}
        self._sources: dict[str, Source] = {}

    def at(self, path: str) -> A:
        """Return the analyser of a file."""
        if path not in self._known:
            self._known[path] = self._make(self.scene.texts[path], self)
        return self._known[path]

    def source(self, path: str) -> Source:
        """Return a file under the path that it is shown with."""
        if path not in self._sources:
            self._sources[path] = Source(self.prefix + path, self.scene.texts[path].data)
        return self._sources[path]

    def shown(self, source: Source) -> A:
        """Return the analyser of a file by what it is shown as."""
        return self.at(source.path.removeprefix(self.prefix))

    def whose(self, name: str, *, word: bool = False) -> tuple[str, str] | None:
        """Return the file in which a function is defined that is not the caller's own, and its name there.

        A ``word`` of the vocabulary may have another definition there, for a configuration without it.
        """
        bare, at, path = name.partition(_AT)
        if at:
            return path, bare
        found = self.scene.first(name) if word else self.scene.definition(name)
        return None if found is None else (found.text.path, name)

    def qualify(self, cfg: CFG, path: str, word: Callable[[str], bool]) -> None:
        """Say in a graph of a file which called functions are that file's own; a vocabulary's ``word`` is nobody's."""
        text = self.scene.texts[path]
        for block in cfg.blocks:
            for expr in (expr for top in block.expressions() for expr in walk(top)):
                if expr.op == "call" and not word(expr.name) and text.local(expr.name):
                    expr.name = f"{expr.name}{_AT}{path}"
