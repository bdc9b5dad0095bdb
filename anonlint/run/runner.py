"""A run: inputs to snapshots, both images of each analysed, what a patch brings kept, all sorted."""

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, BinaryIO

from anonlint import limits
from anonlint.cache.store import Store
from anonlint.crash import line
from anonlint.errors import UsageError
from anonlint.intake import Intake, Request, snapshots
from anonlint.intake.image import emptied, slim
from anonlint.model.finding import Finding, Table
from anonlint.model.remark import Remark
from anonlint.model.report import Report, Stats
from anonlint.model.snapshot import Skip, Snapshot
from anonlint.run import siblings, timing
from anonlint.run.brought import anchored, brought
from anonlint.run.causes import merged
from anonlint.run.context import Context, Options
from anonlint.run.jobs import Job
from anonlint.run.memory import Memory
from anonlint.run.result import ImageResult, Sides
from anonlint.run.story import finding
from anonlint.syntax.scan import mentions

if TYPE_CHECKING:
    from anonlint.run.progress import Progress

_BATCH = 24 << 20  # bytes of text that are held at once
_MOST = 96 << 20  # the same, where one patch brings all of them
_TREE_PARTS = ("mm", "fs", "kernel", "arch")


class _Work:
    """The work of a run, done a batch at a time: of an input of any length only one batch's text is held."""

    def __init__(self, context: Context, memory: Memory, workers: int, progress: "Progress | None") -> None:
        self.progress = progress
        self.context = context
        self.memory = memory
        self.workers = workers
        self.jobs: list[Job] = []
        self.results: list[Sides] = []
        self._waiting: list[Job] = []
        self._weight = 0

    def add(self, snapshot: Snapshot) -> None:
        """Put a snapshot to the others; where they are many, do them."""
        if self._weight > _BATCH and not self._continues(snapshot):
            self.do()
        self.context.surroundings.note(snapshot)
        is_plain = snapshot.before is None and snapshot.added is None  # and wanted, or it had not come
        job = Job(snapshot if is_plain else slim(snapshot, self.context.wanted))
        self.context.surroundings.show(job.snapshot)
        self._waiting.append(job)
        self._weight += job.weight
        if self._weight > _MOST:
            self.do()

    def _continues(self, snapshot: Snapshot) -> bool:
        """Return whether a snapshot is of the same patch as the last one: its files are in sight of each other."""
        return bool(self._waiting) and self._waiting[-1].patch == Job(snapshot).patch

    def do(self) -> None:
        """Do what is waiting; its text is not needed any more then."""
        waiting, self._waiting, self._weight = self._waiting, [], 0
        limits.heeded = True  # a signal is asked for now
        results = self.memory.done(waiting, self.context, self.workers, self.progress)
        limits.heeded = False
        for job, result in zip(waiting, results, strict=True):
            told = bool(result.after.findings or result.after.members or result.after.held)
            self.jobs.append(Job(emptied(job.snapshot, told=told)))
        self.results += results
        self.context.surroundings.forget(waiting[-1].snapshot.origin if waiting else None)


def timed(options: Options, stdin: "Callable[[], bytes | BinaryIO]") -> tuple[Report, dict[str, float]]:
    """Check the inputs in one process and return the report, and the seconds that each rule took."""
    timing.shares = {}
    try:
        report = check(options._replace(workers=1), stdin)
        return report, dict(timing.shares)
    finally:
        timing.shares = None


def check(options: Options, stdin: "Callable[[], bytes | BinaryIO]", progress: "Progress | None" = None) -> Report:
    """Check the inputs and return the sorted report."""
    limits.begin(options.budget)
    memory = Memory(Store(options.cache), options.plugins)
    context = Context(options, memory.stamps)
    items = snapshots(options.request, stdin, context.wanted, memory.known(context))
    report = judged(items, context, memory, options.workers, progress)
    memory.close()
    return _with_words(report, options.request) if options.request.quoted else report


def _with_words(report: Report, request: Request) -> Report:
    """Return the report with what reviewers say between the lines of the patches that their mails quote."""
    from anonlint.intake.replies import said_in  # lazily: most inputs are no replies
    from anonlint.run.reviewed import with_words

    return report._replace(findings=with_words(report.findings, said_in(request.inputs)))


