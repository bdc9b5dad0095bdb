"""The README's shell examples are run, and what they print is compared."""

import pytest

from anonlint.dev import gen_readme

README = (gen_readme.ROOT / "README.md").read_text()
COMMANDS = gen_readme.commands(README)


def test_the_readme_has_examples() -> None:
    assert len(COMMANDS) >= 4


@pytest.mark.parametrize("command", COMMANDS)
def test_example_prints_what_the_readme_says(command: str) -> None:
    assert f"$ {command}\n{gen_readme.run(command)}" in README, "stale or wrong: see what ./run docs changes"


def test_output_is_put_below_its_command() -> None:
    text = "a\n```console\n$ anonlint x\nold\n$ anonlint y\n```\nb\n"
    assert gen_readme.filled(text, lambda line: f"<{line}>\n") == (
        "a\n```console\n$ anonlint x\n<anonlint x>\n$ anonlint y\n<anonlint y>\n```\nb\n"
    )
