"""A run: inputs to snapshots, both images of each analysed, what a patch brings kept, all sorted."""

import os
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

from anonlint import limits
from anonlint.crash import line, told
from anonlint.errors import UsageError
from anonlint.intake import Request, snapshots
from anonlint.intake.image import emptied, slim
from anonlint.model.finding import Finding, Table
from anonlint.model.remark import Remark
from anonlint.model.report import Report, Stats
from anonlint.model.snapshot import Image, Origin, Skip, Snapshot
from anonlint.rule.plugin import Member, Rule
from anonlint.run import timing
from anonlint.run.brought import brought
from anonlint.run.causes import merged
from anonlint.run.context import Context, Options
from anonlint.run.pool import spread
from anonlint.run.result import ImageResult
from anonlint.run.story import comparison, finding
from anonlint.syntax.scan import mentions
from anonlint.words.dictionary import Dictionary

if TYPE_CHECKING:
    from anonlint.run.scene import View
    from anonlint.run.surroundings import Views

_BATCH = 24 << 20  # bytes of text that are held at once
_MOST = 96 << 20  # the same, where one patch brings all of them
_TREE_PARTS = ("mm", "fs", "kernel", "arch")


class _Job(NamedTuple):
    """A snapshot. ``views`` are what is in sight of its images, None where that is to be asked."""

    snapshot: Snapshot
    views: "Views | None" = None


class _Result(NamedTuple):
    """The two sides of one snapshot."""

    before: ImageResult
    after: ImageResult


class _Work:
    """The work of a run, done a batch at a time: of an input of any length only one batch's text is held."""

    def __init__(self, context: Context, workers: int) -> None:
        self.context = context
        self.workers = workers
        self.jobs: list[_Job] = []
        self.results: list[_Result] = []
        self._waiting: list[_Job] = []
        self._weight = 0

    def add(self, snapshot: Snapshot) -> None:
        """Put a snapshot to the others; where they are many, do them."""
        if self._weight > _BATCH and not self._continues(snapshot):
            self.do()
        self.context.surroundings.note(snapshot)
        job = _Job(slim(snapshot, self.context.wanted))
        self._waiting.append(job)
        self._weight += _weight(job.snapshot)
        if self._weight > _MOST:
            self.do()

    def _continues(self, snapshot: Snapshot) -> bool:
        """Return whether a snapshot is of the same patch as the last one: its files are in sight of each other."""
        return bool(self._waiting) and _patch(self._waiting[-1]) == _patch(_Job(snapshot))

    def do(self) -> None:
        """Do what is waiting; its text is not needed any more then."""
        waiting, self._waiting, self._weight = self._waiting, [], 0
        if any(_weight(job.snapshot) for job in waiting):  # a patch that touches no entry needs no engine
            from anonlint.run import verdict  # noqa: F401  # once, before there are processes that would all do it

            self.context.surroundings.ready()
        limits.heeded = True  # a signal is asked for now
        self.results += spread(
            waiting,
            [_weight(job.snapshot) for job in waiting],
            lambda job: _run(job, self.context),
            self.workers,
            lambda job, how: _lost(job, f"not judged: the process that worked on it was {how}", crash=True),
        )
        limits.heeded = False
        self.jobs += [_Job(emptied(job.snapshot)) for job in waiting]
        self.context.surroundings.forget(waiting[-1].snapshot.origin if waiting else None)


def timed(options: Options, stdin: "Callable[[], bytes | BinaryIO]") -> tuple[Report, dict[str, float]]:
    """Check the inputs in one process and return the report, and the seconds that each rule took."""
    timing.shares = {}
    try:
        report = check(options._replace(workers=1), stdin)
        return report, dict(timing.shares)
    finally:
        timing.shares = None


