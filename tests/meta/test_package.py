"""What is published: the archives build, an index would take them, and what is installed from them works."""

import os
import subprocess
import sys
import sysconfig
import tomllib
import zipfile
from pathlib import Path

import pytest

from anonlint import __version__

ROOT = Path(__file__).resolve().parents[2]


pytestmark = pytest.mark.xdist_group("package")  # built once


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the sdist, and the wheel of it."""
    for needed in ("build", "hatchling"):
        pytest.importorskip(needed)
    target = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(target), str(ROOT)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    return target


def test_an_index_takes_them(built: Path) -> None:
    pytest.importorskip("twine")
    command = [sys.executable, "-m", "twine", "check", "--strict", *map(str, built.iterdir())]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0 and done.stdout.count("PASSED") == 2, done.stdout + done.stderr


def test_the_wheel_has_all_that_a_user_needs(built: Path) -> None:
    (wheel,) = built.glob("*.whl")
    names = set(zipfile.ZipFile(wheel).namelist())
    data = f"anonlint-{__version__}.data/data/share"
    for name in (
        "anonlint/py.typed",
        "anonlint_rules/py.typed",
        "anonlint/kernel/data/entries.tsv",
        "anonlint_rules/fixtures/AL203-share-before-clear/bad-6.8-6.18.c",
        f"{data}/man/man1/anonlint.1",
        f"{data}/bash-completion/completions/anonlint",
        f"{data}/zsh/site-functions/_anonlint",
        f"{data}/fish/vendor_completions.d/anonlint.fish",
    ):
        assert name in names, name
    assert not {name for name in names if name.startswith(("tests", "rules/", "fixtures", "bench"))}


def test_what_is_installed_works(built: Path, tmp_path: Path) -> None:
    """In a fresh environment, away from the sources: the dependencies are lent, anonlint is the wheel's."""
    (wheel,) = built.glob("*.whl")
    venv = tmp_path / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", venv], check=True)
    python = str(venv / "bin" / "python")
    pip = [sys.executable, "-m", "pip", "--python", python, "install", "--quiet", "--no-deps", "--no-index", str(wheel)]
    subprocess.run(pip, check=True)
    asked = [python, "-P", "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"]
    inside = Path(subprocess.check_output(asked, text=True).strip())
    lent = [sysconfig.get_path("purelib"), sysconfig.get_path("platlib")]
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": os.pathsep.join((str(inside), *lent)),
        "XDG_CONFIG_HOME": str(tmp_path),
        "ANONLINT_NO_CACHE": "1",
    }

    def run(*arguments: str) -> str:
        command = [str(venv / "bin" / "anonlint"), *arguments]
        return subprocess.run(
            command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False, timeout=120
        ).stdout

    where = "import anonlint, anonlint_rules; print(anonlint.__file__, anonlint_rules.__file__)"
    for path in subprocess.check_output([python, "-P", "-c", where], env=environment, text=True).split():
        assert path.startswith(str(inside))
    assert run("--version").startswith(f"anonlint {__version__} (")
    assert "Bad (6.8-6.18)::" in run("explain", "AL203")
    bad = inside / "anonlint_rules" / "fixtures" / "AL203-share-before-clear" / "bad-6.8-6.18.c"
    assert "[AL203 share-before-clear]" in run("check", str(bad))


def test_versions_agree_and_since_is_not_the_future() -> None:
    from anonlint.rule.registry import rules

    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project["version"] == __version__
    changes = (ROOT / "CHANGELOG.md").read_text()
    assert f"\n## {__version__} - 20" in changes
    number = tuple(map(int, project["version"].split(".")))
    for rule in rules():
        assert tuple(map(int, rule.since.split("."))) <= number, rule.code
        assert f"\n## {rule.since}" in changes, rule.code
