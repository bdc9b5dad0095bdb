"""Completion scripts, asked by the shells themselves (those that are installed)."""

import os
import pty
import select
import shlex
import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from anonlint.cli import completion
from anonlint.cli.commands import COMMANDS
from anonlint.cli.main import main
from anonlint.rule.registry import rules
from tests.programs import environment

SHELLS = ("bash", "zsh", "fish")
CASES = [
    ("anonlint com", {"completion"}),
    ("anonlint check --fail", {"--fail-level"}),
    ("anonlint check --format j", {"json", "jsonl", "junit"}),
    ("anonlint rules -f t", {"text"}),
    ("anonlint explain AL10", {rule.code for rule in rules() if rule.code.startswith("AL10")}),
    ("anonlint completion z", {"zsh"}),
    ("anonlint check --tree d", {"deep/"}),
    ("anonlint check some", {"some.patch"}),
    ("anonlint check --git to", {"topic"}),
    ("anonlint rules x", set()),
]
BASH = """
source "$1"
read -ra COMP_WORDS <<< "$2"
COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
_anonlint anonlint
printf '%s\\n' "${COMPREPLY[@]}"
"""
ZSH = """
autoload -U compinit
compinit -u -D
source {script}
write() {{ print -r -- $BUFFER > {line} }}
zle -N write
bindkey '^X' write
print REA''DY
"""


@pytest.fixture
def env(tmp_path: Path) -> dict[str, str]:
    """Return an environment; make a repository with something to complete to in tmp_path/tree."""
    values = environment(tmp_path)
    tree = tmp_path / "tree"
    (tree / "deep").mkdir(parents=True)
    (tree / "some.patch").touch()
    for words in ("init -q -b topic", "commit -q --allow-empty -m x"):
        subprocess.run(["git", *words.split()], cwd=tree, env=values, check=True)
    return values


def script(shell: str, directory: Path) -> Path:
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed")
    path = directory / f"completion.{shell}"
    path.write_text(completion.script(shell))
    return path


def asked(command: list[str], directory: Path, env: dict[str, str]) -> set[str]:
    done = subprocess.run(command, cwd=directory / "tree", env=env, capture_output=True, check=True, timeout=60)
    assert done.stderr == b""
    return {line.split("\t")[0] for line in done.stdout.decode().splitlines()} - {""}


@pytest.mark.parametrize(("line", "expected"), CASES)
def test_bash_completes(line: str, expected: set[str], env: dict[str, str], tmp_path: Path) -> None:
    path = script("bash", tmp_path)
    found = asked(["bash", "-c", BASH, "bash", str(path), line], tmp_path, env)
    assert found == {word.removesuffix("/") for word in expected}  # readline adds the slash


def test_bash_completes_behind_an_equals_sign_and_a_comma(env: dict[str, str], tmp_path: Path) -> None:
    path = script("bash", tmp_path)
    assert asked(["bash", "-c", BASH, "bash", str(path), "anonlint check --format = js"], tmp_path, env) == {
        "json",
        "jsonl",
    }
    found = asked(["bash", "-c", BASH, "bash", str(path), "anonlint check --select AL101,AL103"], tmp_path, env)
    assert found == {"AL101,AL103"}


@pytest.mark.parametrize(("line", "expected"), CASES)
def test_fish_completes(line: str, expected: set[str], env: dict[str, str], tmp_path: Path) -> None:
    path = script("fish", tmp_path)
    ask = f"source {shlex.quote(str(path))}; complete -C {shlex.quote(line)}"
    assert asked(["fish", "--no-config", "-c", ask], tmp_path, env) == expected


@pytest.mark.parametrize(("line", "expected"), [case for case in CASES if len(case[1]) == 1])
def test_zsh_completes(line: str, expected: set[str], env: dict[str, str], tmp_path: Path) -> None:
    path = script("zsh", tmp_path)
    (tmp_path / "start.zsh").write_text(ZSH.format(script=path, line=tmp_path / "line"))
    completed = zsh_line(line, tmp_path, env)
    assert completed.split()[-1].removesuffix("=") == next(iter(expected))


def zsh_line(line: str, directory: Path, env: dict[str, str]) -> str:
    """Return what becomes of a command line when the user presses the tabulator key."""
    master, slave = pty.openpty()
    answer = directory / "line"
    process = subprocess.Popen(
        ["zsh", "-f", "-i"], stdin=slave, stdout=slave, stderr=slave, cwd=directory / "tree",
        env=env | {"TERM": "dumb", "COLUMNS": "200"}, start_new_session=True,
    )  # fmt: skip
    os.close(slave)
    try:
        os.write(master, f"source {directory}/start.zsh\n".encode())
        _wait(master, lambda seen: b"READY" in seen)
        os.write(master, f"{line}\t\x18".encode())
        _wait(master, lambda _: answer.exists() and answer.read_text().endswith("\n"))
    finally:
        process.kill()
        process.wait()
        os.close(master)
    return answer.read_text()


def _wait(master: int, done: Callable[[bytes], bool]) -> None:
    seen = b""
    deadline = time.monotonic() + 30
    while not done(seen):
        assert time.monotonic() < deadline, seen
        if select.select([master], [], [], 0.02)[0]:
            seen += os.read(master, 4096)


@pytest.mark.parametrize("shell", SHELLS)
def test_every_command_and_long_option_is_in_every_script(shell: str) -> None:
    text = completion.script(shell)
    for command in COMMANDS:
        assert command.name in text
        for option in command.options:
            assert option.flags[-1].lstrip("-") in text


def test_an_unknown_shell_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["completion", "csh"]) == 2
    assert capsys.readouterr().err == "anonlint: completion: 'csh' is none of bash, zsh, fish\n"
