"""The compiled build, put beside the pure one to be measured."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def compiled_build(directory: Path, install: bool) -> str:
    """Put the compiled build into ``directory`` unless it is there and newer than its sources; say why it is not."""
    sources = [*(ROOT / "anonlint").rglob("*.py"), *(ROOT / "rules").rglob("*.py"), ROOT / "hatch_build.py"]
    stamp = directory / ".built"
    if stamp.exists() and stamp.stat().st_mtime > max(source.stat().st_mtime for source in sources):
        return ""
    if not install:
        return "the compiled build is missing and was not measured (--no-install)"
    print(f"bench: compiling into {directory} (a minute or two)", file=sys.stderr)
    shutil.rmtree(directory, ignore_errors=True)
    pip = (sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps")
    environ = {**os.environ, "ANONLINT_COMPILE": "1"}
    subprocess.run([*pip, "--target", directory, ROOT], env=environ, check=False)
    if not list(directory.glob("*__mypyc*")):
        return "the compiled build is missing and was not measured (no working C compiler, or pip failed)"
    stamp.touch()
    return ""
