"""Targets are judged by the figures, and by nothing that was not measured."""

from bench.measure import Contender, Row, Usage
from bench.targets import MEMORY, TIMES, table, verdicts


def row(key: str, cpu: float = 1.0, memory: float = 10.0) -> Row:
    return Row(Contender(key, key, ()), Usage(99.0, cpu, memory), 0.0, 3, None)


def words(*rows: Row) -> dict[str, str]:
    lines = table(verdicts(rows)).splitlines()[2:]
    return {line.split(" | ")[0].strip("| "): line.split(" | ")[-1].strip("| ") for line in lines}


def test_a_target_is_met_up_to_its_limit_of_processor_time() -> None:
    warm = next(target.what for target in TIMES if target.key == "warm")
    assert words(row("ast-grep", 2), row("warm", 0.3))[warm] == "met"
    assert words(row("ast-grep", 2), row("warm", 0.301))[warm] == "NOT met"


def test_what_is_added_is_added() -> None:
    patch = next(target.what for target in TIMES if target.key == "patch")
    assert words(row("pass", 0.01), row("patch", 0.0699))[patch] == "met"
    assert words(row("pass", 0.01), row("patch", 0.0701))[patch] == "NOT met"


def test_what_was_not_measured_is_not_said_to_be_met() -> None:
    assert all(word.startswith("not known: ") for word in words().values())
    cold = next(target.what for target in TIMES if target.key == "cold")
    assert words(row("cold"))[cold] == "not known: ast-grep was not measured"


def test_memory_is_that_of_the_largest() -> None:
    rows = [row(key, memory=50) for key in MEMORY[1].keys]
    assert words(*rows)[MEMORY[1].what] == "met"
    assert words(*rows[1:], row(rows[0].contender.key, memory=101))[MEMORY[1].what] == "NOT met"


def test_the_figures_are_said() -> None:
    assert "| 0.301 s | 0.300 s | NOT met |" in table(verdicts([row("ast-grep", 2), row("warm", 0.301)]))
