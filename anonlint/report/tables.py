"""Effect tables side by side: what differs, said in a sentence or found cell by cell; drawn by rich (grid.py)."""

from collections.abc import Sequence

from anonlint.model.finding import Table


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
