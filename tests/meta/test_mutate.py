"""The tool that changes the engine makes changes that are changes."""

import ast
import random

from bench.mutate import ROOT, change, places


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