def judged(
    items: Iterable[Intake],
    context: Context,
    memory: Memory,
    workers: int = 1,
    progress: "Progress | None" = None,
) -> Report:
    """Judge what there is to look at, wherever it comes from, and return the sorted report."""
    import time

    start = time.monotonic()
    work = _Work(context, memory, workers, progress)
    skipped: list[Skip] = []
    errors: list[str] = []
    files = 0
    try:
        for item in items:
            files += 1 if item.skip is None and item.error is None else 0
            if item.snapshot is not None:
                work.add(item.snapshot)
            skipped += [item.skip] if item.skip is not None else []
            errors += [item.error] if item.error is not None else []
            if progress is not None:
                progress.read(files)
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
    if any(result.after.findings for result in results):
        findings = _brought(jobs, results, suppression)
    compared = list(siblings.compared(jobs, results, context, memory, skipped))
    findings += suppression.compared(compared) + suppression.unused() if suppression else compared
    errors += suppression.errors if suppression else []
    findings = anchored(findings, (job.snapshot for job in jobs))
    return Report(
        tuple(merged(findings)),
        tuple(sorted(set(skipped))),
        Stats(
            files,
            sum(r.after.functions for r in results),
            sum(r.after.analysed for r in results),
            time.monotonic() - start,
            sum(r.after.executed for r in results),
        ),
        tuple(errors),
        tuple(sorted({Skip(s.path, 0, "", s.alone) for s in (job.snapshot for job in jobs) if s.alone})),
        checked=tuple(sorted({job.snapshot.path for job in jobs})),
    )


def _brought(jobs: Sequence[Job], results: Sequence[Sides], suppression: "_Suppression | None") -> list[Finding]:
    """Return what each patch brings, with the later one that mends it, and what stands in plain files."""
    from anonlint.run.told import step, told_here, with_end  # lazily: mostly nothing is found

    findings: list[Finding] = []
    steps = [step(j.snapshot.path, j.snapshot.origin, r) for j, r in zip(jobs, results, strict=True)]
    told: dict[tuple[str, int], set[str]] = {}
    for i, (job, result) in enumerate(zip(jobs, results, strict=True)):
        new = brought(result.after.findings, result.before.findings)
        new = suppression.left(new, job) if suppression else new
        new = _of_patch(new, job, jobs, results)
        new = [with_end(f, i, steps) for f in new]
        new = told_here(new, result.after.felt, told.setdefault(job.patch, set()))
        findings += suppression.suppressions.kept(new, result.after.remarks) if suppression else new
    return findings


def _of_patch(new: list[Finding], job: Job, jobs: Sequence[Job], results: Sequence[Sides]) -> list[Finding]:
    """Return what a patch brings: to what stands in a file that is called none of its files led before."""
    if all(found.path == job.snapshot.path for found in new):
        return new
    had = {f.fingerprint for j, r in zip(jobs, results, strict=True) if j.patch == job.patch for f in r.before.findings}
    return [found for found in new if found.path == job.snapshot.path or found.fingerprint not in had]


class _Suppression:
    """What remarks in the code and trailers of messages take away from a run's findings."""

    def __init__(self, jobs: Sequence[Job], results: Sequence[Sides], context: Context) -> None:
        from anonlint.rule import registry  # only where there is something to suppress
        from anonlint.run.suppress import UNUSED, Suppressions

        known = registry.rules(context.plugins)
        self.rule = next(rule for rule in known if rule.code == UNUSED)
        self.suppressions = Suppressions(context.selected, known)
        self.jobs = jobs
        self.new: list[tuple[Remark, Job, Sides]] = []
        self.results: list[Sides] = []
        for job, result in zip(jobs, results, strict=True):
            had = {(r.words, r.text) for r in result.before.remarks}
            self.new += [(r, job, result) for r in result.after.remarks if (r.words, r.text) not in had]
            self.results.append(Sides(self._side(result.before), self._side(result.after)))
        self.suppressions.check(remark for remark, _, _ in self.new)

    def _side(self, side: ImageResult) -> ImageResult:
        return side._replace(findings=tuple(self.suppressions.kept(side.findings, side.remarks + side.elsewhere)))

    def left(self, findings: Sequence[Finding], job: Job) -> list[Finding]:
        """Return what the message of a job's patch leaves."""
        return self.suppressions.trailed(findings, job.snapshot.origin)

    def compared(self, findings: Sequence[Finding]) -> list[Finding]:
        """Return what is left of comparisons."""
        remarks = [remark for result in self.results for remark in result.after.remarks]
        left = self.suppressions.kept(findings, remarks)
        origins = {o.patch: o for o in (job.snapshot.origin for job in self.jobs)}
        return [f for f in left if f.patch not in origins or self.suppressions.trailed([f], origins[f.patch])]

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


