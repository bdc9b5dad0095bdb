"""``anonlint table``: print the effect tables of functions side by side."""

import os
import sys
from typing import TYPE_CHECKING

from anonlint.cli import formats, inputs, output, streams, terminal
from anonlint.cli.options import Parsed
from anonlint.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from anonlint.model.finding import Table

UNLIMITED = 10_000


def run(parsed: Parsed) -> int:
    """Print the tables of the functions named, and return the exit status."""
    names = tuple(word for word in parsed.operands if word.isidentifier())
    files = tuple(word for word in parsed.operands if not word.isidentifier())
    if not names:
        raise UsageError("table: the name of a FUNCTION is missing (see anonlint table --help)")
    if len(parsed.all("tree")) > 1 and parsed.all("git"):
        raise UsageError("table: --git compares revisions of one clone, and two trees are named")
    if not (files or parsed.all("git") or inputs.tree(parsed)):
        raise UsageError("table: name the FILE that holds the functions, stand in a kernel tree, or use --tree DIR")
    if parsed.last("format") == "html":
        formats.needs_jinja2()  # before the work, not behind it
    tables = _tables(names, parsed, files)
    for name in names:
        if all(table.function != name for table in tables):
            output.complain(f"{name}() handles no page table entry that is known here, so it has no table")
    output.write(_rendered(tables, parsed), parsed.last("output"))
    return 0


def _rendered(tables: "Sequence[Table]", parsed: Parsed) -> str:
    """Return the tables in the format asked for, with what their signs mean."""
    from anonlint.report import legend as signs

    form, legend = parsed.last("format"), signs.legend(tables)
    if form == "json":
        from anonlint.report import jsonreport

        return jsonreport.render_tables(tables, legend)
    if form == "markdown":
        from anonlint.report import markdown

        return markdown.table(tables, legend)
    if form == "html":
        from anonlint.report import html

        return html.render_tables(tables, legend)
    is_terminal = sys.stdout.isatty() and not parsed.last("output")
    # In a pipe nothing is put below each other for a screen that is not there, unless COLUMNS asks for it.
    width = terminal.width(os.environ, sys.stdout) if is_terminal or "COLUMNS" in os.environ else UNLIMITED
    colour = terminal.wants_colour(parsed.last("color", "auto"), os.environ, is_terminal)
    text = _plain(tables, width, colour=colour)
    return f"{text}\n{signs.plain(legend)}{_sentences(tables, width)}" if text else ""


def _plain(tables: "Sequence[Table]", width: int, *, colour: bool) -> str:
    from anonlint.report import grid

    return grid.render(tables, width, colour)


def _tables(names: tuple[str, ...], parsed: Parsed, files: tuple[str, ...]) -> "tuple[Table, ...]":
    """Return the tables of the functions, of each tree or revision that is named."""
    settings = inputs.settings()
    from anonlint.run import runner

    lines = _lines(parsed)
    found = [runner.tables(names, inputs.options(line, settings, files), streams.stdin) for line in lines]
    return tuple(table for tables in found for table in tables)


def _lines(parsed: Parsed) -> list[Parsed]:
    """Return a command line for each tree, or revision, that is named."""
    trees, specs = parsed.all("tree"), parsed.all("git")
    if specs:
        from anonlint.intake.revision import ends

        rest = tuple(pair for pair in parsed.given if pair[0] != "git")
        return [Parsed((*rest, ("git", revision)), ()) for spec in specs for revision in ends(spec)]
    return [Parsed((*parsed.given, ("tree", tree)), ()) for tree in trees] if len(trees) > 1 else [parsed]


def _sentences(tables: "Sequence[Table]", width: int) -> str:
    """Return a line for each table that says whether it is the first one's."""
    if len(tables) < 2:
        return ""
    from textwrap import wrap

    from anonlint.report.safe import safe
    from anonlint.report.tables import compared

    lines = [line for said in compared(tables) for line in wrap(safe(said), max(width, 20), subsequent_indent="  ")]
    return "\n" + "".join(f"{line}\n" for line in lines)