def check(
    options: Options, stdin: "Callable[[], bytes | BinaryIO]", progress: Callable[[int], None] | None = None
) -> Report:
    """Check the inputs and return the sorted report."""
    import time

    start = time.monotonic()
    limits.begin(options.budget)
    context = Context(options)
    work = _Work(context, options.workers)
    skipped: list[Skip] = []
    errors: list[str] = []
    files = 0
    try:
        for item in snapshots(options.request, stdin, wanted=context.wanted):
            files += 1 if item.skip is None and item.error is None else 0
            if item.snapshot is not None:
                work.add(item.snapshot)
            skipped += [item.skip] if item.skip is not None else []
            errors += [item.error] if item.error is not None else []
            if progress is not None:
                progress(files)
    except limits.Interrupted as interrupted:
        limits.stop(interrupted.signal)
    work.do()
    jobs, results = work.jobs, work.results
    if limits.stopped:
        errors.append(f"{limits.over()}: not everything was judged")
    crashes = {skip for result in results for side in result for skip in side.crashes}
    errors += [line(skip) for skip in sorted(crashes)]
    findings: list[Finding] = []
    skipped += [skip for result in results for skip in result.after.skipped]
    remarked = any(r.after.remarks or r.after.elsewhere for r in results) or any(
        job.snapshot.origin.trailers for job in jobs
    )
    suppression = _Suppression(jobs, results, context) if remarked else None
    if suppression is not None:
        results = suppression.results
    for i, (job, result) in enumerate(zip(jobs, results, strict=True)):
        new = brought(result.after.findings, result.before.findings)
        new = suppression.left(new, job) if suppression else new
        new = _of_patch(new, job, jobs, results)
        findings += [f._replace(gone_by=_gone_by(f, i, jobs, results)) for f in new]
    compared = list(_compare(jobs, results, context, options, skipped))
    findings += suppression.compared(compared) + suppression.unused() if suppression else compared
    errors += suppression.errors if suppression else []
    return Report(
        tuple(merged(findings)),
        tuple(sorted(set(skipped))),
        Stats(
            files,
            sum(r.after.functions for r in results),
            sum(r.after.analysed for r in results),
            time.monotonic() - start,
        ),
        tuple(errors),
        tuple(sorted({Skip(s.path, 0, "", s.alone) for s in (job.snapshot for job in jobs) if s.alone})),
    )


def _of_patch(new: list[Finding], job: _Job, jobs: Sequence[_Job], results: Sequence[_Result]) -> list[Finding]:
    """Return what a patch brings: to what stands in a file that is called none of its files led before."""
    if all(found.path == job.snapshot.path for found in new):
        return new
    key = _patch(job)
    had = {f.fingerprint for j, r in zip(jobs, results, strict=True) if _patch(j) == key for f in r.before.findings}
    return [found for found in new if found.path == job.snapshot.path or found.fingerprint not in had]


def _patch(job: _Job) -> tuple[str, int]:
    return job.snapshot.origin.input, job.snapshot.origin.order


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

    def __init__(self, jobs: Sequence[_Job], results: Sequence[_Result], context: Context) -> None:
        from anonlint.rule import registry  # only where there is something to suppress
        from anonlint.run.suppress import UNUSED, Suppressions

        known = registry.rules()
        self.rule = next(rule for rule in known if rule.code == UNUSED)
        self.suppressions = Suppressions(context.selected, known)
        self.jobs = jobs
        self.new: list[tuple[Remark, _Job, _Result]] = []
        self.results: list[_Result] = []
        for job, result in zip(jobs, results, strict=True):
            had = {(r.words, r.text) for r in result.before.remarks}
            self.new += [(r, job, result) for r in result.after.remarks if (r.words, r.text) not in had]
            self.results.append(_Result(self._side(result.before), self._side(result.after)))
        self.suppressions.check(remark for remark, _, _ in self.new)

    def _side(self, side: ImageResult) -> ImageResult:
        return side._replace(findings=tuple(self.suppressions.kept(side.findings, side.remarks + side.elsewhere)))

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
        judged = {id(result): result for _, _, result in self.new}
        known = {key: {(s.path, s.function) for s in result.after.skipped} for key, result in judged.items()}
        for remark, job, result in self.new:
            skipped = known[id(result)]
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


def _weight(snapshot: Snapshot) -> int:
    return sum(len(image.source.data) for image in (snapshot.before, snapshot.after) if image is not None)


