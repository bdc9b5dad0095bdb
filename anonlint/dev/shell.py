"""Runs what pages show, as a reader would: for 100 columns, with none of the user's own settings."""

import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

_NOT_KEPT = ("GIT_", "ANONLINT", "CLICOLOR", "FORCE_")


def environment(more: Mapping[str, str]) -> dict[str, str]:
    """Return the environment that commands of pages run in."""
    return {k: v for k, v in os.environ.items() if not k.startswith(_NOT_KEPT)} | {"COLUMNS": "100", **more}


def printed(command: Sequence[str], where: Path, env: Mapping[str, str]) -> str:
    """Run a command; return what it prints on stdout and stderr."""
    done = subprocess.run(
        command,
        cwd=where,
        env=dict(env),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
        timeout=120,
    )
    return done.stdout.decode()
