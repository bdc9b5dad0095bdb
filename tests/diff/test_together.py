"""A series compared: each patch by itself, and together what several make of one function."""

import json
from pathlib import Path
from typing import Any

import pytest

from anonlint.cli.main import main
from tests.diff.test_diff import BEFORE
from tests.runner.test_across_files import Clone

WIDER = BEFORE.replace("!is_theirs(leaf)", "!is_migration_entry(leaf)")
RENAMED = BEFORE.replace("fresh", "made")
BOTH = WIDER.replace("fresh", "made")


def document(clone: Clone, capsys: pytest.CaptureFixture[str], count: int) -> dict[str, Any]:
    """Return what a range of commits says, having seen that a mailbox of them says the same."""
    box = clone.root.parent / "series.mbox"
    box.write_text(clone.git("format-patch", f"-{count}", "--stdout"))
    words = ["diff", "--tree", str(clone.root), "--kernel", "6.12", "--format", "json"]
    assert main([*words, "--git", f"HEAD~{count}..HEAD"]) == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    clone.git("reset", "-q", "--hard", f"HEAD~{count}")
    assert main([*words, str(box)]) == 0
    again = json.loads(capsys.readouterr().out)
    for change in (*found["changes"], *again["changes"]):
        del change["commit"]
    assert (again["changes"], again["together"]) == (found["changes"], found["together"])
    return found


def series(folder: Path, *texts: str) -> Clone:
    clone = Clone(folder / "clone", mm__kinds_c=texts[0])
    for number, text in enumerate(texts[1:], 1):
        clone.commit(f"step {number}", mm__kinds_c=text)
    return clone


def told(changes: list[dict[str, Any]]) -> list[tuple[list[int], str]]:
    return [(change["patches"], change["verdict"]) for change in changes if change["function"] == "keep_kind"]


@pytest.mark.parametrize(
    ("texts", "single", "together"),
    [
        ((BEFORE, WIDER, BOTH, RENAMED), ["changed", "same", "changed"], [([1, 2, 3], "same")]),
        ((BEFORE, WIDER, BEFORE), ["changed", "changed"], [([1, 2], "same")]),
        ((BEFORE, WIDER, BEFORE, WIDER), ["changed"] * 3, [([1, 2, 3], "changed")]),
        ((BEFORE, RENAMED, RENAMED + "\nint some;\n", BOTH), ["same", "changed"], [([1, 3], "changed")]),
        ((BEFORE, WIDER, WIDER + "\nint some;\n"), ["changed"], []),
    ],
)
def test_what_several_patches_make_of_a_function(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], texts: tuple[str, ...], single: list[str], together: Any
) -> None:
    found = document(series(tmp_path, *texts), capsys, len(texts) - 1)
    assert [verdict for _, verdict in told(found["changes"])] == single
    assert told(found["together"]) == together


def test_what_it_says_in_words(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    clone = series(tmp_path, BEFORE, WIDER, BEFORE)
    words = ["diff", "--tree", str(clone.root), "--git", "HEAD~2..HEAD", "--format"]
    for form in ("text", "full", "markdown", "html"):
        assert main([*words, form]) == 0
        out = capsys.readouterr().out.replace("\\", "")
        assert "keep_kind(): different in effect [patch 1: step 1]" in out
        assert "keep_kind(): different in effect [patch 2: step 2]" in out
        assert "keep_kind(): no difference in effect [patches 1 and 2 together]" in out


def test_one_patch_is_no_series(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    clone = series(tmp_path, BEFORE, WIDER)
    assert main(["diff", "--tree", str(clone.root), "--git", "HEAD"]) == 0
    assert "[patch 1" not in capsys.readouterr().out
