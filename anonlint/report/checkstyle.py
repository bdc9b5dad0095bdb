"""Checkstyle's XML, as reviewdog, Jenkins and many other readers take it."""

from anonlint.model.finding import Finding
from anonlint.model.report import Report
from anonlint.report.parts import Part, parts, place
from anonlint.report.text import headline
from anonlint.report.xml import attribute

_LEVELS = {"note": "info", "warning": "warning", "error": "error"}


def render(report: Report) -> str:
    """Return the report, an element for each file with findings."""
    files: dict[str, list[Finding]] = {}
    for finding in report.findings:
        files.setdefault(finding.path, []).append(finding)
    lines = ['<?xml version="1.0" encoding="utf-8"?>', '<checkstyle version="4.3">']
    for path, findings in files.items():
        lines.append(f"  <file name={attribute(path)}>")
        lines += [_error(finding) for finding in findings]
        lines.append("  </file>")
    return "\n".join([*lines, "</checkstyle>"]) + "\n"


def _error(finding: Finding) -> str:
    told = [headline(finding), *map(_part, parts(finding))]
    values = {
        "line": str(finding.line),
        "column": str(finding.column),
        "severity": _LEVELS[finding.severity.word],
        "message": "; ".join(told),
        "source": f"anonlint.{finding.code}.{finding.name}",
    }
    return "    <error " + " ".join(f"{key}={attribute(value)}" for key, value in values.items()) + "/>"


def _part(part: Part) -> str:
    """Return a part of the story: an attribute holds one line, so that each stands behind its label."""
    where = "" if part.item is None else f"{place(part.item)}: "
    return f"{part.label}: {where}{part.text}"
