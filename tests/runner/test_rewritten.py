"""A definition in sight decides: a helper that a patch or a file redefines means what its body says."""

import json
from pathlib import Path

import pytest

from anonlint.cli.main import main
from tests.runner.test_across_files import Clone
from tests.runner.test_series import GOOD, body

WRITABLE = """\
#ifdef CONFIG_MIGRATION
static inline int is_writable_migration_entry(swp_entry_t entry)
{
	return unlikely(swp_type(entry) == SWP_MIGRATION_WRITE);
}
#else
static inline int is_writable_migration_entry(swp_entry_t entry)
{
	return 0;
}
#endif
"""
WIDER = WRITABLE.replace(
    "== SWP_MIGRATION_WRITE);", "== SWP_MIGRATION_WRITE ||\n\t\t\tswp_type(entry) == SWP_MIGRATION_READ);"
)
SPELLED = WRITABLE.replace(
    "return unlikely(swp_type(entry) == SWP_MIGRATION_WRITE);",
    """if (swp_type(entry) != SWP_MIGRATION_WRITE)
		return false;
	return true;""",
)
OPAQUE = WRITABLE.replace("unlikely(swp_type(entry) == SWP_MIGRATION_WRITE)", "looks_writable(entry.val)")
NARROW = body(GOOD, "narrow")


def clone(folder: Path, **files: str) -> Clone:
    return Clone(folder / "clone", include__linux__swapops_h=WRITABLE, mm__one_c=NARROW, **files)


def found(made: Clone, count: int = 1) -> list[tuple[str, str, str]]:
    report = made.report(git=(f"HEAD~{count}..HEAD",), rules="AL1")
    return [(f.code, f.function, f.path) for f in report.findings if f.code not in ("AL101", "AL111")]


def test_a_patch_that_changes_what_a_word_means(tmp_path: Path) -> None:
    made = clone(tmp_path)
    made.commit("wider", include__linux__swapops_h=WIDER)
    assert found(made) == [("AL103", "is_writable_migration_entry", "include/linux/swapops.h")]


@pytest.mark.parametrize("text", [SPELLED, WRITABLE + "\nint some;\n"])
def test_a_patch_that_writes_it_otherwise(tmp_path: Path, text: str) -> None:
    made = clone(tmp_path)
    made.commit("the same", include__linux__swapops_h=text)
    report = made.report(git=("HEAD",), rules="AL1")
    assert not report.findings and not report.skipped


def test_a_body_that_is_not_understood_is_said_to_be_so(tmp_path: Path) -> None:
    made = clone(tmp_path)
    made.commit("opaque", include__linux__swapops_h=OPAQUE)
    report = made.report(git=("HEAD",), rules="AL1")
    assert not report.findings
    [skip] = report.skipped
    assert (skip.path, skip.line, skip.function, skip.seen) == (
        "include/linux/swapops.h",
        2,
        "is_writable_migration_entry",
        True,
    )
    assert skip.reason == "what its body says is not understood: taken to do what the vocabulary says"


def test_who_mends_it(tmp_path: Path) -> None:
    made = clone(tmp_path)
    made.commit("wider", include__linux__swapops_h=WIDER)
    made.commit("back", include__linux__swapops_h=WRITABLE)
    [one] = list(made.report(git=("HEAD~2..HEAD",), rules="AL103").findings)
    assert (one.subject, one.gone_by) == ("wider", "back")


def test_what_a_file_defines_for_itself(tmp_path: Path) -> None:
    own = "static bool is_writable_migration_entry(swp_entry_t entry)\n{\n\treturn is_migration_entry(entry);\n}\n"
    made = Clone(tmp_path / "clone", mm__one_c=own + NARROW, mm__two_c=NARROW)
    assert [code for code, _ in made.found("mm/one.c", rules="AL103")] == ["AL103"]
    assert made.found("mm/two.c", rules="AL103") == []
    same = own.replace("is_migration_entry(entry)", "swp_type(entry) == SWP_MIGRATION_WRITE")
    made.write(mm__one_c=same + NARROW)
    assert made.found("mm/one.c", rules="AL103") == []


def test_what_others_define_as_the_tree_has_it_is_the_vocabularys(tmp_path: Path) -> None:
    """A header of the tree, as it is, is what the vocabulary was made of: doctor looks at it."""
    made = Clone(tmp_path / "clone", include__linux__swapops_h=WIDER, mm__one_c=NARROW)
    made.commit("other", mm__one_c=NARROW + "\nint some;\n")
    assert found(made) == []
    assert made.found("mm/one.c", rules="AL103") == []


def test_a_constructor(tmp_path: Path) -> None:
    old = "static inline swp_entry_t make_readable_migration_entry(pgoff_t offset)\n{\n"
    old += "\treturn swp_entry(SWP_MIGRATION_READ, offset);\n}\n"
    made = Clone(tmp_path / "clone", include__linux__swapops_h=old, mm__one_c=NARROW)
    made.commit("other", include__linux__swapops_h=old.replace("_READ,", "_WRITE,"))
    told = changes(made)
    assert told["mm/one.c", "narrow"] == ("changed", "make_readable_migration_entry")


def changes(made: Clone) -> dict[tuple[str, str], tuple[str, str]]:
    out = made.root.parent / "diff.json"
    assert main(["diff", "--tree", str(made.root), "--git", "HEAD", "--format", "json", "-o", str(out)]) == 0
    document = json.loads(out.read_text())
    return {(c["path"], c["function"]): (c["verdict"], c["because_of"]) for c in document["changes"]}


@pytest.mark.parametrize(("text", "verdict"), [(WIDER, "changed"), (SPELLED, "same")])
def test_what_is_different_in_effect(tmp_path: Path, text: str, verdict: str) -> None:
    made = clone(tmp_path)
    made.commit("change", include__linux__swapops_h=text)
    told = changes(made)
    assert told["include/linux/swapops.h", "is_writable_migration_entry"][0] == verdict
    want = ("changed", "is_writable_migration_entry") if verdict == "changed" else None
    assert told.get(("mm/one.c", "narrow")) == want
