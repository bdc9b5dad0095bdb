"""``anonlint check``: run the rules over inputs and print what they found."""

import os
import sys
from typing import TYPE_CHECKING

from anonlint.cli import inputs, judge, output, terminal
from anonlint.cli.options import Parsed
from anonlint.errors import UsageError
from anonlint.policy import settings as policy

if TYPE_CHECKING:
    from anonlint.cli.progress import Bar
    from anonlint.model.report import Report

FEW = 3  # skipped places are listed without being asked for


def run(parsed: Parsed) -> int:
    """Check, print the report and return the exit status."""
    if not (parsed.operands or parsed.all("git") or parsed.flag("staged") or parsed.flag("pushed")):
        raise UsageError("check: an INPUT, --git or --staged is needed (see anonlint check --help)")
    settings = inputs.settings(parsed)
    for remark in settings.remarks:
        output.complain(remark)
    shown = _bar()
    try:
        report = judge.judge(parsed, settings, parsed.operands, shown)
    finally:
        if shown is not None:
            shown.close()
    strict = parsed.flag("strict") or settings.strict
    if parsed.last("write-baseline"):
        from anonlint.policy import baseline
        from anonlint.report.safe import safe

        output.write(baseline.render(report.findings, safe), parsed.last("write-baseline"))
        _remarks(report, verbose=parsed.flag("verbose"), quiet=parsed.flag("quiet"))
        output.complain(f"{len(report.findings)} findings written to {parsed.last('write-baseline')}")
        return status(report, "never", strict=strict)
    report = judge.new(report, parsed.last("baseline") or settings.baseline, aloud=True)
    output.write(_rendered(report, parsed, settings), parsed.last("output"))
    if parsed.flag("statistics"):
        output.say(_statistics(report))
    _remarks(report, verbose=parsed.flag("verbose"), quiet=parsed.flag("quiet"))
    if report.findings and sys.stdout.isatty() and _form(parsed, settings) in ("text", "full"):
        codes = sorted({finding.code for finding in report.findings})
        output.complain(f"why, and what is sound: anonlint explain {' '.join(codes)}")
    level = parsed.last("fail-level") or settings.fail_level or "warning"
    return status(report, level, strict=strict)


def _bar() -> "Bar | None":
    """Return what shows how far a run is, None where nobody looks."""
    if not sys.stderr.isatty():
        return None
    from anonlint.cli.progress import Bar

    return Bar()


def _statistics(report: "Report") -> str:
    """Return a line for each rule that found something: how often, code, name."""
    counts: dict[tuple[str, str], int] = {}
    for finding in report.findings:
        counts[finding.code, finding.name] = counts.get((finding.code, finding.name), 0) + 1
    return "".join(f"{n:6}  {code} {name}\n" for (code, name), n in sorted(counts.items()))


def status(report: "Report", level: str, *, strict: bool = False) -> int:
    """Return 2 if something went wrong, 1 if a finding is at or above ``level``, else 0.

    With ``strict``, what was not judged, or not as a whole, went wrong, too.
    """
    if report.errors or (strict and report.unseen):
        return 2
    least = {"note": 1, "warning": 2, "error": 3, "never": 4}[level]
    return 1 if any(finding.severity >= least for finding in report.findings) else 0


def _form(parsed: Parsed, settings: policy.Settings) -> str:
    return parsed.last("format") or settings.format or "text"


def _rendered(report: "Report", parsed: Parsed, settings: policy.Settings) -> str:
    """Return the report in the format asked for; only that format's module is imported."""
    form = _form(parsed, settings)
    if form == "json":
        from anonlint.report import jsonreport

        return jsonreport.render(report)
    if not report.findings:
        return ""
    is_terminal = sys.stdout.isatty() and not parsed.last("output")
    choice = parsed.last("color", "never" if form == "gcc" else "auto")
    colour = terminal.wants_colour(choice, os.environ, is_terminal)
    if form == "full" or (form == "text" and is_terminal and os.environ.get("TERM", "") not in ("", "dumb")):
        from anonlint.report import full

        return full.render(report, terminal.width(os.environ, sys.stdout), colour)
    from anonlint.report import text

    return text.render(report, colour)


def _remarks(report: "Report", *, verbose: bool, quiet: bool) -> None:
    """Say on stderr what went wrong, what was not looked at, and what was; ``quiet``: only what went wrong."""
    for error in report.errors:
        output.complain(error)
    if quiet or (report.errors and not report.stats.files and not report.skipped):
        return  # nothing was looked at, and why was said
    from anonlint.report.text import remarks, summary

    lines = remarks(report)
    listed = verbose or len(lines) <= FEW
    if listed:
        output.say("".join(line + "\n" for line in lines))
    output.complain(summary(report, listed=listed))
