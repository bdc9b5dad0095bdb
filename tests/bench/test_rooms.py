"""The table of what the tests execute."""

from bench.rooms import HELD, rooms, table


def file(done: int, all_of_it: int) -> dict[str, object]:
    return {"summary": {"covered_lines": done, "num_statements": all_of_it}}


def test_files_are_added_up_by_room() -> None:
    found = rooms(
        {
            "anonlint/graph/cfg.py": file(9, 10),
            "anonlint/graph/ir.py": file(10, 10),
            "rules/anonlint_rules/heirs.py": file(1, 2),
            "anonlint/limits.py": file(0, 5),
            "anonlint/graph/__init__.py": file(0, 0),
        }
    )
    assert found == {"graph": (19, 20), "rules": (1, 2), "limits.py": (0, 5)}


def test_one_room_that_has_too_little_fails() -> None:
    sound = dict.fromkeys(HELD, (95, 100))
    assert table(sound)[1]
    text, fine = table({**sound, "words": (91, 100)})
    assert not fine and "words     91.0 % of 100 lines, less than 92 %" in text
    assert not table({})[1]
