"""What a patch is judged with, and that nothing unseen is called clean: one rule for all subcommands."""

import json
import os
from pathlib import Path

import pytest

from anonlint.intake import ground
from tests.cli.clones import BROKEN, FINDING, SOUND, Clone

# A function whose entry is read far above the lines that a patch shows: hunks alone prove nothing.
PADDING = b"\tcond_resched();\n" * 12
FAR = SOUND.replace(b"\n\tif (!is_writable", PADDING + b"\n\tif (!is_writable")
FAR_BROKEN = BROKEN.replace(b"\n\tif (!is_writable", PADDING + b"\n\tif (!is_writable")


@pytest.fixture
def clone(tmp_path: Path) -> Clone:
    """Return a clone beside which lies a patch that breaks it."""
    made = Clone(tmp_path)
    made.commit("far", FAR)
    made.commit("break it", FAR_BROKEN)
    (tmp_path / "p.patch").write_text(made.git("format-patch", "-1", "--stdout", "-U1"))
    made.commit("mend it", FAR)
    (tmp_path / "fine.patch").write_text(made.git("format-patch", "-1", "--stdout"))
    made.git("reset", "-q", "--hard", "HEAD~2")
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere/anonlint.toml").write_bytes((made.path / "anonlint.toml").read_bytes())
    return made


PATCH = "../p.patch"
ALONE = "mm/protect.c: judged on its hunks alone: "


@pytest.mark.parametrize("words", [("check", PATCH), ("checkpatch", PATCH), ("b4",)], ids=lambda words: words[0])
def test_all_subcommands_judge_with_the_tree_the_user_stands_in(clone: Clone, words: tuple[str, ...]) -> None:
    stdin = (clone.path.parent / "p.patch").read_text() if words == ("b4",) else ""
    inside = clone.run("anonlint", *words, stdin=stdin)
    below = clone.run("anonlint", *(w.replace("..", "../..") for w in words), stdin=stdin, cwd=clone.path / "mm")
    for done in (inside, below):
        assert done.returncode == 1
        assert "protect_entries(): protection change turns the writable entry" in done.stdout
        assert "hunks" not in done.stdout + done.stderr
    alone = clone.run("anonlint", words[0], "--no-tree", *words[1:], stdin=stdin)
    assert alone.stdout != inside.stdout


def test_of_tree_and_no_tree_the_later_wins(clone: Clone) -> None:
    words = ("--tree", "../clone")
    assert "hunks" not in clone.run("anonlint", "check", "--no-tree", *words, PATCH).stderr
    assert "1 file judged on hunks alone" in clone.run("anonlint", "check", *words, "--no-tree", PATCH).stderr


def test_what_was_judged_on_hunks_alone_is_said_every_time(clone: Clone) -> None:
    elsewhere = clone.path.parent / "elsewhere"
    done = clone.run("anonlint", "check", PATCH, cwd=elsewhere)
    assert ALONE + "there is no tree to judge it with (--tree DIR names one)\n" in done.stderr
    assert "; 1 file judged on hunks alone\n" in done.stderr
    done = clone.run("anonlint", "check", "--format", "json", PATCH, cwd=elsewhere)
    (alone,) = json.loads(done.stdout)["alone"]
    assert (alone["path"], alone["reason"][:16]) == ("mm/protect.c", "there is no tree")
    clone.write("mm/protect.c", b"int other;\n")
    clone.git("commit", "-qam", "other")
    (elsewhere / "bare.patch").write_text(
        "\n".join(
            line for line in (clone.path.parent / "p.patch").read_text().splitlines() if not line.startswith("index ")
        )
    )
    done = clone.run("anonlint", "check", str(elsewhere / "bare.patch"))
    assert ALONE + "the patch does not fit the tree\n" in done.stderr


def test_whole_files_of_a_patch_are_not_alone(clone: Clone) -> None:
    clone.write("mm/new.c", SOUND)
    clone.git("add", ".")
    clone.git("commit", "-qm", "new")
    patch = clone.path.parent / "new.patch"
    patch.write_text(clone.git("format-patch", "-1", "--stdout"))
    done = clone.run("anonlint", "check", str(patch), cwd=clone.path.parent / "elsewhere")
    assert "hunks" not in done.stderr


def test_many_files_are_counted_and_listed_on_request(clone: Clone) -> None:
    names = [f"mm/f{i}.c" for i in range(5)]
    hunk = "--- a/{0}\n+++ b/{0}\n@@ -1,2 +1,2 @@\n int a;\n-int b;\n+int c;\n"
    patch = clone.path.parent / "elsewhere/many.patch"
    patch.write_text("".join(hunk.format(name) for name in names))
    done = clone.run("anonlint", "check", "many.patch", cwd=patch.parent)
    assert done.stderr == (
        "anonlint: 5 files; 0 functions analysed; nothing found; 5 files judged on hunks alone (-v lists them)\n"
    )
    done = clone.run("anonlint", "check", "-v", "many.patch", cwd=patch.parent)
    assert [line.partition(":")[0] for line in done.stderr.splitlines()[:-1]] == names


