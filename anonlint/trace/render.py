"""Effect tables as people read them."""

from anonlint.domain.kinds import ATOMS, MIGRATION, WORDS
from anonlint.model.finding import Table, TableRow
from anonlint.trace.effects import EffectTable, cell_text

_PAGES = ("anon", "file")


def render(table: EffectTable, function: str, path: str, line: int) -> Table:
    """Return the table for printing: a row a kind, a column a sort of page (and of mapping, if asked)."""
    mappings = _mappings(table)
    columns = tuple(
        page if cow is None else f"{page}, {'COW' if cow else 'not COW'}" for cow in mappings for page in _PAGES
    )
    rows = []
    for kind in dict.fromkeys(atom.kind for atom in ATOMS):
        cells = tuple(_cell(table, kind, page, cow) for cow in mappings for page in _PAGES)
        if _worth_a_row(table, kind, cells):
            rows.append(TableRow(WORDS[kind], cells))
    return Table(function, str(table.role), path, line, columns, tuple(rows))


def _mappings(table: EffectTable) -> tuple[bool | None, ...]:
    """Return the sorts of mapping that the function tells apart with a difference."""
    asked = any(cow is not None for _, cow in table.cells)
    differ = asked and any(table.effects(i, True) != table.effects(i, False) for i in range(len(ATOMS)))
    return (True, False) if differ else (None,)


def _cell(table: EffectTable, kind: str, page: str, cow: bool | None) -> str:
    texts = []
    for index, atom in enumerate(ATOMS):
        if atom.kind == kind and atom.page in (page, ""):
            effects = (
                table.effects(index, True) | table.effects(index, False) if cow is None else table.effects(index, cow)
            )
            texts.append(cell_text(effects))
    return " or ".join(dict.fromkeys(texts)) or "-"


def _worth_a_row(table: EffectTable, kind: str, cells: tuple[str, ...]) -> bool:
    migration = any(atom.kind == kind and MIGRATION >> i & 1 for i, atom in enumerate(ATOMS))
    return (migration and table.reached & MIGRATION != 0) or any(c not in ("-", "(kept)") for c in cells)
