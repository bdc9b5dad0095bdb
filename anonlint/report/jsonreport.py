"""The JSON report, schema 2: fixed key order, ASCII only, identical bytes for identical findings.

``schema/report-2.json`` beside this file says what it holds, as a document and as a stream of lines.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from anonlint.model.finding import Evidence, Finding, Table
from anonlint.model.report import Report
from anonlint.report.safe import decodable
from anonlint.report.tables import compared

SCHEMA = 2


def render(report: Report) -> str:
    """Return the report as one JSON document with a line end."""
    import json  # lazily: a check that prints text never needs it

    return json.dumps(document(report), ensure_ascii=True, indent=1) + "\n"


def render_lines(report: Report) -> str:
    """Return the report as one JSON object a line: ``type`` says of which list of the document it is an item."""
    import json

    return "".join(json.dumps(item, ensure_ascii=True) + "\n" for item in _lines(document(report)))


def render_tables(tables: Sequence[Table], legend: Sequence[tuple[str, str]]) -> str:
    """Return effect tables as one JSON document, with what their signs mean and whether they say the same."""
    import json

    said = [decodable(sentence) for sentence in compared(tables)]
    values = {"schema": SCHEMA, "tables": [_table(table) for table in tables], "legend": dict(legend), "compared": said}
    return json.dumps(values, ensure_ascii=True, indent=1) + "\n"


def _lines(values: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for key, kind in (("findings", "finding"), ("skipped", "skipped"), ("alone", "alone")):
        yield from ({"type": kind, **item} for item in values[key])
    yield from ({"type": "error", "message": error} for error in values["errors"])
    yield {"type": "summary", "schema": SCHEMA, "left_out": values["left_out"], "stats": values["stats"]}


def document(report: Report) -> dict[str, Any]:
    """Return the report as plain values, keys in the order of the schema."""
    stats = report.stats
    return {
        "schema": SCHEMA,
        "findings": [_finding(finding) for finding in report.findings],
        "skipped": [
            {
                "path": decodable(skip.path),
                "line": skip.line,
                "function": decodable(skip.function),
                "reason": decodable(skip.reason),
            }
            for skip in report.skipped
        ],
        "alone": [{"path": decodable(file.path), "reason": decodable(file.reason)} for file in report.alone],
        "left_out": {decodable(by): number for by, number in report.left_out},
        "errors": [decodable(error) for error in report.errors],
        "stats": {
            "files": stats.files,
            "functions": stats.functions,
            "analysed": stats.analysed,
            "seconds": stats.seconds,
        },
    }


def _finding(finding: Finding) -> dict[str, Any]:
    """Return one finding; ``anchor``, ``commit`` and ``subject`` are there only where the input has them."""
    values: dict[str, Any] = {
        "code": finding.code,
        "name": finding.name,
        "severity": finding.severity.word,
        "path": decodable(finding.path),
        "line": finding.line,
        "column": finding.column,
        "end_column": finding.end_column,
        "function": decodable(finding.function),
        "message": decodable(finding.message),
        "because": [_place(item) for item in finding.because],
        "evidence": [_place(item) for item in finding.evidence],
        "breaks": finding.breaks,
        "help": finding.help,
        "like": list(finding.like),
        "table": [_table(table) for table in finding.tables] or None,
        "fingerprint": finding.fingerprint,
    }
    if finding.anchor:
        values["anchor"] = finding.anchor
    if finding.commit:
        values["commit"] = decodable(finding.commit)
    if finding.subject:
        values["subject"] = decodable(finding.subject)
    if finding.gone_by:
        values["gone_by"] = decodable(finding.gone_by)
    if finding.gone_at:
        values["gone_at"] = finding.gone_at
    if finding.asked:
        values["asked"] = [
            {"input": decodable(words.input), "line": words.line, "text": decodable(words.text)}
            for words in finding.asked
        ]
    return values


def _place(item: Evidence) -> dict[str, Any]:
    return {
        "path": decodable(item.path),
        "line": item.line,
        "column": item.column,
        "message": decodable(item.message),
        "text": decodable(item.text),
    }


def _table(table: Table) -> dict[str, Any]:
    return {
        "function": decodable(table.function),
        "role": table.role,
        "path": decodable(table.path),
        "line": table.line,
        "columns": list(table.columns),
        "rows": [{"kind": row.kind, "cells": list(row.cells)} for row in table.rows],
    }
