"""What a reviewer asks between the lines of a patch that he quotes stands beside what is found in the same lines."""

import json
from pathlib import Path

import pytest

from anonlint.cli.main import main

MAIL = Path(__file__).resolve().parents[2] / "examples" / "review-mail.txt"
ASKED = "Did you mean to change this test too, or the other one not?"
TOLD = "So a huge page's entry is now rewritten unless it is readable ..."


def checked(form: str, capsys: pytest.CaptureFixture[str], *words: str) -> str:
    main(["check", "--no-cache", "--no-tree", *words, "--select", "AL101,AL108,AL111", "--format", form, str(MAIL)])
    return " ".join(capsys.readouterr().out.replace("\\", "").split())


@pytest.mark.parametrize("form", ["full", "markdown", "html"])
def test_the_words_stand_beside_the_finding(
    form: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "300")
    out = checked(form, capsys, "--quoted").replace("&#34;", '"').replace("&#39;", "'").replace("</b>", "")
    question = next(
        at for at, line in enumerate(MAIL.read_text().splitlines(), 1) if line.startswith("... but a small")
    )
    assert f'asked at {MAIL}:{question}: "... but a small' in out
    told = next(at for at, line in enumerate(MAIL.read_text().splitlines(), 1) if line == TOLD)
    assert f'said at {MAIL}:{told}: "{TOLD}"' in out
    answer = "the table: change_huge_pmd() and change_pte_range() do the same to every entry that both handle"
    assert out.lower().count(answer) == 1  # the finding that has both tables; the other one in these lines has none
    assert out.count(ASKED) == 2


def test_json_has_them(capsys: pytest.CaptureFixture[str]) -> None:
    found = json.loads(checked("json", capsys, "--quoted"))["findings"]
    asked = {(item["code"], item["path"], item["line"]): [w["text"] for w in item.get("asked", ())] for item in found}
    assert len(asked["AL101", "mm/huge_memory.c", 1745]) == 2  # its own hunk, and that of the sibling
    assert [ASKED in text for text in asked["AL108", "mm/mprotect.c", 150]] == [True]
    assert asked["AL111", "mm/huge_memory.c", 1109] == []  # nothing is said of that hunk


def test_who_is_not_asked_for_is_not_quoted(capsys: pytest.CaptureFixture[str]) -> None:
    assert ASKED not in checked("full", capsys)
