"""Markdown: a comment on a pull request, a step summary, or the notes of a review."""

import re
from collections.abc import Sequence

from anonlint.model.finding import Finding, Table
from anonlint.model.report import Report
from anonlint.report.parts import Part, asked, differing, parts, place
from anonlint.report.safe import safe, safe_code
from anonlint.report.tables import compared
from anonlint.report.text import headline, remarks, source_of, summary

_SPECIAL = re.compile(r"[\\`*\[\]<>#|~]|(?<![^\W_])_|_(?![^\W_])")  # within a word "_" is no markup


def render(report: Report) -> str:
    """Return the report: a line of counts, a section for each finding, and what was not judged."""
    blocks = [f"**anonlint:** {escaped(summary(report, listed=True))}"]
    blocks += [f"**not checked:** {escaped(safe(error))}" for error in report.errors]
    blocks += [_finding(finding) for finding in report.findings]
    left = remarks(report)
    if left:
        lines = "\n".join(f"- {escaped(line)}" for line in left)
        blocks.append(f"<details><summary>Not judged as a whole</summary>\n\n{lines}\n\n</details>")
    return "\n\n".join(blocks) + "\n"


def escaped(text: str) -> str:
    """Return a text in which nothing is markup."""
    return _SPECIAL.sub(r"\\\g<0>", text)


def table(shown: Sequence[Table], legend: Sequence[tuple[str, str]] = ()) -> str:
    """Return effect tables one below the other, what differs between them in bold.

    With a ``legend`` they stand alone: then it is said what their signs mean, and whether they say the same.
    """
    blocks = [_table(item, odd) for item, odd in zip(shown, differing(tuple(shown)), strict=True)]
    if legend:
        blocks.append("\n".join(f"- {_code(sign)}: {escaped(meaning)}" for sign, meaning in legend))
        blocks += [escaped(safe(said)) for said in compared(shown)]
    return "\n\n".join(blocks) + "\n"


def _finding(finding: Finding) -> str:
    where = f"{safe(finding.path)}:{finding.line}:{finding.column}"
    head = f"### {finding.severity.word} {finding.code} {escaped(finding.name)}"
    blocks = [head, f"{_code(where)} {escaped(headline(finding))}"]
    origin = source_of(finding)
    if origin:
        blocks.append(f"from {escaped(origin)}")
    for words in asked(finding):
        blocks.append(f"> {escaped(words.said)}")
        blocks += [f"Answered by the table: {escaped(answer)}" for answer in words.answers]
    if finding.text.strip():
        blocks.append(_excerpt(finding))
    lines = [_part(part) for part in parts(finding)]
    if lines:
        blocks.append("\n".join(lines))
    if finding.tables:
        blocks.append(table(finding.tables).rstrip("\n"))
    return "\n\n".join(blocks)


def _excerpt(finding: Finding) -> str:
    lines = finding.around or ((finding.line, finding.text),)
    width = len(str(lines[-1][0]))
    shown, last = [], 0
    for number, text in lines:
        shown += ["..."] if last and number != last + 1 else []
        mark = ">" if number == finding.line else " "
        shown.append(f"{mark} {number:>{width}}  {safe_code(text)}".rstrip())
        last = number
    fence = "```"
    while any(fence in line for line in shown):
        fence += "`"
    return "\n".join([f"{fence}c", *shown, fence])


def _part(part: Part) -> str:
    where = f"{_code(place(part.item))}: " if part.item is not None else ""
    return f"- **{part.label}:** {where}{escaped(part.text)}"


def _code(text: str) -> str:
    fence = "`"
    while fence in text:
        fence += "`"
    pad = " " if "`" in text else ""
    return f"{fence}{pad}{text}{pad}{fence}"


def _table(item: Table, odd: frozenset[tuple[str, str]]) -> str:
    role = f" ({escaped(safe(item.role))})" if item.role else ""
    lines = [f"{_code(safe(item.function))}{role}, {_code(f'{safe(item.path)}:{item.line}')}", ""]
    lines.append("| entry | " + " | ".join(escaped(safe(column)) for column in item.columns) + " |")
    lines.append("|---" * (len(item.columns) + 1) + "|")
    for row in item.rows:
        cells = zip(item.columns, row.cells, strict=False)
        shown = [_cell(cell, (row.kind, column) in odd) for column, cell in cells]
        lines.append(f"| {escaped(safe(row.kind))} | " + " | ".join(shown) + " |")
    return "\n".join(lines)


def _cell(text: str, is_odd: bool) -> str:
    return f"**{escaped(safe(text))}**" if is_odd else escaped(safe(text))
