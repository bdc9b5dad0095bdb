"""A run: inputs to snapshots, both images of each analysed, what a patch brings kept, all sorted."""

import os
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from copy import copy
from typing import NamedTuple

from anonlint import analysis
from anonlint.analysis import Analyser, ImageResult, analyse, effect_tables, finding
from anonlint.errors import UsageError
from anonlint.flow.words import Dictionary
from anonlint.intake import Request, snapshots
from anonlint.kernel.era import Dating, date_sides, tree_above, tree_era
from anonlint.kernel.vocabulary import Vocabulary
from anonlint.model.finding import Finding, Table
from anonlint.model.remark import Remark
from anonlint.model.report import Report, Stats
from anonlint.model.snapshot import Image, Origin, Skip, Snapshot
from anonlint.plugin import Member, Rule
from anonlint.pool import spread
from anonlint.syntax.scan import mentions
from anonlint.wake import Wake, wake_words

_IDENTIFIER = re.compile(rb"[A-Za-z_]\w+")
_STRAY = 2  # names that a stable tree may have taken over from later releases
_READ_EXCLUSIVE = (5, 19)
_READ_EXCLUSIVE_POSTED = (2022, 3)  # year and month of the first posting of what became 6c287605fd56
_TREE_PARTS = ("mm", "fs", "kernel", "arch")


class Options(NamedTuple):
    """What a run is asked to do. ``kernel`` is the release to assume where an input does not tell."""

    request: Request
    rules: Sequence[Rule]
    kernel: tuple[int, int] | None = None
    workers: int = 0
    vocabulary: tuple[str, ...] = ()
    settings_path: str = ""


class _Job(NamedTuple):
    snapshot: Snapshot


class _Result(NamedTuple):
    """The two sides of one snapshot; ``crash`` is a line for people when the analysis failed."""

    before: ImageResult
    after: ImageResult
    crash: str = ""


class _Context:
    """What every image needs: vocabulary, wake words, rules, the release to assume."""

    def __init__(self, options: Options) -> None:
        vocabulary = Vocabulary.load()
        if options.vocabulary:
            vocabulary = vocabulary.extend(options.vocabulary, options.settings_path)
        self.vocabulary = vocabulary
        self.wake = wake_words(vocabulary)
        self.looked_at = self.wake.entry
        self.rules = options.rules
        self.kernel = options.kernel
        self._root = "" if options.request.git else options.request.tree or ""
        self._trees: dict[str, Dating] = {}
        self._known = {name.encode(): name for name in vocabulary.words}

    def for_siblings(self) -> "_Context":
        """Return a context that looks at the functions that rules compare, and at nothing else."""
        limited = copy(self)
        limited.wake = self.wake._replace(entry=self.wake.siblings)
        limited.looked_at = limited.wake.entry
        limited.rules = tuple(rule for rule in self.rules if rule.compare is not None)
        return limited

    def wanted(self, data: bytes) -> bool:
        """Return whether a file mentions anything that is looked at."""
        return mentions(data, self.looked_at)

    def dictionaries(self, snapshot: Snapshot) -> tuple[Dictionary, Dictionary]:
        """Return the words of the releases that the image before, and that after, date to.

        Where an image's own words leave that open, the release that the user named decides, or the tree that
        patches apply to or a file stands in, or the (year, month) of a mail or commit. A whole file is of the
        tree it stands in, whatever one or two names say; a patch may bring the words of the next release.
        """
        sides = [None if image is None else self._names(image) for image in (snapshot.before, snapshot.after)]
        image = snapshot.after if snapshot.before is None else snapshot.before
        created = snapshot.before is None and snapshot.added is not None
        stray = 0 if image is None or image.fragments is not None or created else _STRAY
        before, after = date_sides(sides[0], sides[1], self.vocabulary, self._told(snapshot.origin), stray)
        first = Dictionary(self.vocabulary, before)
        return first, first if after == before else Dictionary(self.vocabulary, after)

    def _names(self, image: Image) -> set[str]:
        found = set(_IDENTIFIER.findall(image.source.data)) & self._known.keys()
        return {self._known[name] for name in found}

    def _told(self, origin: Origin) -> Dating:
        """Return the releases that everything but the images' own words tells of."""
        if self.kernel is not None:
            return Dating(self.kernel, self.kernel)
        if self._root or origin.date is None:
            return self._tree(self._root or origin.input)
        if origin.date < _READ_EXCLUSIVE_POSTED:
            return Dating(None, (_READ_EXCLUSIVE[0], _READ_EXCLUSIVE[1] - 1))
        return Dating(None, None)

    def _tree(self, path: str) -> Dating:
        """Return the release of the tree around a file."""
        tree = tree_above(path)
        if tree not in self._trees:
            self._trees[tree] = tree_era(tree, self.vocabulary) if tree else Dating(None, None)
        return self._trees[tree]


