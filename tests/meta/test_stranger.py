"""A stranger's hour (stranger.sh): from the sources to a rule of his own that is published; the rest an index has."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.index
def test_a_strangers_hour(tmp_path: Path) -> None:
    for needed in ("build", "twine"):
        pytest.importorskip(needed)
    reached = subprocess.run(
        [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", str(tmp_path / "asked"), "rich"],
        capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    if reached.returncode != 0:
        pytest.skip(f"no index of packages to install from: {reached.stderr.strip()[-200:]}")
    here = tmp_path / "hour"
    here.mkdir()
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("ANONLINT", "PYTHON"))}
    done = subprocess.run(
        ["sh", str(ROOT / "tests" / "meta" / "stranger.sh"), str(ROOT)],
        cwd=here, env={**kept, "PYTHON": sys.executable}, capture_output=True, text=True, check=False, timeout=600,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("PASSED") == 2 and done.stdout.count("\n# ") == 5
