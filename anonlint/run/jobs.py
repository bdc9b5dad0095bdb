"""One snapshot's work: both of its images analysed; whatever goes wrong with one file leaves the others."""

from typing import TYPE_CHECKING, NamedTuple

from anonlint import limits
from anonlint.cache.store import digest
from anonlint.crash import told
from anonlint.model.snapshot import Image, Origin, Skip, Snapshot
from anonlint.run.context import Context
from anonlint.run.result import ImageResult, Sides
from anonlint.run.surroundings import Change, Surroundings, Views

if TYPE_CHECKING:
    from anonlint.run.kept import Kept
    from anonlint.run.scene import View
    from anonlint.syntax.index import FileIndex
    from anonlint.words.dictionary import Dictionary


class Job(NamedTuple):
    """A snapshot. ``beside`` says of a file that no patch touches where the newest one is from."""

    snapshot: Snapshot
    beside: Origin | None = None

    def views(self, surroundings: Surroundings) -> Views:
        """Return what is in sight of the two images."""
        if self.beside is None:
            return surroundings.of(self.snapshot)
        return surroundings.around(self.snapshot.path, self.beside)

    def sight(self, surroundings: Surroundings) -> bytes | None:
        """Return what stands for ``views``, without their being read; None where nothing does."""
        if self.beside is None:
            return surroundings.stamp(self.snapshot)
        return surroundings.base_stamp(self.beside)

    @property
    def weight(self) -> int:
        """Return how many bytes of text there are to look at."""
        images = (self.snapshot.before, self.snapshot.after)
        return sum(len(image.source.data) for image in images if image is not None)

    @property
    def patch(self) -> tuple[str, int]:
        """Return which patch the snapshot is of."""
        return self.snapshot.origin.input, self.snapshot.origin.order


class _Side(NamedTuple):
    """An image with what it is analysed with."""

    image: Image
    dictionary: "Dictionary"
    view: "View | None"
    context: Context
    origin: Origin
    changed: frozenset[str] = frozenset()  # words of the vocabulary whose definitions a patch changes

    def analysed(self, only: frozenset[str] | None = None, index: "FileIndex | None" = None) -> ImageResult:
        """Analyse the image, or some functions of it."""
        from anonlint.run.verdict import analyse  # lazily: an input without hits needs no engine

        result = analyse(
            self.image,
            self.context.rules,
            self.dictionary,
            self.context.wake,
            self.origin,
            self.view,
            only=only,
            index=index,
            changed=self.changed,
        )
        return result._replace(pieces=())

    def renewed(self, kept: "Kept", key: bytes) -> ImageResult:
        """Analyse what may have changed since the text before this one."""
        from anonlint.run.verdict import analyse
        from anonlint.syntax.index import FileIndex

        rules, wake, index = self.context.rules, self.context.wake, FileIndex(self.image)
        known = kept.known(key, index, None if self.view is None else self.view.scene, wake.kernel)
        result = analyse(self.image, rules, self.dictionary, wake, self.origin, self.view, index=index, known=known)
        kept.keep(key, self.image, result)
        return result


def run(job: Job, context: Context) -> Sides:
    """Analyse both images of a snapshot; whatever goes wrong with one file is said and leaves the rest."""
    snapshot = job.snapshot
    if reason := limits.over():
        return lost(job, f"not judged: {reason}")
    try:
        before, after = _sides(job, context)
        if before is not None and after is not None and _is_comparable(before, after):
            return _changed(before, after, context.surroundings.others(snapshot))
        key = _kept_by(job, context)
        if after is not None and context.kept is not None and key:
            return _opposed(Sides(ImageResult(), after.renewed(context.kept, key)), after)
        sides = Sides(*(ImageResult() if side is None else side.analysed() for side in (before, after)))
        return _with_losses(_opposed(sides, after), before, after, context.surroundings.shown(snapshot))
    except Exception as error:
        return lost(job, told(error), crash=True)


def recall(job: Job, context: Context, sides: Sides) -> bool:
    """Let a process that keeps texts have a result that was known; return whether it is of use to it."""
    key = _kept_by(job, context)
    if context.kept is None or not key or job.snapshot.after is None:
        return True
    context.kept.keep(key, job.snapshot.after, sides.after)
    return bool(sides.after.pieces) or not sides.after.analysed


def _kept_by(job: Job, context: Context) -> bytes:
    """Return all that the result of a plain file depends on beside its text, b"" where it is not kept."""
    snapshot = job.snapshot
    if context.kept is None or job.beside is not None or snapshot.before is not None or snapshot.added is not None:
        return b""
    beside = context.surroundings.beside(snapshot)
    if beside is None:
        return b""
    dating = context.dictionaries(snapshot)[1].dating
    return digest(context.key, repr(dating).encode("utf-8", "surrogatepass"), beside)


