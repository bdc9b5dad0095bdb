"""The report as checkpatch.pl prints it; scripts/checkpatch.pl, report() and process(), is the model."""

from typing import NamedTuple

from anonlint.model.finding import Finding
from anonlint.report.safe import safe
from anonlint.report.text import headline

LEVELS = {"error": "ERROR", "warning": "WARNING", "note": "CHECK"}
_COLOURS = {"ERROR": "\x1b[31m", "WARNING": "\x1b[33m", "CHECK": "\x1b[32m"}
_BLUE, _RESET = "\x1b[34m", "\x1b[0m"


class Style(NamedTuple):
    """The options that shape the output."""

    emacs: bool = False
    terse: bool = False
    showfile: bool = False
    show_types: bool = False
    colour: bool = False
    strict: bool = False
    as_file: bool = False


class Where(NamedTuple):
    """A line of the input: its number (0 if it was not found there), its text, and the line before it."""

    row: int = 0
    text: str = ""
    before: str = ""


def type_of(name: str) -> str:
    """Return checkpatch's spelling of a rule's name."""
    return name.upper().replace("-", "_")


def block(finding: Finding, name: str, where: Where, style: Style, explanation: str = "") -> str:
    """Return the report of one finding in the input ``name``."""
    level = LEVELS[finding.severity.word]
    first = _first(finding, level, name, where, style)
    if style.terse:
        return first + "\n"
    lines = [first]
    if where.row:
        if not style.showfile:
            lines.append(f"#{where.row}: FILE: {safe(finding.path)}:{finding.line}:")
        lines += ["\t".join(map(safe, text.split("\t"))) for text in (where.before, where.text) if text]
    return "\n".join(lines) + "\n\n" + (f"{explanation}\n\n" if explanation else "")


def _first(finding: Finding, level: str, name: str, where: Where, style: Style) -> str:
    prefix = ""
    if style.showfile:
        prefix = f"{safe(finding.path)}:{finding.line}: "
    elif style.emacs or style.terse:
        row = finding.line if style.as_file else where.row
        prefix = f"{safe(finding.path if style.as_file else name)}:{row}: "
    kind = f"{type_of(finding.name)}:" if style.show_types else ""
    if not style.colour:
        return f"{prefix}{level}:{kind} {headline(finding)}"
    kind = f"{_BLUE}{kind}" if kind else ""
    return f"{_COLOURS[level]}{prefix}{level}:{kind}{_RESET} {headline(finding)}"


def total(findings: list[Finding], lines: int, style: Style, name: str = "") -> str:
    """Return the summary line; ``name`` is put before it where --summary-file asks for that."""
    counts = {word: sum(f.severity.word == word for f in findings) for word in LEVELS}
    checks = f"{counts['note']} checks, " if style.strict else ""
    head = f"{name} " if name else ""
    return f"{head}total: {counts['error']} errors, {counts['warning']} warnings, {checks}{lines} lines checked\n"
