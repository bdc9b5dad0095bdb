"""Shared fixtures: where the kernel sources are."""

import os
from pathlib import Path

import pytest
from hypothesis import settings

from anonlint import built

settings.register_profile("patient", deadline=None)  # a machine that has other things to do is no mistake
settings.load_profile("patient")

os.environ["XDG_CONFIG_HOME"] = os.devnull + "/none"  # nobody's own settings
os.environ["ANONLINT_NO_CACHE"] = "1"  # what a test sees is worked out, in the programs that it starts, too


def pytest_configure() -> None:
    """Refuse to test another build than the one that is meant (./run compiled)."""
    meant = os.environ.get("ANONLINT_TESTED")
    if meant and built.how() != meant:
        pytest.exit(f"ANONLINT_TESTED is {meant!r}, but this is {built.how()}: {built.__file__}", returncode=4)


@pytest.fixture(scope="session")
def kernels() -> dict[str, str]:
    """Return {"6.1": path, "6.12": path} of unpacked Debian kernel sources, or skip the test."""
    root = os.environ.get("ANONLINT_KERNELS")
    if not root:
        pytest.skip("ANONLINT_KERNELS is not set")
    found = {v: str(Path(root) / f"linux-source-{v}") for v in ("6.1", "6.12")}
    for path in found.values():
        assert (Path(path) / "mm").is_dir(), f"{path}/mm is missing"
    return found
