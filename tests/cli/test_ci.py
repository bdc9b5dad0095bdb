"""What CI runs: the script, in clones as GitHub and GitLab make them, the action's steps, and the files' syntax."""

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from anonlint.cli import commands, options
from tests.cli.clones import BROKEN, FINDING, SOUND, Clone
from tests.programs import ROOT

yaml = pytest.importorskip("yaml", reason="pip install -e '.[dev]'")

SCRIPT = str(ROOT / "ci/run-anonlint.sh")


def read(name: str) -> Any:
    return yaml.safe_load((ROOT / name).read_text())


@pytest.fixture
def clone(tmp_path: Path) -> Clone:
    """Return a clone whose branch ``topic`` brings two patches, the first of which breaks something."""
    made = Clone(tmp_path)
    made.git("checkout", "-q", "-b", "topic")
    made.commit("mm: break it", BROKEN)
    made.commit("mm: add to it", BROKEN + b"\nint x;\n")
    made.git("checkout", "-q", "main")
    made.commit("mm: go on", SOUND + b"\nint y;\n")
    made.git("checkout", "-q", "topic")
    return made


def as_github(clone: Clone, depth: int) -> Path:
    """Return what actions/checkout makes of a pull request: a merge, with so many commits of history."""
    clone.git("checkout", "-q", "--detach", "main")
    clone.git("merge", "-q", "-X", "ours", "-m", "Merge", "topic")
    clone.git("update-ref", "refs/pull/1/merge", "HEAD")
    clone.git("config", "uploadpack.allowAnySHA1InWant", "true")
    work = clone.path.parent / "work"
    clone.git("init", "-q", str(work))
    clone.git("remote", "add", "origin", f"file://{clone.path}", cwd=work)
    some = [f"--depth={depth}"] if depth else []
    refs = "+refs/pull/1/merge:refs/remotes/pull/1/merge"
    clone.git("fetch", "-q", "--no-tags", *some, "origin", refs, cwd=work)
    clone.git("checkout", "-q", "--detach", "refs/remotes/pull/1/merge", cwd=work)
    clone.env |= {"GITHUB_ACTIONS": "true", "GITHUB_EVENT_NAME": "pull_request", "GITHUB_BASE_REF": "main"}
    return work


@pytest.mark.parametrize("depth", [1, 2, 0])
def test_a_pull_request_is_checked_patch_by_patch(clone: Clone, depth: int) -> None:
    work = as_github(clone, depth)
    done = clone.run(SCRIPT, cwd=work)
    assert done.returncode == 0, done.stderr
    (line,) = [line for line in done.stdout.splitlines() if line.startswith("::error ")]
    assert "title=AL103" in line and "mm: break it" in line
    assert "on probation: ended with 1" in done.stderr
    clone.env["ANONLINT_ENFORCE"] = "1"
    assert clone.run(SCRIPT, cwd=work).returncode == 1
    assert clone.run(SCRIPT, "--fail-level", "never", cwd=work).returncode == 0


def test_a_clone_that_cannot_be_deepened_is_refused_with_what_to_write(clone: Clone) -> None:
    work = as_github(clone, 1)
    clone.git("remote", "set-url", "origin", "file:///no/such/place", cwd=work)
    clone.env["ANONLINT_ENFORCE"] = "1"
    done = clone.run(SCRIPT, cwd=work)
    assert (done.returncode, done.stdout) == (2, "")
    assert "fetch-depth: 0" in done.stderr and "GIT_DEPTH: 0" in done.stderr
    del clone.env["ANONLINT_ENFORCE"]
    assert clone.run(SCRIPT, cwd=work).returncode == 0


def test_anywhere_else_base_and_head_are_named(clone: Clone) -> None:
    clone.env |= {"ANONLINT_BASE": "main", "ANONLINT_ENFORCE": "1"}
    done = clone.run(SCRIPT)
    assert done.returncode == 1 and done.stdout.count(FINDING) == 1
    clone.env["ANONLINT_HEAD"] = "topic~2"
    assert clone.run(SCRIPT).returncode == 0


def test_gitlab_job_makes_its_reports(clone: Clone) -> None:
    job = read("ci/gitlab.yml")["anonlint"]
    clone.env["CI_MERGE_REQUEST_DIFF_BASE_SHA"] = clone.git("rev-parse", "main").strip()
    clone.env |= {name: str(value) for name, value in job["variables"].items()}
    done = clone.run("sh", "-e", "-c", "\n".join(job["script"]))
    assert done.returncode == 1 and FINDING in done.stdout
    clone.env["ANONLINT_ENFORCE"] = "0"
    done = clone.run("sh", "-e", "-c", "\n".join(job["script"]))
    assert done.returncode == 0 and FINDING in done.stdout
    for name in job["artifacts"]["reports"].values():
        assert "AL103" in (clone.path / name).read_text()
    assert job["variables"]["GIT_DEPTH"] == 0


def test_the_actions_check_step_runs_as_written(clone: Clone) -> None:
    work = as_github(clone, 1)
    action = read("action.yml")
    assert action["runs"]["using"] == "composite"
    (step,) = [step for step in action["runs"]["steps"] if step.get("name") == "Check"]
    given = {f"inputs.{name}": value["default"] for name, value in action["inputs"].items()}
    env = {name: re.sub(r"\$\{\{ (\S+) \}\}", lambda m: given[m[1]], value) for name, value in step["env"].items()}
    clone.env |= {**env, "GITHUB_ACTION_PATH": str(ROOT), "GITHUB_STEP_SUMMARY": str(work / "summary.md")}
    done = clone.run("bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"], cwd=work)
    assert done.returncode == 1, done.stderr
    assert "::error file=mm/protect.c" in done.stdout
    assert "AL103" in (work / "summary.md").read_text()
    upload = action["runs"]["steps"][-1]
    assert (work / upload["with"]["sarif_file"]).read_text().startswith("{")
    for each in action["runs"]["steps"]:
        assert "uses" in each or each["shell"] == "bash"
        assert "${{" not in each.get("run", "")  # what a pull request names is never put into a script


def test_what_the_files_call_is_there() -> None:
    for name in ("action.yml", "ci/gitlab.yml", "ci/run-anonlint.sh", "Dockerfile", "docs/ci.md"):
        for line in re.findall(r"anonlint (check [^\n\"]*--format [^\n\"]*)", (ROOT / name).read_text()):
            words = [word for word in line.split("#")[0].split("$@")[0].split() if "$" not in word]
            options.parse(commands.CHECK, words[1:])
    assert "anonlint patchwork" in (ROOT / "docs/ci.md").read_text()


def test_shellcheck_has_nothing_against_the_script() -> None:
    if shutil.which("shellcheck") is None:
        pytest.skip("shellcheck is not installed")
    done = subprocess.run(["shellcheck", SCRIPT], capture_output=True, text=True, check=False)
    assert done.stdout == ""
