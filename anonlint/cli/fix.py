"""``anonlint check --diff`` and ``--fix``: what an exact replacement mends, proven by running the rules again."""

import difflib
import os
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from anonlint.cli import judge, output
from anonlint.cli.options import Parsed
from anonlint.errors import UsageError
from anonlint.policy import settings as policy

if TYPE_CHECKING:
    from anonlint.fix.prove import Mended
    from anonlint.model.edit import Fix, Mends, Remedy
    from anonlint.model.finding import Finding
    from anonlint.model.report import Report
    from anonlint.run.kept import Kept

_COMPARED = "AL101"  # is about several functions: proven with all inputs in sight
_WITHOUT = ("git", "staged", "pushed")


def refuse(parsed: Parsed) -> None:
    """Raise UsageError where there are no files to mend: a patch or a commit under check is never changed."""
    if parsed.last("write-baseline"):
        raise UsageError("check: --diff and --fix mend what is found, --write-baseline keeps it: one of them")
    given = [key for key in _WITHOUT if parsed.all(key)]
    if given or "-" in parsed.operands:
        raise UsageError(f"check: --diff and --fix mend files, not {'--' + given[0] if given else 'standard input'}")


def run(report: "Report", parsed: Parsed, settings: policy.Settings) -> "Report":
    """Print the patch, or change the files, and return the report on what is left."""
    mended = _mended(report, parsed, settings)
    if parsed.flag("fix"):
        for path, text in mended.texts.items():
            if _read(path) == text:
                continue
            output.write_bytes(text, path)
    else:
        files = {path: _read(path) for path in mended.texts}
        output.write_bytes(b"".join(patch(path, files[path], text) for path, text in mended.texts.items()))
    for fix in mended.fixes:
        done = "mended" if parsed.flag("fix") else "would be mended"
        output.complain(f"{fix.finding.path}:{fix.finding.line}: {fix.finding.code} {done}: {fix.title}")
    if not mended.fixes:
        output.complain("no finding has a replacement that is exact; what to do is said as help")
    return _judged(parsed, settings, parsed.operands, {}) if parsed.flag("fix") and mended.fixes else report


def remedies(report: "Report", parsed: Parsed, settings: policy.Settings) -> "Report":
    """Return the report with the replacements that are proven for its findings in files, each for itself."""
    from anonlint.run.kept import Kept

    kept = Kept()
    paths = _paths(report.findings)
    groups = _groups([found for found in report.findings if found.path in paths and not found.anchor], parsed.operands)
    judges = ((_Judge(parsed, settings, operands, {}, kept), findings) for operands, findings in groups)
    others = _others(settings)
    found = (one for judge, findings in judges for one in _remedies(judge, findings, others))
    return report._replace(remedies=tuple(found))


def _others(settings: policy.Settings) -> "Mapping[str, Mends]":
    """Return what rules from outside propose, by their codes."""
    if not settings.plugins:
        return {}
    from anonlint.rule import registry

    return {rule.code: rule.mends for rule in registry.outside(settings.plugins) if rule.mends is not None}


def _remedies(judge: "_Judge", findings: "Sequence[Finding]", others: "Mapping[str, Mends]") -> "Iterator[Remedy]":
    from anonlint.fix.proposals import proposals
    from anonlint.fix.prove import prove
    from anonlint.model.edit import Remedy, replacement

    texts = {path: _read(path) for path in {finding.path for finding in findings}}
    mendable = [finding for finding in findings if proposals(finding, texts[finding.path], others)]
    before = judge({}) if mendable else ()
    for finding in mendable:
        path, data = finding.path, texts[finding.path]

        def judged(text: bytes, path: str = path) -> "Sequence[Finding]":
            return judge({path: text})

        fix, _ = prove(finding, data, judged, before, others)
        at = None if fix is None else replacement(data, fix.edits)
        if fix is not None and at is not None:
            yield Remedy(finding, fix.title, at)


def has_files(parsed: Parsed) -> bool:
    """Return whether what is checked is files alone."""
    return "-" not in parsed.operands and not any(parsed.all(key) for key in _WITHOUT)


def patch(path: str, before: bytes, after: bytes) -> bytes:
    """Return a patch as git apply takes it."""
    name = os.path.relpath(path) if os.path.isabs(path) else path
    lines = []
    for line in difflib.unified_diff(_lines(before), _lines(after), f"a/{name}", f"b/{name}"):
        whole = line.endswith("\n")
        lines.append(line if whole else f"{line}\n\\ No newline at end of file\n")
    head = "".join(lines[:2]).encode("utf-8", "surrogateescape")
    return head + "".join(lines[2:]).encode("latin-1")


def _lines(text: bytes) -> list[str]:
    """Return the lines as git counts them: nothing but a line feed ends one."""
    parts = text.decode("latin-1").split("\n")
    return [f"{part}\n" for part in parts[:-1]] + ([parts[-1]] if parts[-1] else [])


def _mended(report: "Report", parsed: Parsed, settings: policy.Settings) -> "Mended":
    from anonlint.fix.prove import Mended, mend, news

    files = {path: _read(path) for path in _paths(report.findings)}
    others = _others(settings)
    texts: dict[str, bytes] = {}
    fixes: list[Fix] = []
    for operands, findings in _groups(report.findings, parsed.operands):
        known = {**files, **texts}
        mended = mend(findings, known, _Judge(parsed, settings, operands, dict(texts)), others)
        texts |= mended.texts
        fixes += mended.fixes
    if fixes:
        new = news(report.findings, _judged(parsed, settings, parsed.operands, texts).findings)
        if new:
            raise UsageError(f"check: the replacements are right one by one, but together bring {', '.join(new)}")
    return Mended(texts, tuple(fixes))


class _Judge:
    """Runs the rules on some of the inputs, with texts that stand for files."""

    def __init__(
        self,
        parsed: Parsed,
        settings: policy.Settings,
        operands: tuple[str, ...],
        texts: Mapping[str, bytes],
        kept: "Kept | None" = None,
    ) -> None:
        self.parsed = parsed
        self.settings = settings
        self.operands = operands
        self.texts = texts
        self.kept = kept

    def __call__(self, instead: Mapping[str, bytes]) -> "Sequence[Finding]":
        """Return what is found."""
        return _judged(self.parsed, self.settings, self.operands, {**self.texts, **instead}, self.kept).findings


def _judged(
    parsed: Parsed,
    settings: policy.Settings,
    operands: tuple[str, ...],
    texts: Mapping[str, bytes],
    kept: "Kept | None" = None,
) -> "Report":
    report = judge.judge(parsed, settings, operands, instead=texts, kept=kept)
    return judge.new(report, parsed.last("baseline") or settings.baseline, aloud=False)


def _paths(findings: "Sequence[Finding]") -> list[str]:
    """Return the files that something was found in: what a patch brings has none."""
    return sorted({found.path for found in findings if not found.anchor and os.path.isfile(found.path)})


def _groups(
    findings: "Sequence[Finding]", operands: tuple[str, ...]
) -> "Iterator[tuple[tuple[str, ...], list[Finding]]]":
    """Yield findings with the inputs that are enough to judge them."""
    for path in _paths(findings):
        alone = [found for found in findings if found.path == path and found.code != _COMPARED]
        if alone:
            yield (path,), alone
    compared = [found for found in findings if found.code == _COMPARED]
    if compared:
        yield operands, compared


def _read(path: str) -> bytes:
    from anonlint.intake import files

    return files.read(path)
