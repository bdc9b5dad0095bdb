"""Judges units: the mails of a series in order, on the blobs that came with them, or a commit in its clone."""

import json
from collections.abc import Iterator

from anonlint import limits
from anonlint.archive.units import Found, Judged, Noted, Unit, Way, lost
from anonlint.cache.store import Store, place
from anonlint.intake import Intake, Request, mbox, posts, snapshots
from anonlint.intake.series import Series
from anonlint.intake.tree import Tree
from anonlint.model.report import Report
from anonlint.policy.select import choose
from anonlint.report import jsonreport
from anonlint.report.safe import decodable
from anonlint.rule import registry
from anonlint.run import runner
from anonlint.run.context import Context
from anonlint.run.memory import Memory


class Judge:
    """Judges one unit after the other, all in the same way."""

    def __init__(self, way: Way) -> None:
        self.way = way
        self.memory = Memory(Store(place() if way.cached else ""))
        rules = registry.Later(lambda: choose(registry.rules(), way.selections, way.preview), repr(way[:2]))
        options = runner.Options(Request(), rules, way.kernel, 1, way.vocabulary, way.settings)
        self._context = Context(options, self.memory.stamps)

    def judge(self, unit: Unit) -> Judged:
        """Return what there is to say of a unit."""
        way = self.way
        limits.begin(way.budget * unit.mailed, _too_long(way.budget, unit.mailed))
        if unit.commit:
            request = Request(tree=unit.clone, git=(unit.commit,))
            context = self._context.anew(request)
            items = snapshots(request, lambda: b"", context.wanted)
        else:
            context = self._context.anew(Request(tree=unit.clone, base=unit.base) if unit.base else Request())
            items = _items(unit, has_tree=way.has_tree)
        report = runner.judged(items, context, self.memory)
        return Judged(_findings(report, unit), (*_remarks(report), *lost(unit)), report.stats.analysed)

    def close(self) -> None:
        """Keep what was found out."""
        self.memory.close()


class _Blobs(Tree):
    """The blobs that came with a unit."""

    lacks = "the clone has no file that it fits"

    def __init__(self, blobs: tuple[tuple[str, bytes], ...]) -> None:
        self._blobs = dict(blobs)

    def blobs(self, name: str) -> list[bytes]:
        """Return the blob that was looked up by that id."""
        return [self._blobs[name]] if name in self._blobs else []


def _items(unit: Unit, *, has_tree: bool) -> Iterator[Intake]:
    """Yield what the mails of a unit bring; what one brings is known by the mail's id."""
    series = Series(_Blobs(unit.blobs) if has_tree else Tree())
    for text in unit.mails:
        for post in posts.read_mails((mbox.Entry(text.data, b"", 1),), quoted=False):
            for patch in post.patches:
                yield from series.items(patch._replace(commit=text.id), text.id)


def _too_long(budget: float, count: int) -> str:
    if count == 1:
        return f"it takes longer than --budget {budget:g} seconds"
    return f"the series takes longer than --budget {budget:g} seconds for each of its {count} mails"


def _findings(report: Report, unit: Unit) -> tuple[Found, ...]:
    documents = jsonreport.document(report)["findings"]
    rows = []
    for finding, document in zip(report.findings, documents, strict=True):
        if not unit.commit:
            document["mail"] = document.pop("commit", "")
        text = json.dumps(document, ensure_ascii=True)
        names = (decodable(finding.path), decodable(finding.function))
        rows.append(Found(finding.commit, finding.code, int(finding.severity), *names, finding.fingerprint, text))
    return tuple(rows)


def _remarks(report: Report) -> Iterator[Noted]:
    for kind, skips in (("skipped", report.skipped), ("alone", report.alone)):
        for skip in skips:
            names = (decodable(skip.function), decodable(skip.reason))
            yield Noted("seen" if skip.seen else kind, decodable(skip.path), skip.line, *names)
    for error in report.errors:
        yield Noted("error", "", 0, "", decodable(error))
