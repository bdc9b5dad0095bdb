"""With a clone: patches are seen in their files, as far as it has the blobs; and its own history is a list, too."""

import os
import subprocess
from pathlib import Path

from tests.archive import lists
from tests.archive.contents import asked, found, run

HELPER = "static bool is_it(swp_entry_t entry)\n{\n\treturn is_migration_entry(entry);\n}\n\n"


def git(clone: Path, *words: str) -> str:
    names = ("-c", "user.name=A", "-c", "user.email=a@b.c")
    env = {**os.environ, "GIT_COMMITTER_DATE": "2025-12-01T00:00:00Z"}  # before the mails
    words = ("git", "-C", str(clone), *names, *words)
    return subprocess.run(words, check=True, capture_output=True, text=True, env=env).stdout


def commit(clone: Path, text: str, message: str) -> str:
    (clone / "mm").mkdir(exist_ok=True)
    (clone / "mm" / "x.c").write_text(text)
    git(clone, "add", ".")
    git(clone, "commit", "-qm", message)
    return git(clone, "rev-parse", "HEAD").strip()


def cloned(tmp_path: Path) -> tuple[Path, list[str]]:
    clone = tmp_path / "clone"
    subprocess.run(["git", "init", "-q", "-b", "main", str(clone)], check=True)
    sound, bad = lists.SOUND.format("x"), lists.BAD.format("x")
    names = [commit(clone, HELPER + sound, "one"), commit(clone, HELPER + bad, "two: break it")]
    return clone, [*names, commit(clone, HELPER + sound, "three: mend it")]


def test_a_patch_is_seen_in_its_file_where_the_clone_has_it(tmp_path: Path) -> None:
    clone, names = cloned(tmp_path)
    diff = git(clone, "diff", "-U0", names[0], names[1])
    strange = diff.replace("index ", "index 999999999")
    posts = [lists.post("a@x", "[PATCH] mm: a", diff), lists.post("b@x", "[PATCH] mm: b", strange)]
    box, base = lists.maildir(tmp_path / "box", posts), tmp_path / "a.sqlite"
    run(tmp_path, box, "--db", base, "-j", "1", "--tree", clone)
    assert ("a@x", "page_of_x") in found(base)
    words = "SELECT mail.id, reason FROM remark JOIN mail ON mail.series = remark.series WHERE remark.kind = 'alone'"
    assert asked(base, words) == [("b@x", "the clone has no file that it fits")]
    other = tmp_path / "b.sqlite"
    done = run(tmp_path, box, "--db", other, "-j", "1")
    reasons = {str(row[0]) for row in asked(other, "SELECT reason FROM remark WHERE kind = 'alone'")}
    assert reasons == {"there is no tree to judge it with (--tree DIR names one)"}, done.stderr


def test_a_history_is_judged_commit_by_commit(tmp_path: Path) -> None:
    clone, names = cloned(tmp_path)
    base = tmp_path / "a.sqlite"
    run(tmp_path, clone, "--git", f"{names[0]}..main", "--db", base, "-j", "1")
    assert found(base) == {(names[1], "page_of_x")}
    assert asked(base, "SELECT subject, sender FROM mail") == [("two: break it", "a@b.c"), ("three: mend it", "a@b.c")]
    last = commit(clone, HELPER + lists.BAD.format("y"), "four: break it again")
    done = run(tmp_path, "--git", f"{names[0]}..main", "--tree", clone, "--db", base, "-j", "1")
    assert "1 mail read, 1 series judged" in done.stderr
    assert found(base) == {(names[1], "page_of_x"), (last, "page_of_y")}
    git(clone, "reset", "-q", "--hard", names[2])
    assert "rewritten" in run(tmp_path, clone, "--git", f"{names[0]}..main", "--db", base, "-j", "1").stderr
    assert found(base) == {(names[1], "page_of_x")}


HEADER = """\
static inline bool is_it(swp_entry_t entry)
{
	return is_migration_entry(entry);
}
"""
CALLER = """\
struct page *page_of_x(pte_t *ptep)
{{
	swp_entry_t entry = pte_to_swp_entry(ptep_get(ptep));

	if ({}is_it(entry))
		return NULL;
	return pfn_swap_entry_to_page(entry);
}}
"""


def in_two_files(tmp_path: Path) -> tuple[Path, str]:
    """Return a clone with a helper in a header, and the diff that turns the question round for which it is called."""
    clone = tmp_path / "clone"
    subprocess.run(["git", "init", "-q", "-b", "main", str(clone)], check=True)
    (clone / "include" / "linux").mkdir(parents=True)
    (clone / "include" / "linux" / "is_it.h").write_text(HEADER)
    first = commit(clone, CALLER.format("!"), "one")
    git(clone, "tag", "v1")
    (clone / "include" / "linux" / "is_it.h").write_text(HEADER.replace("is_migration", "is_device_private"))
    second = commit(clone, CALLER.format(""), "two")
    return clone, git(clone, "diff", first, second, "--", "mm")


def test_what_other_files_define_is_in_sight_where_a_commit_has_all_that_a_series_applies_to(tmp_path: Path) -> None:
    clone, diff = in_two_files(tmp_path)
    posts = [lists.post("a@x", "[PATCH] mm: a", diff)]
    box, base = lists.maildir(tmp_path / "box", posts), tmp_path / "a.sqlite"
    run(tmp_path, box, "--db", base, "-j", "1", "--tree", clone)
    assert found(base) == {("a@x", "page_of_x")}
    git(clone, "tag", "-d", "v1")  # then nothing tells of which commit the blob is
    other = tmp_path / "b.sqlite"
    run(tmp_path, box, "--db", other, "-j", "1", "--tree", clone)
    assert found(other) == set() and asked(other, "SELECT * FROM remark") == []
    named = [lists.post("b@x", "[PATCH] mm: a", f"{diff}\nbase-commit: {git(clone, 'rev-parse', 'HEAD~1')}")]
    third = tmp_path / "c.sqlite"
    run(tmp_path, lists.maildir(tmp_path / "named", named), "--db", third, "-j", "1", "--tree", clone)
    assert found(third) == {("b@x", "page_of_x")}
