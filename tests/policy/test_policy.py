"""Selection of rules, and the settings file."""

from pathlib import Path
from typing import NamedTuple

import pytest

from anonlint.errors import UsageError
from anonlint.policy import settings
from anonlint.policy.select import choose


class Rule(NamedTuple):
    code: str
    name: str
    status: str = "stable"


RULES = (Rule("AL101", "a-b"), Rule("AL102", "c-d"), Rule("AL201", "e-f", "preview"))


@pytest.mark.parametrize(
    ("selections", "preview", "codes"),
    [
        ((), False, "AL101 AL102"),
        ((), True, "AL101 AL102 AL201"),
        (("AL101",), False, "AL101"),
        (("c-d", "AL101"), False, "AL101 AL102"),
        (("-AL101",), False, "AL102"),
        (("AL1", "-a-b"), False, "AL102"),
        (("-AL1", "AL102"), False, "AL102"),
        (("AL",), False, "AL101 AL102"),
        (("AL2",), False, ""),
        (("AL201",), False, "AL201"),
        (("all", "-AL102"), True, "AL101 AL201"),
    ],
)
def test_later_selection_wins(selections: tuple[str, ...], preview: bool, codes: str) -> None:
    assert " ".join(rule.code for rule in choose(RULES, selections, preview)) == codes


@pytest.mark.parametrize("word", ["AL109x", "-nosuch", "", "-"])
def test_unknown_selection_is_an_error(word: str) -> None:
    with pytest.raises(UsageError, match="unknown rule"):
        choose(RULES, (word,))


def test_unknown_selection_names_the_near_one() -> None:
    with pytest.raises(UsageError, match="did you mean AL101"):
        choose(RULES, ("AL1011",))


def test_nearest_settings_file_counts(tmp_path: Path) -> None:
    below = tmp_path / "a" / "b"
    below.mkdir(parents=True)
    (tmp_path / "anonlint.toml").write_text('kernel = "5.19"\n')
    (tmp_path / "a" / "pyproject.toml").write_text("[tool.other]\nanonlint = 1\n")
    assert settings.load(str(below)).kernel == "5.19"
    text = '[tool.anonlint]\nselect = ["AL101"]\nfail-level = "never"\n'
    (tmp_path / "a" / "pyproject.toml").write_text(text)
    found = settings.load(str(below))
    assert (found.kernel, found.select, found.fail_level) == ("", ("AL101",), "never")
    assert found.path == str(tmp_path / "a" / "pyproject.toml")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("colour = 1", "unknown key 'colour'"),
        ("kernel = 6.12", "kernel: must be a string"),
        ('kernel = "six"', "'six' is no kernel version"),
        ('fail-level = "warn"', "'warn' is none of"),
        ("format = []", "format: \\[\\] is none of"),
        ('select = "AL101"', "select: must be a list of strings"),
        ("= 1", "line 1"),
    ],
)
def test_wrong_settings_name_file_and_key(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "anonlint.toml").write_text(text)
    with pytest.raises(UsageError, match=f"anonlint.toml: .*{message}"):
        settings.load(str(tmp_path))
