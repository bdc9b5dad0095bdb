"""What a check of a small patch imports: modules are counted, for milliseconds flicker."""

import subprocess
import sys
from pathlib import Path

import pytest

BANNED = {"argparse", "asyncio", "concurrent", "dataclasses", "email", "inspect", "json", "logging"}
BANNED |= {"multiprocessing", "pathlib", "pycparser", "rich", "subprocess", "tempfile", "tomllib"}
PROBE = """
import sys
before = set(sys.modules)
from anonlint.cli.main import main
status = main(sys.argv[1:])
print(status, *sorted(set(sys.modules) - before), sep="\\n")
"""
NO_HIT = b"""\
--- a/mm/util.c
+++ b/mm/util.c
@@ -10,3 +10,3 @@ int answer(void)
 int value;
-value = 41;
+value = 42;
 return value;
"""


def imported(*arguments: str) -> tuple[str, set[str]]:
    """Return the exit status and the modules that one run of the command line imports."""
    done = subprocess.run(
        [sys.executable, "-c", PROBE, *arguments], capture_output=True, check=True, timeout=60, cwd="/"
    )
    status, *modules = done.stdout.decode().split()
    return status, set(modules)


@pytest.fixture
def patch(tmp_path: Path) -> str:
    path = tmp_path / "small.patch"
    path.write_bytes(NO_HIT)
    return str(path)


def test_a_patch_without_hits_imports_little(patch: str) -> None:
    status, modules = imported("check", patch)
    assert status == "0"
    assert "anonlint.run.runner" in modules
    assert not {name for name in modules if name.split(".")[0] in BANNED}
    assert not {name for name in modules if name.startswith("tree_sitter")}
    assert len(modules) < 155  # small rooms are many


def test_version_imports_next_to_nothing() -> None:
    status, modules = imported("--version")
    assert status.startswith("anonlint")
    assert not {name for name in modules if name.split(".")[0] in BANNED | {"anonlint_rules"}}
