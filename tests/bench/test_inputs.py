"""What the bench is run on: a series that applies, one patch on top of the other, and shapes that are what they say."""

import subprocess
from pathlib import Path

import pytest

from anonlint.intake import Request
from anonlint.rule import registry
from anonlint.run import runner
from bench.growth import SHAPES, write
from bench.inputs import PATCHES, in_turns, series, words
from tests.edits.edits import Change, Edit

NEW = ("statements", "ifs", "tests of flags", "nested ifs", "cases", "conditionals", "hot functions", "callers")


def edit(name: str, function: str, search: str, replacement: str) -> Edit:
    changes = (Change(search, replacement),)
    return Edit(name, "6.12", "mm/x.c", function, "", "", function, frozenset(), "", changes, False, "", "")


def test_each_patch_is_on_top_of_those_before(tmp_path: Path) -> None:
    (tmp_path / "mm").mkdir()
    text = "int f(void)\n{\n\treturn a;\n}\n\nint g(void)\n{\n\treturn b;\n}\n"
    (tmp_path / "mm/x.c").write_text(text)
    chosen = [
        edit("one", "f", "return a", "return 1"),
        edit("same", "f", "return 1", "return 2"),
        edit("unfit", "g", "return c", "return 3"),
        edit("two", "g", "return b", "return 4"),
    ]
    patches = series(tmp_path, chosen, 5)
    assert len(patches) == 2
    assert "[PATCH 2/5] mm: two" in patches[1]
    for patch in patches:
        subprocess.run(["git", "apply", "-"], input=patch, text=True, cwd=tmp_path, check=True)
    assert (tmp_path / "mm/x.c").read_text() == text.replace("a;", "1;").replace("b;", "4;")


@pytest.mark.kernel
def test_there_are_enough_edits_for_the_series(kernels: dict[str, str]) -> None:
    patches = series(Path(kernels["6.12"]), list(in_turns("6.12")), PATCHES)
    assert len(patches) == PATCHES
    assert sum("loses" in patch.split("\n")[3] for patch in patches) not in (0, PATCHES)


def test_the_words_are_the_vocabularys() -> None:
    listed = words().splitlines()
    assert len(listed) > 500
    assert {"pte_present", "is_migration_entry"} <= set(listed)
    assert "" not in listed  # grep would find it everywhere


@pytest.mark.parametrize("name", [*NEW, "files", "hunks", "mails"])
def test_a_shape_is_read_as_what_it_says(name: str, tmp_path: Path) -> None:
    make, file = SHAPES[name]
    write(tmp_path / file, make(6000))
    asked = runner.Options(Request(inputs=(str(tmp_path / file),), quoted=True), registry.rules(), (6, 12), workers=1)
    report = runner.check(asked, lambda: b"")
    assert not report.errors
    assert not [skip for skip in report.skipped if "parse" in skip.reason]
    assert report.stats.functions > (10 if name in ("hot functions", "callers", "files", "hunks", "mails") else 0)
