"""Remarks in the code and trailers of messages take findings away; those of no use are reported."""

import subprocess
from pathlib import Path

import pytest

from anonlint.intake import Request
from anonlint.model.report import Report
from anonlint.rule import registry
from anonlint.run import runner

CODE = """\
static void narrow(struct mm_struct *mm, unsigned long addr, pte_t *ptep)
{
	swp_entry_t entry = pte_to_swp_entry(*ptep);

	if (is_writable_migration_entry(entry)) {@ASKED@
		entry = make_readable_migration_entry(swp_offset(entry));@MADE@
		set_pte_at(mm, addr, ptep, swp_entry_to_pte(entry));
	}
}
"""
BOTH = [("AL103", 5), ("AL401", 6)]


def check(path: Path, rules: str = "AL") -> Report:
    chosen = [rule for rule in registry.rules() if rule.code.startswith(rules)]
    return runner.check(runner.Options(Request(inputs=(str(path),)), chosen, workers=1), lambda: b"")


def found(path: Path, rules: str = "AL") -> list[tuple[str, int]]:
    return [(f.code, f.line) for f in check(path, rules).findings]


def write(folder: Path, *, asked: str = "", made: str = "", head: str = "") -> Path:
    path = folder / "x.c"
    path.write_text(head + CODE.replace("@ASKED@", asked).replace("@MADE@", made))
    return path


def test_without_remarks(tmp_path: Path) -> None:
    assert found(write(tmp_path)) == BOTH


@pytest.mark.parametrize(
    "remark",
    [
        " /* anonlint: ignore[AL103] on purpose */",
        " // anonlint: ignore[AL103] on purpose",
        " /* anonlint: ignore[protect-changes-exclusivity, AL103] on purpose */",
    ],
)
def test_a_remark_on_the_line(remark: str, tmp_path: Path) -> None:
    assert found(write(tmp_path, asked=remark)) in ([("AL401", 6)], [("AL001", 5), ("AL401", 6)])


def test_a_remark_above_a_statement_is_about_all_its_lines(tmp_path: Path) -> None:
    path = tmp_path / "x.c"
    text = CODE.replace("@ASKED@", "").replace("@MADE@", "")
    text = text.replace("\t\tentry = make", "\t\t/* anonlint: ignore[AL401] no */\n\t\tentry =\n\t\t\tmake")
    path.write_text(text)
    assert found(path) == [("AL103", 5)]


def test_a_remark_above_a_function_is_about_the_whole_of_it(tmp_path: Path) -> None:
    assert found(write(tmp_path, head="/* anonlint: ignore[AL103,AL401] both */\n")) == []


def test_a_remark_of_no_use_is_reported(tmp_path: Path) -> None:
    path = write(tmp_path, made=" /* anonlint: ignore[AL201] */")
    assert found(path) == [*BOTH, ("AL001", 6)]
    assert found(path, "AL1") == [("AL103", 5)], "AL201 did not run, so nothing is known of it"


def test_a_word_that_is_no_rule_is_an_error_and_the_rest_is_checked(tmp_path: Path) -> None:
    report = check(write(tmp_path, made=" /* anonlint: ignore[AL999] */"))
    assert report.errors == (f"{tmp_path}/x.c:6: anonlint: ignore[AL999]: there is no such rule",)
    assert [(f.code, f.line) for f in report.findings] == BOTH


def diff(before: str, after: str, folder: Path, message: str = "") -> Path:
    (folder / "a").mkdir()
    (folder / "b").mkdir()
    (folder / "a/x.c").write_text(before)
    (folder / "b/x.c").write_text(after)
    done = subprocess.run(["diff", "-u", "a/x.c", "b/x.c"], cwd=folder, capture_output=True, text=True, check=False)
    path = folder / "p.patch"
    path.write_text(f"From: n <n@example.org>\nSubject: [PATCH] x: y\n\nWhy.\n\n{message}\n---\n\n{done.stdout}")
    return path


def good() -> str:
    text = CODE.replace("@ASKED@", "").replace("@MADE@", "")
    return text.replace("\tif (is_writable", "\tif (!is_readable_exclusive_migration_entry(entry) && is_writable")


def test_a_trailer_of_the_message(tmp_path: Path) -> None:
    worse = CODE.replace("@ASKED@", "").replace("@MADE@", "")
    path = diff("", worse, tmp_path, "Anonlint-ignore: AL103 on purpose\nAnonlint-ignore: AL303 of no use")
    findings = check(path).findings
    assert [f.code for f in findings if f.path == "x.c"] == ["AL401"]
    assert [(f.code, f.message) for f in findings if f.path != "x.c"] == [
        ("AL001", "the trailer Anonlint-ignore: AL303 suppresses nothing")
    ]


def test_an_old_remark_is_not_the_patch_s_business(tmp_path: Path) -> None:
    old = good().replace("ptep);\n\n", "ptep);\n\n\t/* anonlint: ignore[AL201] old */\n", 1)
    new = old.replace("swp_entry_to_pte(entry));", "swp_entry_to_pte(entry)); /* done */")
    codes = [f.code for f in check(diff(old, new, tmp_path)).findings]
    assert "AL001" not in codes
