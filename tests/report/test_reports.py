"""The three formats, from reports made by hand."""

import json
import re
from itertools import pairwise

import pytest

from anonlint.model.finding import Table
from anonlint.report import full, grid, jsonreport, text
from anonlint.report.safe import safe
from tests.report import reports as R  # noqa: N812 - short, for it stands on every line

EVERYTHING = R.report(R.SIBLINGS, R.PFN, R.HOSTILE, skipped=R.SKIPPED)
FIRST_KEYS = ["code", "name", "severity", "path", "line", "column", "end_column"]
STORY = ["because", "evidence", "breaks", "help", "like"]
KEYS = [*FIRST_KEYS, "function", "message", *STORY, "table", "fingerprint"]


def _is_harmless(output: str) -> bool:
    return all(c == "\n" or c.isprintable() for c in output)


def test_safe_escapes_what_does_not_print_as_itself() -> None:
    assert safe("plain \u00e9 \u6f22") == "plain \u00e9 \u6f22"
    assert safe("\x1b[1m\x9b\u202e\u200b\u2028\udcff\U000e0041\r") == (
        "\\x1b[1m\\x9b\\u202e\\u200b\\u2028\\xff\\U000e0041\\x0d"
    )


def test_text_is_one_line_a_finding() -> None:
    lines = text.render(EVERYTHING).splitlines()
    assert lines[1].startswith("mm/hugetlb.c:6175:8: note: hugetlb_change_protection(): tests !is_read")
    assert lines[1].endswith(" [AL101 inconsistent-migration-predicate]")
    assert lines[2] == (
        "mm/mprotect.c:155:24: error: change_pte_range(): takes the page of a swap entry before its kind is "
        "known [AL108 pfn-before-kind] (6c287605fd56: mm: remember exclusively mapped anonymous pages)"
    )
    assert len(lines) == 3
    assert _is_harmless(text.render(EVERYTHING))


def test_function_is_not_said_twice() -> None:
    finding = R.PFN._replace(message="change_pte_range() takes it", commit="", subject="")
    assert "error: change_pte_range() takes it [" in text.render(R.report(finding))
    other = R.PFN._replace(message="see __change_pte_range()")
    assert "change_pte_range(): see __change" in text.render(R.report(other))


def test_summary_never_hides_what_was_skipped() -> None:
    assert text.summary(EVERYTHING) == (
        "2 files; 2 functions analysed; 1 error, 1 warning, 1 note; 2 skipped (-v lists them)"
    )
    assert text.summary(R.report()) == "2 files; 2 functions analysed; nothing found"


def test_json_has_the_schema_and_survives_undecodable_input() -> None:
    document = json.loads(jsonreport.render(EVERYTHING))
    assert list(document) == ["schema", "findings", "skipped", "alone", "left_out", "errors", "stats"]
    assert document["schema"] == 2
    assert list(document["findings"][1]) == KEYS
    assert list(document["findings"][2]) == [*KEYS, "commit", "subject"]
    assert document["findings"][2]["table"] is None
    assert document["findings"][1]["table"][0]["rows"][1] == {
        "kind": "readable-exclusive",
        "cells": ["read-excl", "-"],
    }
    assert document["findings"][0]["path"] == "mm/\x1b[2Jevil\\xff.c"
    assert document["skipped"][0] == {
        "path": "mm/a.c",
        "line": 12,
        "function": "big",
        "reason": "more than 4096 states",
    }
    assert document["stats"] == {"files": 2, "functions": 43, "analysed": 2, "seconds": 0.25}
    assert jsonreport.render(EVERYTHING).isascii()


@pytest.mark.parametrize("width", [40, 80, 120])
@pytest.mark.parametrize("colour", [False, True])
def test_full_view_is_harmless_and_keeps_its_width(width: int, colour: bool) -> None:
    output = full.render(EVERYTHING, width, colour)
    plain = re.sub(r"\x1b\[[0-9;]*m", "", output)
    assert colour == (plain != output)
    assert _is_harmless(plain)
    for markup in ("[red]red[/red]", ":smile:", "f[bold]x"):
        assert markup in plain
    tables_only = [line for line in plain.splitlines() if line.startswith("    ")]
    assert width < 80 or all(len(line) <= width for line in tables_only)


