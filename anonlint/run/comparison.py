"""One function before and after a patch, compared in effect: what is different, and what was not compared."""

from collections.abc import Iterator, Sequence

from anonlint.model.change import ChangedCell, ChangedRow, FunctionChange
from anonlint.model.function import Extent
from anonlint.model.snapshot import Origin
from anonlint.model.source import Span
from anonlint.run.leftover import differing
from anonlint.run.pairs import Pair
from anonlint.run.side import Seen, Side
from anonlint.run.wording import basis, row_text
from anonlint.trace.difference import Difference, Row, difference
from anonlint.trace.summary import Summary


class Comparison:
    """Compares functions of both images of a file; ``helpers`` are those that were run in place of a call."""

    def __init__(self, path: str, origin: Origin, before: Side | None, after: Side | None) -> None:
        self.path = path
        self.origin = origin
        self.before = before
        self.after = after
        self.helpers: set[str] = set()
        if before is not None and after is not None:
            before.other, after.other = after, before

    def pair(self, pair: Pair, because: str = "") -> FunctionChange:
        """Return what is different in one function."""
        made = self.made(pair)._replace(because=because)
        if pair.before is None or pair.after is None:
            return made
        return self.compared(made, pair.before, pair.after)

    def made(self, pair: Pair) -> FunctionChange:
        """Return what a function is called, and where it stands."""
        extent, side = (pair.before, self.before) if pair.after is None else (pair.after, self.after)
        assert extent is not None and side is not None
        old = pair.before.name if pair.before is not None and pair.after is not None else ""
        return FunctionChange(
            self.path,
            side.line(extent.span.start),
            extent.name or "the hunk",
            "new" if pair.before is None else "gone",
            old="" if old == extent.name else old,
            commit=self.origin.commit,
            subject=self.origin.subject,
            end=side.line(extent.span.end),
            patch=self.origin.order + 1,
        )

    def compared(self, made: FunctionChange, one: Extent, other: Extent) -> FunctionChange:
        """Return the comparison of two images of a function."""
        assert self.before is not None and self.after is not None
        mine, theirs = self.before.names, self.after.names
        had, has = self.before.seen(one, mine - theirs), self.after.seen(other, theirs - mine)
        if isinstance(had, str) or isinstance(has, str):
            reason = had if isinstance(had, str) else has if isinstance(has, str) else ""
            return made._replace(verdict="open", gaps=(reason,))
        self.helpers |= {name for seen in has for name in seen.helpers}
        return self.judged(made, had, has, whole=one.whole)

    def handed(self, pair: Pair, caller: str) -> FunctionChange | None:
        """Return what is different in a function that is as it was, because of what a changed caller hands to it.

        None where it is not known who calls it, and with what, before and after.
        """
        assert self.before is not None and self.after is not None and pair.before is not None and pair.after is not None
        mine, theirs = self.before.names, self.after.names
        had, has = self.before.handed(pair.before, mine - theirs), self.after.handed(pair.after, theirs - mine)
        if not had or not has:
            return None
        made = self.made(pair)._replace(because=caller, handed=True)
        return self.judged(made, had, has, whole=True)

    def judged(self, made: FunctionChange, had: list[Seen], has: list[Seen], *, whole: bool) -> FunctionChange:
        """Return what is different between what both images were seen to do."""
        if len(had) != len(has):
            had, has = had[:1], has[:1]
        results = [difference(a.does, b.does, whole=whole) for a, b in zip(had, has, strict=True)]
        gaps = list(dict.fromkeys(gap for a, b in zip(had, has, strict=True) for gap in _gaps(a, b, whole)))
        rows = _once(results)
        strangers = _deciding(results)
        if strangers:
            gaps.insert(0, f"what {_listed(strangers)} decides or does is not in sight")
        if not rows and not any(result.rows for result in results):
            gaps.append("nothing that is done to an entry is in sight")
        elif not rows and not whole and not any(result.states for result in results):
            gaps.append("the hunk shows no entry of which anything could differ")
        verdict = "changed" if rows else "open" if gaps else "same"
        return made._replace(
            verdict=verdict,
            rows=tuple(self.told(row, had[0].does, has[0].does) for row in rows),
            basis=basis(results, whole=whole),
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
    had, has = before.does.asked, after.does.asked
    gone += sorted({f"{had[key]}()" for key in had.keys() - has.keys()})
    new += sorted({f"{has[key]}()" for key in has.keys() - had.keys()})
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
