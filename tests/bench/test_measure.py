"""The bench compares only what does the same, and runs until it knows."""

import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from bench import flow
from bench import run as bench
from bench.document import KEYS
from bench.measure import Contender, Measured, Rounds, doubt, enough, rows


def contender(key: str, text: str, search: str = "s", exact: bool = False) -> Contender:
    program = f"import sys; sys.stdout.write({text!r})"
    return Contender(key, key, (sys.executable, "-S", "-c", program), search=search, exact=exact)


def run(tmp_path: Path, contenders: Sequence[Contender]) -> Measured:
    return rows(contenders, Rounds(1, 1), tmp_path)


def test_a_search_that_finds_another_number_of_things_is_named(tmp_path: Path) -> None:
    measured = run(tmp_path, [contender("a", "x\n"), contender("b", "x\ny\n")])
    assert measured.differ == ("b has 2 hits, a has 1: no comparison",)


def test_what_is_exact_finds_the_same_and_not_only_as_much(tmp_path: Path) -> None:
    assert not run(tmp_path, [contender("a", "x\n"), contender("b", "y\n", exact=True)]).differ
    exact = [contender("a", "x\n", exact=True), contender("c", "y\n", exact=True)]
    assert run(tmp_path, exact).differ == ("c has other hits than a, though as many: no comparison",)


def test_the_order_of_hits_and_other_searches_do_not_matter(tmp_path: Path) -> None:
    contenders = [
        contender("a", "x\ny\n", exact=True),
        contender("b", "y\nx\n", exact=True),
        contender("c", "", "other"),
        contender("d", "1\n2\n3\n", ""),
    ]
    measured = run(tmp_path, contenders)
    assert [row.hits for row in measured.rows] == [2, 2, 0, None]
    assert not measured.differ


def test_a_row_that_changes_its_mind_is_named(tmp_path: Path) -> None:
    program = "import pathlib; p = pathlib.Path('n'); p.open('a').write('x\\n'); print(p.read_text(), end='')"
    fickle = Contender("a", "a", (sys.executable, "-S", "-c", program), search="s")
    assert rows([fickle], Rounds(3, 3), tmp_path).differ == (
        "a has 2 hits, a has 1: no comparison",
        "a has 3 hits, a has 1: no comparison",
    )


def test_a_command_that_fails_ends_the_run(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match=r"^bench: broken: exit status 3: no$"):
        run(
            tmp_path,
            [Contender("k", "broken", (sys.executable, "-c", "import sys; print('no', file=sys.stderr); sys.exit(3)"))],
        )


def test_rounds_go_on_while_a_median_is_in_doubt() -> None:
    rounds = Rounds(least=3, most=9, seconds=100)
    assert enough(2, False, 1, rounds) == ""
    assert enough(3, False, 1, rounds) == "steady"
    assert enough(3, True, 1, rounds) == ""
    assert enough(9, True, 1, rounds) == "most"
    assert enough(3, True, 100, rounds) == "time"


def test_doubt_is_small_where_runs_agree_and_shrinks_with_more_of_them() -> None:
    assert doubt([1.0, 1.0, 1.0]) == 0
    assert doubt([1.0, 1.5, 2.0]) > doubt([1.0, 1.5, 2.0] * 9) > 0.03
    assert doubt([1.0, 1.0]) == 1
    assert doubt([0.010, 0.011, 0.012]) < 0.03  # a millisecond is none


def test_the_note_says_how_many_rounds_there_were_and_why(tmp_path: Path) -> None:
    contenders = [contender("a", "x\n")]
    assert run(tmp_path, contenders).note.startswith(
        "1 round: as many as were allowed, and 1 medians were still in doubt"
    )
    only = [c._replace(most=1) for c in contenders]
    assert (
        rows(only, Rounds(2, 5), tmp_path).note
        == "2 rounds: then no median of processor time was in doubt by more than 3%."
    )


def test_nothing_that_tests_set_slows_what_is_measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    program = "import sys; print('x\\n' * sys.dont_write_bytecode, end='')"
    got = run(tmp_path, [Contender("a", "a", (sys.executable, "-c", program), search="s")])
    assert got.rows[0].hits == 0


@pytest.mark.parametrize("differ", [(), ("b has 2 hits, a has 1: no comparison",)])
def test_a_run_whose_rows_differ_fails_and_writes_nothing(
    differ: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "linux-source-6.12/mm").mkdir(parents=True)
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs/benchmarks.md").write_text(f"# Old\n{KEYS}\nsome figures\n")
    monkeypatch.setattr(bench, "BENCH", tmp_path / "bench")
    monkeypatch.setattr(bench, "make_inputs", lambda _tree, _folder: None)
    monkeypatch.setattr(flow, "compare", lambda *_: [])
    monkeypatch.setattr(bench, "rows", lambda *_: Measured([], "1 round.", differ))
    monkeypatch.setattr(sys, "argv", ["bench", "--kernels", str(tmp_path), "--no-install", "--write"])
    if differ:
        with pytest.raises(SystemExit, match=r"^bench: b has 2 hits, a has 1: no comparison\nbench: failed"):
            bench.main()
    else:
        bench.main()
    page = (tmp_path / "docs/benchmarks.md").read_text()
    assert page.startswith("# Old" if differ else "# Benchmarks")
    assert page.endswith(f"\n{KEYS}\nsome figures\n")  # who measures key strokes writes them