def _opposed(sides: Sides, after: _Side | None) -> Sides:
    """Return the results with what is to be said of their members side by side; for that alone they were kept."""
    rules = [rule for rule in after.context.rules if rule.against is not None] if after is not None else []
    codes = {rule.code for rule in rules}
    if after is None or not any(code in codes for side in sides for code, _ in side.members):
        return sides
    from anonlint.run.story import opposed

    found = list(sides.after.findings)
    for rule in rules:
        before, now = ([member for code, member in side.members if code == rule.code] for side in sides)
        found += opposed(rule, before, now, after.origin) if before and now else ()
    left = [tuple((code, m) for code, m in side.members if code not in codes) for side in sides]
    kept = sides.after._replace(findings=tuple(found), members=left[1])
    return Sides(sides.before._replace(members=left[0]), kept)


def _with_losses(sides: Sides, before: _Side | None, after: _Side | None, others: list[Change]) -> Sides:
    """Return the results with what hunks show by themselves to be taken away, where no more than they is seen."""
    if before is None or after is None or before.image.fragments is None or after.image.fragments is None:
        return sides
    from anonlint.run.hunks import losses

    known = {(found.code, found.function) for found in sides.after.findings}
    both, words = (before.image, after.image), (before.dictionary, after.dictionary)
    more = losses(both, words, after.context, after.origin, others)
    findings = (*sides.after.findings, *(f for f in more if (f.code, f.function) not in known))
    return sides._replace(after=sides.after._replace(findings=findings))


def _sides(job: Job, context: Context) -> "tuple[_Side | None, _Side | None]":
    """Return the images of a snapshot that hold something to look at."""
    snapshot = job.snapshot
    images = [i if i is None or context.wanted(i.source.data) else None for i in (snapshot.before, snapshot.after)]
    if not any(images):
        return None, None
    views, dictionaries = job.views(context.surroundings), context.dictionaries(snapshot)
    before, after = (
        None if image is None else _Side(image, dictionary, view, context, snapshot.origin)
        for image, dictionary, view in zip(images, dictionaries, views, strict=True)
    )
    return before, after


def _is_comparable(before: _Side, after: _Side) -> bool:
    """Return whether what is the same in two images is judged the same: whole files of the same releases."""
    whole = before.image.fragments is None and after.image.fragments is None
    return whole and before.dictionary is after.dictionary and (before.view is None) == (after.view is None)


def _changed(before: _Side, after: _Side, others: list[Change]) -> Sides:
    """Analyse what a patch can change, in both images the same functions."""
    from anonlint.run.rewritten import rewritten
    from anonlint.syntax.index import FileIndex

    both = FileIndex(before.image), FileIndex(after.image)
    known = rewritten(both, others, after.dictionary, after.context, (before.view, after.view))
    before, after = before._replace(changed=known.words), after._replace(changed=known.words)
    sides = _reached(before, after, both, others)
    return sides._replace(after=sides.after._replace(skipped=sides.after.skipped + known.remarks))


def _reached(before: _Side, after: _Side, both: "tuple[FileIndex, FileIndex]", others: list[Change]) -> Sides:
    """Return the results of what a patch can change, with what that changes in other files."""
    from anonlint.run import reach

    only = reach.reached(both, None if after.view is None else after.view.scene, others)
    kernel = [bool(index.mentioning(after.context.wake.kernel)) for index in both]
    if only is None or kernel[0] != kernel[1]:
        all_of_both = Sides(before.analysed(), after.analysed())
        return _with_reliants(_opposed(all_of_both, after), before, after, both, others)
    while True:
        result = after.analysed(only, both[1])
        more = reach.beyond(both, result, after.image.source.path) - only
        if not more:
            sides = _opposed(Sides(before.analysed(only, both[0]), result), after)
            return _with_siblings(*_with_reliants(sides, before, after, both, others), after, both[1])
        only |= more


def _with_reliants(
    sides: Sides, before: _Side, after: _Side, both: "tuple[FileIndex, FileIndex]", others: list[Change]
) -> Sides:
    """Return the results with what is found in functions of other files that rely on what the patch changes."""
    if before.view is None or after.view is None:
        return sides
    from anonlint.run.felt import Afar

    scenes = before.view.scene, after.view.scene
    return Afar(both, scenes, after.dictionary, after.context, others, after.changed).added(sides, after.origin)


def _with_siblings(before: ImageResult, result: ImageResult, after: _Side, index: "FileIndex") -> Sides:
    """Return both results, those of whom they are to be compared with the functions of the file that do not change."""
    if not (before.members or result.members):
        return Sides(before, result)
    others = frozenset(extent.name for extent in index.extents) - (result.judged or frozenset())
    rest = after._replace(context=after.context.for_siblings()).analysed(others, index)
    known = (side._replace(members=side.members + rest.members, cut=side.cut or rest.cut) for side in (before, result))
    return Sides(*known)


def lost(job: Job, reason: str, *, crash: bool = False) -> Sides:
    """Return the result of a job of which nothing is known but why."""
    skip = Skip(job.snapshot.path, 0, "", reason)
    return Sides(ImageResult(), ImageResult(skipped=(skip,), crashes=(skip,) * crash, cut=True))
