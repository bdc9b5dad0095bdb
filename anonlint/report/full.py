"""The full view, for a terminal: source line with caret, the evidence, and the tables that prove it.

rich is imported here and in grid.py at module level, so that only the full view and tables pay for it.
"""

from rich.cells import cell_len
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from anonlint.model.finding import Evidence, Finding
from anonlint.model.report import Report
from anonlint.report import grid
from anonlint.report.parts import asked
from anonlint.report.safe import safe, safe_code
from anonlint.report.text import headline, source_of

MARGIN = 4  # blanks before source, evidence and tables
LABEL = 12  # columns of "because:", "breaks:" and the like
STYLES = {"note": "bold cyan", "warning": "bold magenta", "error": "bold red"}


def render(report: Report, width: int, colour: bool = False) -> str:
    """Return all findings for a terminal of ``width`` columns, with an empty line between them."""
    console = grid.console(width, colour)
    for at, finding in enumerate(report.findings):
        if at:
            console.print()
        _finding(console, finding)
    return grid.written(console)


def _finding(console: Console, finding: Finding) -> None:
    head = Text.assemble(
        (f"{safe(finding.path)}:{finding.line}:{finding.column}", "bold"),
        " ",
        (f"{finding.severity.word}", STYLES[finding.severity.word]),
        f" {finding.code} ",
        (finding.name, "bold"),
    )
    console.print(head, soft_wrap=True)  # a place that is wrapped cannot be clicked
    origin = source_of(finding)
    if origin:
        console.print(Text(f"  from {origin}", "dim"))
    console.print(Padding(Text(headline(finding)), (0, 0, 0, 2)))
    for words in asked(finding):
        console.print(Padding(Text(words.said, "italic"), (0, 0, 0, 2)))
        for answer in words.answers:
            console.print(Padding(Text(f"answered by the table: {answer}"), (0, 0, 0, 2)))
    style = STYLES[finding.severity.word]
    lines = (finding.line, *(item.line for item in (*finding.because, *finding.evidence)))
    digits = max(len(str(line)) for line in lines)
    _source(console, finding.text, (finding.line, finding.column, finding.end_column), digits, style)
    _because(console, finding, digits)
    for item in finding.evidence:
        _evidence(console, item, finding.path, digits)
    if finding.tables:
        console.print()
        laid = grid.layout(finding.tables, console.width - MARGIN)
        console.print(Padding(laid, (0, 0, 0, MARGIN)), width=max(console.width, grid.size(laid) + MARGIN), crop=False)
    for label, text in (("breaks", finding.breaks), ("help", finding.help), ("like", "; ".join(finding.like))):
        if text:
            _labelled(console, label, safe(text))


def _because(console: Console, finding: Finding, digits: int) -> None:
    """Print the path that led there, a line for each step."""
    for at, item in enumerate(finding.because):
        place = f"{safe(item.path)}:" if item.path != finding.path else ""
        text = Text.assemble((f"{place}{item.line:>{digits}}  ", "dim"), safe(item.message))
        _labelled(console, "because" if at == 0 else "", text)


def _labelled(console: Console, label: str, text: Text | str) -> None:
    """Print a paragraph behind its label; what is wrapped stands under its beginning."""
    table = Table.grid(padding=0)
    table.add_column(width=LABEL, no_wrap=True)
    table.add_column(ratio=1)
    table.add_row(Text(f"  {label}:" if label else "", "cyan"), text)
    console.print(table)


def _evidence(console: Console, item: Evidence, path: str, digits: int) -> None:
    place = f"{safe(item.path)}:{item.line}: " if item.path != path or not item.text else ""
    console.print(Padding(Text.assemble(("note: ", "cyan"), place, safe(item.message)), (0, 0, 0, 2)))
    if item.text:
        _source(console, item.text, (item.line, item.column, item.column), digits, "cyan")


def _source(console: Console, text: str, place: tuple[int, int, int], digits: int, style: str) -> None:
    """Print a source line and, below it, carets under a range of columns (bytes, from 1, end exclusive)."""
    line, start, end = place
    if not text:
        return
    code, before, marked = _window(text, start, end, console.width - MARGIN - digits - 4)
    rule = " " * MARGIN
    console.print(Text.assemble((f"{rule}{line:>{digits}} | ", "dim"), code), soft_wrap=True)
    if marked:
        bar = f"{rule}{'':>{digits}} | "
        console.print(Text.assemble((bar, "dim"), " " * before, ("^" * marked, style)), soft_wrap=True)


def _window(text: str, start: int, end: int, room: int) -> tuple[str, int, int]:
    """Cut a source line to ``room`` cells: return (text, cells before the mark, cells of the mark).

    The indentation goes first; a line that is still too long is cut on the right, or on the left
    where the mark would fall out of sight.
    """
    raw = text.encode("utf-8", "surrogateescape")
    start = min(max(start, 1), len(raw) + 1)
    end = min(max(end, start + 1), len(raw) + 1)
    expanded = safe_code(text)
    indent = len(expanded) - len(expanded.lstrip(" "))
    before = max(0, _cells(raw[: start - 1]) - indent)
    marked = max(1, _cells(raw[: end - 1]) - indent - before)
    code = expanded[indent:].rstrip()
    skip = before - room // 2 if before + min(marked, room // 2) > room else 0
    if skip > 0:
        code, before = "…" + code[skip + 1 :], before - skip
    if cell_len(code) > room:
        code = code[: room - 1] + "…"
    return code, before, max(1, min(marked, cell_len(code) - before))


def _cells(raw: bytes) -> int:
    return cell_len(safe_code(raw.decode("utf-8", "surrogateescape")))
