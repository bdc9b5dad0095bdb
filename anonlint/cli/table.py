"""``anonlint table``: print the effect tables of functions side by side."""

import os
import sys

from anonlint.cli import inputs, output, streams, terminal
from anonlint.cli.options import Parsed
from anonlint.errors import UsageError

UNLIMITED = 10_000


def run(parsed: Parsed) -> int:
    """Print the tables of the functions named, and return the exit status."""
    names = tuple(word for word in parsed.operands if word.isidentifier())
    files = tuple(word for word in parsed.operands if not word.isidentifier())
    if not names:
        raise UsageError("table: the name of a FUNCTION is missing (see anonlint table --help)")
    if not (files or inputs.tree(parsed)):
        raise UsageError("table: name the FILE that holds the functions, stand in a kernel tree, or use --tree DIR")
    settings = inputs.settings()
    from anonlint.run import runner

    tables = runner.tables(names, inputs.options(parsed, settings, files), streams.stdin)
    for name in names:
        if all(table.function != name for table in tables):
            output.complain(f"{name}() handles no page table entry that is known here, so it has no table")
    is_terminal = sys.stdout.isatty()
    # In a pipe nothing is put below each other for a screen that is not there, unless COLUMNS asks for it.
    width = terminal.width(os.environ, sys.stdout) if is_terminal or "COLUMNS" in os.environ else UNLIMITED
    if terminal.wants_colour(parsed.last("color", "auto"), os.environ, is_terminal):
        from anonlint.report import full

        output.write(full.render_tables(tables, width, colour=True))
        return 0
    from anonlint.report import tables as plain

    output.write(plain.render(tables, width))
    return 0
