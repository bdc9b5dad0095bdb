"""What the hunks of a file show by themselves: both images of each piece, and what the one has lost, as findings."""

from collections import Counter
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher

from anonlint.model.finding import Evidence, Finding
from anonlint.model.snapshot import Image, Origin
from anonlint.model.source import Span
from anonlint.rule.plugin import Rule
from anonlint.run.analysis import Analyser
from anonlint.run.loss.bits import BITS
from anonlint.run.loss.change import Change, Loss, key
from anonlint.run.loss.kinds import KINDS
from anonlint.run.loss.pages import PAGES
from anonlint.run.pairs import Pair, changed
from anonlint.run.spoken import Piece
from anonlint.run.story import finding, place_at
from anonlint.run.wake import Wake
from anonlint.syntax.index import FileIndex
from anonlint.words.dictionary import Dictionary


def losses(
    images: tuple[Image, Image],
    dictionaries: tuple[Dictionary, Dictionary],
    wake: Wake,
    rules: Sequence[Rule],
    origin: Origin,
) -> Iterator[Finding]:
    """Yield what a patch takes away, of what is seen of a file: one finding for each function and rule."""
    before, after = (
        Analyser.of(FileIndex(image), words, wake) for image, words in zip(images, dictionaries, strict=True)
    )
    pairs = changed(before.index, after.index)
    known = {rule.code: rule for rule in rules}
    told: set[tuple[str, str]] = set()
    for change, loss in _lost(_changes(before, after, pairs)):
        rule = known.get(loss.code)
        if rule is not None and (loss.code, change.name) not in told:
            told.add((loss.code, change.name))
            yield _finding(rule, change, loss, origin)


def _lost(changes: Sequence[Change]) -> Iterator[tuple[Change, Loss]]:
    """Yield what the pieces of a file have lost."""
    for change in changes:
        for law in (*BITS, *KINDS, *PAGES):
            for loss in law(change):
                yield change, loss


def _changes(before: Analyser, after: Analyser, pairs: Sequence[Pair]) -> list[Change]:
    """Return the pieces that differ, both sides, with what the file's hunks take away and bring."""
    mine = [None if p.before is None else Piece(before, p.before) for p in pairs]
    others = [None if p.after is None else Piece(after, p.after) for p in pairs]
    counts = [
        Counter(key(word) for piece in side if piece is not None for word in piece.words) for side in (mine, others)
    ]
    gone, new = counts[0] - counts[1], counts[1] - counts[0]
    both = zip(mine, others, strict=True)
    return [Change(one, other, gone, new) for one, other in both if one is not None and other is not None]


def _finding(rule: Rule, change: Change, loss: Loss, origin: Origin) -> Finding:
    """Return what was lost as a finding: at the line that was changed, with the line that it was before."""
    was = change.before.analyser.source
    source = change.after.analyser.source
    span = loss.after or _nearest(change, loss.before)
    notes: tuple[Evidence, ...] = ()
    if loss.before is not None:
        place = place_at(was, loss.before, change.name)
        notes = (Evidence(place.path, place.line, place.column, "before the patch it was here", place.text),)
    at = place_at(source, span, change.name)
    told = Evidence(at.path, at.line, at.column, "the hunk shows it: what was there before is nowhere after", at.text)
    return finding(rule, at, loss.message, rule.severity, (), (), origin)._replace(because=notes or (told,))


def _nearest(change: Change, span: Span | None) -> Span:
    """Return the line after the patch that stands where a line before it was."""
    extent = change.after.extent.span
    if span is None:
        return Span(extent.start, extent.start + 1)
    sides = []
    for piece in (change.before, change.after):
        at = piece.extent.span
        sides.append(piece.analyser.source.data[at.start : at.end].splitlines(keepends=True))
    before = change.before.extent.span
    row = change.before.analyser.source.data.count(b"\n", before.start, span.start)
    after = 0
    for _, i1, i2, j1, j2 in SequenceMatcher(None, sides[0], sides[1], autojunk=False).get_opcodes():
        if i1 <= row < i2 or (i1 == i2 == row):
            after = min(j1, len(sides[1]) - 1) if j1 == j2 else min(j1 + row - i1, j2 - 1)
            break
    start = extent.start + sum(map(len, sides[1][:after]))
    line = sides[1][after] if sides[1] else b""
    return Span(start + len(line) - len(line.lstrip()), start + len(line.rstrip()))
