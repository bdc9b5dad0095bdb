import subprocess
import sys
from collections.abc import Callable

import pytest


@pytest.fixture
def run_python() -> Callable[[str], str]:
    """Return a function that runs code in a Python of its own and gives what it printed."""

    def run(code: str) -> str:
        # -S: the site module imports what a virtual environment's .pth files ask for.
        return subprocess.run(
            [sys.executable, "-S", "-c", f"import sys; sys.path[:0] = {sys.path!r}; {code}"],
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()

    return run
