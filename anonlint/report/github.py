"""GitHub's workflow commands, a line for each finding; ``@actions/core`` says how their data are escaped.

GitHub shows the first ten errors, warnings and notices of a step: the worst come first, and what is more is said.
"""

from anonlint.model.finding import Finding
from anonlint.model.report import Report
from anonlint.report.columns import utf16
from anonlint.report.parts import line_of, plain
from anonlint.report.safe import safe
from anonlint.report.text import headline, source_of

_COMMANDS = {"note": "notice", "warning": "warning", "error": "error"}
SHOWN = 10  # annotations of a kind that GitHub shows for a step
_LONGEST = 4096  # characters of a message: an annotation holds 64 KB, but nobody reads that much beside a line


def render(report: Report) -> str:
    """Return the annotations, the worst first."""
    findings = sorted(report.findings, key=lambda finding: -finding.severity)
    lines = [_annotation(finding) for finding in findings if finding.severity.word != "note"]
    notes = [_annotation(finding) for finding in findings if finding.severity.word == "note"]
    words = [finding.severity.word for finding in findings]
    hidden = sum(max(words.count(word) - SHOWN, 0) for word in _COMMANDS)
    if hidden:
        more = f"{hidden} more than GitHub shows here: see the summary of this job, or its log"
        lines.append(command("notice", {"title": "anonlint"}, more))
    return "".join(line + "\n" for line in (*lines, *notes))


def command(name: str, values: dict[str, str], message: str) -> str:
    """Return one workflow command."""
    properties = ",".join(f"{key}={_property(value)}" for key, value in values.items())
    return f"::{name} {properties}::{data(message)}"


def data(text: str) -> str:
    """Return a message as the data of a command; ``##[`` would start one of the older kind."""
    escaped = text.encode("utf-8", "backslashreplace").decode().replace("%", "%25")
    return escaped.replace("\r", "%0D").replace("\n", "%0A").replace("##[", "## [")


def _property(text: str) -> str:
    return data(text).replace(":", "%3A").replace(",", "%2C")


def _annotation(finding: Finding) -> str:
    line = line_of(finding)
    values = {"file": safe(finding.path), "line": str(line), "endLine": str(line)}
    if line == finding.line:
        values["col"] = str(utf16(finding.text, finding.column))
        values["endColumn"] = str(utf16(finding.text, finding.end_column))
    values["title"] = f"{finding.code} {finding.name}"
    origin = source_of(finding)
    text = headline(finding) + (f" ({origin})" if origin else "") + "\n" + plain(finding)
    return command(_COMMANDS[finding.severity.word], values, text.rstrip()[:_LONGEST])
