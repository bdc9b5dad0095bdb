"""``anonlint check``: run the rules over inputs and print what they found."""

import os
import sys
from typing import TYPE_CHECKING

from anonlint.cli import inputs, output, terminal
from anonlint.cli.options import Parsed
from anonlint.errors import UsageError
from anonlint.policy import settings as policy

if TYPE_CHECKING:
    from collections.abc import Callable

    from anonlint.model.report import Report

FEW = 3  # skipped places are listed without being asked for


def run(parsed: Parsed) -> int:
    """Check, print the report and return the exit status."""
    if not (parsed.operands or parsed.all("git") or parsed.flag("staged") or parsed.flag("pushed")):
        raise UsageError("check: an INPUT, --git or --staged is needed (see anonlint check --help)")
    settings = policy.load(os.getcwd())
    from anonlint import runner

    asked = inputs.options(parsed, settings, parsed.operands)
    if parsed.flag("timings"):
        report, shares = runner.timed(asked, lambda: sys.stdin.buffer)
        sys.stderr.write(_timings(shares, report.stats.seconds))
    else:
        report = runner.check(asked, lambda: sys.stdin.buffer, _progress())
        report = report._replace(stats=report.stats._replace(seconds=0.0))
    if settings.places:
        report = _placed(report, settings)
    if parsed.last("write-baseline"):
        from anonlint.policy import baseline

        output.write(baseline.render(report.findings), parsed.last("write-baseline"))
        output.complain(f"{len(report.findings)} findings written to {parsed.last('write-baseline')}")
        return 2 if report.errors else 0
    report = _new(report, parsed.last("baseline") or settings.baseline)
    output.write(_rendered(report, parsed, settings), parsed.last("output"))
    if parsed.flag("statistics"):
        sys.stderr.write(_statistics(report))
    _remarks(report, parsed.flag("verbose"))
    if report.findings and sys.stdout.isatty() and _form(parsed, settings) in ("text", "full"):
        codes = sorted({finding.code for finding in report.findings})
        output.complain(f"why, and what is sound: anonlint explain {' '.join(codes)}")
    return status(report, parsed.last("fail-level") or settings.fail_level or "warning")


def _progress() -> "Callable[[int], None] | None":
    """Return what shows how many files were read, on a terminal and once it takes long."""
    if not sys.stderr.isatty():
        return None
    import time

    start = time.monotonic()

    def show(files: int) -> None:
        if files % 64 == 0 and time.monotonic() - start > 1:
            sys.stderr.write(f"\r\x1b[Kanonlint: {files} files ...\r")

    return show


def _timings(shares: dict[str, float], seconds: float) -> str:
    """Return a line for each rule, the slowest first: seconds, share of the run, code."""
    rows = sorted(shares.items(), key=lambda item: (-item[1], item[0]))
    rest = max(seconds - sum(shares.values()), 0.0)
    lines = [
        f"{took:9.3f}  {100 * took / (seconds or 1):5.1f}%  {what}\n" for what, took in [*rows, ("all else", rest)]
    ]
    return f"{seconds:9.3f}  100.0%  in all, in one process\n" + "".join(lines)


def _placed(report: "Report", settings: policy.Settings) -> "Report":
    """Return the report without what does not count where it is."""
    from anonlint import registry
    from anonlint.policy.places import counts
    from anonlint.policy.select import choose

    for place in settings.places:
        choose(registry.rules(), place.selections)  # an unknown rule is an error
    kept = [f for f in report.findings if counts(f.path, f.code, f.name, settings.places)]
    return report._replace(findings=tuple(kept))


def _new(report: "Report", path: str) -> "Report":
    """Return the report without what the baseline holds; say how much of that is gone."""
    if not path:
        return report
    from anonlint.policy import baseline

    fresh, gone = baseline.new(report.findings, baseline.read(path))
    if gone:
        output.complain(f"{path}: {gone} of its findings are gone: write it anew (--write-baseline)")
    return report._replace(findings=tuple(fresh))


def _statistics(report: "Report") -> str:
    """Return a line for each rule that found something: how often, code, name."""
    counts: dict[tuple[str, str], int] = {}
    for finding in report.findings:
        counts[finding.code, finding.name] = counts.get((finding.code, finding.name), 0) + 1
    return "".join(f"{n:6}  {code} {name}\n" for (code, name), n in sorted(counts.items()))


def status(report: "Report", level: str) -> int:
    """Return 2 if something went wrong, 1 if a finding is at or above ``level``, else 0."""
    if report.errors:
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


def _remarks(report: "Report", verbose: bool) -> None:
    """Say on stderr what went wrong and what was not looked at; nothing where all went well in a pipe."""
    for error in report.errors:
        output.complain(error)
    listed = verbose or len(report.skipped) <= FEW
    if listed and report.skipped:
        from anonlint.report.text import skip_line

        for skip in report.skipped:
            sys.stderr.write(skip_line(skip) + "\n")
    if report.skipped or verbose or sys.stdout.isatty():
        from anonlint.report.text import summary

        output.complain(summary(report, listed))
