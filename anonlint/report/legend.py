"""What the signs of effect tables mean; only those that occur are explained."""

from collections.abc import Iterator, Sequence

from anonlint.model.finding import Table

_COLUMNS = {
    "anon": "the page behind the entry is anonymous",
    "file": "the page behind the entry is a file's, or shared memory's",
}
_COW = {
    "COW": "of a mapping that copies on write",
    "not COW": "of a mapping that does not",
}
_CELLS = {
    "-": "there is no such entry here, or no path leads to it",
    "(kept)": "the entry stays as it is",
    "cleared": "the slot is emptied",
    "writable": "a writable migration entry is stored",
    "read-excl": "a readable-exclusive migration entry is stored",
    "read": "a readable migration entry is stored",
    "mapped": "the page is mapped, and not writable",
    "mapped writable": "the page is mapped writable",
    "mapped (?)": "the page is mapped; writable or not is not known",
    "dev-write": "a writable device-private entry is stored",
    "dev-read": "a readable device-private entry is stored",
}
_COPY = ("copy: ...", "what is stored in the slot of a copy, a child's say")
_OR = ("... or ...", "one or the other, as the path goes")


def legend(tables: Sequence[Table]) -> tuple[tuple[str, str], ...]:
    """Return (sign, meaning) for the signs that these tables show, in a fixed order."""
    columns = {word for table in tables for column in table.columns for word in column.split(", ")}
    cells = [cell for table in tables for row in table.rows for cell in row.cells]
    words = {word for cell in cells for word in _words(cell)}
    found = [pair for signs in (_COLUMNS, _COW) for pair in signs.items() if pair[0] in columns]
    found += [pair for pair in _CELLS.items() if pair[0] in words]
    found += [_COPY] if any("copy: " in cell for cell in cells) else []
    found += [_OR] if any(" or " in cell for cell in cells) else []
    return tuple(found)


def plain(pairs: Sequence[tuple[str, str]]) -> str:
    """Return the legend as lines of text."""
    width = max((len(sign) for sign, _ in pairs), default=0)
    return "".join(f"{sign:<{width}}  {meaning}\n" for sign, meaning in pairs)


def _words(cell: str) -> Iterator[str]:
    for choice in cell.split(" or "):
        for part in choice.split("; copy: "):
            yield from part.split("/")
