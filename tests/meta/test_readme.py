"""The README's shell examples are run, and what they print is compared."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BLOCK = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def sessions(text: str) -> list[tuple[str, str]]:
    """Return (command, output) for each ``$ anonlint`` line of the console blocks."""
    found = []
    for block in BLOCK.findall(text):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, output = part.partition("\n")
            if command.startswith("anonlint "):
                found.append((command, output))
    return found


SESSIONS = sessions((ROOT / "README.md").read_text())


def test_the_readme_has_examples() -> None:
    assert len(SESSIONS) >= 4


@pytest.mark.parametrize(("command", "output"), SESSIONS, ids=[command for command, _ in SESSIONS])
def test_example_prints_what_the_readme_says(command: str, output: str) -> None:
    words, comment = shlex.split(command, comments=True), "; echo $?" in command
    assert not comment
    environ = {k: v for k, v in os.environ.items() if not k.startswith(("ANONLINT", "CLICOLOR", "FORCE_"))}
    done = subprocess.run(
        [sys.executable, "-m", "anonlint", *words[1:]],
        cwd=ROOT,
        env={**environ, "COLUMNS": "100"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
        timeout=60,
    )
    assert done.stdout.decode() == output.rstrip("\n") + "\n" if output.strip() else not done.stdout
