"""reviewdog's diagnostic format; its columns are bytes from 1, as ours."""

from typing import Any

from anonlint.model.edit import Remedy
from anonlint.model.finding import Evidence, Finding
from anonlint.model.report import Report
from anonlint.report.parts import line_of, plain, remedy_of
from anonlint.report.safe import decodable
from anonlint.report.text import headline

_LEVELS = {"note": "INFO", "warning": "WARNING", "error": "ERROR"}


def render(report: Report) -> str:
    """Return the report as one document."""
    import json  # lazily: a check that prints text never needs it

    document: dict[str, Any] = {"source": {"name": "anonlint"}, "diagnostics": []}
    document["diagnostics"] = [_diagnostic(finding, remedy_of(report, finding)) for finding in report.findings]
    return json.dumps(document, ensure_ascii=True, indent=1) + "\n"


def _diagnostic(finding: Finding, remedy: Remedy | None) -> dict[str, Any]:
    line = line_of(finding)
    span: dict[str, Any] = {"start": {"line": line}}
    if line == finding.line:
        span = {
            "start": {"line": line, "column": finding.column},
            "end": {"line": line, "column": finding.end_column},
        }
    values = {
        "message": f"{headline(finding)}\n{plain(finding)}".rstrip(),
        "location": {"path": decodable(finding.path), "range": span},
        "severity": _LEVELS[finding.severity.word],
        "code": {"value": finding.code},
        "related_locations": [_related(item) for item in (*finding.because, *finding.evidence)],
    }
    if remedy is not None:
        at = remedy.at
        start, end = {"line": at.line, "column": at.column}, {"line": at.end_line, "column": at.end_column}
        values["suggestions"] = [{"range": {"start": start, "end": end}, "text": at.text}]
    return values


def _related(item: Evidence) -> dict[str, Any]:
    start = {"line": item.line, "column": item.column}
    return {
        "message": decodable(item.message),
        "location": {"path": decodable(item.path), "range": {"start": start}},
    }