def test_checkpatch_calls_ready_only_what_it_saw_whole(clone: Clone) -> None:
    ready = "has no obvious style problems and is ready for submission."
    assert ready in clone.run("anonlint", "checkpatch", "-g", "HEAD").stdout
    assert ready in clone.run("anonlint", "checkpatch", "-f", "mm/protect.c").stdout
    inside = clone.run("anonlint", "checkpatch", "../fine.patch")
    assert ready in inside.stdout
    for cwd, words in ((clone.path, ("--no-tree",)), (clone.path.parent / "elsewhere", ())):
        done = clone.run("anonlint", "checkpatch", *words, "../fine.patch", cwd=cwd)
        assert done.returncode == 0 and done.stderr == ""
        assert "ready for submission" not in done.stdout
        assert "in what was seen of it: 1 file judged on hunks alone.\n" in done.stdout
        quiet = clone.run("anonlint", "checkpatch", "-q", *words, "../fine.patch", cwd=cwd)
        assert (quiet.returncode, quiet.stdout, quiet.stderr) == (0, "", "")
    (clone.path / "text.patch").write_text("--- a/README\n+++ b/README\n@@ -1 +1 @@\n-a\n+b\n")
    done = clone.run("anonlint", "checkpatch", "text.patch")
    assert "text.patch holds nothing that is checked here.\n" in done.stdout


@pytest.mark.fault("a commit whose parent is not there, in checkpatch's manner", "status 2, never ready for submission")
def test_checkpatch_refuses_a_commit_without_its_parent(clone: Clone, tmp_path: Path) -> None:
    clone.git("clone", "-q", "--depth=1", f"file://{clone.path}", str(tmp_path / "shallow"))
    done = clone.run("anonlint", "checkpatch", "-g", "HEAD", cwd=tmp_path / "shallow")
    assert done.returncode == 2
    assert "git fetch --deepen=" in done.stderr and "ready" not in done.stdout


# -- strict


@pytest.mark.parametrize("how", ["option", "setting"])
def test_strict_makes_the_unseen_a_failure(clone: Clone, how: str) -> None:
    elsewhere = clone.path.parent / "elsewhere"
    words = ("--strict",) if how == "option" else ()
    if how == "setting":
        for folder in (elsewhere, clone.path):
            (folder / "anonlint.toml").write_text('strict = true\nselect = ["AL103"]\n')
    assert clone.run("anonlint", "check", *words, "../fine.patch").returncode == 0
    assert clone.run("anonlint", "check", *words, "mm/protect.c").returncode == 0
    assert clone.run("anonlint", "check", *words, "--no-tree", "../fine.patch").returncode == 2
    assert clone.run("anonlint", "check", *words, "../fine.patch", cwd=elsewhere).returncode == 2
    assert clone.run("anonlint", "check", "../fine.patch", cwd=elsewhere).returncode == (2 if how == "setting" else 0)
    clone.write("mm/odd.c", SOUND.replace(b"entry(entry))\n\t\treturn;", b"entry(entry) ( ]\n\t\treturn return;"))
    done = clone.run("anonlint", "check", *words, "mm/odd.c")
    assert (done.returncode, "skipped" in done.stderr) == (2, True)


def test_b4_heeds_the_setting_and_stays_silent(clone: Clone) -> None:
    (clone.path / "anonlint.toml").write_text('strict = true\nselect = ["AL103"]\n')
    mail = (clone.path.parent / "fine.patch").read_text()
    assert clone.run("anonlint", "b4", stdin=mail).returncode == 0
    done = clone.run("anonlint", "b4", "--no-tree", stdin=mail)
    assert (done.returncode, done.stdout, done.stderr) == (2, "", "")
    done = clone.run("anonlint", "b4", "--no-tree", "--format", "json", stdin=mail)
    (result,) = json.loads(done.stdout)
    assert result["status"] == "fail" and "1 file judged on hunks alone" in result["summary"]


def test_strict_must_be_a_truth_value(clone: Clone) -> None:
    (clone.path / "anonlint.toml").write_text('strict = "yes"\n')
    done = clone.run("anonlint", "check", "mm/protect.c")
    assert done.returncode == 2 and done.stderr.endswith("anonlint.toml:1: strict: must be true or false\n")


# -- settings


def test_what_the_settings_take_away_is_counted(clone: Clone) -> None:
    clone.write("mm/protect.c", BROKEN)
    clone.write("anonlint.toml", b'select = ["-AL103"]\n')
    done = clone.run("anonlint", "check", "--ignore", "AL4", "mm/protect.c")
    assert done.stdout == "" and "; nothing found; 1 left out by anonlint.toml\n" in done.stderr
    clone.write("anonlint.toml", b'select = ["AL103"]\n[[rules]]\npaths = ["mm/"]\nignore = ["AL1"]\n')
    done = clone.run("anonlint", "check", "mm/protect.c")
    assert done.stdout == "" and "; nothing found; 1 left out by anonlint.toml\n" in done.stderr
    document = json.loads(clone.run("anonlint", "check", "--format", "json", "mm/protect.c").stdout)
    assert document["left_out"] == {"anonlint.toml": 1}
    done = clone.run("anonlint", "check", "--select", "AL101", "mm/protect.c")
    assert "left out" not in done.stderr  # the user's own word