def timed(options: Options, stdin: Callable[[], bytes]) -> tuple[Report, dict[str, float]]:
    """Check the inputs in one process and return the report, and the seconds that each rule took."""
    analysis.shares = {}
    try:
        report = check(options._replace(workers=1), stdin)
        return report, dict(analysis.shares)
    finally:
        analysis.shares = None


def check(options: Options, stdin: Callable[[], bytes], progress: Callable[[int], None] | None = None) -> Report:
    """Check the inputs and return the sorted report."""
    import time

    start = time.monotonic()
    context = _Context(options)
    jobs: list[_Job] = []
    skipped: list[Skip] = []
    errors: list[str] = []
    files = 0
    for item in snapshots(options.request, stdin, wanted=context.wanted):
        files += 1 if item.skip is None and item.error is None else 0
        if item.snapshot is not None:
            jobs.append(_Job(item.snapshot))
        if item.skip is not None:
            skipped.append(item.skip)
        if item.error is not None:
            errors.append(item.error)
        if progress is not None:
            progress(files)
    weights = [_weight(job.snapshot) for job in jobs]
    results = spread(jobs, weights, lambda job: _run(job, context), options.workers)
    errors += [result.crash for result in results if result.crash]
    findings: list[Finding] = []
    for result in results:
        skipped += result.after.skipped
    remarked = any(r.after.remarks for r in results) or any(job.snapshot.origin.trailers for job in jobs)
    suppression = _Suppression(jobs, results, context) if remarked else None
    if suppression is not None:
        results = suppression.results
    for i, (job, result) in enumerate(zip(jobs, results, strict=True)):
        brought = _brought(result.after.findings, result.before.findings)
        brought = suppression.left(brought, job) if suppression else brought
        findings += [f._replace(gone_by=_gone_by(f, i, jobs, results)) for f in brought]
    compared = list(_compare(jobs, results, context, options))
    if suppression is not None:
        findings += suppression.compared(compared) + suppression.unused()
        errors += suppression.errors
    else:
        findings += compared
    return Report(
        tuple(sorted(findings, key=_order)),
        tuple(sorted(set(skipped))),
        Stats(
            files,
            sum(r.after.functions for r in results),
            sum(r.after.analysed for r in results),
            time.monotonic() - start,
        ),
        tuple(errors),
    )


def _gone_by(found: Finding, at: int, jobs: Sequence[_Job], results: Sequence[_Result]) -> str:
    """Return which later patch of the same run takes a finding away for good, "" if none does."""
    name = ""
    for job, result in zip(jobs[at + 1 :], results[at + 1 :], strict=True):
        if job.snapshot.path != found.path or job.snapshot.before is None:
            continue
        there = any(f.fingerprint == found.fingerprint for f in result.after.findings)
        origin = job.snapshot.origin
        name = "" if there else name or origin.subject or origin.commit or origin.input
    return name


