"""The layout of the kernel test robot's mails: what is new is marked, and the lines around it follow.

The robot compares messages, so that they hold no line numbers; its ``vim`` line names the function.
"""

from anonlint.model.finding import Finding
from anonlint.model.report import Report
from anonlint.report.parts import plain
from anonlint.report.safe import safe, safe_code
from anonlint.report.text import headline


def render(report: Report) -> str:
    """Return the warnings, and below them the code of each."""
    if not report.findings:
        return ""
    lines = ["anonlint warnings: (new ones prefixed by >>)", *(_warning(finding) for finding in report.findings)]
    for finding in report.findings:
        lines += ["", *_code(finding)]
    return "\n".join(lines) + "\n"


def _warning(finding: Finding) -> str:
    mark = ">>" if finding.anchor else "  "  # only what a patch brings is known to be new
    place = f"{safe(finding.path)}:{finding.line}:{finding.column}"
    return f"{mark} {place}: anonlint: {finding.severity.word}: {headline(finding)} [{finding.code}]"


def _code(finding: Finding) -> list[str]:
    symbol = f"+/{safe(finding.function)} " if finding.function else ""
    lines = [f"vim {symbol}+{finding.line} {safe(finding.path)}", ""]
    last = 0
    for number, text in finding.around or ((finding.line, finding.text),):
        lines += [""] if last and number != last + 1 else []
        mark = ">" if number == finding.line else " "
        lines.append(f"{mark} {number:>5}\t{safe_code(text)}".rstrip())
        last = number
    told = [f"  {line}".rstrip() for line in plain(finding).splitlines()]
    return [*lines, "", *told] if told else lines
