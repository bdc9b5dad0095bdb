"""The hooks of .pre-commit-hooks.yaml, run by pre-commit itself."""

import subprocess
import textwrap
from pathlib import Path

import pytest

from tests.cli.clones import BROKEN, FINDING, SOUND, Clone
from tests.programs import ROOT, tool

MANIFEST = (ROOT / ".pre-commit-hooks.yaml").read_text()
OFFLINE = ("Temporary failure in name resolution", "Could not find a version", "Connection refused", "timed out")


@pytest.fixture
def clone(tmp_path: Path) -> Clone:
    """Return a clone that uses all hooks of the manifest, with the anonlint of this checkout."""
    made = Clone(tmp_path)
    hooks = textwrap.indent(MANIFEST.replace("language: python", "language: system"), "      ")
    made.write(".pre-commit-config.yaml", f"repos:\n  - repo: local\n    hooks:\n{hooks}".encode())
    made.git("add", ".")
    made.git("commit", "-q", "-m", "configuration")
    return made


def test_try_repo_installs_and_runs_the_hook(tmp_path: Path) -> None:
    pre_commit = tool("pre-commit")
    if subprocess.run(["git", "rev-parse", "HEAD"], cwd=ROOT, capture_output=True, check=False).returncode:
        pytest.skip("the checkout is no git repository, which is what try-repo needs")
    clone = Clone(tmp_path)
    del clone.env["PYTHONPATH"]  # what try-repo installs must do, and nothing else is there
    (tmp_path / "bin/anonlint").unlink()
    clone.write("mm/protect.c", BROKEN)
    clone.git("add", ".")
    clone.git("config", "--global", "safe.directory", "*")
    done = clone.run(pre_commit, "try-repo", str(ROOT), "anonlint", timeout=300)
    said = done.stdout + done.stderr
    if any(word in said for word in OFFLINE):
        pytest.skip("the network is missing: pip cannot get what anonlint needs")
    assert done.returncode == 1
    assert "anonlint (staged changes)" in said and FINDING in said


def test_commit_is_held_against_what_is_staged_only(clone: Clone) -> None:
    clone.run(tool("pre-commit"), "install")
    clone.write("mm/protect.c", b"/* comment */\n" + SOUND)
    clone.git("add", ".")
    clone.write("mm/protect.c", BROKEN)
    clone.git("commit", "-q", "-m", "comment")
    assert FINDING in clone.stopped("git", "commit", "-a", "-m", "break it")
    assert clone.subjects()[0] == "comment"


def test_push_is_held_against_the_commits_it_sends(clone: Clone, tmp_path: Path) -> None:
    clone.git("init", "-q", "--bare", str(tmp_path / "server"))
    clone.git("remote", "add", "origin", str(tmp_path / "server"))
    clone.run(tool("pre-commit"), "install", "-t", "pre-push")
    clone.commit("break it", BROKEN)
    assert ": break it)" in clone.stopped("git", "push", "origin", "main")  # a whole history
    clone.git("push", "-q", "--no-verify", "origin", "main")
    clone.commit("mend it", SOUND)
    clone.commit("break it again", BROKEN)
    clone.commit("comment", b"/* comment */\n" + BROKEN)
    said = clone.stopped("git", "push", "origin", "main")
    assert said.count(FINDING) == 1 and ": break it again)" in said
    ci = (tool("pre-commit"), "run", "--hook-stage", "pre-push", "--from-ref", "HEAD~1", "--to-ref", "HEAD")
    assert clone.run(*ci).returncode == 0


def test_whole_files_by_hand(clone: Clone) -> None:
    clone.commit("break it", BROKEN)
    clone.write("README", b"not C\n")
    clone.git("add", ".")
    said = clone.stopped(tool("pre-commit"), "run", "--hook-stage", "manual", "--all-files", "anonlint-files")
    assert FINDING in said