class _Suppression:
    """What remarks in the code and trailers of messages take away from a run's findings."""

    def __init__(self, jobs: Sequence[_Job], results: Sequence[_Result], context: _Context) -> None:
        from anonlint import registry  # only where there is something to suppress
        from anonlint.suppress import UNUSED, Suppressions

        known = registry.rules()
        self.rule = next(rule for rule in known if rule.code == UNUSED)
        self.suppressions = Suppressions(context.rules, known)
        self.jobs = jobs
        self.new: list[tuple[Remark, _Job, _Result]] = []
        self.results: list[_Result] = []
        for job, result in zip(jobs, results, strict=True):
            had = {(r.words, r.text) for r in result.before.remarks}
            self.new += [(r, job, result) for r in result.after.remarks if (r.words, r.text) not in had]
            self.results.append(_Result(self._side(result.before), self._side(result.after), result.crash))
        self.suppressions.check(remark for remark, _, _ in self.new)

    def _side(self, side: ImageResult) -> ImageResult:
        return side._replace(findings=tuple(self.suppressions.kept(side.findings, side.remarks)))

    def left(self, findings: Sequence[Finding], job: _Job) -> list[Finding]:
        """Return what the message of a job's patch leaves."""
        return self.suppressions.trailed(findings, job.snapshot.origin)

    def compared(self, findings: Sequence[Finding]) -> list[Finding]:
        """Return what is left of comparisons."""
        remarks = [remark for result in self.results for remark in result.after.remarks]
        left = self.suppressions.kept(findings, remarks)
        origins = {(o.commit, o.subject): o for o in (job.snapshot.origin for job in self.jobs)}
        return [
            f
            for f in left
            if (f.commit, f.subject) not in origins or self.suppressions.trailed([f], origins[f.commit, f.subject])
        ]

    def unused(self) -> list[Finding]:
        """Return a finding for each new remark or trailer that was of no use."""
        found = []
        for remark, job, result in self.new:
            skipped = {(skip.path, skip.function) for skip in result.after.skipped}
            for place, message in self.suppressions.unused([remark], skipped):
                found.append(finding(self.rule, place, message, self.rule.severity, (), (), job.snapshot.origin))
        for origin in dict.fromkeys(job.snapshot.origin for job in self.jobs):
            for place, message in self.suppressions.unused_trailers([origin]):
                found.append(finding(self.rule, place, message, self.rule.severity, (), (), origin))
        return found

    @property
    def errors(self) -> list[str]:
        """Return what names no rule."""
        return self.suppressions.errors


def _order(found: Finding) -> tuple[object, ...]:
    return (found.path, found.line, found.column, found.code, found.function, found.message, found.commit)


def _weight(snapshot: Snapshot) -> int:
    return sum(len(image.source.data) for image in (snapshot.before, snapshot.after) if image is not None)


def _run(job: _Job, context: _Context) -> _Result:
    """Analyse both images of a snapshot; whatever goes wrong with one file is said and leaves the rest."""
    snapshot = job.snapshot
    try:
        sides = []
        images = (snapshot.before, snapshot.after)
        for image, dictionary in zip(images, context.dictionaries(snapshot), strict=True):
            if image is None or not context.wanted(image.source.data):
                sides.append(ImageResult())
            else:
                sides.append(_analyse(image, context, dictionary, snapshot.origin))
        return _Result(sides[0], sides[1])
    except Exception as error:
        if os.environ.get("ANONLINT_DEBUG"):
            raise
        crash = f"{snapshot.path}: internal error: {type(error).__name__}: {error}"
        return _Result(ImageResult(), ImageResult(), crash)


def _analyse(image: Image, context: _Context, dictionary: Dictionary, origin: Origin) -> ImageResult:
    return analyse(image, context.rules, dictionary, context.wake, origin)


def _brought(after: Sequence[Finding], before: Sequence[Finding]) -> list[Finding]:
    """Return the findings that are new: as many of each fingerprint as the image before did not have."""
    had = Counter(found.fingerprint for found in before)
    new = []
    for found in sorted(after, key=_order):
        if had[found.fingerprint] > 0:
            had[found.fingerprint] -= 1
        else:
            new.append(found)
    return new


