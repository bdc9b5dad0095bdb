"""``anonlint diff``: print what a patch changes in effect."""

import os
import sys
from typing import TYPE_CHECKING

from anonlint.cli import inputs, output, streams, terminal
from anonlint.cli.options import Parsed
from anonlint.errors import UsageError

if TYPE_CHECKING:
    from anonlint.model.change import ChangeReport

_UNLIMITED = 10_000
_FEW = 3


def run(parsed: Parsed) -> int:
    """Compare, print the report and return the exit status."""
    if not (parsed.operands or parsed.all("git") or parsed.flag("staged")):
        raise UsageError("diff: an INPUT, --git or --staged is needed (see anonlint diff --help)")
    from anonlint.intake.twins import are_twins
    from anonlint.run import compare

    options = inputs.options(parsed, inputs.settings(), parsed.operands)
    report = compare.compare(options, streams.stdin, two=are_twins(parsed.operands))
    output.write(_rendered(report, parsed), parsed.last("output"))
    _remarks(report, parsed)
    if report.errors:
        return 2
    return int(parsed.flag("exit-code") and any(change.verdict != "same" for change in report.changes))


def _rendered(report: "ChangeReport", parsed: Parsed) -> str:
    """Return the report in the format asked for; only that format's module is imported."""
    form = parsed.last("format", "text")
    if form == "json":
        from anonlint.report import diffjson

        return diffjson.render(report)
    if form in ("markdown", "html"):
        from anonlint.report import diffpages

        return diffpages.markdown(report) if form == "markdown" else diffpages.html(report)
    from anonlint.report import difftext

    is_terminal = sys.stdout.isatty() and not parsed.last("output")
    # In a pipe nothing is wrapped for a screen that is not there, unless COLUMNS asks for it.
    wrapped = is_terminal or form == "full" or "COLUMNS" in os.environ
    width = terminal.width(os.environ, sys.stdout) if wrapped else _UNLIMITED
    colour = terminal.wants_colour(parsed.last("color", "auto"), os.environ, is_terminal)
    return difftext.render(report, width, full=form == "full", colour=colour)


def _remarks(report: "ChangeReport", parsed: Parsed) -> None:
    """Say on stderr what went wrong, what was not compared as a whole, and how much was."""
    for error in report.errors:
        output.complain(error)
    if parsed.flag("quiet"):
        return
    from anonlint.report.difftext import counts
    from anonlint.report.safe import safe
    from anonlint.report.text import skip_line

    lines = [f"{safe(file.path)}: compared on its hunks alone: {safe(file.reason)}" for file in report.alone]
    lines += [skip_line(skip) for skip in report.skipped]
    if parsed.flag("verbose") or len(lines) <= _FEW:
        output.say("".join(line + "\n" for line in lines))
    output.complain(counts(report))