def test_caret_stands_under_the_columns() -> None:
    lines = full.render(R.report(R.PFN), 80).splitlines()
    assert lines[3] == "    155 | struct page *page = pfn_swap_entry_to_page(entry);"
    assert lines[4] == "        |                     " + "^" * len("pfn_swap_entry_to_page(entry)")


@pytest.mark.parametrize("width", [40, 60, 80])
def test_caret_stays_in_sight_on_a_long_line(width: int) -> None:
    code = "\t" + "x" * 150 + "(bad)" + "y" * 90
    finding = R.PFN._replace(text=code, column=152, end_column=157, evidence=())
    lines = full.render(R.report(finding), width).splitlines()
    source, caret = next((a, b) for a, b in pairwise(lines) if "^" in b)
    assert len(source) <= width
    assert source[caret.index("^") : caret.rindex("^") + 1] == "(bad)"


def test_caret_counts_bytes_but_stands_under_characters() -> None:
    finding = R.PFN._replace(text="\u6f22\u00e9 = bad;", column=9, end_column=12, evidence=())
    assert "        |       ^^^\n" in full.render(R.report(finding), 80)


def test_tables_side_by_side_or_below() -> None:
    both = (R.CHANGE_PTE, R.HUGETLB)
    assert grid.render(both, 80) == (
        "change_pte_range (protect)               hugetlb_change_protection (protect)\n"
        "mm/mprotect.c:163                        mm/hugetlb.c:6175\n"
        "entry               anon       file      entry               anon       file\n"
        "writable            read-excl  read      writable            read-excl  read\n"
        "readable-exclusive  (kept)     -         readable-exclusive  read-excl  -\n"
        "readable            (kept)     (kept)    readable            (kept)     (kept)\n"
    )
    below = grid.render(both, 70)
    assert below.count("\n") == 13
    assert max(len(line) for line in below.splitlines()) < 40
    coloured = grid.render(both, 80, colour=True)
    assert re.sub(r" +$", "", re.sub("\x1b.*?m", "", coloured), flags=re.M) == grid.render(both, 80)


def test_only_cells_that_differ_are_marked() -> None:
    def marked(*shown: Table) -> list[str]:
        drawn = grid.render(shown, 80, colour=True)
        return [cell.rstrip() for cell in re.findall("\x1b\\[1;33m(.*?)\x1b", drawn)]

    assert marked(R.CHANGE_PTE, R.HUGETLB) == ["(kept)", "read-excl"]
    rows = (*R.HUGETLB.rows[:2], R.HUGETLB.rows[2]._replace(cells=("-", "-")))
    # What is not met is no difference.
    assert marked(R.CHANGE_PTE, R.HUGETLB._replace(rows=rows)) == ["(kept)", "read-excl"]


def test_what_cannot_be_cut_is_wider_than_asked_for_and_whole() -> None:
    assert "hugetlb_change_protection (protect)" in grid.render((R.CHANGE_PTE, R.HUGETLB), 10)
    assert grid.render((), 80) == ""


def test_a_table_that_is_too_wide_is_cut_by_columns() -> None:
    rows = tuple(row._replace(cells=(*row.cells, *row.cells)) for row in R.CHANGE_PTE.rows)
    wide = R.CHANGE_PTE._replace(columns=("anon, COW", "file, COW", "anon", "file"), rows=rows)
    lines = grid.render((wide,), 50).splitlines()
    assert max(len(line) for line in lines) <= 50
    headings = [line.split() for line in lines if line.startswith("entry")]
    assert headings == [["entry", "anon,", "COW", "file,", "COW"], ["entry", "anon", "file"]]
