"""``anonlint table``: print the effect tables of functions side by side."""

import os
import sys
from typing import TYPE_CHECKING

from anonlint.cli import inputs, output, streams, terminal
from anonlint.cli.options import Parsed
from anonlint.errors import UsageError

if TYPE_CHECKING:
    from anonlint.model.finding import Table

UNLIMITED = 10_000


def run(parsed: Parsed) -> int:
    """Print the tables of the functions named, and return the exit status."""
    names = tuple(word for word in parsed.operands if word.isidentifier())
    files = tuple(word for word in parsed.operands if not word.isidentifier())
    if not names:
        raise UsageError("table: the name of a FUNCTION is missing (see anonlint table --help)")
    if not (files or inputs.tree(parsed)):
        raise UsageError("table: name the FILE that holds the functions, stand in a kernel tree, or use --tree DIR")
    tables = _tables(names, parsed, files)
    for name in names:
        if all(table.function != name for table in tables):
            output.complain(f"{name}() handles no page table entry that is known here, so it has no table")
    is_terminal = sys.stdout.isatty()
    # In a pipe nothing is put below each other for a screen that is not there, unless COLUMNS asks for it.
    width = terminal.width(os.environ, sys.stdout) if is_terminal or "COLUMNS" in os.environ else UNLIMITED
    if terminal.wants_colour(parsed.last("color", "auto"), os.environ, is_terminal):
        from anonlint.report import full

        output.write(full.render_tables(tables, width, colour=True))
    else:
        from anonlint.report import tables as plain

        output.write(plain.render(tables, width))
    _sentences(tables, width)
    return 0


def _tables(names: tuple[str, ...], parsed: Parsed, files: tuple[str, ...]) -> "tuple[Table, ...]":
    """Return the tables of the functions, of each tree that is named."""
    settings = inputs.settings()
    from anonlint.run import runner

    trees = parsed.all("tree")
    lines = [parsed] if len(trees) < 2 else [Parsed((*parsed.given, ("tree", tree)), ()) for tree in trees]
    found = [runner.tables(names, inputs.options(line, settings, files), streams.stdin) for line in lines]
    return tuple(table for tables in found for table in tables)


def _sentences(tables: "tuple[Table, ...]", width: int) -> None:
    """Say of each table whether it is the first one's."""
    if len(tables) < 2:
        return
    from textwrap import wrap

    from anonlint.report.safe import safe
    from anonlint.report.tables import compared

    lines = [line for said in compared(tables) for line in wrap(safe(said), max(width, 20), subsequent_indent="  ")]
    output.write("\n" + "".join(f"{line}\n" for line in lines))
