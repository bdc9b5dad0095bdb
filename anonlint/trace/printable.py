"""Effect tables as people read them."""

from anonlint.domain.kinds import ENTRY_STATES, MIGRATION, WORDS
from anonlint.model.finding import Table, TableRow
from anonlint.trace.effects import EffectTable, cell_text

_PAGES = ("anon", "file")


def printable(table: EffectTable, function: str, path: str, line: int) -> Table:
    """Return the table for printing: a row a kind, a column a sort of page (and of mapping, if asked)."""
    mappings = _mappings(table)
    columns = tuple(
        page if cow is None else f"{page}, {'COW' if cow else 'not COW'}" for cow in mappings for page in _PAGES
    )
    rows = []
    for kind in dict.fromkeys(entry_state.kind for entry_state in ENTRY_STATES):
        cells = tuple(_cell(table, kind, page, cow) for cow in mappings for page in _PAGES)
        if _worth_a_row(table, kind, cells):
            rows.append(TableRow(WORDS[kind], cells))
    return Table(function, str(table.role), path, line, columns, tuple(rows))


def _mappings(table: EffectTable) -> tuple[bool | None, ...]:
    """Return the sorts of mapping that the function tells apart with a difference."""
    asked = any(cow is not None for _, cow in table.cells)
    differ = asked and any(table.effects(i, True) != table.effects(i, False) for i in range(len(ENTRY_STATES)))
    return (True, False) if differ else (None,)


def _cell(table: EffectTable, kind: str, page: str, cow: bool | None) -> str:
    texts = []
    for index, entry_state in enumerate(ENTRY_STATES):
        if entry_state.kind == kind and entry_state.page in (page, ""):
            effects = (
                table.effects(index, True) | table.effects(index, False) if cow is None else table.effects(index, cow)
            )
            texts.append(cell_text(effects))
    return " or ".join(dict.fromkeys(texts)) or "-"


def _worth_a_row(table: EffectTable, kind: str, cells: tuple[str, ...]) -> bool:
    migration = any(entry_state.kind == kind and MIGRATION >> i & 1 for i, entry_state in enumerate(ENTRY_STATES))
    return (migration and table.reached & MIGRATION != 0) or any(c not in ("-", "(kept)") for c in cells)
