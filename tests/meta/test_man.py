"""The manual page: what the table of options says, and clean for those who typeset it."""

import shutil
import subprocess
from pathlib import Path

import pytest

from anonlint.cli.commands import COMMANDS
from anonlint.dev import gen_man

PAGE = Path(__file__).resolve().parents[2] / gen_man.PATH


def test_the_page_is_what_the_table_says() -> None:
    assert PAGE.read_text() == gen_man.page(), "stale: run ./run docs"


@pytest.mark.parametrize(
    ("program", "options"),
    [("groff", ("-man", "-Tutf8", "-ww", "-z")), ("mandoc", ("-Tlint", "-Wwarning"))],
)
def test_typesetters_do_not_complain(program: str, options: tuple[str, ...]) -> None:
    if shutil.which(program) is None:
        pytest.skip(f"{program} is not installed")
    done = subprocess.run([program, *options, str(PAGE)], capture_output=True, text=True, check=False)
    # the page has no date, for it must be the same tomorrow
    assert [line for line in (done.stdout + done.stderr).splitlines() if "missing date" not in line] == []


def test_what_a_reader_sees() -> None:
    if shutil.which("groff") is None:
        pytest.skip("groff is not installed")
    command = ["groff", "-man", "-Tascii", "-P-c", "-P-b", "-P-u", "-rLL=200n", str(PAGE)]
    text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    words = " ".join(text.split())
    for command_ in COMMANDS:
        for option in command_.options:
            assert ", ".join(option.flags) in words
        for example in command_.examples:
            assert " ".join(example.split()) in words
