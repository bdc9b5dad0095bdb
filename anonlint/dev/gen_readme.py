"""Runs the README's shell examples and writes what they print below them: part of ``./run docs``."""

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
WIDTH = "100"  # columns that the examples are laid out for
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
    environ = {k: v for k, v in os.environ.items() if not k.startswith(("ANONLINT", "CLICOLOR", "FORCE_"))}
    done = subprocess.run(
        [sys.executable, "-m", "anonlint", *shlex.split(command)[1:]],
        cwd=ROOT,
        env={**environ, "COLUMNS": WIDTH},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
        timeout=60,
    )
    return done.stdout.decode()


def main() -> None:
    """Rewrite README.md and the pages that show what commands of the checkout print."""
    for path in (ROOT / "README.md", ROOT / "docs" / "reading-a-finding.md"):
        path.write_text(filled(path.read_text(), run))


if __name__ == "__main__":
    main()
