"""GitLab's Code Quality report. Fingerprints hold no line numbers and are all different, or GitLab merges findings."""

from typing import Any

from anonlint.model.edit import Remedy
from anonlint.model.finding import Finding
from anonlint.model.report import Report
from anonlint.report.parts import line_of, ordinals, plain, remedy_of
from anonlint.report.safe import decodable
from anonlint.report.text import headline

_LEVELS = {"note": "info", "warning": "major", "error": "critical"}


def render(report: Report) -> str:
    """Return the report as a JSON array."""
    import json  # lazily: a check that prints text never needs it

    pairs = zip(report.findings, ordinals(report.findings), strict=True)
    issues = [_issue(finding, at, remedy_of(report, finding)) for finding, at in pairs]
    return json.dumps(issues, ensure_ascii=True, indent=1) + "\n"


def _issue(finding: Finding, at: int, remedy: Remedy | None) -> dict[str, Any]:
    mended = f"mended by: {remedy.title} (anonlint check --fix {finding.path})\n" if remedy is not None else ""
    return {
        "description": f"{headline(finding)} [{finding.code}]",
        "check_name": f"{finding.code} {finding.name}",
        "fingerprint": f"{finding.fingerprint}-{at}" if at else finding.fingerprint,
        "severity": _LEVELS[finding.severity.word],
        "location": {"path": decodable(finding.path), "lines": {"begin": line_of(finding)}},
        "content": {"body": decodable(plain(finding) + mended)},
    }
