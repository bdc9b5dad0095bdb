"""No function vanishes: each is found, and then analysed, not concerned, or skipped with a reason."""

import re
from pathlib import Path

import pytest

from anonlint.intake import Request
from anonlint.model.report import Report
from anonlint.rule import registry
from anonlint.run import runner
from anonlint.syntax.functions import find_in_file
from anonlint.syntax.grammar import parser

ROOT = Path(__file__).resolve().parents[2]
ONE = """\
struct page *{0}(pte_t *ptep)
{{
	swp_entry_t entry = pte_to_swp_entry(ptep_get(ptep));
	struct page *page = pfn_swap_entry_to_page(entry);

	lock_page(page);
	return is_migration_entry(entry) ? page : NULL;
}}

"""
TWO = (ONE.format("first") + ONE.format("second")).encode()
BRACE = TWO.rindex(b"}")


def check(path: Path) -> Report:
    asked = runner.Options(Request(inputs=(str(path),)), registry.rules(), (6, 12), workers=1)
    return runner.check(asked, lambda: b"")


def seen(data: bytes, path: Path) -> set[str]:
    """Return the functions that a check of the text judged or named as skipped."""
    path.write_bytes(data)
    report = check(path)
    assert not report.errors
    assert report.stats.functions == report.stats.analysed == 2
    return {f.function for f in report.findings if f.code == "AL108"} | {s.function for s in report.skipped}


@pytest.mark.fault("a last function without its closing brace", "it is skipped by name; the others are judged")
def test_no_closing_brace_at_the_end(tmp_path: Path) -> None:
    assert seen(TWO[:BRACE], tmp_path / "x.c") == {"first", "second"}
    assert [s.function for s in check(tmp_path / "x.c").skipped] == ["second"]


@pytest.mark.fault("a function without its closing brace before others", "it is skipped by name; the others are judged")
def test_no_closing_brace_before_others(tmp_path: Path) -> None:
    first = TWO.index(b"}")
    assert seen(TWO[:first] + TWO[first + 1 :], tmp_path / "x.c") == {"first", "second"}
    assert [s.function for s in check(tmp_path / "x.c").skipped] == ["first"]


@pytest.mark.fault("a comment that never ends", "what stands behind it is judged, too")
@pytest.mark.parametrize("before", [b"/* no end\n", b"/*/\n", b'#define x "/*" /* no end\n'])
def test_behind_a_comment_that_never_ends(before: bytes, tmp_path: Path) -> None:
    at = TWO.index(b"struct page *second")
    assert seen(TWO[:at] + before + TWO[at:], tmp_path / "x.c") == {"first", "second"}


@pytest.mark.fault("a byte order mark, a stray control byte, a letter of another alphabet", "no function is hidden")
@pytest.mark.parametrize("mark", [b"\xef\xbb\xbf", b"\xc2\xa0", b"\x01", b"\x1a", b"\x7f"])
def test_behind_a_stray_mark(mark: bytes, tmp_path: Path) -> None:
    at = TWO.index(b"struct page *second")
    assert seen(mark + TWO[:at] + mark + TWO[at:], tmp_path / "x.c") == {"first", "second"}


def test_a_name_with_other_letters(tmp_path: Path) -> None:
    data = TWO.replace(b"second", "größe".encode())
    assert seen(data, tmp_path / "x.c") == {"first", "gr____e"}


@pytest.mark.fault("lines that end with carriage returns only", "they are lines")
@pytest.mark.parametrize("end", [b"", b"\n"])
def test_carriage_returns(end: bytes, tmp_path: Path) -> None:
    data = (b"#include <linux/mm.h>\n// remark\n" + TWO).replace(b"\n", b"\r") + end
    assert seen(data, tmp_path / "x.c") == {"first", "second"}
    assert {f.line for f in check(tmp_path / "x.c").findings if f.code == "AL108"} == {6, 15}


