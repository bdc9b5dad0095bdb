"""Where reports go: several formats and files of one run, the job's summary, what is missing."""

import json
import sys
from pathlib import Path

import pytest

from anonlint.cli import commands, formats, options
from anonlint.cli.main import main
from anonlint.policy.words import FORMATS
from anonlint.run import runner
from tests.report import reports as R  # noqa: N812 - short, for it stands on every line

EVERYTHING = R.report(R.SIBLINGS, R.PFN, skipped=R.SKIPPED)


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(runner, "check", lambda *_: EVERYTHING)
    monkeypatch.setattr(runner, "tables", lambda *_: (R.HUGETLB, R.CHANGE_PTE))
    return tmp_path


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("", [("text", "")]),
        ("-f json", [("json", "")]),
        ("-o a", [("text", "a")]),
        ("-f json -o a", [("json", "a")]),
        ("-o a -f json", [("json", "a")]),
        ("-f sarif -o a -f text", [("sarif", "a"), ("text", "")]),
        ("-f sarif -o a -f html -o b", [("sarif", "a"), ("html", "b")]),
        ("-f sarif -o a -o b", [("sarif", "a"), ("text", "b")]),
        ("-o a -f sarif -o b -f junit", [("junit", "a"), ("sarif", "b")]),
        ("-f json -f text", [("text", "")]),
    ],
)
def test_each_file_has_its_format(words: str, expected: list[tuple[str, str]]) -> None:
    parsed = options.parse(commands.CHECK, words.split())
    assert [(sink.form, sink.path) for sink in formats.sinks(parsed, "text")] == expected


def test_two_reports_do_not_go_to_one_file(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "-f", "json", "-o", "a", "-f", "text", "-o", "a", "x"]) == 2
    assert "two reports cannot go to one file" in capsys.readouterr().err
    assert not (here / "a").exists()


def test_one_run_writes_several_reports(here: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    words = ["-f", "sarif", "-o", "a.sarif", "-f", "junit", "-o", "a.xml", "-f", "gcc"]
    assert main(["check", *words, "x"]) == 1
    assert json.loads((here / "a.sarif").read_text())["version"] == "2.1.0"
    assert (here / "a.xml").read_text().startswith("<?xml")
    out = capfdbinary.readouterr().out
    assert out.startswith(b"mm/hugetlb.c:6175:8: note:") and out.count(b"\n") == 2


@pytest.mark.parametrize("form", FORMATS)
def test_every_format_is_written(here: Path, form: str) -> None:
    if form == "html":
        pytest.importorskip("jinja2")
    assert main(["check", "-q", "-f", form, "-o", "out", "x"]) == 1
    assert "takes the page of a swap entry" in (here / "out").read_text()


def test_the_summary_of_a_job_is_added_to(
    here: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    path = here / "summary.md"
    path.write_text("before\n")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(path))
    assert main(["check", "-f", "text", "x"]) == 1
    assert path.read_text() == "before\n"
    assert main(["check", "-f", "github", "x"]) == 1
    assert path.read_text().startswith("before\n**anonlint:** 2 files;")
    err = capfdbinary.readouterr().err.splitlines()[-3:]
    assert all(line.startswith(b"anonlint: ") for line in err)  # a path could be read as a command
    path.write_text("x" * ((1 << 20) - 100))
    assert main(["check", "-f", "github", "x"]) == 1
    assert path.stat().st_size == 1 << 20
    assert path.read_text().endswith("*Cut: a summary holds 1 MiB.*\n")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(here / "no/such"))
    assert main(["check", "-f", "github", "x"]) == 2


@pytest.mark.parametrize("words", [["check", "x"], ["table", "f", "x.c"]])
def test_html_without_jinja2_says_what_to_install(
    words: list[str], here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "jinja2", None)
    assert main([*words, "--format", "html", "-o", "out.html"]) == 2
    assert capsys.readouterr().err == "anonlint: html: jinja2 is not installed: pip install 'anonlint[html]'\n"
    assert not (here / "out.html").exists()


@pytest.mark.parametrize(
    ("form", "beginning"),
    [("text", "hugetlb_change"), ("json", '{\n "schema": 2'), ("markdown", "`hugetlb"), ("html", "<!DOCTYPE")],
)
def test_tables_have_a_legend_in_every_format(here: Path, form: str, beginning: str) -> None:
    if form == "html":
        pytest.importorskip("jinja2")
    words = ["table", "hugetlb_change_protection", "x.c", "--format", form, "-o", "out"]
    assert main(words) == 0
    text = (here / "out").read_text()
    assert text.startswith(beginning)
    assert "a readable-exclusive migration entry is stored" in text
