"""Patches with a tree: whole files before and after, in order, and nothing outside of the tree."""

import subprocess
from pathlib import Path

import pytest

from tests.intake.samples import after, ask, before

OLD = b"".join(b"line %d\n" % i for i in range(1, 31))
NEW = OLD.replace(b"line 10\n", b"ten\nmore\n").replace(b"line 25\n", b"")
NEWER = NEW.replace(b"line 12\n", b"twelve\n")


class Repository:
    """A repository made for one test."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.mkdir()
        self.git("init", "-q", "-b", "main")

    def git(self, *words: str) -> str:
        identity = ["-c", "user.name=A", "-c", "user.email=a@b.c", "-c", "commit.gpgsign=false"]
        done = subprocess.run(["git", *identity, *words], cwd=self.path, capture_output=True, check=True)
        return done.stdout.decode("utf-8", "surrogateescape")

    def commit(self, subject: str, **files: bytes | None) -> str:
        for name, data in files.items():
            path = self.path / name.replace("__", "/").replace("_c", ".c")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.unlink() if data is None else path.write_bytes(data)
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", subject, "--date=2022-12-05T22:05:57")
        return self.git("rev-parse", "HEAD").strip()


@pytest.fixture
def repo(tmp_path: Path) -> Repository:
    """Three commits: a file is made, changed, and changed and renamed."""
    made = Repository(tmp_path / "clone")
    made.commit("first: make it", mm__x_c=OLD, README=b"x\n")
    made.commit("second: change it", mm__x_c=NEW)
    made.commit("third: rename it", mm__x_c=None, mm__y_c=NEWER)
    return made


def patches(repo: Repository, tmp_path: Path, *options: str) -> list[Path]:
    repo.git("format-patch", "-q", "-M", *options, "-o", str(tmp_path / "out"), "HEAD~2..HEAD")
    return sorted((tmp_path / "out").iterdir())


EXPECTED = [("mm/x.c", OLD, NEW, frozenset({10, 11})), ("mm/y.c", NEW, NEWER, frozenset({13}))]


@pytest.mark.parametrize(
    ("kind", "checkout"),
    [("clone", "HEAD"), ("clone", "HEAD~1"), ("clone", "HEAD~2"), ("bare", "HEAD"), ("plain", "HEAD~2")],
)
def test_a_series_gives_whole_files(repo: Repository, tmp_path: Path, checkout: str, kind: str) -> None:
    series = patches(repo, tmp_path)
    repo.git("checkout", "-q", checkout)
    tree = repo.path
    if kind == "bare":
        tree = tmp_path / "bare"
        repo.git("clone", "-q", "--bare", ".", str(tree))
    elif kind == "plain":
        tree = tmp_path / "plain"
        repo.git("checkout-index", "-a", f"--prefix={tree}/")
    found, skips, errors = ask(*series, tree=tree)
    assert (skips, errors) == ([], [])
    assert [(s.path, before(s), after(s), s.added) for s in found] == EXPECTED
    assert [(s.origin.subject, s.origin.order) for s in found] == [("second: change it", 0), ("third: rename it", 1)]
    assert all(s.after is not None and s.after.fragments is None for s in found)
    assert all(s.before is not None and s.before.source.path == s.path for s in found)


def test_mbox_and_files_and_commits_agree(repo: Repository, tmp_path: Path) -> None:
    series = patches(repo, tmp_path)
    box = tmp_path / "box"
    box.write_bytes(b"".join(path.read_bytes() for path in series))
    views = [
        [
            (s.path, before(s), after(s), s.added, s.origin._replace(mail="")[1:])
            for s in ask(*inputs, tree=repo.path, git=git)[0]
        ]
        for inputs, git in ((series, ""), ([box], ""), ([], "HEAD~2..HEAD"))
    ]
    assert views[0] == views[1] == views[2]


def test_abbreviated_ids_are_resolved_and_ambiguous_ones_told_apart(repo: Repository, tmp_path: Path) -> None:
    import hashlib

    # Two blobs whose ids share their first four digits: the shortest that git takes.
    seen: dict[str, bytes] = {}
    for i in range(4000):
        data = OLD + b"// %d\n" % i
        key = hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()[:4]
        if key in seen:
            break
        seen[key] = data
    repo.commit("twins", a_c=seen[key], b_c=data)
    repo.commit("gone", a_c=None, b_c=None)
    name = tmp_path / "p"
    for twin in (seen[key], data):
        text = (
            b"diff --git a/a.c b/a.c\nindex %s..1111 100644\n--- a/a.c\n+++ b/a.c\n@@ -30,2 +30,2 @@\n line 30\n-%s+x\n"
        )
        name.write_bytes(text % (key.encode(), twin.split(b"line 30\n")[1]))
        found, skips, _ = ask(name, tree=repo.path)
        assert [before(s) for s in found] == [twin] and not skips


def test_a_patch_that_the_tree_holds_already_is_taken_back(tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    tree.mkdir()
    (tree / "x.c").write_bytes(b"top\n" + NEW)
    (tmp_path / "p").write_bytes(b"--- a/x.c\n+++ b/x.c\n@@ -9,3 +9,4 @@\n line 9\n-line 10\n+ten\n+more\n line 11\n")
    (snapshot,) = ask(tmp_path / "p", tree=tree)[0]
    assert after(snapshot) == b"top\n" + NEW and snapshot.added == frozenset({11, 12})
    assert b"line 10" in before(snapshot)


def test_a_patch_that_does_not_fit_is_judged_on_its_hunks_and_loses_no_other(tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    tree.mkdir()
    (tree / "x.c").write_bytes(OLD)
    hunk = b"--- a/%s.c\n+++ b/%s.c\n@@ -9,3 +9,3 @@ f\n line 9\n-%s\n+ten\n line 11\n"
    (tmp_path / "p").write_bytes(hunk % (b"x", b"x", b"other") + hunk % (b"x", b"x", b"line 10"))
    found, skips, errors = ask(tmp_path / "p", tree=tree)
    assert [after(s) for s in found] == [b"line 9\nten\nline 11\n", OLD.replace(b"line 10", b"ten")]
    assert not errors and not skips
    assert [s.alone for s in found] == ["the patch does not fit the tree", ""]


def test_a_second_version_of_a_patch_starts_from_the_file_that_it_names(repo: Repository, tmp_path: Path) -> None:
    second = patches(repo, tmp_path)[0]
    first = tmp_path / "first"
    first.write_bytes(b"--- a/mm/x.c\n+++ b/mm/x.c\n@@ -1,2 +1,2 @@\n line 1\n-line 2\n+two\n")
    plain = tmp_path / "plain"
    (plain / "mm").mkdir(parents=True)
    (plain / "mm/x.c").write_bytes(OLD)
    found = ask(first, second, tree=plain)[0]
    assert b"two" in after(found[0])
    assert (before(found[1]), after(found[1])) == (OLD, NEW)


def test_a_damaged_patch_is_whole_where_the_repository_has_both_blobs(repo: Repository, tmp_path: Path) -> None:
    path = patches(repo, tmp_path)[0]
    path.write_bytes(path.read_bytes().replace(b"-line 10\n", b"").replace(b" line 9\n", b" line nine\n"))
    found, skips, _ = ask(path, tree=repo.path)
    assert [(before(s), after(s), s.added) for s in found] == [(OLD, NEW, frozenset({10, 11}))]
    assert not skips


def test_a_file_that_a_series_makes_is_whole_without_a_tree(tmp_path: Path) -> None:
    made = b"--- /dev/null\n+++ b/new.c\n@@ -0,0 +1,3 @@\n+a\n+b\n+c\n"
    changed = b"--- a/new.c\n+++ b/new.c\n@@ -2 +2 @@\n-b\n+B\n"
    (tmp_path / "1").write_bytes(made)
    (tmp_path / "2").write_bytes(changed)
    found = ask(tmp_path / "1", tmp_path / "2")[0]
    assert found[0].before is None and after(found[0]) == b"a\nb\nc\n"
    assert (before(found[1]), after(found[1])) == (b"a\nb\nc\n", b"a\nB\nc\n")


@pytest.mark.parametrize(
    "name", ["../secret.c", "/etc/passwd.c", "a/../../secret.c", "link/secret.c", "link.c", ".git/x.c"]
)
def test_nothing_outside_of_the_tree_is_read(tmp_path: Path, name: str) -> None:
    tree = tmp_path / "tree"
    (tree / ".git").mkdir(parents=True)
    (tree / ".git" / "x.c").write_bytes(OLD)
    (tmp_path / "secret.c").write_bytes(OLD)
    (tree / "link").symlink_to(tmp_path)
    (tree / "link.c").symlink_to(tmp_path / "secret.c")
    text = f"--- x/{name}\n+++ x/{name}\n".replace("x/", "").encode() + b"@@ -2 +2 @@\n-line 2\n+2\n"
    (tmp_path / "p").write_bytes(text)
    (snapshot,), skips, _ = ask(tmp_path / "p", tree=tree)
    assert before(snapshot) == b"line 2\n"
    assert "not a git repository" in skips[0].reason


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ("HEAD", ["third: rename it"]),
        ("HEAD^", ["second: change it"]),
        ("HEAD~2", ["first: make it"]),
        ("HEAD~2..HEAD", ["second: change it", "third: rename it"]),
        ("HEAD~1..", ["third: rename it"]),
        ("HEAD~2...main", ["second: change it", "third: rename it"]),
        ("HEAD-2", ["second: change it", "third: rename it"]),
        ("v1-2", ["second: change it"]),
    ],
)
def test_commits_are_read_oldest_first(repo: Repository, spec: str, expected: list[str]) -> None:
    repo.git("tag", "v1-2", "HEAD~1")
    found, skips, errors = ask(tree=repo.path, git=spec)
    assert (skips, errors) == ([], [])
    assert [s.origin.subject for s in found] == expected
    assert all(len(s.origin.commit) == 40 and s.origin.date == (2022, 12) for s in found)


def test_commits_that_delete_chmod_or_merge(repo: Repository) -> None:
    repo.git("checkout", "-q", "-b", "side", "HEAD~1")
    repo.commit("side", z_c=b"int z;\n")
    repo.git("merge", "-q", "--no-edit", "main")
    repo.commit("del", z_c=None)
    (repo.path / "mm/y.c").chmod(0o755)
    repo.commit("chmod")
    found, skips, _ = ask(tree=repo.path, git="HEAD-3")
    assert [(s.origin.subject, s.path, s.after) for s in found if s.origin.subject == "del"] == [("del", "z.c", None)]
    found, skips, _ = ask(tree=repo.path, git="HEAD~2")
    assert not found and "is a merge" in skips[0].reason


@pytest.mark.parametrize(
    "spec", ["--output=x", "-1", "nothing", "HEAD..nothing", "--all..HEAD", "", "HEAD^{tree}", "a\0b"]
)
def test_what_names_no_commit_is_an_error_and_no_option(repo: Repository, spec: str) -> None:
    found, _, errors = ask(tree=repo.path, git=spec) if spec else ([], [], ["names no commit"])
    assert not found and "names no commit" in errors[0]
    assert not (repo.path / "x").exists()


def test_outside_of_a_repository_git_is_an_error(tmp_path: Path) -> None:
    assert "not a git repository" in ask(tree=tmp_path, git="HEAD")[2][0]
    assert "not a git repository" in ask(tree=tmp_path, staged=True)[2][0]


def test_what_is_staged_is_compared_with_head_and_nothing_is_written(repo: Repository) -> None:
    (repo.path / "mm/y.c").write_bytes(OLD)
    repo.git("add", "-A")
    (repo.path / "mm/y.c").write_bytes(b"not staged\n")
    state = {path: path.stat().st_mtime_ns for path in (repo.path / ".git").rglob("*")}
    (snapshot,) = ask(tree=repo.path, staged=True)[0]
    assert (before(snapshot), after(snapshot)) == (NEWER, OLD)
    assert state == {path: path.stat().st_mtime_ns for path in (repo.path / ".git").rglob("*")}


def test_staged_before_the_first_commit(tmp_path: Path) -> None:
    made = Repository(tmp_path / "clone")
    (made.path / "x.c").write_bytes(OLD)
    made.git("add", "x.c")
    (snapshot,) = ask(tree=made.path, staged=True)[0]
    assert snapshot.before is None and after(snapshot) == OLD


def test_hooks_of_git_see_the_index_they_were_given(repo: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    (repo.path / "mm/y.c").write_bytes(OLD)
    monkeypatch.setenv("GIT_INDEX_FILE", str(repo.path / "other"))
    repo.git("add", "-A")
    other = Repository(repo.path.parent / "unrelated")
    assert ask(tree=other.path, staged=True) == ([], [], [])
    monkeypatch.chdir(repo.path)
    assert len(ask(staged=True)[0]) == 1
    monkeypatch.delenv("GIT_INDEX_FILE")
    assert len(ask(staged=True)[0]) == 0


def test_configuration_and_attributes_start_no_program(repo: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    trap = repo.path.parent / "trap"
    script = repo.path.parent / "run.sh"
    script.write_text(f"#!/bin/sh\ntouch {trap}\n")
    script.chmod(0o755)
    for key in ("core.fsmonitor", "diff.external", "diff.own.command", "diff.own.textconv", "core.pager"):
        repo.git("config", key, str(script))
    for key, value in (("diff.noprefix", "true"), ("diff.suppressBlankEmpty", "true"), ("color.ui", "always")):
        repo.git("config", key, value)
    (repo.path / ".git/info").mkdir(exist_ok=True)
    (repo.path / ".git/info/attributes").write_text("*.c diff=own\n")
    monkeypatch.setenv("GIT_EXTERNAL_DIFF", str(script))
    monkeypatch.setenv("GIT_DIFF_OPTS", "-u9")
    trap.unlink(missing_ok=True)
    found = ask(tree=repo.path, git="HEAD-2")[0]
    assert [(s.path, before(s), after(s), s.added) for s in found] == EXPECTED
    ask(tree=repo.path, staged=True)
    assert not trap.exists()
