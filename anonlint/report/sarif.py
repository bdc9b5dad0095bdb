"""SARIF 2.1.0 (OASIS), in the part of it that GitHub's code scanning shows.

A pull request shows an alert only if all of its lines are in the diff: the primary region is one line that the patch
adds, and where something else was found, that is a related location.
"""

from collections.abc import Mapping
from typing import Any

from anonlint import __version__
from anonlint.model.edit import Remedy
from anonlint.model.finding import Evidence, Finding
from anonlint.model.page import RulePage
from anonlint.model.report import Report
from anonlint.report.columns import utf16
from anonlint.report.parts import line_of, ordinals, remedy_of
from anonlint.report.safe import decodable
from anonlint.report.text import headline, skip_line

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_KINDS = {"note": "recommendation", "warning": "warning", "error": "error"}
_LONGEST = 1024  # characters of a description that GitHub takes
_MOST = 100  # related locations that GitHub shows


def render(report: Report, pages: Mapping[str, RulePage]) -> str:
    """Return the report as one run; ``pages`` are those of the rules, by code."""
    import json  # lazily: a check that prints text never needs it

    return json.dumps(document(report, pages), ensure_ascii=True, indent=1) + "\n"


def document(report: Report, pages: Mapping[str, RulePage]) -> dict[str, Any]:
    """Return the report as plain values."""
    codes = sorted(pages)
    pairs = zip(report.findings, ordinals(report.findings), strict=True)
    driver = {
        "name": "anonlint",
        "semanticVersion": __version__,
        "rules": [_rule(pages[code]) for code in codes],
    }
    run = {
        "tool": {"driver": driver},
        "automationDetails": {"id": "anonlint/"},
        "columnKind": "utf16CodeUnits",
        "originalUriBaseIds": {"%SRCROOT%": {"description": {"text": "The top of the tree."}}},
        "invocations": [_invocation(report)],
        "results": [_result(finding, at, codes, remedy_of(report, finding)) for finding, at in pairs],
    }
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def _rule(page: RulePage) -> dict[str, Any]:
    return {
        "id": page.code,
        "name": page.name,
        "shortDescription": {"text": page.summary[:_LONGEST]},
        "fullDescription": {"text": (page.lead or page.summary)[:_LONGEST]},
        "help": {"text": page.markdown, "markdown": page.markdown},
        "defaultConfiguration": {"level": page.severity},
        "properties": {
            "precision": page.confidence,
            "problem.severity": _KINDS[page.severity],
            "tags": ["correctness", "kernel", "memory-management"],
        },
    }


def _invocation(report: Report) -> dict[str, Any]:
    notes = [{"level": "error", "message": {"text": decodable(error)}} for error in report.errors]
    notes += [{"level": "note", "message": {"text": skip_line(skip)}} for skip in (*report.skipped, *report.alone)]
    invocation: dict[str, Any] = {"executionSuccessful": not report.errors}
    if notes:
        invocation["toolExecutionNotifications"] = notes
    return invocation


def _result(finding: Finding, at: int, codes: list[str], remedy: Remedy | None) -> dict[str, Any]:
    related = _related(finding)
    values: dict[str, Any] = {
        "ruleId": finding.code,
        "level": finding.severity.word,
        "message": {"text": _message(finding, related)},
        "locations": [_primary(finding)],
        "partialFingerprints": {"anonlintFinding/v1": f"{finding.fingerprint}:{at + 1}"},
    }
    if finding.code in codes:
        values["ruleIndex"] = codes.index(finding.code)
    if related:
        values["relatedLocations"] = related
    if finding.because:
        values["codeFlows"] = [_flow(finding)]
    if remedy is not None:
        values["fixes"] = [_fix(remedy)]
    values["properties"] = _properties(finding)
    return values


def _fix(remedy: Remedy) -> dict[str, Any]:
    at = remedy.at
    region = {
        "startLine": at.line,
        "startColumn": utf16(at.first, at.column),
        "endLine": at.end_line,
        "endColumn": utf16(at.last, at.end_column),
    }
    change = {"deletedRegion": region, "insertedContent": {"text": at.text}}
    artifact = {"artifactLocation": _artifact(remedy.finding.path), "replacements": [change]}
    return {"description": {"text": remedy.title}, "artifactChanges": [artifact]}


def _message(finding: Finding, related: list[dict[str, Any]]) -> str:
    """Return the text of an alert; each related location is linked from it."""
    lines = [f"{headline(finding)}."]
    lines += [f"[{_unlinked(item['message']['text'])}]({item['id']})." for item in related]
    lines += [f"Breaks: {finding.breaks}."] if finding.breaks else []
    lines += [f"Help: {finding.help}."] if finding.help else []
    return "\n".join(lines)


def _unlinked(text: str) -> str:
    return text.replace("\\", "\\\\").replace("[", "\\[").replace("]", "\\]")


def _primary(finding: Finding) -> dict[str, Any]:
    line = line_of(finding)
    location = _location(finding.path, line, finding.column, finding.end_column, finding.text)
    if line != finding.line:
        around = dict(finding.around)
        location = _location(finding.path, line, 1, len(around.get(line, "").encode()) + 1, around.get(line, ""))
    if finding.function:
        location["logicalLocations"] = [{"name": decodable(finding.function), "kind": "function"}]
    return location


def _location(path: str, line: int, column: int, end: int, text: str) -> dict[str, Any]:
    region: dict[str, Any] = {"startLine": line, "endLine": line}
    if text:
        region["startColumn"] = utf16(text, column)
        region["endColumn"] = max(utf16(text, end), region["startColumn"] + 1)
        region["snippet"] = {"text": decodable(text)}
    return {"physicalLocation": {"artifactLocation": _artifact(path), "region": region}}


def _artifact(path: str) -> dict[str, str]:
    from urllib.parse import quote

    raw = path.encode("utf-8", "surrogateescape")
    if path.startswith("/"):
        return {"uri": f"file://{quote(raw)}"}
    return {"uri": quote(raw).removeprefix("./"), "uriBaseId": "%SRCROOT%"}


def _place(item: Evidence) -> dict[str, Any]:
    location = _location(item.path, item.line, item.column, item.column + 1, item.text)
    return {**location, "message": {"text": decodable(item.message)}}


def _related(finding: Finding) -> list[dict[str, Any]]:
    places = [_place(item) for item in finding.evidence]
    if line_of(finding) != finding.line:
        found = _location(finding.path, finding.line, finding.column, finding.end_column, finding.text)
        places.insert(0, {**found, "message": {"text": "it was found here"}})
    return [{"id": at + 1, **place} for at, place in enumerate(places[:_MOST])]


def _flow(finding: Finding) -> dict[str, Any]:
    steps = [_place(item) for item in finding.because]
    end = _location(finding.path, finding.line, finding.column, finding.end_column, finding.text)
    steps.append({**end, "message": {"text": headline(finding)}})
    places = [{"location": step, "executionOrder": at + 1} for at, step in enumerate(steps)]
    return {"threadFlows": [{"locations": places}]}


def _properties(finding: Finding) -> dict[str, Any]:
    """Return what SARIF has no word for."""
    values = {
        "function": decodable(finding.function),
        "breaks": finding.breaks,
        "help": finding.help,
        "like": list(finding.like),
        "commit": decodable(finding.commit),
        "subject": decodable(finding.subject),
        "goneBy": decodable(finding.gone_by),
        "goneAt": finding.gone_at,
    }
    return {key: value for key, value in values.items() if value}
