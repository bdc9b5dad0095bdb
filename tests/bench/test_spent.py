"""Time is counted for the room in which it was spent."""

from pathlib import Path

from bench.spent import ELSEWHERE, by_room, profile


def test_a_built_in_functions_time_is_its_callers() -> None:
    pool, state = ("/x/anonlint/engine/pool.py", 1, "f"), ("/x/anonlint/domain/state.py", 2, "g")
    rule, other = ("/x/rules/anonlint_rules/bits/a.py", 3, "check"), ("/usr/lib/python3/re.py", 4, "sub")
    stats: dict[tuple[str, int, str], tuple[object, ...]] = {
        pool: (1, 1, 2.0, 9.0, {}),
        state: (1, 1, 3.0, 9.0, {}),
        rule: (1, 1, 1.0, 9.0, {}),
        other: (1, 1, 1.0, 9.0, {}),
        ("~", 0, "<len>"): (2, 2, 3.0, 3.0, {pool: (1, 1, 2.0, 2.0), state: (1, 1, 1.0, 1.0)}),
    }
    assert by_room(stats).shares == (("engine/", 0.4), ("domain/", 0.4), ("rules", 0.1), (ELSEWHERE, 0.1))
    assert str(by_room(stats)) == f"engine/ 40%, domain/ 40%, rules 10%, {ELSEWHERE} 10%"


def test_a_run_is_profiled(tmp_path: Path) -> None:
    text = "int f(pte_t *p)\n{\n\treturn pte_present(*p);\n}\n"
    (tmp_path / "x.c").write_text(text)
    spent = dict(profile((str(tmp_path / "x.c"),), tmp_path).shares)
    assert spent["engine/"] > 0
    assert spent["syntax/"] > 0
    assert abs(sum(spent.values()) - 1) < 0.001
