"""Runs the README's shell examples and writes what they print below them: part of ``./run docs``."""

import re
import shlex
import sys
from collections.abc import Callable
from pathlib import Path

from anonlint.dev.shell import environment, printed

ROOT = Path(__file__).resolve().parents[2]
_BLOCK = re.compile(r"(?<=^```console\n).*?(?=^```$)", re.MULTILINE | re.DOTALL)


def commands(text: str) -> list[str]:
    """Return the ``$ anonlint`` command lines of the console blocks."""
    lines = "".join(_BLOCK.findall(text)).splitlines()
    return [line[2:] for line in lines if line.startswith("$ anonlint ")]


def filled(text: str, output: Callable[[str], str]) -> str:
    """Return the text with each command's output below it; ``output`` runs one command line."""

    def block(match: re.Match[str]) -> str:
        return "".join(f"$ {line}\n{output(line)}" for line in commands(f"```console\n{match[0]}```\n"))

    return _BLOCK.sub(block, text)


def run(command: str) -> str:
    """Run one ``anonlint`` command line in the checkout; return what it prints on stdout and stderr."""
    return printed([sys.executable, "-m", "anonlint", *shlex.split(command)[1:]], ROOT, environment({}))


def main() -> None:
    """Rewrite README.md and the pages that show what commands of the checkout print."""
    for path in (ROOT / "README.md", ROOT / "docs" / "reading-a-finding.md"):
        path.write_text(filled(path.read_text(), run))


if __name__ == "__main__":
    main()
