"""From findings to what the Language Server Protocol calls them: positions count UTF-16 units from 0."""

from collections.abc import Callable, Sequence

from lsprotocol import types

from anonlint.model.edit import Edit
from anonlint.model.finding import Evidence, Finding
from anonlint.report.columns import utf16
from anonlint.report.parts import parts
from anonlint.report.safe import safe
from anonlint.report.text import headline

SOURCE = "anonlint"
_SEVERITIES = {
    "note": types.DiagnosticSeverity.Information,
    "warning": types.DiagnosticSeverity.Warning,
    "error": types.DiagnosticSeverity.Error,
}


def diagnostic(finding: Finding, uri_of: Callable[[str], str]) -> types.Diagnostic:
    """Return a finding with its path as related places, and what breaks and helps below its headline."""
    told = [f"{part.label}: {part.text}" for part in parts(finding) if part.item is None]
    return types.Diagnostic(
        range=span(finding.line, finding.column, finding.end_column, finding.text),
        message="\n".join([headline(finding), *told]),
        severity=_SEVERITIES[finding.severity.word],
        code=finding.code,
        source=SOURCE,
        related_information=[related(item, uri_of) for item in (*finding.because, *finding.evidence)],
        data=finding.fingerprint,
    )


def related(item: Evidence, uri_of: Callable[[str], str]) -> types.DiagnosticRelatedInformation:
    """Return a place and what is so there."""
    end = len(item.text.encode("utf-8", "surrogateescape")) + 1
    place = types.Location(uri_of(item.path), span(item.line, item.column, end, item.text))
    return types.DiagnosticRelatedInformation(place, safe(item.message))


def span(line: int, start: int, end: int, text: str) -> types.Range:
    """Return the range of some byte columns, from 1, of a line."""
    columns = (utf16(text, start) - 1, utf16(text, max(end, start + 1)) - 1)
    return types.Range(*(types.Position(line - 1, column) for column in columns))


def text_edits(data: bytes, edits: Sequence[Edit]) -> list[types.TextEdit]:
    """Return replacements of bytes as those of a document."""
    return [
        types.TextEdit(types.Range(_position(data, edit.start), _position(data, edit.end)), edit.text.decode())
        for edit in edits
    ]


def _position(data: bytes, offset: int) -> types.Position:
    start = data.rfind(b"\n", 0, offset) + 1
    before = data[start:offset].decode("utf-8", "replace")
    return types.Position(data.count(b"\n", 0, offset), len(before.encode("utf-16-le")) // 2)


def remark(lines: Sequence[str], finding_range: types.Range, code: str) -> types.TextEdit:
    """Return the comment that suppresses a finding, alone above its line."""
    line = finding_range.start.line
    text = lines[line] if line < len(lines) else ""
    indent = text[: len(text) - len(text.lstrip())]
    start = types.Position(line, 0)
    return types.TextEdit(types.Range(start, start), f"{indent}/* anonlint: ignore[{code}] why */\n")