@pytest.mark.fault("remains of other code in front of a function", "the function is found behind them")
@pytest.mark.parametrize("junk", [b"-", b"@@ ", b") ", b"= ", b"x[3], "])
def test_behind_remains(junk: bytes, tmp_path: Path) -> None:
    at = TWO.index(b"struct page *second")
    assert seen(TWO[:at] + junk + TWO[at:], tmp_path / "x.c") == {"first", "second"}


def test_a_function_that_returns_a_function() -> None:
    assert [e.name for e in find_in_file(b"int (*pick(int a))(struct page *p) { return a; }\n")] == ["pick"]


def heads(data: bytes) -> list[int]:
    """Return where the bodies of all function definitions open, as a parse of the whole text sees them."""
    found = []
    for node in parser().parse(data).root_node.named_children:
        if node.type == "function_definition" and not node.has_error:
            name = node.child_by_field_name("declarator").text
            body = node.child_by_field_name("body").start_byte
            if data.startswith(b"{", body) and not re.match(rb"(?:if|for|while|switch|else|do)\b", name):
                found.append(body)
    return found


def unseen(data: bytes) -> list[bytes]:
    """Return the heads that lie in no function that anonlint finds."""
    spans = [extent.span for extent in find_in_file(data)]
    return [data[max(at - 80, 0) : at] for at in heads(data) if not any(s.start < at < s.end for s in spans)]


def damaged(data: bytes) -> dict[str, bytes]:
    """Return the text with one thing wrong, in several ways."""
    ends = [match.start() for match in re.finditer(rb"^\}", data, re.M)]
    middle = ends[len(ends) // 2]
    found = {
        "whole": data,
        "no brace at the end": data[: ends[-1]],
        "no brace in the middle": data[:middle] + data[middle + 1 :],
        "a brace more": data[:middle] + b"}" + data[middle:],
        "a string opens": data[: middle + 2] + b'"\n' + data[middle + 2 :],
        "marks": b"\xef\xbb\xbf" + data[: middle + 2] + b"\xef\xbb\xbf" + data[middle + 2 :],
        "cut": data[: middle - 40],
        "#if opens": data[: middle + 2] + b"#if X\n" + data[middle + 2 :],
    }
    last = data.find(b"\n}", data.rfind(b"*/"))  # a comment that begins behind the last one ends nowhere
    if last >= 0:
        found["a comment opens"] = data[: last + 3] + b"/* \n" + data[last + 3 :]
    return found


def names(data: bytes) -> set[str]:
    return {extent.name for extent in find_in_file(data)}


def counted(data: bytes, path: Path) -> None:
    """Assert that what is found is analysed, not concerned or skipped: nothing else."""
    path.write_bytes(data)
    report = check(path)
    assert not report.errors
    assert report.stats.functions in (0, len(find_in_file(data)))  # 0: nothing in the file is of concern
    assert len({(s.line, s.function) for s in report.skipped}) <= report.stats.analysed <= len(find_in_file(data))


FIXTURES = sorted((ROOT / "fixtures").rglob("*.c"))[::4]


def test_fixtures_whole_and_damaged(tmp_path: Path) -> None:
    assert len(FIXTURES) > 10
    for path in FIXTURES:
        data = path.read_bytes()
        if b"\n}" not in data:
            continue
        for how, text in damaged(data).items():
            assert not unseen(text), (path, how)
            if how != "cut":
                assert len(names(data) - names(text)) == 0, (path, how)
        counted(data, tmp_path / "x.c")


@pytest.mark.kernel
@pytest.mark.parametrize("version", ["6.1", "6.12"])
def test_kernels_whole_and_damaged(version: str, kernels: dict[str, str], tmp_path: Path) -> None:
    files = sorted(Path(kernels[version], "mm").glob("*.c"))
    for path in files:
        data = path.read_bytes()
        assert not unseen(data), path
        if data.count(b"\n}") < 4 or len(data) > 80_000:
            continue
        for how, text in damaged(data).items():
            if how not in ("cut", "#if opens"):
                assert not (gone := names(data) - names(text)), (path, how, gone)
    counted(Path(kernels[version], "mm/mprotect.c").read_bytes(), tmp_path / "x.c")
