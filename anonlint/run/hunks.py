"""What the hunks of a file show by themselves: both images of each piece, and what the one has lost, as findings."""

from collections import Counter
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher

from anonlint.model.finding import Evidence, Finding
from anonlint.model.snapshot import Image, Origin
from anonlint.model.source import Span
from anonlint.rule.plugin import Rule
from anonlint.run.analysis import Analyser
from anonlint.run.context import Context
from anonlint.run.loss.bits import BITS
from anonlint.run.loss.change import Change, Loss, key
from anonlint.run.loss.kinds import KINDS
from anonlint.run.loss.pages import PAGES
from anonlint.run.pairs import changed
from anonlint.run.spoken import Piece
from anonlint.run.story import finding, place_at
from anonlint.run.surroundings import Change as Patched
from anonlint.run.wake import Wake
from anonlint.syntax.index import FileIndex
from anonlint.syntax.macros import macros
from anonlint.words.dictionary import Dictionary

_MOST_FILES = 64  # of one patch that are looked through for where something has gone; from there on nothing is said
_Images = tuple[Image | None, Image | None]
_Words = tuple[Dictionary, Dictionary]


def losses(
    images: tuple[Image, Image],
    words: _Words,
    context: Context,
    origin: Origin,
    others: Sequence[Patched],
) -> Iterator[Finding]:
    """Yield what a patch takes away, of what is seen of a file: one finding for each function and rule.

    What has gone to ``others``, the patch's other files, is not lost.
    """
    known = {rule.code: rule for rule in context.rules}
    told: set[tuple[str, str]] = set()
    for change, loss in _of_patch(images, words, context, others):
        rule = known.get(loss.code)
        if rule is not None and (loss.code, change.name) not in told:
            told.add((loss.code, change.name))
            yield _finding(rule, change, loss, origin)


def _of_patch(
    images: tuple[Image, Image], words: _Words, context: Context, others: Sequence[Patched]
) -> list[tuple[Change, Loss]]:
    """Return what a file has lost by itself, and the patch as a whole has lost too.

    A word that the patch defines, takes away or defines anew is no word: who does not call it any more, or calls it
    now, may do what he did.
    """
    here = _Shown(images, words, context.wake)
    alone = list(_lost(_changes(here, ())))
    if not alone or len(others) > _MOST_FILES:
        return []
    there = [_Shown((other.before, other.after), words, context.wake) for other in others]
    names = frozenset(n for shown in (here, *there) for n in shown.defined() if any(n in known for known in words))
    if names:
        vocabulary = context.vocabulary.without(names)
        before, after = (Dictionary(vocabulary, known.dating) for known in words)
        here, *there = (_Shown(shown.images, (before, after), context.wake) for shown in (here, *there))
    losses_alone = {(change.name, loss) for change, loss in alone}
    together = _lost(_changes(here, there)) if names or there else alone
    return [(change, loss) for change, loss in together if (change.name, loss) in losses_alone]


def _lost(changes: Sequence[Change]) -> Iterator[tuple[Change, Loss]]:
    """Yield what the pieces of a file have lost."""
    for change in changes:
        for law in (*BITS, *KINDS, *PAGES):
            for loss in law(change):
                yield change, loss


class _Shown:
    """What a patch shows of a file, both sides."""

    def __init__(self, images: _Images, words: _Words, wake: Wake) -> None:
        self.images = images
        before, after = (
            None if image is None else Analyser.of(FileIndex(image), known, wake)
            for image, known in zip(images, words, strict=True)
        )
        self._pairs = changed(before.index if before else None, after.index if after else None)
        self.before = [Piece(before, pair.before) if before and pair.before else None for pair in self._pairs]
        self.after = [Piece(after, pair.after) if after and pair.after else None for pair in self._pairs]

    def defined(self) -> set[str]:
        """Return the functions and macros whose definitions differ."""
        before, after = ({} if image is None else macros(image.source) for image in self.images)
        texts = [{name: macro.text for name, macro in side.items()} for side in (before, after)]
        extents = (extent for pair in self._pairs for extent in pair if extent is not None)
        return {extent.name for extent in extents}.union(name for name, _ in texts[0].items() ^ texts[1].items())


def _changes(here: _Shown, there: Sequence[_Shown]) -> list[Change]:
    """Return the pieces of a file that differ, both sides, with what the hunks of the patch take away and bring."""
    sides = ([s.before for s in (here, *there)], [s.after for s in (here, *there)])
    counts = [
        Counter(key(word) for pieces in side for piece in pieces if piece is not None for word in piece.words)
        for side in sides
    ]
    gone, new = counts[0] - counts[1], counts[1] - counts[0]
    both = zip(here.before, here.after, strict=True)
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
