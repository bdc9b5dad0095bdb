"""The functions of one file before and after a patch, compared in effect."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from anonlint import limits
from anonlint.domain.terms import forget_terms
from anonlint.graph.cfg import build
from anonlint.graph.ir import CFG, walk
from anonlint.model.change import ChangedCell, ChangedRow, FunctionChange
from anonlint.model.function import Extent
from anonlint.model.snapshot import Image, Origin, Snapshot
from anonlint.model.source import Span
from anonlint.run.analysis import Analyser, Execution
from anonlint.run.context import Context
from anonlint.run.held import Held, held
from anonlint.run.leftover import Question, differing, questions
from anonlint.run.pairs import Pair, changed
from anonlint.run.scene import View
from anonlint.run.surroundings import Views
from anonlint.run.wording import basis, row_text
from anonlint.syntax.index import FileIndex
from anonlint.trace.difference import Difference, Row, difference
from anonlint.trace.said import Sight
from anonlint.trace.summary import Summary, known, summary
from anonlint.words.dictionary import Dictionary

_CALLERS = 12  # functions that call a changed helper, and are compared for its sake
_WORD = re.compile(rb"[A-Za-z_]\w*")
_NO_LOCK: Held = frozenset()


class Seen(NamedTuple):
    """What one image of a function does, and what it asks that says nothing of an entry."""

    does: Summary
    asks: Counter[Question]
    helpers: frozenset[str]


class Side:
    """One image of a file."""

    def __init__(self, image: Image, dictionary: Dictionary, context: Context, view: View | None) -> None:
        self.analyser = Analyser.of(FileIndex(image), dictionary, context.wake, view)
        self.analyser.thorough = True
        self.dictionary = dictionary
        self.index = self.analyser.index
        self.awake = {extent.span for extent in self.analyser.awake()}

    @property
    def names(self) -> set[str]:
        """The functions of the file."""
        return {extent.name for extent in self.index.extents}

    def seen(self, extent: Extent, strange: set[str]) -> list[Seen] | str:
        """Return what each variant of a function does, or why that is not known; ``strange`` the other image lacks."""
        before = len(self.analyser.skipped)
        executions = self.analyser.executions([extent])
        if not executions:
            skipped = self.analyser.skipped[before:] or [s for s in self.analyser.skipped if s.function == extent.name]
            return skipped[-1].reason if skipped else "could not be executed"
        return [self._seen(execution, strange) for execution in executions]

    def _seen(self, execution: Execution, strange: set[str]) -> Seen:
        function, variant, facts = execution
        cfg = build(variant.node, variant.base)
        locks = held(cfg, self.dictionary)
        sight = Sight(
            self.word,
            lambda span: locks.get(span.start, _NO_LOCK),
            {name: cfg.types[name] for name in cfg.params},
            function.whole,
            lambda name: self.spread(name, strange),
        )
        data = self.analyser.source.data
        asks = questions(cfg, data, self.dictionary, facts.inlined)
        for name in sorted(facts.inlined & strange):
            inner = self.graph(name)
            if inner is not None:
                asks.update(questions(inner, data, self.dictionary, facts.inlined))
        return Seen(summary(facts, sight), asks, frozenset(facts.inlined))

    def graph(self, name: str) -> CFG | None:
        """Return the graph of a function of the file."""
        extent = self.index.extent(name)
        function = None if extent is None else self.index.parse(extent)
        if function is None or not function.variants:
            return None
        return build(function.variants[0].node, function.variants[0].base)

    def spread(self, name: str, strange: set[str]) -> tuple[str, ...] | None:
        """Return the calls that a function is made of which only this image has."""
        cfg = self.graph(name) if name in strange else None
        if cfg is None:
            return None
        tops = (top for block in cfg.blocks for top in (*block.steps, *([block.cond] if block.cond else ())))
        return known(e.name for top in tops for e in walk(top) if e.op == "call" and e.name != name)

    def word(self, offset: int) -> str:
        """Return the word at a place."""
        match = _WORD.match(self.analyser.source.data, offset)
        return "" if match is None else match[0].decode("ascii")

    def line(self, offset: int) -> int:
        """Return the line of a place, 0 where it is none of this file."""
        if offset > len(self.analyser.source.data) or not self.analyser.is_own(offset):
            return 0
        return self.analyser.source.position(offset).line


class Differ:
    """Compares both images of one file."""

    def __init__(self, snapshot: Snapshot, context: Context, views: Views) -> None:
        self.origin: Origin = snapshot.origin
        self.path = snapshot.path
        images = (snapshot.before, snapshot.after)
        words = context.dictionaries(snapshot)
        sides = [
            None if image is None else Side(image, dictionary, context, view)
            for image, dictionary, view in zip(images, words, views, strict=True)
        ]
        self.before, self.after = sides

    def changes(self) -> Iterator[FunctionChange]:
        """Yield what is different in each function that has changed, and in those that call it."""
        before, after = self.before, self.after
        pairs = changed(None if before is None else before.index, None if after is None else after.index)
        touched = {pair.name for pair in pairs} | {p.before.name for p in pairs if p.before is not None}
        told: set[str] = set()
        for pair in pairs:
            if self.matters(pair):
                yield self.pair(pair)
                told.add(pair.name)
        if before is None or after is None or before.index.image.fragments is not None:
            return
        for pair, helper in self.callers(touched):
            found = self.pair(pair, because=helper)
            if found.rows:
                yield found
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

    def pair(self, pair: Pair, because: str = "") -> FunctionChange:
        """Return what is different in one function."""
        extent, side = (pair.before, self.before) if pair.after is None else (pair.after, self.after)
        assert extent is not None and side is not None
        old = pair.before.name if pair.before is not None and pair.after is not None else ""
        made = FunctionChange(
            self.path,
            side.line(extent.span.start),
            extent.name or "the hunk",
            "new" if pair.before is None else "gone",
            old="" if old == extent.name else old,
            because=because,
            commit=self.origin.commit,
            subject=self.origin.subject,
            end=side.line(extent.span.end),
        )
        if pair.before is None or pair.after is None:
            return made
        return self.compared(made, pair.before, pair.after)

    def compared(self, made: FunctionChange, one: Extent, other: Extent) -> FunctionChange:
        """Return the comparison of two images of a function."""
        assert self.before is not None and self.after is not None
        mine, theirs = self.before.names, self.after.names
        had, has = self.before.seen(one, mine - theirs), self.after.seen(other, theirs - mine)
        if isinstance(had, str) or isinstance(has, str):
            reason = had if isinstance(had, str) else has if isinstance(has, str) else ""
            return made._replace(verdict="open", gaps=(reason,))
        if len(had) != len(has):
            had, has = had[:1], has[:1]
        results = [difference(a.does, b.does, whole=one.whole) for a, b in zip(had, has, strict=True)]
        gaps = list(dict.fromkeys(gap for a, b in zip(had, has, strict=True) for gap in _gaps(a, b, one.whole)))
        rows = _once(results)
        strangers = _deciding(results)
        if strangers:
            gaps.insert(0, f"what {_listed(strangers)} decides or does is not in sight")
        if not rows and not any(result.rows for result in results):
            gaps.append("nothing that is done to an entry is in sight")
        elif not rows and not one.whole and not any(result.states for result in results):
            gaps.append("the hunk shows no entry of which anything could differ")
        verdict = "changed" if rows else "open" if gaps else "same"
        return made._replace(
            verdict=verdict,
            rows=tuple(self.told(row, had[0].does, has[0].does) for row in rows),
            basis=basis(results, whole=one.whole),
            gaps=tuple(gaps),
        )

    def told(self, row: Row, before: Summary, after: Summary) -> ChangedRow:
        """Return a row as it is printed."""
        side, places = (self.before, before.places) if row.mark == "-" else (self.after, after.places)
        assert side is not None
        at: Span | None = places.get(row.key)
        cells = tuple(ChangedCell(cell.states, cell.before, cell.after) for cell in row.cells)
        return ChangedRow(row.mark, row.entry, row.key.sort, row_text(row), cells, side.line(at.start) if at else 0)


def _gaps(before: Seen, after: Seen, whole: bool) -> Iterator[str]:
    moved = before.helpers != after.helpers or not whole
    gone, new = differing(before.asks, after.asks, moved=moved)
    both = [text for text in gone if text in new]
    if both:
        yield f"decides about something else than before: {'; '.join(both[:4])}"
    gone, new = [text for text in gone if text not in both], [text for text in new if text not in both]
    if gone:
        yield f"asked only before: {'; '.join(gone[:4])}"
    if new:
        yield f"asked only after: {'; '.join(new[:4])}"


def _once(results: Sequence[Difference]) -> list[Row]:
    """Return the rows of all configurations, each once."""
    found: dict[tuple[object, ...], Row] = {}
    for result in results:
        for row in result.changed:
            found.setdefault((row.mark, row.entry, row.key, row.cells), row)
    return list(found.values())


def _deciding(results: Sequence[Difference]) -> list[str]:
    """Return the functions out of sight that only one image hands an entry."""
    rows = [row for result in results for row in result.changed if row.key.sort == "calls" and row.mark != "~"]
    unknown = frozenset().union(*(result.unknown for result in results))
    handed = [
        row.name for row in rows if row.name in unknown and any("(kept)" in f"{c.before}{c.after}" for c in row.cells)
    ]
    return sorted(set(handed))


def _listed(names: Sequence[str]) -> str:
    return ", ".join(f"{name}()" for name in names)


def differences(snapshot: Snapshot, context: Context, views: Views) -> Iterator[FunctionChange]:
    """Yield what is different in effect in one file."""
    if limits.over():
        return
    yield from Differ(snapshot, context, views).changes()
