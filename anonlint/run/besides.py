"""What a patch changes around the functions that it touches: who relies on them, and who is called by them."""

from collections.abc import Iterator, Sequence

from anonlint.model.change import FunctionChange
from anonlint.model.snapshot import Skip
from anonlint.run.comparison import Comparison
from anonlint.run.context import Context
from anonlint.run.pairs import Pair, tokens
from anonlint.run.reach import passed_on
from anonlint.run.reliant import Reliants, Search
from anonlint.run.scene import Scene, View
from anonlint.run.side import Side
from anonlint.run.surroundings import Views
from anonlint.syntax.index import FileIndex

_CALLERS = 16  # functions of other files that are compared for the sake of one file of a patch
_CALLEES = 6  # functions that changed ones call, and are compared for what they are handed


class Around:
    """The functions around those that are touched in one file, ``own``; ``views`` are the trees before and after."""

    def __init__(self, own: Comparison, views: Views, context: Context) -> None:
        assert own.before is not None and own.after is not None
        self.own = own
        self.sides = own.before, own.after
        self.context = context
        self.scenes = None if views[0] is None or views[1] is None else (views[0].scene, views[1].scene)
        self.left: tuple[Skip, ...] = ()
        self._files = {own.path: own}

    def callers(self) -> Iterator[FunctionChange]:
        """Yield the functions of other files that do something else, for they rely on a helper that is changed."""
        if self.scenes is None:
            return
        due = passed_on(self._indexes, self.context.wake.abroad)
        now = self.sides[1]
        search = Search(self.scenes[1], self.own.path, (), now.dictionary, now.analyser.changed, self.context.wake)
        found: Reliants = search.reliants(due, _CALLERS)
        for one in found.found:
            change = self._compared(one.path, one.extent.name, because=due[one.through])
            if change is not None and change.rows:
                yield change
        if found.left:
            reason = f"{found.left} more functions of other files rely on what changes here, and were not compared"
            self.left = (*self.left, Skip(self.own.path, 0, "", reason, seen=True))

    @property
    def _indexes(self) -> tuple[FileIndex, FileIndex]:
        return self.sides[0].index, self.sides[1].index

    def _compared(self, path: str, name: str, because: str) -> FunctionChange | None:
        """Return the comparison of a function whose own text is as it was; None for any other."""
        file = self._file(path)
        pair = None if file is None else _same(file, name)
        return None if file is None or pair is None else file.pair(pair, because)

    def _file(self, path: str) -> Comparison | None:
        """Return what compares the functions of another file; None where it is not on both sides."""
        if path not in self._files:
            scenes = self.scenes
            if scenes is None or any(path not in scene.texts for scene in scenes):
                return None
            before, after = (self._side(at, scene, path) for at, scene in enumerate(scenes))
            self._files[path] = Comparison(path, self.own.origin, before, after)
        return self._files[path]

    def _side(self, at: int, scene: Scene, path: str) -> Side:
        mine = self.sides[at]
        view = View(scene, path)
        return Side(scene.texts[path].index, mine.dictionary, self.context, view, mine.analyser.changed)

    def callees(self, different: Sequence[str], touched: set[str]) -> Iterator[FunctionChange]:
        """Yield the functions that do something else because of what changed ones hand to them.

        What is run in place of its call shows in the caller; of what others than those in sight may call nothing is
        known.
        """
        asked = 0
        for caller, path, name in self._called(different, touched):
            file = self._file(path)
            pair = None if file is None else _same(file, name)
            if file is None or pair is None:
                continue
            if asked == _CALLEES:
                reason = "more functions are handed something else, maybe, and were not compared"
                self.left = (*self.left, Skip(self.own.path, 0, "", reason, seen=True))
                return
            asked += 1
            change = file.handed(pair, caller)
            if change is not None and change.rows:
                yield change

    def _called(self, different: Sequence[str], touched: set[str]) -> Iterator[tuple[str, str, str]]:
        """Yield who calls whom, and in which file that is defined: what handles an entry, and is not run in place."""
        seen = touched | self.own.helpers
        for caller in different:
            extents = [(index, extent) for index in self._indexes if (extent := index.extent(caller)) is not None]
            words = set().union(*(index.words(extent.span) for index, extent in extents))
            for name in sorted(word.decode("ascii", "replace") for word in words):
                path = "" if name in seen else self._home(name)
                if path:
                    seen.add(name)
                    yield caller, path, name

    def _home(self, name: str) -> str:
        """Return the file of a function that handles an entry, "" for any other name."""
        own = self.sides[1].index.extent(name)
        if own is not None:
            return self.own.path if own.span in self.sides[1].awake else ""
        found = None if self.scenes is None else self.scenes[1].definition(name)
        if found is None or self.context.wake.entry.isdisjoint(found.text.index.words(found.extent.span)):
            return ""
        return "" if name in self.sides[1].dictionary else found.text.path


def _same(file: Comparison, name: str) -> Pair | None:
    """Return a function that is made of the same on both sides; None where there is no such one."""
    if file.before is None or file.after is None:
        return None
    one, other = file.before.index.extent(name), file.after.index.extent(name)
    if one is None or other is None or not (one.whole and other.whole):
        return None
    same = tokens(file.before.index, one) == tokens(file.after.index, other)
    return Pair(one, other) if same else None
