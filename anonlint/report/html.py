"""One page to read: everything in one file, nothing from the network; made with jinja2 (the extra ``html``).

The templates, the style and the script stand in ``page/``. All text is escaped by jinja2 and made printable here.
"""

import os
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from anonlint import __version__
from anonlint.model.finding import Evidence, Finding, Table
from anonlint.model.page import RulePage
from anonlint.model.report import Report
from anonlint.report.parts import Asked, asked, differing
from anonlint.report.safe import safe
from anonlint.report.tables import compared
from anonlint.report.text import headline, remarks, source_of, summary

_FOLDER = os.path.join(os.path.dirname(__file__), "page")


class Row(NamedTuple):
    """A source line: text before, in and behind the mark, and what is said of it: (number of the step or "", text)."""

    number: int
    before: str
    marked: str
    behind: str
    said: tuple[tuple[str, str], ...]
    gap: bool


class Excerpt(NamedTuple):
    """Lines of one file."""

    path: str
    rows: tuple[Row, ...]


class Card(NamedTuple):
    """A finding as the page shows it."""

    number: int
    finding: Finding
    place: str
    headline: str
    origin: str
    patch: str
    excerpts: tuple[Excerpt, ...]
    path: str
    tables: tuple["Grid", ...]
    rule: RulePage | None
    asked: tuple[Asked, ...]


class Grid(NamedTuple):
    """An effect table: headings, and rows of (entry, cells), a cell being (text, style)."""

    title: str
    place: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, tuple[tuple[str, str], ...]], ...]


class Choice(NamedTuple):
    """A value that findings can be filtered by, how often it occurs, and how it is shown."""

    value: str
    times: int
    shown: str


def render(report: Report, pages: Mapping[str, RulePage]) -> str:
    """Return the report as a page; ``pages`` are those of the rules, by code."""
    shared = _shared([finding.path for finding in report.findings])
    worst = sorted(report.findings, key=lambda finding: -finding.severity)  # first; of one sort as they are reported
    cards = [_card(at + 1, finding, pages, shared) for at, finding in enumerate(worst)]
    groups = (
        ("Severity", "severity", _severities(cards)),
        ("Rules", "rule", _choices([(c.finding.code, f"{c.finding.code} {c.finding.name}") for c in cards])),
        ("Files", "file", _choices([(safe(c.finding.path), _without(shared, c.finding.path)) for c in cards])),
        ("Patches", "patch", _choices([(c.patch, c.patch) for c in cards if c.patch])),
    )
    values = {
        "cards": cards,
        "shared": safe(shared),
        "groups": [group for group in groups if group[2]],
        "summary": summary(report, listed=True),
        "errors": [safe(error) for error in report.errors],
        "remarks": remarks(report),
    }
    return _made("report.html", values)


def render_tables(shown: Sequence[Table], legend: Sequence[tuple[str, str]]) -> str:
    """Return effect tables as a page, with what their signs mean."""
    said = [safe(sentence) for sentence in compared(shown)]
    return _made("tables.html", {"tables": _grids(tuple(shown)), "legend": legend, "said": said})


def _made(name: str, values: Mapping[str, object]) -> str:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    loader = FileSystemLoader(_FOLDER)
    environment = Environment(
        loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return environment.get_template(name).render(values, version=__version__) + "\n"


def _shared(paths: Sequence[str]) -> str:
    """Return the folder that all paths stand in, where they are not relative to a tree: it is said once."""
    folders = [os.path.dirname(path) for path in paths]
    return "" if not all(map(os.path.isabs, paths)) or not paths else os.path.commonpath(folders).rstrip("/") + "/"


def _without(shared: str, path: str) -> str:
    return safe(path.removeprefix(shared))


def _severities(cards: Sequence[Card]) -> list[Choice]:
    words = [card.finding.severity.word for card in cards]
    return [Choice(word, words.count(word), word) for word in ("error", "warning", "note") if word in words]


def _choices(pairs: Sequence[tuple[str, str]]) -> list[Choice]:
    shown = dict(pairs)
    values = [value for value, _ in pairs]
    return [Choice(value, values.count(value), shown[value]) for value in sorted(shown)]


def _card(number: int, finding: Finding, pages: Mapping[str, RulePage], shared: str) -> Card:
    return Card(
        number,
        finding,
        f"{_without(shared, finding.path)}:{finding.line}:{finding.column}",
        headline(finding),
        source_of(finding),
        ": ".join(part for part in (safe(finding.commit)[:12], safe(finding.subject)) if part),
        _excerpts(finding, shared),
        safe(finding.path),
        _grids(finding.tables),
        pages.get(finding.code),
        tuple(asked(finding)),
    )


def _excerpts(finding: Finding, shared: str) -> tuple[Excerpt, ...]:
    """Return the lines of each file that the story is about, with what it says of them."""
    steps = [(str(at + 1), item) for at, item in enumerate(finding.because)]
    told = [*steps, *(("", item) for item in finding.evidence)]
    paths = dict.fromkeys((finding.path, *(item.path for _, item in told)))
    found = (_rows(path, finding, [(n, item) for n, item in told if item.path == path]) for path in paths)
    return tuple(Excerpt(_without(shared, path), rows) for path, rows in zip(paths, found, strict=True))


def _rows(path: str, finding: Finding, told: Sequence[tuple[str, Evidence]]) -> tuple[Row, ...]:
    lines = {item.line: item.text for _, item in told}
    if path == finding.path:
        lines |= {finding.line: finding.text, **dict(finding.around)}
    rows: list[Row] = []
    for number in sorted(lines):
        marked = path == finding.path and number == finding.line
        text = _marked(lines[number], finding.column, finding.end_column) if marked else (_shown(lines[number]), "", "")
        said = tuple((step, safe(item.message)) for step, item in told if item.line == number)
        rows.append(Row(number, *text, said, bool(rows) and number != rows[-1].number + 1))
    return tuple(rows)


def _marked(text: str, start: int, end: int) -> tuple[str, str, str]:
    raw = text.encode("utf-8", "surrogateescape")
    cuts = (raw[: start - 1], raw[start - 1 : end - 1], raw[end - 1 :])
    before, marked, behind = (_shown(part.decode("utf-8", "surrogateescape")) for part in cuts)
    return before, marked, behind


def _shown(text: str) -> str:
    return "\t".join(map(safe, text.split("\t")))


def _grids(shown: tuple[Table, ...]) -> tuple[Grid, ...]:
    return tuple(_grid(table, odd) for table, odd in zip(shown, differing(shown), strict=True))


def _grid(table: Table, odd: frozenset[tuple[str, str]]) -> Grid:
    rows = []
    for row in table.rows:
        pairs = zip(table.columns, row.cells, strict=False)
        cells = tuple((safe(cell), _style(cell, (row.kind, column) in odd)) for column, cell in pairs)
        rows.append((safe(row.kind), cells))
    role = f" ({safe(table.role)})" if table.role else ""
    place = f"{safe(table.path)}:{table.line}"
    return Grid(f"{safe(table.function)}{role}", place, tuple(map(safe, table.columns)), tuple(rows))


def _style(cell: str, is_odd: bool) -> str:
    if is_odd:
        return "differs"
    return "faint" if cell in ("-", "(kept)") else ""
