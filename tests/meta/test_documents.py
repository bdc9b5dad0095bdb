"""The command lines that README.md and docs/ show are command lines, and their links lead somewhere."""

import re
import shlex
from pathlib import Path

import pytest

from anonlint.cli import options
from anonlint.cli.commands import COMMANDS

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = sorted(str(p.relative_to(ROOT)) for p in (ROOT / "README.md", *(ROOT / "docs").glob("*.md")))
COMMAND = re.compile(r"^(?: {4}|\$ | {4}\$ )(anonlint [a-z].*)$|`(anonlint [a-z][^`]*)`|'(anonlint [a-z][^']*)'$", re.M)
LINK = re.compile(r"\]\(([^)#:]+)\)")


def command_lines() -> list[str]:
    found = set()
    for name in DOCUMENTS:
        for match in COMMAND.finditer((ROOT / name).read_text()):
            found.add(" ".join(next(filter(None, match.groups())).split()))
    return sorted(found)


def test_there_are_command_lines() -> None:
    assert {"anonlint check --staged", "anonlint b4 --format json"} <= set(command_lines())


@pytest.mark.parametrize("line", command_lines())
def test_a_command_line_is_one(line: str) -> None:
    words = shlex.split(re.split(r" [|<>] ", line)[0], comments=True)
    command = next(command for command in COMMANDS if command.name == words[1])
    parsed = options.parse(command, words[2:])
    if words[2:]:  # a command may be named without its operands
        options.check_operands(command, parsed)


@pytest.mark.parametrize("name", DOCUMENTS)
def test_links_lead_somewhere(name: str) -> None:
    for target in LINK.findall((ROOT / name).read_text()):
        assert ((ROOT / name).parent / target).exists(), target
