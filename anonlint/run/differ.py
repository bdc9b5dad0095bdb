"""The functions that a patch changes in one file, and those around them that it changes by that, compared in effect."""

from collections.abc import Iterator, Sequence

from anonlint.domain.terms import forget_terms
from anonlint.model.change import FunctionChange
from anonlint.model.snapshot import Origin, Snapshot
from anonlint.run.besides import Around
from anonlint.run.comparison import Comparison
from anonlint.run.context import Context
from anonlint.run.pairs import Pair, changed
from anonlint.run.rewritten import Rewritten, rewritten
from anonlint.run.side import Side
from anonlint.run.surroundings import Views
from anonlint.syntax.index import FileIndex
from anonlint.words.dictionary import Dictionary

_CALLERS = 12  # functions that call a changed helper, and are compared for its sake
_DIFFERENT = ("changed", "open")


class Differ:
    """Compares both images of one file."""

    def __init__(self, snapshot: Snapshot, context: Context, views: Views) -> None:
        self.context = context
        self.origin: Origin = snapshot.origin
        self.path = snapshot.path
        self.views = views
        images = (snapshot.before, snapshot.after)
        words = context.dictionaries(snapshot)
        indexes = [None if image is None else FileIndex(image) for image in images]
        known = self._rewritten(indexes, words[1], snapshot)
        self.before, self.after = (
            None if index is None else Side(index, dictionary, context, view, known.words)
            for index, dictionary, view in zip(indexes, words, views, strict=True)
        )
        self.own = Comparison(self.path, self.origin, self.before, self.after)
        self.left = known.remarks  # what was not looked at as it should be

    def _rewritten(self, indexes: Sequence[FileIndex | None], dictionary: Dictionary, snapshot: Snapshot) -> Rewritten:
        """Return which words of the vocabulary mean what their bodies say, for the patch changes these."""
        before, after = indexes
        whole = [index for index in indexes if index is not None and index.image.fragments is None]
        if before is None or after is None or len(whole) < len(indexes) or self.origin.old:
            return Rewritten()
        others = self.context.surroundings.others(snapshot)
        return rewritten((before, after), others, dictionary, self.context, self.views)

    def changes(self) -> Iterator[FunctionChange]:
        """Yield what is different in each function that has changed, and in those that call it or that it calls."""
        before, after = self.before, self.after
        pairs = changed(None if before is None else before.index, None if after is None else after.index)
        touched = {pair.name for pair in pairs} | {p.before.name for p in pairs if p.before is not None}
        different: list[str] = []
        for pair in pairs:
            if self.matters(pair):
                found = self.own.pair(pair)
                different += [pair.name] if found.verdict in _DIFFERENT else []
                yield found
        if before is None or after is None or before.index.image.fragments is not None:
            return
        for pair, helper in self.callers(touched):
            found = self.own.pair(pair, because=helper)
            if found.rows:
                different.append(pair.name)
                yield found
        if not self.origin.old:  # of two trees every file is compared
            around = Around(self.own, self.views, self.context)
            yield from around.callers()
            yield from around.callees(different, touched)
            self.left += around.left
        forget_terms()

    def matters(self, pair: Pair) -> bool:
        """Return whether either image handles an entry."""
        sides = ((self.before, pair.before), (self.after, pair.after))
        return any(side is not None and extent is not None and extent.span in side.awake for side, extent in sides)

    def callers(self, touched: set[str]) -> Iterator[tuple[Pair, str]]:
        """Yield the functions that call a changed one and have not changed themselves, each with whom it calls."""
        assert self.before is not None and self.after is not None
        seen = set(touched)
        for name in sorted(touched):
            calling = [e for e in self.after.index.naming(name.encode()) if e.name not in seen]
            for extent in calling[:_CALLERS]:
                seen.add(extent.name)
                other = self.before.index.extent(extent.name)
                if other is not None and extent.span in self.after.awake:
                    yield Pair(other, extent), name
