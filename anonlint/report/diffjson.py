"""What a patch changes in effect, as JSON: fixed key order, ASCII only, identical bytes for identical input."""

from typing import Any

from anonlint.model.change import ChangedRow, ChangeReport, FunctionChange
from anonlint.model.finding import Words
from anonlint.report.safe import decodable

SCHEMA = 1


def render(report: ChangeReport) -> str:
    """Return the report as one JSON document with a line end."""
    import json  # lazily: a run that prints text never needs it

    return json.dumps(document(report), ensure_ascii=True, indent=1) + "\n"


def document(report: ChangeReport) -> dict[str, Any]:
    """Return the report as plain values."""
    return {
        "schema": SCHEMA,
        "changes": [_change(change) for change in report.changes],
        "together": [_change(change) for change in report.together],
        "answers": [
            {"asked": _words(answer.words), "answers": [decodable(s) for s in answer.sentences]}
            for answer in report.answers
        ],
        "alone": [{"path": decodable(file.path), "reason": decodable(file.reason)} for file in report.alone],
        "skipped": [
            {
                "path": decodable(s.path),
                "line": s.line,
                "function": decodable(s.function),
                "reason": decodable(s.reason),
            }
            for s in report.skipped
        ],
        "errors": [decodable(error) for error in report.errors],
    }


def _change(change: FunctionChange) -> dict[str, Any]:
    return {
        "path": decodable(change.path),
        "line": change.line,
        "function": decodable(change.name),
        "before": decodable(change.old or change.name),
        "verdict": change.verdict,
        "because_of": decodable(change.because),
        "handed": change.handed,
        "rows": [_row(row) for row in change.rows],
        "not_compared": [decodable(gap) for gap in change.gaps],
        "rests_on": decodable(change.basis),
        "commit": decodable(change.commit),
        "subject": decodable(change.subject),
        "patches": list(change.patches) or [change.patch],
        "asked": [_words(words) for words in change.words],
    }


def _row(row: ChangedRow) -> dict[str, Any]:
    return {
        "mark": row.mark,
        "sort": row.sort,
        "entry": decodable(row.entry),
        "of": decodable(row.text),
        "line": row.line,
        "states": [
            {"states": cell.states, "before": decodable(cell.before), "after": decodable(cell.after)}
            for cell in row.cells
        ],
    }


def _words(words: Words) -> dict[str, Any]:
    return {"input": decodable(words.input), "line": words.line, "text": decodable(words.text)}
