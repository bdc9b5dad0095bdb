"""A helper that a patch changes: functions of files that it does not touch rely on it, and that is told at its line."""

from pathlib import Path

import pytest

from anonlint.model.finding import Finding
from tests.flow.across import VMA
from tests.runner.test_across_files import ASKS, CAREFUL, WAYS, Ask, Clone

REPORTED = [("AL304", "may_write")]
MORE = "\nbool is_there(pte_t pte)\n{\n\treturn pte_present(pte);\n}\n"  # the file handles entries
UTIL = ASKS.replace("{\n", "{\n\tmight_sleep();\n") + MORE
BROKEN = UTIL.replace("VM_WRITE", "VM_READ")


@pytest.fixture
def clone(tmp_path: Path) -> Clone:
    return Clone(tmp_path / "clone", mm__map_c=CAREFUL, mm__util_c=UTIL)


def brought(clone: Clone, count: int = 1) -> list[Finding]:
    return [*clone.report(git=(f"HEAD~{count}..HEAD",)).findings]


@WAYS
def test_who_relies_on_a_helper_of_another_file(clone: Clone, ask: Ask) -> None:
    clone.commit("ask else", mm__util_c=BROKEN)
    assert ask(clone, 1) == REPORTED


def test_it_stands_at_the_patchs_line_and_says_where_it_shows(clone: Clone) -> None:
    clone.commit("ask else", mm__util_c=BROKEN)
    [found] = brought(clone)
    assert (found.path, found.line, found.anchor) == ("mm/util.c", 4, 4)
    assert found.text == "\treturn vma->vm_flags & VM_READ;"
    assert found.text[found.column - 1 : found.end_column - 1] == found.text.strip()
    assert found.message.startswith("map_range() in mm/map.c, which calls it: ")
    first = found.evidence[0]
    assert (first.path, first.text) == ("mm/map.c", "\tset_pte_at(vma->vm_mm, addr, pte, entry);")


def test_a_line_that_goes_is_told_where_it_was(clone: Clone) -> None:
    clone.commit("no question", mm__util_c=UTIL.replace("\treturn vma->vm_flags & VM_WRITE;\n", "\treturn true;\n"))
    [found] = brought(clone)
    assert (found.line, found.text) == (4, "\treturn true;")


@pytest.mark.parametrize(
    ("old", "new"),
    [("\tmight_sleep();\n", ""), ("vma->vm_flags & VM_WRITE", "!!(vma->vm_flags & VM_WRITE)"), (MORE, "")],
)
def test_what_it_still_proves_is_nothing_new(clone: Clone, old: str, new: str) -> None:
    clone.commit("the same", mm__util_c=UTIL.replace(old, new))
    assert brought(clone) == []


def test_who_was_wrong_before_stays_old(tmp_path: Path) -> None:
    clone = Clone(tmp_path / "clone", mm__map_c=CAREFUL, mm__util_c=BROKEN)
    clone.commit("ask yet else", mm__util_c=UTIL.replace("VM_WRITE", "VM_EXEC"))
    assert brought(clone) == []


def test_by_way_of_helpers_of_both_files(tmp_path: Path) -> None:
    """What changes is a helper's helper; who relies on that calls it by a function of a third file."""
    asks = f"bool may_write({VMA})\n{{\n\treturn !(vma->vm_flags & VM_SHARED) && asks(vma);\n}}\n"
    util = UTIL.replace("bool may_write", "static bool asks") + asks
    way = f"bool may_map({VMA})\n{{\n\treturn !(vma->vm_flags & VM_SHARED) && may_write(vma);\n}}\n"
    careful = CAREFUL.replace("may_write(", "may_map(")
    clone = Clone(tmp_path / "clone", mm__map_c=careful, mm__way_c=way, mm__util_c=util)
    assert not clone.found()
    clone.commit("ask else", mm__util_c=util.replace("VM_WRITE", "VM_READ"))
    [found] = brought(clone)
    assert (found.function, found.line, found.evidence[0].path) == ("asks", 4, "mm/map.c")


