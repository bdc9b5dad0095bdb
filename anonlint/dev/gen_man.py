"""Writes docs/man/anonlint.1 from the table of subcommands and options: ``./run docs``."""

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from anonlint import __version__
from anonlint.cli.commands import COMMANDS
from anonlint.cli.options import Command, Option

PATH = "docs/man/anonlint.1"

_HEAD = r""".\" Written by anonlint/dev/gen_man.py from the table of options: change it there.
.TH ANONLINT 1 "" "anonlint {version}" "User Commands"
.nh
.ad l
.SH NAME
anonlint \- check how Linux mm code handles migration entries and exclusive pages
.SH SYNOPSIS
"""
_DESCRIPTION = """
anonlint executes functions of Linux mm code over every state that a page table entry can be in, tabulates what is
stored back, and reports what breaks migration entries, exclusive anonymous pages and their siblings. It reads C
files, directories, patches, mails, mailboxes, commits and the index, and writes to a tree that it checks only where
--fix says so.
"""
_STATUS = (
    ("0", "No finding at or above the fail level."),
    ("1", "At least one."),
    ("2", "Wrong usage, an input that cannot be read, or an internal error; what was found is still printed."),
)
_ENVIRONMENT = (
    ("NO_COLOR, FORCE_COLOR, CLICOLOR, CLICOLOR_FORCE, TERM", "Decide on colours where --color does not."),
    ("COLUMNS", "The width to lay out for."),
    ("GITHUB_STEP_SUMMARY", "With --format github, the file that the report is added to, in Markdown."),
    ("PATCHWORK_TOKEN", "The token that anonlint patchwork posts with."),
    ("ANONLINT_DEBUG", "If set, an internal error shows its traceback."),
)
_FILES = (
    (
        "anonlint.toml, pyproject.toml",
        "Settings (in pyproject.toml: the table tool.anonlint), in the current directory or the nearest one above.",
    ),
    (
        "$XDG_CONFIG_HOME/anonlint/anonlint.toml, ~/.config/anonlint/anonlint.toml",
        "Your own settings: they count where there are no others; only they name rules to load (plugins).",
    ),
)


def page() -> str:
    """Return the manual page."""
    lines = ["\n.br\n".join(_synopsis(command) for command in COMMANDS)]
    lines += [".SH DESCRIPTION", _text(_DESCRIPTION.split()), ".SH COMMANDS"]
    for command in COMMANDS:
        lines += _command(command)
    for title, entries in (("EXIT STATUS", _STATUS), ("ENVIRONMENT", _ENVIRONMENT), ("FILES", _FILES)):
        lines.append(f".SH {title}")
        for word, text in entries:
            lines += [".TP", rf"\fB{_escaped(word)}\fR", _text(text.split())]
    lines += [".SH SEE ALSO", r"\fBgit\fR(1), \fBgit\-am\fR(1), \fBgithooks\fR(5)"]
    return _HEAD.format(version=__version__) + "\n".join(lines) + "\n"


def _synopsis(command: Command) -> str:
    options = r" [\fIOPTION\fR...]" if command.options else ""
    operands = f" {_operands(command.operands)}" if command.operands else ""
    return rf"\fBanonlint {_escaped(command.name)}\fR{options}{operands}"


def _command(command: Command) -> Iterator[str]:
    yield f".SS anonlint {_escaped(command.name)} {_operands(command.operands)}".rstrip()
    yield _text(command.summary.split())
    for option in command.options:
        yield from (".TP", _option(option), _text(option.help.split()))
    for paragraph in command.notes.split("\n\n") if command.notes else ():
        yield from (".PP", _text(paragraph.split()))
    yield from (".PP", "Examples:", ".PP", ".nf", ".RS 4", *(_line(example) for example in command.examples))
    yield from (".RE", ".fi")


def _option(option: Option) -> str:
    flags = ", ".join(rf"\fB{_escaped(flag)}\fR" for flag in option.flags)
    value = "|".join(option.choices) or option.metavar
    breakable = _escaped(value).replace("|", r"|\:")  # a long list of choices goes on in the next line
    return rf"{flags} \fI{breakable}\fR" if value else flags


def _operands(text: str) -> str:
    return " ".join(rf"\fI{_escaped(word)}\fR" for word in text.split())


def _text(words: Sequence[str]) -> str:
    return _line(" ".join(words))


def _line(text: str) -> str:
    """Return a line of text that roff does not take for a request."""
    escaped = _escaped(text)
    return rf"\&{escaped}" if escaped[:1] in (".", "'") else escaped


def _escaped(text: str) -> str:
    return text.replace("\\", r"\e").replace("-", r"\-").replace("~", r"\(ti").replace("^", r"\(ha")


def main(arguments: Sequence[str]) -> None:
    """Write the page (default: docs/man/anonlint.1)."""
    path = Path(arguments[0] if arguments else PATH)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(page())


if __name__ == "__main__":
    main(sys.argv[1:])
