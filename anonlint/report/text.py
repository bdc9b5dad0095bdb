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
    return named(finding.function, finding.message)


def named(function: str, message: str) -> str:
    """Return the headline of a finding of which no more is known."""
    function, message = safe(function), safe(message)
    words = "".join(c if c.isalnum() or c == "_" else " " for c in message).split()
    return message if not function or function in words else f"{function}(): {message}"


def source_of(finding: Finding) -> str:
    """Return "abbreviated commit: subject", as far as known, and which later patch mends what was found."""
    origin = ": ".join(part for part in (safe(finding.commit)[:12], safe(finding.subject)) if part)
    return "; ".join(part for part in (origin, mended(finding)) if part)


def mended(finding: Finding) -> str:
    """Return which later patch mends what was found, "" where none does, and what that means for a bisection."""
    if not finding.gone_by:
        return ""
    name = safe(finding.gone_by)
    patch = f"patch {finding.gone_at} ({name})" if finding.gone_at else name
    return f"mended by {patch}: a bisection that stops in between meets it"


def skip_line(skip: Skip) -> str:
    """Return one line that says what was not looked at."""
    what = f"{safe(skip.function)}(): " if skip.function else ""
    place = f"{safe(skip.path)}:{skip.line}" if skip.line else safe(skip.path)
    word = "" if skip.seen else "skipped: "
    return f"{place}: {word}{what}{safe(skip.reason)}"


def _line(finding: Finding, colour: bool) -> str:
    place = f"{safe(finding.path)}:{finding.line}:{finding.column}:"
    word = f"{finding.severity.word}:"
    if colour:
        place = f"{BOLD}{place}{RESET}"
        word = f"{BOLD}{COLOURS[finding.severity.word]}{word}{RESET}"
    origin = source_of(finding)
    tail = f" ({origin})" if origin else ""
    return f"{place} {word} {headline(finding)} [{finding.code} {finding.name}]{tail}"


def remarks(report: Report) -> list[str]:
    """Return a line for each place that was not judged, or judged on hunks alone."""
    alone = [f"{safe(file.path)}: judged on its hunks alone: {safe(file.reason)}" for file in report.alone]
    return alone + [skip_line(skip) for skip in report.skipped]


def summary(report: Report, *, listed: bool = False) -> str:
    """Return the one line of counts that ends a run: what was judged, what not, and what was taken away."""
    words = [_count(report.stats.files, "file"), _count(report.stats.analysed, "function") + " analysed"]
    severities = [finding.severity.word for finding in report.findings]
    found = [word for word in ("error", "warning", "note") if word in severities]
    words.append(", ".join(_count(severities.count(word), word) for word in found) or "nothing found")
    words += [f"{number} left out by {safe(by)}" for by, number in report.left_out]
    left = unjudged(report)
    if left and not listed:
        left = [", ".join(left) + " (-v lists them)"]
    return "; ".join(words + left)


def executed(report: Report) -> str:
    """Return how much of a file was executed for a report of it: all else was known."""
    return f"{_count(report.stats.executed, 'function')} executed of {report.stats.analysed} that matter"


def unjudged(report: Report) -> list[str]:
    """Return the counts of what was judged on hunks alone, of what was not judged, and of what went wrong."""
    counts = []
    alone = len({file.path for file in report.alone})
    if alone:
        counts.append(f"{_count(alone, 'file')} judged on hunks alone")
    skipped = sum(not skip.seen for skip in report.skipped)
    if skipped:
        counts.append(f"{skipped} skipped")
    if report.errors:
        counts.append(f"{len(report.errors)} not checked")
    return counts


def _count(number: int, word: str) -> str:
    return f"{number} {word}" if number == 1 else f"{number} {word}s"
