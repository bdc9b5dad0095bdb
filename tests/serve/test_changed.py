"""What a change leaves of what was found: functions as they were keep their findings, wherever they are now."""

from anonlint.model.finding import Evidence
from anonlint.serve.changed import Change, Judged, carried, change
from anonlint.serve.desk import Handler
from tests.report import reports as R  # noqa: N812 - short

TEXT = ("int x;", "int f(void)", "{", "}", "", "int g(void)", "{", "}")
F, G = Handler("f", 2, 4), Handler("g", 6, 8)
IN_F = R.PFN._replace(path="a.c", function="f", line=3, because=(Evidence("a.c", 2, 1, "so"),), evidence=())
IN_G = R.PFN._replace(path="a.c", function="g", line=7, because=(Evidence("b.c", 7, 1, "so"),), evidence=())
BEFORE = Judged(TEXT, (F, G), (IN_F, IN_G))


def test_a_changed_function_is_the_only_one() -> None:
    lines = (*TEXT[:3], "\treturn 1;", *TEXT[3:])
    made = change(BEFORE, lines, (Handler("f", 2, 5), Handler("g", 7, 9)))
    assert made == Change(("f",), {"g": 1})


def test_what_is_no_function_makes_all_of_it_new() -> None:
    assert change(BEFORE, ("int y;", *TEXT[1:]), (F, G)) is None


def test_functions_of_one_name_are_one() -> None:
    lines = (*TEXT, "int f(void)", "{", "}")
    assert change(BEFORE, lines, (F, G, Handler("f", 9, 11))) == Change(("f",), {"g": 0})


def test_findings_move_along_with_their_function() -> None:
    new = IN_F._replace(line=4, message="else", fingerprint="1")
    kept = carried(BEFORE, Change(("f",), {"g": 5}), [new, new._replace(code="AL001")])
    assert kept == (new, IN_G._replace(line=12))
    assert kept[1].because[0].line == 7  # another file stays where it is


def test_nothing_is_said_twice() -> None:
    assert carried(BEFORE, Change(("f",), {"g": 0}), [IN_G]) == (IN_G,)