# -- tables


def handlers(options: Options) -> tuple[tuple[str, int, int], ...]:
    """Return name, first and last line of each function of a file that handles a page table entry."""
    from anonlint.run.analysis import Analyser
    from anonlint.syntax.index import FileIndex

    context = Context(options)
    found: list[tuple[str, int, int]] = []
    for item in snapshots(options.request, lambda: b"", wanted=context.wanted):
        image = item.snapshot.after if item.snapshot is not None else None
        if item.snapshot is not None and image is not None:
            analyser = Analyser.of(FileIndex(image), context.dictionaries(item.snapshot)[1], context.wake)
            place = image.source.position
            found += [(e.name, place(e.span.start).line, place(e.span.end).line) for e in analyser.awake() if e.name]
    return tuple(found)


def tables(names: Sequence[str], options: Options, stdin: "Callable[[], bytes | BinaryIO]") -> tuple[Table, ...]:
    """Return the effect tables of the named functions; raise UsageError for a name that is nowhere.

    ``git`` of the request names one revision: the functions are looked for in the files that it has.
    """
    from anonlint.run.analysis import Analyser
    from anonlint.run.verdict import effect_tables
    from anonlint.syntax.index import FileIndex

    request = options.request
    revision = request.git[0] if request.git else ""
    if revision:
        options = options._replace(kernel=options.kernel or _release(request, revision))
    elif not request.inputs and request.tree:
        parts = tuple(f"{request.tree}/{p}" for p in _TREE_PARTS if os.path.isdir(f"{request.tree}/{p}"))
        request = Request(inputs=parts or (request.tree,))
    context = Context(options)
    words = frozenset(name.encode() for name in names)
    found: dict[str, list[Table]] = {name: [] for name in names}
    seen: set[str] = set()
    items = _of_revision(request, names) if revision else snapshots(request, stdin, lambda data: mentions(data, words))
    for item in items:
        if item.error is not None:
            raise UsageError(item.error)
        snapshot = item.snapshot
        image = snapshot.after if snapshot is not None else None
        if image is None:
            continue
        assert snapshot is not None
        analyser = Analyser.of(FileIndex(image), context.dictionaries(snapshot)[1], context.wake)
        for extent in analyser.index.extents:
            if extent.name in found:
                seen.add(extent.name)
                found[extent.name] += effect_tables(analyser, [extent])
    missing = [name for name in names if name not in seen]
    if missing:
        hint = (f" ({revision})" if revision else _near(missing, request)) or (
            "" if options.request.tree else " (--tree DIR looks through a kernel tree)"
        )
        raise UsageError(f"no function {' or '.join(missing)} in what was given{hint}")
    return tuple(table for name in names for table in found[name])


def _of_revision(request: Request, names: Sequence[str]) -> Iterator[Intake]:
    from anonlint.intake.revision import holding

    return holding(request.clone, request.git[0], names, request.inputs or _TREE_PARTS)


def _release(request: Request, revision: str) -> tuple[int, int] | None:
    """Return the release that the Makefile of a revision names."""
    from anonlint.intake.revision import makefile
    from anonlint.kernel.era import release

    return release(makefile(request.clone, revision))


def _near(missing: Sequence[str], request: Request) -> str:
    """Return the functions of the inputs whose names are nearest to those that are missing, as a question."""
    if "-" in request.inputs:
        return ""  # standard input is read once
    from difflib import get_close_matches  # only on the way to an error

    from anonlint.syntax.index import FileIndex

    names: set[str] = set()
    for item in snapshots(request, lambda: b"", wanted=lambda data: mentions(data, _ENTRIES)):
        if item.snapshot is not None and item.snapshot.after is not None:
            names |= {extent.name for extent in FileIndex(item.snapshot.after).extents}
    near = [match for name in missing for match in get_close_matches(name, sorted(names), 2, 0.7)]
    return f"; did you mean {' or '.join(near)}?" if near else ""


_ENTRIES = frozenset((b"pte_t", b"pmd_t", b"swp_entry_t", b"softleaf_t"))


__all__ = ["Options", "check", "handlers", "judged", "tables"]