def _run(job: _Job, context: Context) -> _Result:
    """Analyse both images of a snapshot; whatever goes wrong with one file is said and leaves the rest."""
    snapshot = job.snapshot
    if reason := limits.over():
        return _lost(job, f"not judged: {reason}")
    try:
        sides = []
        images = (snapshot.before, snapshot.after)
        wanted = [image is not None and context.wanted(image.source.data) for image in images]
        views = job.views or (context.surroundings.of(snapshot) if any(wanted) else (None, None))
        for image, dictionary, view in zip(images, context.dictionaries(snapshot), views, strict=True):
            if image is None or not context.wanted(image.source.data):
                sides.append(ImageResult())
            else:
                sides.append(_analyse(image, context, dictionary, snapshot.origin, view))
        return _Result(sides[0], sides[1])
    except Exception as error:
        return _lost(job, told(error), crash=True)


def _lost(job: _Job, reason: str, *, crash: bool = False) -> _Result:
    """Return the result of a job of which nothing is known but why."""
    skip = Skip(job.snapshot.path, 0, "", reason)
    return _Result(ImageResult(), ImageResult(skipped=(skip,), crashes=(skip,) * crash))


def _analyse(
    image: Image, context: Context, dictionary: Dictionary, origin: Origin, view: "View | None"
) -> ImageResult:
    from anonlint.run.verdict import analyse

    return analyse(image, context.rules, dictionary, context.wake, origin, view)


# -- comparison across functions


class _World:
    """The members in sight, by path; a patch replaces those of the files that it touches."""

    def __init__(self) -> None:
        self.members: dict[str, tuple[tuple[str, Member], ...]] = {}

    def findings(self, rules: Sequence[Rule], origin: Origin) -> list[Finding]:
        """Return what comparing all members gives."""
        if not any(self.members.values()):
            return []
        found: list[Finding] = []
        for rule in rules:
            if rule.compare is not None:
                members = [m for path in sorted(self.members) for code, m in self.members[path] if code == rule.code]
                found += comparison(rule, members, origin)
        return found


def _compare(
    jobs: Sequence[_Job], results: Sequence[_Result], context: Context, options: Options, skipped: list[Skip]
) -> Iterator[Finding]:
    """Compare siblings: over all plain files at once, and before and after each patch; note what could not be read."""
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
    if any(result.after.members for result in results) and not limits.over():
        skipped += _add_around(world, options.request, context, jobs[-1].snapshot.origin)
    for indices in patches.values():
        origin = jobs[indices[0]].snapshot.origin
        before = world.findings(context.rules, origin)
        for i in indices:
            world.members[jobs[i].snapshot.path] = results[i].after.members
        yield from brought(world.findings(context.rules, origin), before)


def _add_around(world: _World, request: Request, context: Context, last: Origin) -> Iterator[Skip]:
    """Let the functions around a patch take part: its siblings are mostly not in the patch. Yield what cannot."""
    from anonlint.intake.around import around  # lazily: few patches touch a function that has siblings

    siblings = context.for_siblings()
    for snapshot in around(request, siblings.wanted):
        if isinstance(snapshot, Skip):
            yield snapshot
        elif snapshot.path not in world.members:
            views = context.surroundings.around(snapshot.path, last)
            world.members[snapshot.path] = _run(_Job(snapshot, views), siblings).after.members


# -- tables


def tables(names: Sequence[str], options: Options, stdin: "Callable[[], bytes | BinaryIO]") -> tuple[Table, ...]:
    """Return the effect tables of the named functions; raise UsageError for a name that is nowhere."""
    from anonlint.run.analysis import Analyser
    from anonlint.run.verdict import effect_tables

    context = Context(options)
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
        analyser = Analyser.of(image, context.dictionaries(snapshot)[1], context.wake)
        for extent in analyser.index.extents:
            if extent.name in found:
                seen.add(extent.name)
                found[extent.name] += effect_tables(analyser, [extent])
    missing = [name for name in names if name not in seen]
    if missing:
        hint = "" if options.request.tree else " (--tree DIR looks through a kernel tree)"
        raise UsageError(f"no function {' or '.join(missing)} in what was given{hint}")
    return tuple(table for name in names for table in found[name])


__all__ = ["Options", "check", "tables"]
