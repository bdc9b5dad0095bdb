"""Baselines, and which rules count where."""

from collections import Counter
from pathlib import Path
from typing import NamedTuple

import pytest

from anonlint.cli.main import main
from anonlint.errors import UsageError
from anonlint.policy import baseline, settings
from anonlint.policy.places import Place, counts

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
    text = baseline.render([Known("b"), Known("a"), Known("b")])
    assert text.splitlines()[1:] == ["1 a AL101 mm/a.c f", "2 b AL101 mm/a.c f"]
    path = tmp_path / "known"
    path.write_text(text)
    known = baseline.read(str(path))
    assert known == Counter(a=1, b=2)
    assert baseline.new([Known("b"), Known("b"), Known("b"), Known("c")], known) == ([Known("b"), Known("c")], 1)


def test_a_damaged_baseline_is_an_error_that_names_the_line(tmp_path: Path) -> None:
    path = tmp_path / "known"
    path.write_text("# head\n1 a AL101\nwhat is this\n")
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
    places = (Place(("fs/",), ("-AL4",)), Place(("fs/keep/*",), ("AL401",)))
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
