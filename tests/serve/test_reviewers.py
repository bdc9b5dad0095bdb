"""What docs/reviewers.md shows for programs, read and run as they would."""

import json
import re
import tomllib
from pathlib import Path

import pytest

from tests.cli.clones import BROKEN, Clone
from tests.programs import ROOT

DOCUMENT = (ROOT / "docs/reviewers.md").read_text()


def block(language: str) -> str:
    match = re.search(rf"^```{language}\n(.*?)^```$", DOCUMENT, re.M | re.S)
    assert match is not None
    return match[1]


@pytest.fixture
def clone(tmp_path: Path) -> Clone:
    made = Clone(tmp_path)
    made.commit("mm: break it", BROKEN)
    return made


@pytest.mark.parametrize("tool", tomllib.loads(block("toml"))["tools"]["custom"], ids=lambda tool: str(tool["name"]))
def test_sashikos_tools_run_as_it_runs_them(clone: Clone, tool: dict[str, object]) -> None:
    """Their parameters are a JSON schema, they are run by sh -c, and must end with 0 and print something."""
    parameters = json.loads(str(tool["parameters"]))
    command = str(tool["command"])
    assert not any(word in command for word in ("sudo", "rm -rf", "curl", "wget", "dd ", "mkfs"))
    assert re.findall(r"\{(\w+)\}", command) == list(parameters["properties"])
    assert all("path" in name or "file" in name for name in parameters["properties"])
    done = clone.run("sh", "-c", command.replace("{path}", "mm/protect.c"))
    assert (done.returncode, done.stderr) == (0, "")
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert [line["type"] for line in lines] == ["finding", "summary"]
    assert lines[0]["code"] == "AL103"


def test_an_mcp_clients_settings_name_a_command_line() -> None:
    server = json.loads(block("json"))["mcpServers"]["anonlint"]
    assert [server["command"], *server["args"]] == ["anonlint", "mcp", "--tree", "/path/to/linux"]
