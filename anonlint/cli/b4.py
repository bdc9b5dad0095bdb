"""``anonlint b4``: one mail on stdin, the answer in the form that b4 takes for its checks.

b4 counts every line on stderr as a failure and every line on stdout as a warning, so that nothing is said
where there is nothing to report: no summary, no list of what was skipped.
"""

import sys
from typing import TYPE_CHECKING

from anonlint.cli import check, inputs, judge, output
from anonlint.cli.options import Parsed
from anonlint.errors import UsageError

if TYPE_CHECKING:
    from anonlint.model.finding import Finding
    from anonlint.model.report import Report

_WORDS = {"error": "ERROR", "warning": "WARNING", "note": "CHECK"}  # checkpatch's; b4 looks for "ERROR:"
_LEVELS = ("note", "warning", "error")
_WIDTH = 100


def run(parsed: Parsed) -> int:
    """Check one mail, answer, and return the exit status of a check."""
    if sys.stdin.isatty():
        raise UsageError("b4: reads a mail on stdin; to check by hand: anonlint check FILE")
    settings = inputs.settings(parsed)
    level = parsed.last("fail-level") or settings.fail_level or "warning"
    report = judge.new(judge.judge(parsed, settings, ("-",)), settings.baseline, aloud=False)
    unseen = settings.strict and report.unseen
    shown = report._replace(findings=tuple(f for f in report.findings if _counts(f, level)))
    if parsed.last("format") == "json":
        output.write(_json(shown, unseen=unseen))
    else:
        output.write("".join(_line(finding) for finding in shown.findings))
        for error in report.errors:
            output.complain(error)
    return 2 if unseen else check.status(report, level)


def _counts(finding: "Finding", level: str) -> bool:
    return level in _LEVELS and _LEVELS.index(finding.severity.word) >= _LEVELS.index(level)


def _line(finding: "Finding") -> str:
    from anonlint.report.safe import safe
    from anonlint.report.text import headline

    place = f"{safe(finding.path)}:{finding.line}"
    return f"{place}: {_WORDS[finding.severity.word]}: {headline(finding)} [{finding.code} {finding.name}]\n"


def _json(report: "Report", *, unseen: bool) -> str:
    """Return what ``b4 review`` reads: a list with one result, or none where nothing was looked at."""
    import json

    from anonlint.report.full import render
    from anonlint.report.safe import safe
    from anonlint.report.text import summary

    words = {finding.severity.word for finding in report.findings}
    if not (words or report.errors or report.stats.analysed or unseen):
        return "[]\n"
    result = {
        "tool": "anonlint",
        "status": "fail" if report.errors or unseen or "error" in words else "warn" if words else "pass",
        "summary": "; ".join([safe(error) for error in report.errors] or [summary(report, listed=True)]),
        "details": render(report, _WIDTH, False) if words else "",
    }
    return json.dumps([result], ensure_ascii=True) + "\n"
