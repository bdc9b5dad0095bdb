"""``anonlint diff``: inputs to snapshots, and what is different in effect in each of them."""

from collections.abc import Callable, Sequence
from typing import BinaryIO

from anonlint import limits
from anonlint.crash import line, told
from anonlint.intake import Intake, snapshots
from anonlint.intake.replies import said_in
from anonlint.intake.twins import twins
from anonlint.model.change import Answer, ChangeReport, FunctionChange
from anonlint.model.finding import Words
from anonlint.model.snapshot import Skip, Snapshot
from anonlint.run.answers import Tables, answers
from anonlint.run.context import Context, Options
from anonlint.run.surroundings import Views
from anonlint.run.together import Together

Stdin = Callable[[], bytes | BinaryIO]


def compare(options: Options, stdin: Stdin, *, two: bool = False) -> ChangeReport:
    """Compare what the inputs change; ``two`` says that there are two of them, the one before and the one after."""
    limits.begin(options.budget)
    if two:  # they are of no tree that somebody stands in
        options = options._replace(request=options.request._replace(tree=None, stands=False))
    context = Context(options)
    run = _Run(context, two=two)
    request = options.request
    items = twins(*request.inputs) if two else snapshots(request, stdin, wanted=context.wanted)
    try:
        for item in items:
            run.add(item)
    except limits.Interrupted as interrupted:
        limits.stop(interrupted.signal)
    run.do()
    if limits.stopped or limits.over():
        run.errors.append(f"{limits.over()}: not everything was compared")
    said = said_in(request.inputs) if request.quoted else ()
    return run.report(said)


class _Run:
    """What has been compared: a patch at a time, for its files are in sight of each other."""

    def __init__(self, context: Context, *, two: bool) -> None:
        self.context = context
        self.two = two
        self.changes: list[FunctionChange] = []
        self.tables = Tables(context)
        self.skipped: list[Skip] = []
        self.errors: list[str] = []
        self.alone: list[Skip] = []
        self.together = Together(context)
        self._waiting: list[Snapshot] = []
        self._around: set[tuple[str, ...]] = set()

    def add(self, item: Intake) -> None:
        """Take an item; where it begins another patch, compare the last one."""
        self.skipped += [item.skip] if item.skip is not None else []
        self.errors += [item.error] if item.error is not None else []
        snapshot = item.snapshot
        if snapshot is None or (snapshot.before is None and snapshot.added is None):
            self.skipped += [] if snapshot is None else [Skip(snapshot.path, 0, "", "is no patch: nothing to compare")]
            return
        if self._waiting and _patch(self._waiting[-1]) != _patch(snapshot):
            self.do()
        self.context.surroundings.note(snapshot)
        self._waiting.append(snapshot)

    def do(self) -> None:
        """Compare what is waiting."""
        waiting, self._waiting = self._waiting, []
        wanted = [snapshot for snapshot in waiting if self.wanted(snapshot)]
        if wanted:
            self.context.surroundings.ready()
        for snapshot in wanted:
            if snapshot.alone:
                self.alone.append(Skip(snapshot.path, 0, "", snapshot.alone))
            views = self.context.surroundings.of(snapshot)
            if not self.two:
                self.together.add(snapshot, views)
            self.one(snapshot, views)
        self.context.surroundings.forget(waiting[-1].origin if waiting else None)

    def wanted(self, snapshot: Snapshot) -> bool:
        """Return whether a file handles entries at all."""
        images = (image for image in (snapshot.before, snapshot.after) if image is not None)
        return any(self.context.wanted(image.source.data) for image in images)

    def one(self, snapshot: Snapshot, views: Views) -> None:
        """Compare one file; whatever goes wrong with it is said and leaves the rest."""
        from anonlint.run.differ import Differ

        try:
            differ = Differ(snapshot, self.context, views)
            self.changes += [change for change in differ.changes() if self._is_told(change)]
            self.skipped += differ.left
            self.tables.add(differ)
        except Exception as error:
            skip = Skip(snapshot.path, 0, "", told(error))
            self.skipped.append(skip)
            self.errors.append(line(skip))

    def _is_told(self, change: FunctionChange) -> bool:
        """Return whether a change is new: two files of a patch may lead to the same function of a third."""
        key = (change.path, change.name, str(change.patch)) if change.because else ()
        known = key in self._around
        self._around |= {key} if key else set()
        return not known

    def report(self, said: Sequence[Words]) -> ChangeReport:
        """Return all that was compared, with what reviewers ask."""
        changes = [change._replace(words=_about(change, said)) for change in self.changes]
        found: tuple[Answer, ...] = answers(said, changes, self.tables)
        return ChangeReport(
            tuple(changes),
            found,
            tuple(sorted(set(self.skipped))),
            tuple(self.errors),
            tuple(sorted(set(self.alone))),
            tuple(self.together.changes(changes)),
            max(len(self.together.patches), 1),
        )


def _patch(snapshot: Snapshot) -> tuple[str, int]:
    return snapshot.origin.input, snapshot.origin.order


def _about(change: FunctionChange, said: Sequence[Words]) -> tuple[Words, ...]:
    """Return what a reviewer has written below the lines of a function."""
    return tuple(words for words in said if words.path == change.path and change.line <= words.at <= change.end)


__all__ = ["compare"]
