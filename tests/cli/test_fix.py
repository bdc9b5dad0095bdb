"""``check --diff`` and ``--fix``: what git apply makes of the patch, and what is never changed."""

import json
from pathlib import Path

import pytest

from anonlint.cli.fix import patch
from tests.cli.clones import BROKEN, SOUND, Clone


@pytest.fixture
def clone(tmp_path: Path) -> Clone:
    made = Clone(tmp_path)
    made.write("mm/protect.c", BROKEN)
    return made


def content(clone: Clone) -> bytes:
    return (clone.path / "mm/protect.c").read_bytes()


def test_the_patch_is_taken_by_git(clone: Clone, tmp_path: Path) -> None:
    done = clone.run("anonlint", "check", "--diff", "mm/protect.c")
    assert done.returncode == 1
    assert "mm/protect.c:6: AL103 would be mended: make it with make_readable_exclusive" in done.stderr
    assert content(clone) == BROKEN
    (tmp_path / "fix.patch").write_text(done.stdout)
    clone.git("apply", str(tmp_path / "fix.patch"))
    assert content(clone) == SOUND
    assert clone.run("anonlint", "check", "mm/").returncode == 0


def test_files_are_mended_and_what_is_left_is_reported(clone: Clone) -> None:
    done = clone.run("anonlint", "check", "--fix", "mm/")
    assert (done.returncode, done.stdout) == (0, "")
    assert "AL103 mended:" in done.stderr and "nothing found" in done.stderr
    assert content(clone) == SOUND
    again = clone.run("anonlint", "check", "--fix", "mm/")
    assert (again.returncode, content(clone)) == (0, SOUND)


def test_reports_for_programs_tell_the_replacement(clone: Clone) -> None:
    clone.write("mm/protect.c", b"int other;\n" + BROKEN)
    done = clone.run(
        "anonlint", "check", "-f", "rdjson", "-f", "sarif", "-o", "out.sarif", "-f", "rdjson", "mm/protect.c"
    )
    (told,) = json.loads(done.stdout)["diagnostics"]
    (suggestion,) = told["suggestions"]
    start, end = suggestion["range"]["start"], suggestion["range"]["end"]
    assert start["line"] == end["line"] == 10
    lines = content(clone).splitlines(keepends=True)
    line = lines[9]
    lines[9] = line[: start["column"] - 1] + suggestion["text"].encode() + line[end["column"] - 1 :]
    assert b"".join(lines) == b"int other;\n" + SOUND
    run = json.loads((clone.path / "out.sarif").read_text())["runs"][0]
    assert run["results"][0]["fixes"][0]["description"]["text"].startswith("make it with make_readable_exclusive")
    assert content(clone) == b"int other;\n" + BROKEN  # nothing was changed


def test_a_patch_under_check_has_no_replacement(clone: Clone) -> None:
    clone.commit("mm: break it", BROKEN)
    done = clone.run("anonlint", "check", "-f", "rdjson", "--git", "HEAD")
    (told,) = json.loads(done.stdout)["diagnostics"]
    assert "suggestions" not in told


def test_reports_go_to_files_beside_the_patch(clone: Clone) -> None:
    done = clone.run("anonlint", "check", "--diff", "-f", "json", "-o", "out.json", "mm/protect.c")
    assert done.stdout.startswith("--- a/mm/protect.c\n+++ b/mm/protect.c\n@@ ")
    assert (clone.path / "out.json").read_text().startswith("{")


@pytest.mark.parametrize("words", [("--staged",), ("--git", "HEAD"), ("-",)])
def test_what_is_no_file_is_refused(clone: Clone, words: tuple[str, ...]) -> None:
    done = clone.run("anonlint", "check", "--fix", *words)
    assert (done.returncode, done.stdout) == (2, "")
    assert "--diff and --fix mend files, not " in done.stderr


def test_a_baseline_is_not_written_beside(clone: Clone) -> None:
    done = clone.run("anonlint", "check", "--fix", "--write-baseline", "known", "mm/")
    assert (done.returncode, content(clone)) == (2, BROKEN)
    assert "one of them" in done.stderr and not (clone.path / "known").exists()


def test_a_patch_under_check_changes_nothing(clone: Clone) -> None:
    clone.commit("mm: break it", BROKEN)
    (clone.path / "it.patch").write_text(clone.git("format-patch", "--stdout", "-1"))
    before = (clone.path / "it.patch").read_bytes()
    clone.git("checkout", "-q", "HEAD~1")
    done = clone.run("anonlint", "check", "--fix", "it.patch")
    assert done.returncode == 1
    assert "no finding has a replacement that is exact" in done.stderr
    assert (content(clone), (clone.path / "it.patch").read_bytes()) == (SOUND, before)


@pytest.mark.parametrize("ending", [b"\n", b"\r\n"])
@pytest.mark.parametrize("last", [True, False])
def test_any_text_makes_a_patch_that_applies(clone: Clone, ending: bytes, last: bool) -> None:
    lines = [b"a\xff", b"b\x0c\x85", b"c", b"d"]
    before = ending.join(lines) + (ending if last else b"")
    after = before.replace(b"c", b"C").replace(b"d", b"D")
    clone.write("mm/x.c", before)
    (clone.path / "x.patch").write_bytes(patch("mm/x.c", before, after))
    clone.git("apply", "x.patch")
    assert (clone.path / "mm/x.c").read_bytes() == after
