"""Baselines, and which rules count where."""

from collections import Counter
from pathlib import Path
from typing import NamedTuple

import pytest

from anonlint.cli.main import main
from anonlint.errors import UsageError
from anonlint.policy import baseline, settings
from anonlint.policy.places import PathSelection, counts
from anonlint.report.safe import safe

CODE = """\
static void narrow(struct mm_struct *mm, unsigned long addr, pte_t *ptep)
{
	swp_entry_t entry = pte_to_swp_entry(*ptep);

	if (is_writable_migration_entry(entry)) {
		entry = make_readable_migration_entry(swp_offset(entry));
		set_pte_at(mm, addr, ptep, swp_entry_to_pte(entry));
	}
}
"""


class Known(NamedTuple):
    fingerprint: str
    code: str = "AL101"
    path: str = "mm/a.c"
    function: str = "f"


def test_a_baseline_is_a_multiset(tmp_path: Path) -> None:
    a, b, c = "a" * 16, "b" * 16, "c" * 16
    text = baseline.render([Known(b), Known(a), Known(b)], str)
    assert text.splitlines()[1:] == [f"1 {a} AL101 mm/a.c f", f"2 {b} AL101 mm/a.c f"]
    path = tmp_path / "known"
    path.write_text(text)
    known = baseline.read(str(path))
    assert known == Counter({a: 1, b: 2})
    assert baseline.new([Known(b), Known(b), Known(b), Known(c)], known) == ([Known(b), Known(c)], 1)


OLD_HEAD = "# anonlint baseline 1: how often, fingerprint, and what it is about (for people)\n"
NEW_HEAD = OLD_HEAD.replace("baseline 1", "baseline 2")


@pytest.mark.fault("a file name with a line end in it", "it is escaped in a baseline, and can hide nothing")
@pytest.mark.parametrize("end", ["\n", "\r", "\x85", "\u2028", "\x1c"])
def test_a_path_cannot_add_lines(tmp_path: Path, end: str) -> None:
    (tmp_path / "known").write_text(
        baseline.render([Known("a" * 16, path=f"mm/x{end}9 {'b' * 16} AL101 y.c")], safe), encoding="utf-8"
    )
    assert baseline.read(str(tmp_path / "known")) == Counter({"a" * 16: 1})


def test_a_baseline_of_before_is_read(tmp_path: Path) -> None:
    path = tmp_path / "known"
    path.write_bytes((OLD_HEAD + "2 0123456789abcdef AL101 mm/\x85\udcff.c f\n").encode("utf-8", "surrogateescape"))
    assert baseline.read(str(path)) == Counter({"0123456789abcdef": 2})
    path.write_text(OLD_HEAD + "2 b AL101 mm/a.c f\n" + NEW_HEAD + f"1 {'a' * 16} AL101 mm/a.c\r\n", newline="")
    assert baseline.read(str(path)) == Counter({"b": 2, "a" * 16: 1}), "two put together"


@pytest.mark.fault("a baseline without its version, or of a later one", "an error that names the line")
@pytest.mark.parametrize(
    ("text", "message"),
    [
        (f"1 {'a' * 16} AL101 mm/a.c f\n", "known:1: the line that names the version of the baseline is missing"),
        (NEW_HEAD.replace("baseline 2", "baseline 3"), "known:1: version 3 of the baseline is not known here"),
        (NEW_HEAD + "1 short AL101 mm/a.c f\n", "known:2: this is no line of a baseline"),
        (NEW_HEAD + f"1 {'a' * 16}\n", "known:2: this is no line of a baseline"),
        (NEW_HEAD + f"x {'a' * 16} AL101 a.c f\n", "known:2: this is no line of a baseline"),
        (NEW_HEAD + f"9999999999 {'a' * 16} AL101 a.c f\n", "known:2: this is no line of a baseline"),
    ],
)
def test_what_is_no_baseline_is_an_error(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "known").write_text(text)
    with pytest.raises(UsageError, match=message):
        baseline.read(str(tmp_path / "known"))


def test_a_damaged_baseline_is_an_error_that_names_the_line(tmp_path: Path) -> None:
    path = tmp_path / "known"
    path.write_text(OLD_HEAD + "1 a AL101\nwhat is this\n")
    with pytest.raises(UsageError, match="known:3: this is no line of a baseline"):
        baseline.read(str(path))


def test_the_command_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(tmp_path)
    Path("x.c").write_text(CODE)
    assert main(["check", "--write-baseline", "known", "x.c"]) == 0
    assert main(["check", "--baseline", "known", "x.c"]) == 0
    Path("x.c").write_text("\n\n" + CODE)
    assert main(["check", "--baseline", "known", "x.c"]) == 0, "line numbers do not matter"
    Path("x.c").write_text(CODE + CODE.replace("narrow", "narrow_too"))
    capsys.readouterr()
    assert main(["check", "--baseline", "known", "--statistics", "x.c"]) == 1
    done = capsys.readouterr()
    assert all("narrow_too()" in line for line in done.out.splitlines())
    assert "     1  AL103 protect-changes-exclusivity\n" in done.err
    Path("x.c").write_text("int x;\n")
    assert main(["check", "--baseline", "known", "x.c"]) == 0
    assert "2 of its findings are gone" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("path", "expected"),
    [("mm/a.c", True), ("fs/proc/task_mmu.c", False), ("/src/linux/fs/a.c", False), ("fs/keep/a.c", True)],
)
def test_the_later_place_wins(path: str, expected: bool) -> None:
    places = (PathSelection(("fs/",), ("-AL4",)), PathSelection(("fs/keep/*",), ("AL401",)))
    assert counts(path, "AL401", "entry-loses-soft-dirty", places) is expected


def test_places_in_the_settings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mm").mkdir()
    (tmp_path / "mm/x.c").write_text(CODE)
    (tmp_path / "anonlint.toml").write_text('[[rules]]\npaths = ["mm/"]\nignore = ["AL1"]\n')
    assert main(["check", "mm/x.c"]) == 1
    assert "AL103" not in capsys.readouterr().out
    assert main(["settings"]) == 0
    out = capsys.readouterr().out
    assert f"rules mm/   -AL1  ({tmp_path}/anonlint.toml)" in out
    assert "kernel      what the input's words tell  (default)" in out


def test_an_unknown_rule_or_key_in_a_place_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "x.c").write_text(CODE)
    (tmp_path / "anonlint.toml").write_text('[[rules]]\npaths = ["mm/"]\nignore = ["AL999"]\n')
    assert main(["check", "x.c"]) == 2
    (tmp_path / "anonlint.toml").write_text('[[rules]]\npaths = ["mm/"]\nignored = ["AL1"]\n')
    with pytest.raises(UsageError, match="a table has paths, select and ignore, not 'ignored'"):
        settings.load(str(tmp_path))
