"""The plain report: exactly one line per finding, in the form of gcc's messages, for pipes and editors."""

from anonlint.model.finding import Finding
from anonlint.model.report import Report
from anonlint.model.snapshot import Skip
from anonlint.report.safe import safe

COLOURS = {"note": "\x1b[36m", "warning": "\x1b[35m", "error": "\x1b[31m"}
BOLD, RESET = "\x1b[1m", "\x1b[0m"


def render(report: Report, colour: bool = False) -> str:
    """Return a line for each finding, or "" if there is none."""
    return "".join(_line(finding, colour) + "\n" for finding in report.findings)


def headline(finding: Finding) -> str:
    """Return "function(): message", the function only where the message does not name it itself."""
    message = safe(finding.message)
    function = safe(finding.function)
    words = "".join(c if c.isalnum() or c == "_" else " " for c in message).split()
    return message if not function or function in words else f"{function}(): {message}"


def source_of(finding: Finding) -> str:
    """Return "abbreviated commit: subject", as far as known, and which later patch takes the finding away."""
    origin = ": ".join(part for part in (safe(finding.commit)[:12], safe(finding.subject)) if part)
    gone = f"gone by: {safe(finding.gone_by)}" if finding.gone_by else ""
    return "; ".join(part for part in (origin, gone) if part)


def skip_line(skip: Skip) -> str:
    """Return one line that says what was not looked at."""
    what = f"{safe(skip.function)}(): " if skip.function else ""
    place = f"{safe(skip.path)}:{skip.line}" if skip.line else safe(skip.path)
    return f"{place}: skipped: {what}{safe(skip.reason)}"


def _line(finding: Finding, colour: bool) -> str:
    place = f"{safe(finding.path)}:{finding.line}:{finding.column}:"
    word = f"{finding.severity.word}:"
    if colour:
        place = f"{BOLD}{place}{RESET}"
        word = f"{BOLD}{COLOURS[finding.severity.word]}{word}{RESET}"
    origin = source_of(finding)
    tail = f" ({origin})" if origin else ""
    return f"{place} {word} {headline(finding)} [{finding.code} {finding.name}]{tail}"


def summary(report: Report, listed: bool = False) -> str:
    """Return one line of counts; what was skipped is never left out."""
    words = [_count(report.stats.files, "file"), _count(report.stats.analysed, "function") + " analysed"]
    severities = [finding.severity.word for finding in report.findings]
    found = [word for word in ("error", "warning", "note") if word in severities]
    words.append(", ".join(_count(severities.count(word), word) for word in found) or "nothing found")
    if report.skipped:
        words.append(f"{len(report.skipped)} skipped" + ("" if listed else " (-v lists them)"))
    return "; ".join(words)


def _count(number: int, word: str) -> str:
    return f"{number} {word}" if number == 1 else f"{number} {word}s"
