"""Who calls a function from another file of the tree has proven what he has proven; who may call unseen, nothing."""

from pathlib import Path

import pytest

from tests.flow.across import CALL, GUARD, MAP, MAP_HEAD, VMA, Tree, caller

REPORTED = [("AL304", "map_range")]
INCLUDE = '#include "internal.h"\n'
# Asks sometimes: whoever calls, if he does not ask, leaves it open.
SOMETIMES = MAP.replace("\tif (!pte)", "\tif (addr)\n\t\tif (!(vma->vm_flags & VM_WRITE))\n\t\t\treturn;\n\tif (!pte)")


def found(tmp_path: Path, callers: str, text: str = MAP, **files: str) -> list[tuple[str, str]]:
    return Tree(tmp_path, mm__map_c=text, mm__fault_c=INCLUDE + callers, **files).found()


def test_nobody_in_another_file(tmp_path: Path) -> None:
    assert found(tmp_path / "silent", "") == []
    assert found(tmp_path / "asks", "", SOMETIMES) == REPORTED


@pytest.mark.parametrize("text", [MAP, SOMETIMES])
def test_what_the_caller_proves_is_proven(tmp_path: Path, text: str) -> None:
    assert found(tmp_path, caller("one", GUARD), text) == []


@pytest.mark.parametrize("text", [MAP, SOMETIMES])
@pytest.mark.parametrize(
    "lines",
    [
        (),
        ("if (!(vma->vm_flags & VM_READ))", "\treturn;"),
        ("if (!(other_vma->vm_flags & VM_WRITE))", "\treturn;"),
        ("/* VM_WRITE was asked */",),
    ],
)
def test_what_he_does_not_prove_is_not(tmp_path: Path, text: str, lines: tuple[str, ...]) -> None:
    other = ", struct vm_area_struct *other_vma"
    assert found(tmp_path, caller("one", *lines, more=other), text) == REPORTED


def test_of_two_the_one_that_does_not_prove_is_named(tmp_path: Path) -> None:
    tree = Tree(tmp_path, mm__map_c=MAP, mm__fault_c=caller("one", GUARD), mm__other_c="\n\n\n" + caller("two"))
    (finding,) = tree.report("mm").findings
    told = [(n.path, n.line, n.message) for n in (*finding.evidence, *finding.because)]
    assert (str(tmp_path / "mm/other.c"), 7, "it is so when two() calls") in told
    assert not any("one()" in message for _, _, message in told)
    tree.write(mm__other_c=caller("two", GUARD))
    assert tree.found() == []


def test_a_caller_in_the_file_and_one_in_another(tmp_path: Path) -> None:
    own = MAP + caller("near", GUARD)
    assert found(tmp_path / "a", caller("far", GUARD), own) == []
    assert found(tmp_path / "b", caller("far"), own) == REPORTED


def test_callers_of_callers(tmp_path: Path) -> None:
    head = MAP_HEAD.replace("map_range", "middle")
    middle = f"\n{head}\n{{\n\t{CALL}\n}}\n"
    outer = caller("outer", GUARD).replace("\tmap_range(", "\tmiddle(")
    header = f"{MAP_HEAD};\n{head};\n"
    for where, guarded in (("a", outer), ("b", outer.replace(GUARD, ""))):
        tree = Tree(tmp_path / where, mm__map_c=MAP, mm__middle_c=middle, mm__outer_c=guarded, mm__internal_h=header)
        assert tree.found() == ([] if guarded is outer else REPORTED)


@pytest.mark.parametrize(
    "other",
    [
        "EXPORT_SYMBOL_GPL(map_range);\n",
        "static const struct ops ops = { .map = map_range };\n",
        "#define map_all(vma) \\\n\tmap_range(vma, 0, 0, 0)\n",
        "static void hand(struct ops *ops)\n{\n\tops->map = map_range;\n}\n",
        "static void hand(void)\n{\n\tcall_later(map_range);\n}\n",
        f"static void both({VMA}, struct ops *ops)\n{{\n\tops->map = map_range;\n\tmap_range(vma, 0, 0, 0);\n}}\n",
        "int broken(void)\n{\n\tmap_range(\n",
    ],
    ids=["exported", "table", "macro", "stored", "handed", "stored and called", "broken"],
)
def test_who_may_call_unseen_leaves_it_open(tmp_path: Path, other: str) -> None:
    assert found(tmp_path / "silent", caller("one"), mm__other_c=other) == []
    assert found(tmp_path / "asks", caller("one", GUARD), SOMETIMES, mm__other_c=other) == REPORTED