# -- comparison across functions


class _World:
    """The members in sight, by path; a patch replaces those of the files that it touches."""

    def __init__(self) -> None:
        self.members: dict[str, tuple[tuple[str, Member], ...]] = {}

    def findings(self, rules: Sequence[Rule], origin: Origin) -> list[Finding]:
        """Return what comparing all members gives."""
        if not any(self.members.values()):
            return []
        found = []
        for rule in rules:
            if rule.compare is None:
                continue
            members = [m for path in sorted(self.members) for code, m in self.members[path] if code == rule.code]
            for item in rule.compare(members):
                assert item.member.place is not None
                found.append(
                    finding(
                        rule,
                        item.member.place,
                        item.message,
                        item.severity,
                        item.evidence,
                        item.tables,
                        origin,
                    )
                )
        return found


def _compare(
    jobs: Sequence[_Job], results: Sequence[_Result], context: _Context, options: Options
) -> Iterator[Finding]:
    """Compare siblings: over all plain files at once, and before and after each patch."""
    world = _World()
    patches: dict[tuple[str, int], list[int]] = {}
    for i, job in enumerate(jobs):
        snapshot = job.snapshot
        if snapshot.added is None and snapshot.before is None:
            world.members[snapshot.path] = results[i].after.members
        else:
            patches.setdefault((snapshot.origin.input, snapshot.origin.order), []).append(i)
            world.members.setdefault(snapshot.path, results[i].before.members)
    if not patches:
        yield from world.findings(context.rules, Origin(""))
        return
    if any(result.after.members for result in results):
        _add_around(world, options.request, context)
    for indices in patches.values():
        origin = jobs[indices[0]].snapshot.origin
        before = world.findings(context.rules, origin)
        for i in indices:
            world.members[jobs[i].snapshot.path] = results[i].after.members
        yield from _brought(world.findings(context.rules, origin), before)


def _add_around(world: _World, request: Request, context: _Context) -> None:
    """Let the functions around a patch take part: its siblings are mostly not in the patch."""
    from anonlint.intake.around import around  # lazily: few patches touch a function that has siblings

    siblings = context.for_siblings()
    for snapshot in around(request, siblings.wanted):
        if snapshot.path not in world.members:
            world.members[snapshot.path] = _run(_Job(snapshot), siblings).after.members


# -- tables


def tables(names: Sequence[str], options: Options, stdin: Callable[[], bytes]) -> tuple[Table, ...]:
    """Return the effect tables of the named functions; raise UsageError for a name that is nowhere."""
    context = _Context(options)
    request = options.request
    if not request.inputs and request.tree:
        parts = tuple(f"{request.tree}/{p}" for p in _TREE_PARTS if os.path.isdir(f"{request.tree}/{p}"))
        request = Request(inputs=parts or (request.tree,))
    words = frozenset(name.encode() for name in names)
    found: dict[str, list[Table]] = {name: [] for name in names}
    seen: set[str] = set()
    for item in snapshots(request, stdin, wanted=lambda data: mentions(data, words)):
        if item.error is not None:
            raise UsageError(item.error)
        snapshot = item.snapshot
        image = snapshot.after if snapshot is not None else None
        if image is None:
            continue
        assert snapshot is not None
        analyser = Analyser(image, context.dictionaries(snapshot)[1], context.wake)
        for extent in analyser.index.extents:
            if extent.name in found:
                seen.add(extent.name)
                found[extent.name] += effect_tables(analyser, [extent])
    missing = [name for name in names if name not in seen]
    if missing:
        hint = "" if options.request.tree else " (--tree DIR looks through a kernel tree)"
        raise UsageError(f"no function {' or '.join(missing)} in what was given{hint}")
    return tuple(table for name in names for table in found[name])


__all__ = ["Options", "Wake", "check", "tables"]
