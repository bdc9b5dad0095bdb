"""The tool that changes the engine makes changes that are changes."""

import ast
import random
from pathlib import Path

import pytest

from bench.mutate import ROOT, Copies, Place, change, enough, places


def test_a_change_is_a_program_and_another_one() -> None:
    found = places()
    assert len(found) > 1000
    assert {path.split("/")[0] for path, _, _ in found} == {"anonlint", "rules"}
    for where in random.Random(1).sample(found, 25):
        place = change(*where)
        compile(place.text, place.path, "exec")
        assert place.text.strip() != ast.unparse(ast.parse((ROOT / place.path).read_text())).strip(), place.what


def test_what_a_change_does_is_said() -> None:
    said = {change(*where).what for where in random.Random(2).sample(places(), 160)}
    assert {"And to Or", "negate a condition", "drop the last condition", "Eq to NotEq"} <= said


@pytest.mark.parametrize(
    ("survivors", "count", "expected"),
    [(5, 60, True), (6, 60, False), (0, 8, True), (1, 8, True), (3, 8, True), (4, 8, False), (8, 8, False)],
)
def test_few_places_fail_only_where_it_is_no_chance(survivors: int, count: int, expected: bool) -> None:
    assert enough(survivors, count) is expected


def test_a_change_is_tried_in_a_copy_that_is_as_before_then(tmp_path: Path) -> None:
    test = tmp_path / "test_it.py"
    test.write_text(
        "import anonlint.limits\n\n\ndef test_it() -> None:\n    assert not hasattr(anonlint.limits, 'odd')\n"
    )
    place = "anonlint/limits.py"
    text = (ROOT / place).read_text()
    copies = Copies(tmp_path, 1)
    for changed, expected in ((text + "odd = 1\n", "test_it"), (text, ""), (text + "odd = 2\n", "test_it")):
        by, _ = copies.tried(Place(place, 1, "", changed), [str(test)], "0")
        assert expected in by and bool(by) is bool(expected)
    assert (tmp_path / "0" / place).read_text() == text
