"""Effect tables as rich lays them out: side by side where they fit the width, else one below the other.

rich costs more than a small patch does: whoever shows no table does not import this module.
"""

from collections.abc import Iterator, Sequence
from io import StringIO

from rich.console import Console, Group, RenderableType
from rich.measure import Measurement
from rich.table import Table as Grid
from rich.text import Text

from anonlint.model.finding import Table
from anonlint.report.safe import safe
from anonlint.report.tables import odd_cells

GAP = 2  # blanks between the columns of one table
GUTTER = 4  # blanks between two tables
HEAD, FAINT, DIFFERS = "bold", "dim", "bold yellow"


def console(width: int, colour: bool = False) -> Console:
    """Return a console that writes to a string. Everything is passed as Text: nothing of an input is read as markup."""
    return Console(
        file=StringIO(),
        width=width,
        force_terminal=colour,
        color_system="standard" if colour else None,
        no_color=not colour,
        legacy_windows=False,
        highlight=False,
        emoji=False,
        markup=False,
        _environ={},
    )


def written(on: Console) -> str:
    """Return what was printed on such a console, without blanks at the ends of lines."""
    text = on.file.getvalue() if isinstance(on.file, StringIO) else ""
    return "".join(line.rstrip(" ") + "\n" for line in text.split("\n")[:-1])


def render(tables: Sequence[Table], width: int, colour: bool = False) -> str:
    """Return the tables for ``width`` columns, each line with its line end; what cannot be cut that far is wider."""
    laid = layout(tables, width)
    on = console(max(width, size(laid)), colour)
    if tables:
        on.print(laid)
    return written(on)


def layout(tables: Sequence[Table], width: int) -> Group:
    """Return the tables laid out; as many stand beside each other as ``width`` takes."""
    blocks = [_block(part, odd_cells(tables, at)) for at, table in enumerate(tables) for part in _parts(table, width)]
    rows: list[RenderableType] = []
    for group in _groups(blocks, width):
        if rows:
            rows.append(Text())
        beside = Grid.grid(padding=(0, GUTTER, 0, 0))
        for block in group:
            beside.add_column(no_wrap=True, min_width=size(block))
        beside.add_row(*group)
        rows.append(beside)
    return Group(*rows)


def _parts(table: Table, width: int) -> list[Table]:
    """Cut a table that is too wide into tables of fewer columns; one column is the least."""
    taken: list[list[int]] = [[]]
    for at in range(len(table.columns)):
        if taken[-1] and size(_block(_only(table, [*taken[-1], at]), frozenset())) > width:
            taken.append([])
        taken[-1].append(at)
    return [_only(table, columns) for columns in taken]


def _only(table: Table, columns: Sequence[int]) -> Table:
    """Return the table with these columns only."""
    return table._replace(
        columns=tuple(table.columns[at] for at in columns),
        rows=tuple(
            row._replace(cells=tuple(row.cells[at] for at in columns if at < len(row.cells))) for row in table.rows
        ),
    )


def _groups(blocks: Sequence[Group], width: int) -> Iterator[list[Group]]:
    """Yield neighbouring blocks that fit the width together; a block that is too wide stands alone."""
    group: list[Group] = []
    for block in blocks:
        if group and sum(size(one) + GUTTER for one in group) + size(block) > width:
            yield group
            group = []
        group.append(block)
    if group:
        yield group


def _block(table: Table, odd: frozenset[tuple[str, str]]) -> Group:
    """Return one table: title, place, headings, rows."""
    role = f" ({safe(table.role)})" if table.role else ""
    grid = Grid.grid("", *("" for _ in table.columns), padding=(0, GAP, 0, 0))
    grid.add_row(*(Text(safe(name), FAINT, no_wrap=True) for name in ("entry", *table.columns)))
    for kind, *cells in ((row.kind, *row.cells) for row in table.rows):
        styles = [_style(kind, name, cell, odd) for name, cell in zip(table.columns, cells, strict=False)]
        texts = [Text(safe(cell), style, no_wrap=True) for cell, style in zip(cells, styles, strict=False)]
        grid.add_row(Text(safe(kind), no_wrap=True), *texts)
    title, place = f"{safe(table.function)}{role}", f"{safe(table.path)}:{table.line}"
    return Group(Text(title, HEAD, no_wrap=True), Text(place, FAINT, no_wrap=True), grid)


def _style(kind: str, column: str, cell: str, odd: frozenset[tuple[str, str]]) -> str:
    if (kind, column) in odd:
        return DIFFERS
    return FAINT if cell in ("-", "(kept)") else ""


def size(laid: RenderableType) -> int:
    """Return the columns that something takes where it has all that it wants."""
    return Measurement.get(_WIDE, _WIDE.options, laid).maximum


_WIDE = console(100_000)
