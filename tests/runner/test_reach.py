"""What a patch cannot change is not analysed; what it can is, whatever leads from one to the other."""

from pathlib import Path

import pytest

from anonlint.intake.image import whole
from anonlint.run.reach import reached
from anonlint.run.surroundings import Change
from anonlint.syntax.index import FileIndex
from tests.flow.across import MAP, VMA, Tree
from tests.runner.test_across_files import Clone

FILE = """\
enum step { FIRST, SECOND };
#define HALF(x) ((x) / 2)
static int leaf(int a)
{
	return a;
}
static int middle(int a)
{
	return leaf(a) + HALF(a);
}
static int top(int a)
{
	return a == SECOND ? middle(a) : other(a);
}
static int alone(int a)
{
	return a;
}
"""


def of(old: str, new: str, *others: Change) -> frozenset[str] | None:
    images = [whole("mm/x.c", text.encode()) for text in (old, new)]
    assert images[0] is not None and images[1] is not None
    return reached((FileIndex(images[0]), FileIndex(images[1])), None, others)


@pytest.mark.parametrize(
    ("old", "new", "names"),
    [
        ("\treturn leaf(a) +", "\treturn 2 * leaf(a) +", {"middle", "top"}),  # and who runs it in place
        ("return a;\n}\nstatic int middle", "return 7;\n}\nstatic int middle", {"leaf", "middle", "top"}),
        ("((x) / 2)", "((x) / 3)", {"middle", "top"}),  # a macro
        ("FIRST, SECOND", "FIRST, OTHER, SECOND", {"top"}),  # an enum
        ("static int alone", "#ifdef CONFIG_X\nstatic int alone", set()),  # its end is missing: it holds the rest
        ("static int alone", "/* a word: leaf() */\nstatic int alone", set()),  # a comment says nothing
        ("static int alone(int a)\n{\n\treturn a;\n}\n", "", {"alone"}),  # gone
    ],
)
def test_who_is_led_to_a_change(old: str, new: str, names: set[str]) -> None:
    found = of(FILE, FILE.replace(old, new))
    assert found is not None and found - {"alone"} == names - {"alone"}


def test_a_remark_of_ours_has_all_judged() -> None:
    assert of(FILE, FILE.replace("static int alone", "/* anonlint: ignore[AL304] why */\nstatic int alone")) is None


def test_a_long_function_is_judged_with_its_callers() -> None:
    """It is not run in place of its calls, and relies on what they have proven."""
    long = "static int alone(int a)\n{\n" + "\ta = a + 1;\n" * 200 + "\treturn a;\n}\n"
    text = (
        FILE.replace("static int alone(int a)\n{\n\treturn a;\n}\n", long)
        + "int root(int a)\n{\n\treturn alone(a);\n}\n"
    )
    assert of(text, text.replace("return alone(a)", "return a ? alone(a) : 0")) == frozenset({"root", "alone"})
    assert of(text, text.replace("a = a + 1;", "a = a + 2;", 1)) == frozenset({"alone"})


ASKS = f"bool may_write({VMA})\n{{\n\treturn vma->vm_flags & VM_WRITE;\n}}\n"
CAREFUL = "static " + MAP.replace("\tif (!pte)\n", "\tif (!pte || !may_write(vma))\n")
CARELESS = ("static " + MAP).replace("map_range", "map_other")
CHANGED = {"mm__util_c": ASKS.replace("VM_WRITE", "VM_READ")}


def test_what_stays_is_not_counted_as_analysed(tmp_path: Path) -> None:
    clone = Clone(tmp_path / "clone", mm__map_c=CAREFUL + CARELESS)
    clone.commit("change", mm__map_c=CAREFUL.replace("mk_pte(page", "mk_pte(page ") + CARELESS)
    report = clone.report(git=("HEAD",))
    assert report.stats.analysed == 1
    assert not report.findings


def test_a_helper_in_another_file_of_the_patch(tmp_path: Path) -> None:
    clone = Clone(tmp_path / "clone", mm__map_c=CAREFUL, mm__util_c=ASKS, mm__internal_h=f"bool may_write({VMA});\n")
    clone.commit("change", mm__map_c=CAREFUL + "int more;\n", **CHANGED)
    assert [(f.code, f.function) for f in clone.report(git=("HEAD",)).findings] == [("AL304", "map_range")]


def test_a_helper_by_way_of_a_file_that_stays(tmp_path: Path) -> None:
    between = f"bool may_map({VMA})\n{{\n\treturn !(vma->vm_flags & VM_SHARED) && may_write(vma);\n}}\n"
    asks = CAREFUL.replace("may_write(", "may_map(")
    header = f"bool may_write({VMA});\nbool may_map({VMA});\n"
    clone = Clone(tmp_path / "clone", mm__map_c=asks, mm__util_c=ASKS, mm__way_c=between, mm__internal_h=header)
    clone.commit("change", mm__map_c=asks + "int more;\n", **CHANGED)
    assert [(f.code, f.function) for f in clone.report(git=("HEAD",)).findings] == [("AL304", "map_range")]


def test_what_a_series_cannot_change_stays_found(tmp_path: Path) -> None:
    """The second patch says nothing of what the first one brings."""
    clone = Clone(tmp_path / "clone", mm__map_c=CAREFUL, mm__util_c=ASKS)
    clone.commit("brings", mm__map_c=CAREFUL + CARELESS)
    clone.commit("other", mm__map_c=CAREFUL + CARELESS + "int more(void)\n{\n\treturn 1;\n}\n")
    found = Tree.report(clone, *(), git=("HEAD~2..HEAD",)).findings
    assert [(f.code, f.function, f.gone_by) for f in found] == [("AL304", "map_other", "")]