@pytest.mark.parametrize(
    "files",
    [
        {"include__linux__mm_h": f"extern {MAP_HEAD};\n"},
        {"mm__internal_h": "struct mm_struct;\n"},
    ],
    ids=["for everybody", "declared nowhere"],
)
def test_what_not_only_mm_declares_may_be_called_from_anywhere(tmp_path: Path, files: dict[str, str]) -> None:
    assert found(tmp_path, caller("one"), **files) == []


def test_who_includes_mm_from_elsewhere_is_a_caller(tmp_path: Path) -> None:
    far = '#include "../mm/internal.h"\n' + caller("far")
    assert found(tmp_path / "a", caller("one", GUARD), kernel__uprobes_c=far) == REPORTED
    assert found(tmp_path / "b", caller("one", GUARD), kernel__uprobes_c=far.replace(CALL, "")) == []


def test_a_static_function_of_the_same_name_is_another(tmp_path: Path) -> None:
    same = "static " + MAP + caller("two")
    tree = Tree(tmp_path, mm__map_c=SOMETIMES, mm__fault_c=caller("one", GUARD), mm__other_c=same)
    assert [f.path for f in tree.report("mm").findings] == [str(tmp_path / "mm/other.c")]


def test_who_is_named_in_a_comment_does_not_call(tmp_path: Path) -> None:
    comment = "/* as map_range does */\nint x;\n"
    assert found(tmp_path, caller("one"), mm__other_c=comment) == REPORTED


def test_a_function_pointer_of_the_same_name_as_a_member(tmp_path: Path) -> None:
    member = f"static void other({VMA}, struct ops *ops)\n{{\n\tops->map_range(vma, 0, 0, 0);\n}}\n"
    assert found(tmp_path, caller("one"), mm__other_c=member) == []  # who is called there is not known


def test_a_macro_of_the_same_name_may_call_it(tmp_path: Path) -> None:
    macro = "#define map_range(vma) map_range(vma, 0, 0, 0)\n"
    assert found(tmp_path, caller("one"), mm__other_c=macro) == []


@pytest.mark.parametrize(
    "lines",
    [
        ("if (!(vma->vm_flags & VM_WRITE))", "\treturn;"),
        ("if (likely(vma->vm_flags & VM_WRITE) && addr)",),
        ("bool may = vma->vm_flags & VM_WRITE;", "if (!may)", "\treturn;"),
        ("VM_BUG_ON(!(vma->vm_flags & VM_WRITE));",),
        ("if (!(vma->vm_flags & VM_WRITE))", "\twarn_about(vma);"),
        ("if (vma->vm_flags & VM_WRITE)", "\treturn;"),
        ("if (!own(vma))", "\treturn;"),
        ("vma = find_vma(vma->vm_mm, addr);", GUARD),
    ],
)
def test_a_function_and_its_caller_in_two_files_are_judged_as_in_one(tmp_path: Path, lines: tuple[str, ...]) -> None:
    own = f"static bool own({VMA})\n{{\n\treturn vma->vm_flags & VM_WRITE;\n}}\n"
    both = own + caller("one", *lines)
    together = Tree(tmp_path / "one", mm__map_c=own + "static " + MAP + caller("one", *lines)).found()
    assert found(tmp_path / "two", both) == together
    unrelated = f"void other({VMA})\n{{\n\tif (vma->vm_flags & VM_WRITE)\n\t\tlook_at(vma);\n}}\n"
    assert found(tmp_path / "three", both, mm__unrelated_c=unrelated) == together
