"""Runs docs/writing-rules.md: writes the files that it shows, runs its commands, puts what they print below them."""

import os
import re
import sys
import tempfile
from pathlib import Path

from anonlint.dev.shell import environment, printed

ROOT = Path(__file__).resolve().parents[2]
PATH = ROOT / "docs" / "writing-rules.md"
_STEP = re.compile(r"^`(?P<file>\S+)`:\n\n```\w+\n(?P<text>.*?)^```$|^```console\n(?P<console>.*?)^```$", re.M | re.S)


def worked(text: str, directory: Path) -> str:
    """Return the text with the output of its commands, run one after the other in a directory."""

    def step(match: re.Match[str]) -> str:
        if match["file"]:
            path = directory / match["file"]
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(match["text"])
            return match[0]
        lines = [line for line in match["console"].splitlines() if line.startswith("$ ")]
        return "```console\n" + "".join(f"{line}\n{_run(line[2:], directory)}" for line in lines) + "```"

    return _STEP.sub(step, text)


def _run(command: str, directory: Path) -> str:
    own = {
        "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'rules'}",
        "XDG_CONFIG_HOME": str(directory),
        "ANONLINT_NO_CACHE": "1",
    }
    return printed([sys.executable, "-P", "-m", *command.split()], directory, environment(own))


def main() -> None:
    """Rewrite the page."""
    with tempfile.TemporaryDirectory() as directory:
        PATH.write_text(worked(PATH.read_text(), Path(directory)))


if __name__ == "__main__":
    main()