def test_a_rule_that_the_settings_leave_out_makes_no_remark_useless(clone: Clone) -> None:
    clone.write("mm/protect.c", SOUND + b"/* anonlint: ignore[AL103] why not */\nint x;\n")
    clone.write("anonlint.toml", b'select = ["-AL103"]\n')
    assert clone.run("anonlint", "check", "--ignore", "AL4", "mm/protect.c").stdout == ""


def test_what_a_baseline_holds_is_counted(clone: Clone) -> None:
    clone.write("mm/protect.c", BROKEN)
    clone.run("anonlint", "check", "--write-baseline", "known", "mm/protect.c")
    done = clone.run("anonlint", "check", "--baseline", "known", "mm/protect.c")
    assert (done.returncode, done.stdout) == (0, "")
    assert "; nothing found; 1 left out by the baseline\n" in done.stderr


def test_the_settings_of_a_tree_that_is_only_named_do_not_count(clone: Clone) -> None:
    clone.write("anonlint.toml", b'select = ["-all"]\n')
    done = clone.run("anonlint", "check", "--tree", "../clone", PATCH, cwd=clone.path.parent / "elsewhere")
    assert done.returncode == 1 and FINDING in done.stdout


@pytest.mark.skipif(os.geteuid() != 0, reason="only root makes files of others")
@pytest.mark.fault("settings of another user in a directory above", "they do not count, and that is said")
def test_settings_of_another_user_do_not_count(clone: Clone) -> None:
    stranger = clone.path.parent / "anonlint.toml"
    stranger.write_text('select = ["-all"]\n')
    (clone.path / "anonlint.toml").unlink()
    clone.write("mm/protect.c", BROKEN)
    assert clone.run("anonlint", "check", "mm/protect.c").stdout == ""
    os.chown(stranger, 12345, 12345)
    done = clone.run("anonlint", "check", "mm/protect.c")
    assert FINDING in done.stdout
    assert f"anonlint: {stranger}: belongs to another user: it does not count\n" in done.stderr
    os.chown(clone.path, 12345, 12345)  # whoever chose to stand in that user's directory takes that user's word
    assert clone.run("anonlint", "check", "mm/protect.c").stdout == ""


# -- the rule itself


@pytest.mark.parametrize(
    ("made", "stand", "expected"),
    [
        (["linux/mm", "linux/include/linux", "linux/fs/proc"], "linux/fs/proc", "linux"),
        (["linux/mm", "linux/.git"], "linux", "linux"),
        (["linux/mm"], "linux", None),
        (["linux/include/linux"], "linux", None),
        (["patches/.git", "mm", "include/linux"], "patches", None),
        (["bare/objects", "bare/refs", "bare/HEAD"], "bare", "bare"),
    ],
)
def test_the_tree_is_the_nearest_kernel_tree_within_the_clone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, made: list[str], stand: str, expected: str | None
) -> None:
    for name in made:
        (tmp_path / name).mkdir(parents=True)
    monkeypatch.chdir(tmp_path / stand)
    assert ground.tree() == (str(tmp_path / expected) if expected else None)
    assert ground.tree("named") == "named"
    assert ground.tree("named", wanted=False) is None


def test_table_and_doctor_stand_in_the_tree_too(clone: Clone) -> None:
    done = clone.run("anonlint", "table", "protect_entries", cwd=clone.path / "mm")
    assert done.returncode == 0 and "protect_entries" in done.stdout
    done = clone.run("anonlint", "doctor", cwd=clone.path / "mm")
    assert str(clone.path) in done.stderr and "no kernel tree" in done.stderr
    said = clone.run("anonlint", "settings", cwd=clone.path / "mm").stdout
    assert f"{clone.path}  (where you stand)" in said


def test_a_file_is_of_the_tree_it_stands_in_wherever_the_user_stands(tmp_path: Path) -> None:
    clone = Clone(tmp_path)
    for name, sublevel in (("old", "14"), ("new", "19")):
        tree = tmp_path / name
        (tree / "include/linux").mkdir(parents=True)
        (tree / "mm").mkdir()
        (tree / "include/linux/swap.h").write_text("\n")
        (tree / "Makefile").write_text(f"VERSION = {4 if name == 'old' else 6}\nPATCHLEVEL = {sublevel}\n")
    clone.write("anonlint.toml", b"")
    source = b"static void f(pte_t *p, pte_t e)\n{\n\tif (pte_present(e))\n\t\tset_pte(p, e);\n}\n"
    (tmp_path / "old/mm/a.c").write_bytes(source)
    said = [
        clone.run("anonlint", "check", str(tmp_path / "old/mm/a.c"), cwd=tmp_path / n).stderr for n in ("old", "new")
    ]
    assert said[0] == said[1]
