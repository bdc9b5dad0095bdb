"""Selection of rules, and the settings file."""

import json
from pathlib import Path
from typing import NamedTuple

import pytest

from anonlint.errors import UsageError
from anonlint.policy import settings
from anonlint.policy.schema import schema
from anonlint.policy.select import choose
from anonlint.policy.words import FORMATS


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
        ("= 1", "Invalid"),
    ],
)
def test_wrong_settings_name_file_and_key(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "anonlint.toml").write_text(text)
    with pytest.raises(UsageError, match=f"anonlint.toml:1: .*{message}"):
        settings.load(str(tmp_path))


@pytest.mark.fault("a settings file has a key or value that cannot be", "file, line and key are named; status 2")
@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("anonlint.toml", "# mine\n\nstrict = true\nkernel = 6\n", ":4: kernel: must be"),
        (
            "anonlint.toml",
            'strict = true\n[[rules]]\npaths = []\n[[rules]]\npaths = "fs/"\n',
            ":5: rules: paths must",
        ),
        ("anonlint.toml", '[[rules]]\npaths = ["mm/"]\n[[rules]]\nselect = ["AL1"]\n', ":3: rules: .*paths is missing"),
        ("anonlint.toml", "[[rules]]\npaths = []\ncode = 1\n", ":3: rules: .*not 'code'"),
        ("anonlint.toml", 'strict = true\n\nselect = ["AL1"\n', ":3: Unclosed array"),
        ("pyproject.toml", "[project]\nkernel = 1\n\n[tool.anonlint]\nkernel = 1\n", ":5: kernel: must be"),
    ],
)
def test_what_is_wrong_in_a_file_has_its_line(tmp_path: Path, name: str, text: str, message: str) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(UsageError, match=f"{name}{message}"):
        settings.load(str(tmp_path))


# Values for each key, those that are right first.
VALUES: dict[str, tuple[list[object], list[object]]] = {
    "kernel": (["6.12", "5.9"], ["six", 6.12, "6", ["6.1"]]),
    "fail-level": ([*settings.LEVELS], ["warn", 1, True]),
    "format": ([*FORMATS], ["xml", []]),
    "strict": ([True, False], ["yes", 1]),
    "select": ([["AL1", "-AL101"], []], ["AL1", [1]]),
    "vocabulary": ([["a.tsv"], []], ["a.tsv", [[]]]),
    "baseline": (["known"], ["", 1]),
    "plugins": ([["./mine", "entry-points"]], ["mine", {"a": 1}]),
    "rules": (
        [[], [{"paths": ["mm/"], "ignore": ["AL4"]}], [{"paths": [], "select": ["AL4"]}]],
        ["mm/", [{"select": ["AL4"]}], [{"paths": "mm/"}], [{"paths": [], "code": []}], {"paths": []}],
    ),
    "colour": ([], [1]),
}


def test_the_schema_accepts_what_is_read_and_nothing_else(tmp_path: Path) -> None:
    jsonschema = pytest.importorskip("jsonschema")
    validator = jsonschema.Draft202012Validator(schema())
    assert VALUES.keys() - {"colour"} == schema()["properties"].keys()
    for key, values in VALUES.items():
        for right, found in zip((True, False), values, strict=True):
            for value in found:
                (tmp_path / "anonlint.toml").write_text(f"{key} = {toml(value)}\n")
                try:
                    settings.load(str(tmp_path))
                    read = True
                except UsageError:
                    read = False
                assert read == right == validator.is_valid({key: value}), (key, value)


def toml(value: object) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key} = {toml(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(toml, value)) + "]"
    return json.dumps(value)
