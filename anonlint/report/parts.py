"""A finding's story in parts, for all formats that print text: what is said, where, under which word."""

from typing import NamedTuple

from anonlint.model.edit import Remedy
from anonlint.model.finding import Evidence, Finding, Table
from anonlint.model.report import Report
from anonlint.report import tables
from anonlint.report.safe import safe

MARKS = {"note": 1, "warning": 2, "error": 3}
_TABLES = 72  # columns that tables side by side may take


class Part(NamedTuple):
    """A paragraph behind its label ("because", "note", "breaks", "help" or "like"), and its place, if it has one."""

    label: str
    text: str
    item: Evidence | None = None


def parts(finding: Finding) -> list[Part]:
    """Return the story below the headline, in the order in which it is told."""
    told = [Part("because", safe(item.message), item) for item in finding.because]
    told += [Part("note", safe(item.message), item) for item in finding.evidence]
    rest = (("breaks", finding.breaks), ("help", finding.help), ("like", "; ".join(finding.like)))
    return told + [Part(label, safe(text)) for label, text in rest if text]


class Asked(NamedTuple):
    """What a reviewer has written about the lines of a finding, where, and what its tables answer to a question."""

    place: str
    text: str
    answers: tuple[str, ...]

    @property
    def said(self) -> str:
        """The words with their place, behind what they are."""
        return f'{"asked" if "?" in self.text else "said"} at {self.place}: "{self.text}"'


def asked(finding: Finding) -> list[Asked]:
    """Return what reviewers have written about the lines of a finding."""
    answers = tuple(map(safe, tables.compared(finding.tables))) if len(finding.tables) > 1 else ()
    return [
        Asked(f"{safe(words.input)}:{words.line}", safe(words.text), answers if "?" in words.text else ())
        for words in finding.asked
    ]


def place(item: Evidence) -> str:
    """Return "path:line"."""
    return f"{safe(item.path)}:{item.line}"


def plain(finding: Finding) -> str:
    """Return the story as lines of plain text, each under its label."""
    lines = []
    for part in parts(finding):
        where = f"{place(part.item)}: " if part.item is not None else ""
        lines.append(f"{part.label}: {where}{part.text}")
    text = "".join(f"{line}\n" for line in lines)
    if not finding.tables:
        return text
    from anonlint.report import grid  # rich: only who shows a table pays for it

    return f"{text}\n{grid.render(finding.tables, _TABLES)}"


def remedy_of(report: Report, finding: Finding) -> Remedy | None:
    """Return the replacement that mends a finding, where one is known."""
    return next((remedy for remedy in report.remedies if remedy.finding == finding), None)


def line_of(finding: Finding) -> int:
    """Return the line that a remark in a review stands on."""
    return finding.anchor or finding.line


def differing(shown: tuple[Table, ...]) -> list[frozenset[tuple[str, str]]]:
    """Return for each table the (kind, column) pairs whose cell differs from the other tables' cells."""
    return [tables.odd_cells(shown, at) for at in range(len(shown))]


def ordinals(findings: tuple[Finding, ...]) -> list[int]:
    """Return for each finding how many of its fingerprint came before it, so that equal ones can be told apart."""
    seen: dict[str, int] = {}
    found = []
    for finding in findings:
        found.append(seen.get(finding.fingerprint, 0))
        seen[finding.fingerprint] = found[-1] + 1
    return found
