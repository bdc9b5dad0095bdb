"""``anonlint check``: run the rules over inputs and print what they found."""

import sys
from typing import TYPE_CHECKING

from anonlint.cli import formats, inputs, judge, output
from anonlint.cli.options import Parsed
from anonlint.errors import UsageError

if TYPE_CHECKING:
    from anonlint.cli.progress import Bar
    from anonlint.model.report import Report

LEAST = {"note": 1, "warning": 2, "error": 3, "never": 4}
FEW = 3  # skipped places are listed without being asked for


def run(parsed: Parsed) -> int:
    """Check, print the report and return the exit status."""
    if not (parsed.operands or parsed.all("git") or parsed.flag("staged") or parsed.flag("pushed")):
        raise UsageError("check: an INPUT, --git or --staged is needed (see anonlint check --help)")
    settings = inputs.settings(parsed)
    for remark in settings.remarks:
        output.complain(remark)
    wanted = formats.sinks(parsed, settings.format or "text")
    if any(sink.form == "html" for sink in wanted):
        formats.needs_jinja2()  # before the work, not behind it
    mends = parsed.flag("diff") or parsed.flag("fix")
    if mends:
        from anonlint.cli import fix

        fix.refuse(parsed)
        if parsed.flag("diff"):
            wanted = [sink for sink in wanted if sink.path]  # standard output takes the patch
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
        remarks(report, verbose=parsed.flag("verbose"), quiet=parsed.flag("quiet"))
        output.complain(f"{len(report.findings)} findings written to {parsed.last('write-baseline')}")
        return status(report, "never", strict=strict)
    report = judge.new(report, parsed.last("baseline") or settings.baseline, aloud=True)
    if mends:
        report = fix.run(report, parsed, settings)
    elif any(sink.form in formats.TELL_FIXES for sink in wanted):
        from anonlint.cli import fix

        report = fix.remedies(report, parsed, settings) if fix.has_files(parsed) else report
    formats.write(report, wanted, parsed.last("color"))
    if parsed.flag("statistics"):
        output.say(_statistics(report))
    mark = "anonlint: " if any(sink.form == "github" for sink in wanted) else ""
    remarks(report, verbose=parsed.flag("verbose"), quiet=parsed.flag("quiet"), mark=mark)
    forms = [sink.form for sink in wanted if not sink.path]
    if report.findings and sys.stdout.isatty() and forms in (["text"], ["full"]):
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
    return 1 if any(finding.severity >= LEAST[level] for finding in report.findings) else 0


def remarks(report: "Report", *, verbose: bool, quiet: bool, mark: str = "") -> None:
    """Say on stderr what went wrong, what was not looked at, and what was; ``quiet``: only what went wrong.

    ``mark`` is put before each line, so that no path in it is taken for a command by whoever reads the log.
    """
    for error in report.errors:
        output.complain(error)
    if quiet or (report.errors and not report.stats.files and not report.skipped):
        return  # nothing was looked at, and why was said
    from anonlint.report import text

    lines = text.remarks(report)
    listed = verbose or len(lines) <= FEW
    if listed:
        output.say("".join(f"{mark}{line}\n" for line in lines))
    output.complain(text.summary(report, listed=listed))
