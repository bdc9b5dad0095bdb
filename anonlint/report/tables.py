"""Effect tables laid out: side by side where they fit the width, else one below the other."""

from collections.abc import Sequence
from typing import NamedTuple

from anonlint.model.finding import Table
from anonlint.report.safe import safe

GAP = 2  # blanks between the columns of one table
GUTTER = 4  # blanks between two tables

HEAD, LABEL, PLAIN, FAINT, DIFFERS = "head", "label", "plain", "faint", "differs"


class Styled(NamedTuple):
    """A run of text in one style: head, label, plain, faint or differs."""

    text: str
    style: str


Line = tuple[Styled, ...]


def render(tables: Sequence[Table], width: int) -> str:
    """Return the tables as plain text for ``width`` columns, each line with its line end."""
    return "".join(text_of(line) + "\n" for line in layout(tables, width))


def text_of(line: Line) -> str:
    """Return the text of a laid out line, without blanks at its end."""
    return "".join(piece.text for piece in line).rstrip()


def layout(tables: Sequence[Table], width: int) -> list[Line]:
    """Return the lines for ``tables``; as many tables stand beside each other as ``width`` takes."""
    blocks = [_block(part, odd_cells(tables, at)) for at, table in enumerate(tables) for part in _parts(table, width)]
    lines: list[Line] = []
    for group in _groups(blocks, width):
        if lines:
            lines.append(())
        lines += _beside(group)
    return lines


def compared(tables: Sequence[Table]) -> list[str]:
    """Return a sentence for each table but the first: whether it says the same of every entry as that one."""
    return [_compared(tables[0], other) for other in tables[1:]]


def _compared(one: Table, other: Table) -> str:
    mine, theirs = _meant(one), _meant(other)
    names = [_named(table, one.function == other.function) for table in (one, other)]
    both = [key for key in mine if key in theirs and "-" not in (mine[key], theirs[key])]
    odd = [key for key in both if mine[key] != theirs[key]]
    if not both:
        return f"{names[0]} and {names[1]} handle no entry alike"
    if not odd:
        return f"{names[0]} and {names[1]} do the same to every entry that both handle"
    groups: dict[tuple[str, str], list[str]] = {}
    for key in odd:
        groups.setdefault((mine[key], theirs[key]), []).append(f"{key[0]} ({key[1]})")
    told = "; ".join(f"{', '.join(states)}: {a} there, {b} here" for (a, b), states in groups.items())
    return f"{names[0]} and {names[1]} differ for {told}"


def _named(table: Table, with_path: bool) -> str:
    return f"{table.function}() of {table.path}" if with_path else f"{table.function}()"


def _meant(table: Table) -> dict[tuple[str, str], str]:
    """Return the cells, what is kept by what it is: to rewrite an entry as what it was leaves the same behind."""
    meant = {"readable": "read", "readable-exclusive": "read-excl"}
    cells = _cells(table)
    return {key: meant.get(key[0], key[0]) if cell == "(kept)" else cell for key, cell in cells.items()}


def _parts(table: Table, width: int) -> list[Table]:
    """Cut a table that is too wide into tables of fewer columns; one column is the least."""
    taken: list[list[int]] = [[]]
    for at in range(len(table.columns)):
        if taken[-1] and _width(_block(_only(table, [*taken[-1], at]), frozenset())) > width:
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


def _groups(blocks: Sequence[list[Line]], width: int) -> list[list[list[Line]]]:
    """Put neighbouring blocks into groups that fit the width; a block that is too wide stands alone."""
    groups: list[list[list[Line]]] = []
    used = 0
    for block in blocks:
        size = _width(block)
        if groups and used + GUTTER + size <= width:
            groups[-1].append(block)
            used += GUTTER + size
        else:
            groups.append([block])
            used = size
    return groups


def _beside(blocks: Sequence[list[Line]]) -> list[Line]:
    lines: list[Line] = []
    for row in range(max(len(block) for block in blocks)):
        pieces: list[Styled] = []
        for at, block in enumerate(blocks):
            line = block[row] if row < len(block) else ()
            pieces += line
            if at < len(blocks) - 1:
                pieces.append(Styled(" " * (_width(block) - _length(line) + GUTTER), PLAIN))
        lines.append(tuple(pieces))
    return lines


def _block(table: Table, odd: frozenset[tuple[str, str]]) -> list[Line]:
    """Return one table as lines: title, place, headings, rows."""
    role = f" ({safe(table.role)})" if table.role else ""
    grid = [("entry", *table.columns), *((row.kind, *row.cells) for row in table.rows)]
    widths = [max(len(safe(line[at])) for line in grid if at < len(line)) for at in range(len(grid[0]))]
    lines: list[Line] = [
        (Styled(f"{safe(table.function)}{role}", HEAD),),
        (Styled(f"{safe(table.path)}:{table.line}", FAINT),),
        _row(grid[0], widths, [FAINT] * len(widths)),
    ]
    for kind, *cells in grid[1:]:
        styles = [_style(kind, name, cell, odd) for name, cell in zip(table.columns, cells, strict=False)]
        lines.append(_row((kind, *cells), widths, [LABEL, *styles]))
    return lines


def _row(cells: Sequence[str], widths: Sequence[int], styles: Sequence[str]) -> Line:
    pieces: list[Styled] = []
    for at, (cell, size, style) in enumerate(zip(cells, widths, styles, strict=False)):
        text = safe(cell)
        pad = 0 if at == len(widths) - 1 else size - len(text) + GAP
        pieces += [Styled(text, style), Styled(" " * pad, PLAIN)]
    return tuple(pieces)


def _style(kind: str, column: str, cell: str, odd: frozenset[tuple[str, str]]) -> str:
    if (kind, column) in odd:
        return DIFFERS
    return FAINT if cell in ("-", "(kept)") else PLAIN


def odd_cells(tables: Sequence[Table], at: int) -> frozenset[tuple[str, str]]:
    """Return the (kind, column) pairs of table ``at`` for which another table says something else.

    Who does not meet an entry ("-") says nothing of it.
    """
    cells = [_cells(table) for table in tables]
    mine = cells.pop(at)
    others = {key: {other.get(key, "-") for other in cells} - {"-"} for key in mine}
    return frozenset(key for key, cell in mine.items() if cell != "-" and others[key] - {cell})


def _cells(table: Table) -> dict[tuple[str, str], str]:
    return {
        (row.kind, column): cell for row in table.rows for column, cell in zip(table.columns, row.cells, strict=False)
    }


def _length(line: Line) -> int:
    return sum(len(piece.text) for piece in line)


def _width(block: Sequence[Line]) -> int:
    return max(_length(line) for line in block)
