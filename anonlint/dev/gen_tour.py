"""Runs the commands of docs/tour.md, in order, as a stranger would, and writes what they print: for ``./run docs``."""

import os
import re
import shlex
import shutil
import sys
import tempfile
from pathlib import Path

from anonlint.dev.shell import environment, printed

ROOT = Path(__file__).resolve().parents[2]
PATH = "docs/tour.md"
_BLOCK = re.compile(r"(?<=^```console\n).*?(?=^```$)", re.MULTILINE | re.DOTALL)


class Shell:
    """A shell in a directory of its own, with the examples in it; where it stands is kept from line to line."""

    def __init__(self, directory: Path) -> None:
        self.here = directory / "anonlint"
        shutil.copytree(ROOT / "examples", self.here / "examples")
        program = directory / "bin" / "anonlint"
        program.parent.mkdir()
        program.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -P -m anonlint "$@"\n')
        program.chmod(0o755)
        own = {
            "PATH": f"{program.parent}{os.pathsep}{os.environ['PATH']}",
            "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'rules'}",
            "HOME": str(directory),
            "XDG_CACHE_HOME": str(directory / "cache"),
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_CONFIG_GLOBAL": str(directory / "gitconfig"),
            "GIT_AUTHOR_NAME": "A Stranger", "GIT_AUTHOR_EMAIL": "stranger@example.org",
            "GIT_COMMITTER_NAME": "A Stranger", "GIT_COMMITTER_EMAIL": "stranger@example.org",
            "GIT_AUTHOR_DATE": "2026-01-02T03:04:05Z", "GIT_COMMITTER_DATE": "2026-01-02T03:04:05Z",
            "LC_ALL": "C.UTF-8",
        }  # fmt: skip
        self.env = environment(own)

    def run(self, line: str) -> str:
        """Run one line; return what it prints on stdout and stderr."""
        if line.startswith("cd "):
            self.here = self.here / line[3:]
            return ""
        output = printed(["bash", "-c", line], self.here, self.env)
        return re.sub(r"[ \t]+$", "", output, flags=re.MULTILINE)  # fold leaves blanks


def commands(text: str) -> list[str]:
    """Return the command lines of the console blocks, in order."""
    return [line[2:] for line in "".join(_BLOCK.findall(text)).splitlines() if line.startswith("$ ")]


def filled(text: str) -> str:
    """Return the text with what each command prints below it."""
    with tempfile.TemporaryDirectory() as scratch:
        shell = Shell(Path(scratch))

        def block(match: re.Match[str]) -> str:
            lines = commands(f"```console\n{match[0]}```\n")
            return "".join(f"$ {line}\n{shell.run(line)}" for line in lines)

        return _BLOCK.sub(block, text)


def main() -> None:
    """Rewrite docs/tour.md."""
    page = ROOT / PATH
    page.write_text(filled(page.read_text()))


if __name__ == "__main__":
    main()
