"""``anonlint mcp`` and ``anonlint lsp``: servers over standard input and output, with the settings of the tree."""

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

from anonlint import limits
from anonlint.cli import inputs, judge
from anonlint.cli.options import Parsed
from anonlint.errors import InputError, UsageError

if TYPE_CHECKING:
    from anonlint.kernel.vocabulary import Vocabulary
    from anonlint.model.change import ChangeReport
    from anonlint.model.finding import Table
    from anonlint.model.report import Report
    from anonlint.serve.desk import Asked, Desk, Handler


def mcp(parsed: Parsed) -> int:
    """Serve models until they hang up."""
    _needs("mcp", "mcp")
    from anonlint.serve import mcp as served

    desk = _desk(parsed)
    served.server(desk, _Run(parsed).vocabulary()).run("stdio")
    return 0


def lsp(parsed: Parsed) -> int:
    """Serve an editor until it says goodbye."""
    _needs("pygls", "lsp")
    from anonlint.serve import lsp as served

    def opened(root: str) -> "Desk":
        if not parsed.last("tree") and os.path.isdir(root):
            os.chdir(root)  # where the editor was opened counts, not where it was started
        return _desk(parsed)

    if parsed.last("tree"):
        _rooted(parsed.last("tree"))  # said now, not once a file is opened
    served.server(opened, _Run(parsed).vocabulary()).start_io()
    return 0


def _needs(module: str, extra: str) -> None:
    """Raise UsageError with what to do where an extra is not installed."""
    from importlib import import_module

    try:
        import_module(module)
    except ImportError as error:
        raise UsageError(f"{extra}: {module} is not installed: pip install 'anonlint[{extra}]'") from error


def _desk(parsed: Parsed) -> "Desk":
    from anonlint.serve.desk import Desk

    limits.watches = False  # a server judges in threads, where no signal comes
    os.chdir(_rooted(parsed.last("tree") or inputs.tree(parsed) or "."))  # names and settings are those of the tree
    return Desk(".", _Run(parsed))


def _rooted(root: str) -> str:
    if not os.path.isdir(root):
        raise InputError(root, "the tree is no directory")
    return root


class _Run:
    """Runs as the command line and the settings say."""

    def __init__(self, parsed: Parsed) -> None:
        from anonlint.run.kept import Kept

        kept = tuple((key, value) for key, value in parsed.given if key != "tree")
        self.given = (*kept, ("tree", "."), ("jobs", "1"))
        self.kept = Kept()

    def check(self, asked: "Asked") -> "Report":
        """Return what is found."""
        parsed = self._parsed(asked)
        settings = inputs.settings()
        data = asked.stdin or b""
        report = judge.judge(
            parsed, settings, parsed.operands, stdin=lambda: data, instead=asked.instead, kept=self.kept
        )
        return judge.new(report, settings.baseline, aloud=False)

    def tables(self, names: Sequence[str], asked: "Asked") -> "tuple[Table, ...]":
        """Return the effect tables of functions."""
        from anonlint.run import runner

        options = inputs.options(self._parsed(asked), inputs.settings(), asked.files, asked.instead)
        return runner.tables(tuple(names), options, lambda: b"")

    def differences(self, asked: "Asked") -> "ChangeReport":
        """Return what a patch changes in effect."""
        from anonlint.run import compare

        parsed, data = self._parsed(asked), asked.stdin or b""
        return compare.compare(inputs.options(parsed, inputs.settings(), parsed.operands), lambda: data)

    def handlers(self, asked: "Asked") -> "tuple[Handler, ...]":
        """Return the functions of a file that handle an entry."""
        from anonlint.run import runner
        from anonlint.serve.desk import Handler

        options = inputs.options(self._parsed(asked), inputs.settings(), asked.files, asked.instead)
        return tuple(Handler(*found) for found in runner.handlers(options))

    def vocabulary(self) -> "Vocabulary":
        """Return the words that are known, the user's included."""
        return inputs.vocabulary(inputs.settings())

    def _parsed(self, asked: "Asked") -> Parsed:
        more = [("git", asked.commit)] if asked.commit else []
        more += [("quoted", "")] if asked.quoted else []
        operands = ("-",) if asked.stdin is not None else asked.files
        return Parsed((*self.given, *more), operands)
