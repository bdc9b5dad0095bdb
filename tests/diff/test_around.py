"""With a tree, who relies on a changed function in other files is compared, and who is handed something else."""

import json
from pathlib import Path
from typing import Any

import pytest

from anonlint.cli.main import main
from tests.flow.across import VMA
from tests.runner.test_across_files import Clone

IS_THEIRS = "bool is_theirs(swp_entry_t leaf)\n{\n\treturn is_writable_migration_entry(leaf);\n}\n"
ALL_ARE = IS_THEIRS.replace("is_writable_migration_entry", "is_migration_entry")
KEEP = f"""
void keep_kind({VMA}, unsigned long addr, pte_t *slot)
{{
	swp_entry_t leaf;

	if (!is_swap_pte(*slot))
		return;
	leaf = pte_to_swp_entry(*slot);
	if (is_theirs(leaf))
		set_pte_at(vma->vm_mm, addr, slot, swp_entry_to_pte(make_readable_migration_entry(swp_offset(leaf))));
}}
"""
OTHER = "\nint others(pte_t pte)\n{\n\treturn pte_present(pte);\n}\n"


def compared(clone: Clone, capsys: pytest.CaptureFixture[str], count: int = 1) -> dict[tuple[str, str], Any]:
    """Return what the last commits change, by file and function; patches with the tree say the same."""
    words = ["diff", "--tree", str(clone.root), "--kernel", "6.12", "--format", "json"]
    assert main([*words, "--git", f"HEAD~{count}..HEAD"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert main([*words, *clone.patches(count)]) == 0
    again = json.loads(capsys.readouterr().out)
    for change in (*document["changes"], *again["changes"]):
        del change["commit"]
    assert again["changes"] == document["changes"]
    return {(change["path"], change["function"]): change for change in document["changes"]}


def states(change: Any) -> set[str]:
    return {cell["states"] for row in change["rows"] for cell in row["states"]}


def test_who_calls_it_in_another_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    clone = Clone(tmp_path / "clone", mm__ask_c=IS_THEIRS, mm__keep_c=KEEP + OTHER)
    clone.commit("all", mm__ask_c=ALL_ARE)
    found = compared(clone, capsys)
    assert found.keys() == {("mm/ask.c", "is_theirs"), ("mm/keep.c", "keep_kind")}
    caller = found["mm/keep.c", "keep_kind"]
    assert (caller["because_of"], caller["verdict"], caller["line"]) == ("is_theirs", "changed", 2)
    assert any("readable-exclusive" in text for text in states(caller))


def test_a_helper_that_does_the_same_changes_nobody(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    clone = Clone(tmp_path / "clone", mm__ask_c=IS_THEIRS, mm__keep_c=KEEP)
    again = IS_THEIRS.replace("return is_w", "if (!is_migration_entry(leaf))\n\t\treturn false;\n\treturn is_w")
    clone.commit("same", mm__ask_c=again)
    assert {name: change["verdict"] for name, change in compared(clone, capsys).items()} == {
        ("mm/ask.c", "is_theirs"): "same"
    }


def test_a_caller_that_the_patch_touches_is_told_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    clone = Clone(tmp_path / "clone", mm__ask_c=IS_THEIRS, mm__keep_c=KEEP)
    clone.commit("both", mm__ask_c=ALL_ARE, mm__keep_c=KEEP.replace("if (is_theirs", "if (addr && is_theirs"))
    assert main(["diff", "--tree", str(clone.root), "--git", "HEAD"]) == 0
    assert capsys.readouterr().out.count("keep_kind()") == 1


def test_two_files_lead_to_one_caller(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    keep = KEEP.replace("if (is_theirs(leaf))", "if (is_theirs(leaf) || is_ours(leaf))")
    ours = IS_THEIRS.replace("is_theirs", "is_ours")
    clone = Clone(tmp_path / "clone", mm__ask_c=IS_THEIRS, mm__two_c=ours, mm__keep_c=keep)
    clone.commit("both", mm__ask_c=ALL_ARE, mm__two_c=ours.replace("writable", "readable"))
    assert main(["diff", "--tree", str(clone.root), "--git", "HEAD"]) == 0
    assert capsys.readouterr().out.count("keep_kind()") == 1


def test_how_many_were_not_compared_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    many = "".join(KEEP.replace("keep_kind", f"keep_{number}") for number in range(20))
    clone = Clone(tmp_path / "clone", mm__ask_c=IS_THEIRS, mm__keep_c=many)
    clone.commit("all", mm__ask_c=ALL_ARE)
    assert main(["diff", "--tree", str(clone.root), "--git", "HEAD"]) == 0
    out, err = capsys.readouterr()
    assert out.count(" because of is_theirs()") == 16
    assert "mm/ask.c: 4 more functions of other files rely on what changes here, and were not compared" in err


LONG = "".join(f"\tcount_step({number}, addr);\n" for number in range(150))  # no helper: it is not run in place
WRITES = KEEP.replace("\tswp_entry_t leaf;\n", f"\tswp_entry_t leaf;\n\n{LONG}").replace(
    "if (is_theirs(leaf))", "if (is_migration_entry(leaf))"
)
GUARD = "\tif (is_writable_migration_entry(pte_to_swp_entry(*slot)))\n\t\treturn;\n"
ASKS = f"""
void ask_first({VMA}, unsigned long addr, pte_t *slot)
{{
	if (!is_swap_pte(*slot))
		return;
{GUARD}	keep_kind(vma, addr, slot);
}}
"""


@pytest.mark.parametrize("abroad", [False, True])
def test_who_is_handed_something_else(tmp_path: Path, capsys: pytest.CaptureFixture[str], abroad: bool) -> None:
    header = KEEP[: KEEP.index("\n{")].strip() + ";\n"
    if abroad:
        files = {"mm__keep_c": WRITES, "mm__one_c": ASKS, "mm__internal_h": header}
        mended = {"mm__one_c": ASKS.replace(GUARD, "")}
    else:
        both = "static " + WRITES.strip() + "\n" + ASKS
        files, mended = {"mm__one_c": both}, {"mm__one_c": both.replace(GUARD, "")}
    clone = Clone(tmp_path / "clone", **files)
    clone.commit("no question", **mended)
    found = compared(clone, capsys)
    callee = found["mm/keep.c" if abroad else "mm/one.c", "keep_kind"]
    assert (callee["because_of"], callee["handed"]) == ("ask_first", True)
    assert any(text.startswith("writable") for text in states(callee))
    assert main(["diff", "--tree", str(clone.root), *clone_patches(clone)]) == 0
    assert "keep_kind(): different in effect, because of what ask_first() hands to it" in capsys.readouterr().out


def clone_patches(clone: Clone) -> list[str]:
    return sorted(map(str, (clone.root.parent / "patches").iterdir()))


def test_others_may_call_it_as_before(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Who is not static may be called by anybody: what he does for them has not changed."""
    both = WRITES + ASKS
    clone = Clone(tmp_path / "clone", mm__one_c=both)
    clone.commit("no question", mm__one_c=both.replace(GUARD, ""))
    assert compared(clone, capsys).keys() == {("mm/one.c", "ask_first")}