def test_a_header_is_for_all_of_its_files(tmp_path: Path) -> None:
    inline = "static inline " + UTIL
    two = CAREFUL.replace("map_range", "map_two")
    clone = Clone(tmp_path / "clone", mm__map_c=CAREFUL, mm__two_c=two, mm__util_h=inline)
    clone.commit("ask else", mm__util_h=inline.replace("VM_WRITE", "VM_READ"))
    assert [found.message.partition("()")[0] for found in brought(clone)] == ["map_range", "map_two"]


def test_where_all_of_the_file_is_judged(clone: Clone) -> None:
    """A remark of ours has all of its file judged: what else relies on it is, too."""
    clone.commit("ask else", mm__util_c=BROKEN + "/* anonlint: ignore[AL108] why */\nint more;\n")
    assert [(found.code, found.function) for found in brought(clone)] == REPORTED


def test_a_remark_at_the_patchs_line_counts(clone: Clone) -> None:
    clone.commit("ask else", mm__util_c=BROKEN.replace(" VM_READ;", " VM_READ; /* anonlint: ignore[AL304] why */"))
    assert brought(clone) == []


def test_a_function_of_ones_own_is_not_the_one_that_changed(tmp_path: Path) -> None:
    clone = Clone(tmp_path / "clone", mm__map_c="static " + ASKS + CAREFUL, mm__util_c=UTIL)
    clone.commit("ask else", mm__util_c=BROKEN)
    assert brought(clone) == []


def test_how_many_were_not_judged_is_said(tmp_path: Path) -> None:
    many = "".join(CAREFUL.replace("map_range", f"map_{number}") for number in range(20))
    clone = Clone(tmp_path / "clone", mm__map_c=many, mm__util_c=UTIL)
    clone.commit("ask else", mm__util_c=BROKEN)
    report = clone.report(git=("HEAD",))
    assert len(report.findings) == 16
    assert [skip.reason for skip in report.skipped] == [
        "4 more functions of other files rely on what changes here, and were not judged"
    ]


def test_two_files_of_a_patch_tell_it_once(tmp_path: Path) -> None:
    careful = CAREFUL.replace("!may_write(vma)", "!may_write(vma) || !may_too(vma)")
    too = UTIL.replace("may_write", "may_too").replace("is_there", "is_too")
    clone = Clone(tmp_path / "clone", mm__map_c=careful, mm__util_c=UTIL, mm__too_c=too)
    clone.commit("ask else", mm__util_c=BROKEN, mm__too_c=too.replace("VM_WRITE", "VM_READ"))
    assert [found.path for found in brought(clone)] == ["mm/too.c"]


def test_a_remark_at_the_place_counts(tmp_path: Path) -> None:
    remark = "\t/* anonlint: ignore[AL304] the caller asked */\n\tset_pte_at("
    clone = Clone(tmp_path / "clone", mm__map_c=CAREFUL.replace("\tset_pte_at(", remark), mm__util_c=UTIL)
    clone.commit("ask else", mm__util_c=BROKEN)
    assert brought(clone) == []


@pytest.mark.parametrize("mends", ["helper", "caller"])
def test_a_series_that_mends_it(clone: Clone, mends: str) -> None:
    clone.commit("break it", mm__util_c=BROKEN)
    clone.commit("something else", mm__util_c=BROKEN + "\nint more;\n")
    if mends == "helper":
        clone.commit("mend it", mm__util_c=UTIL)
    else:
        asks = CAREFUL.replace("!may_write(vma)", "!(vma->vm_flags & VM_WRITE)")
        clone.commit("mend it", mm__map_c=asks)
    [found] = brought(clone, 3)
    assert (found.subject, found.gone_by, found.gone_at) == ("break it", "mend it", 3)
