"""What a patch does to functions of files that it does not touch: they rely on a helper that it changes.

They are judged before and after it as its own files are. What is found there is told at the patch's line, for there it
can be mended.
"""

from collections.abc import Sequence
from difflib import SequenceMatcher
from typing import TYPE_CHECKING

from anonlint.model.finding import Evidence
from anonlint.model.function import Extent
from anonlint.model.snapshot import Origin, Skip
from anonlint.model.source import Source
from anonlint.run.reach import Both, passed_on
from anonlint.run.reliant import Search
from anonlint.run.result import Felt, ImageResult, Sides
from anonlint.run.scene import Scene, View

if TYPE_CHECKING:
    from anonlint.run.context import Context
    from anonlint.run.surroundings import Change
    from anonlint.words.dictionary import Dictionary

_MOST = 16  # functions of other files that are judged for one file of a patch


class Afar:
    """The files around one that a patch changes; ``scenes`` are the tree before and after it.

    ``redefined`` are the words of the vocabulary whose definitions it changes.
    """

    def __init__(
        self,
        both: Both,
        scenes: tuple[Scene, Scene],
        dictionary: "Dictionary",
        context: "Context",
        others: "Sequence[Change]",
        redefined: frozenset[str],
    ) -> None:
        self.both = both
        self.scenes = scenes
        self.dictionary = dictionary
        self.context = context
        self.redefined = redefined
        self.home = both[1].image.source.path
        self.changed = passed_on(both, context.wake.abroad)
        touched = {change.path for change in others}
        search = Search(scenes[1], self.home, touched, dictionary, redefined, context.wake)
        self.reliant = search.reliants(self.changed, _MOST)

    def added(self, sides: Sides, origin: Origin) -> Sides:
        """Return the results of a file with what is found in the functions of others that rely on it."""
        if not self.reliant.found:
            return sides
        extra = Sides(*(self._judged(scene, origin) for scene in self.scenes))
        felt = tuple(felt for side in extra for felt in self._felt(side))
        before, after = (_with(side, more)._replace(felt=felt) for side, more in zip(sides, extra, strict=True))
        return Sides(before, after._replace(skipped=(*after.skipped, *self._left())))

    def _judged(self, scene: Scene, origin: Origin) -> ImageResult:
        from anonlint.run.verdict import analyse

        context = self.context
        known = ImageResult()
        for path in dict.fromkeys(one.path for one in self.reliant.found):
            text = scene.texts[path]
            only = frozenset(one.extent.name for one in self.reliant.found if one.path == path)
            made = analyse(
                text.index.image,
                context.rules,
                self.dictionary,
                context.wake,
                origin,
                View(scene, path),
                only,
                text.index,
                changed=self.redefined,
            )
            known = _with(known, made._replace(elsewhere=made.elsewhere + made.remarks))
        return known

    def _felt(self, side: ImageResult) -> list[Felt]:
        """Return what is found in other files, each with the line of the patch that it is due to."""
        through = {(one.path, one.extent.name): self.changed[one.through] for one in self.reliant.found}
        nearest = self.changed[self.reliant.found[0].through]  # of what stands in a helper of theirs
        found = []
        for one in side.findings:
            if one.path != self.home:
                name = through.get((one.path, one.function), nearest)
                found.append(Felt(one.fingerprint, *self._change(name), name))
        return found

    def _change(self, name: str) -> tuple[Evidence, int]:
        """Return the first line that a patch makes otherwise in a function, or in the file, and where that ends."""
        old, new = ((index.image.source, index.extent(name)) for index in self.both)
        was, lines = _text(*old).split(b"\n"), _text(*new).split(b"\n")
        changes = SequenceMatcher(None, was, lines, autojunk=False).get_opcodes()
        at = next((min(j, len(lines) - 1) for tag, _, _, j, _ in changes if tag != "equal"), 0)
        source, extent = new
        start = (0 if extent is None else extent.span.start) + sum(len(line) + 1 for line in lines[:at])
        text = source.line_text(start)
        column = len(text) - len(text.lstrip()) + 1
        line = source.position(start).line
        place = Evidence(self.home, line, column, "", text.decode("utf-8", "replace"))
        return place, max(len(text.rstrip()), column) + 1

    def _left(self) -> list[Skip]:
        if not self.reliant.left:
            return []
        reason = f"{self.reliant.left} more functions of other files rely on what changes here, and were not judged"
        return [Skip(self.home, 0, "", reason, seen=True)]


def _text(source: Source, extent: Extent | None) -> bytes:
    return source.data if extent is None else source.data[extent.span.start : extent.span.end]


def _with(side: ImageResult, more: ImageResult) -> ImageResult:
    """Return a result with what another one has found."""
    known = {found.fingerprint for found in side.findings}
    return side._replace(
        findings=(*side.findings, *(found for found in more.findings if found.fingerprint not in known)),
        elsewhere=side.elsewhere + more.elsewhere,
        skipped=side.skipped + more.skipped,
        analysed=side.analysed + more.analysed,
        executed=side.executed + more.executed,
        crashes=side.crashes + more.crashes,
        cut=side.cut or more.cut,
    )
