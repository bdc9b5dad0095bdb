"""Git is asked as if nobody had configured it, for a limited time, and never believed about what is not there."""

import os
import subprocess
from pathlib import Path

import pytest

from anonlint.errors import InputError
from anonlint.intake import git
from tests.intake.samples import after, ask, before
from tests.intake.test_tree import NEW, NEWER, OLD, Repository


@pytest.fixture
def repo(tmp_path: Path) -> Repository:
    """Three commits that change two files."""
    made = Repository(tmp_path / "clone")
    made.commit("first", mm__x_c=OLD, mm__a_c=OLD)
    made.commit("second", mm__x_c=NEW, mm__a_c=NEW)
    made.commit("third", mm__x_c=NEWER)
    return made


def clone(repo: Repository, depth: int) -> Repository:
    """Return a clone that knows only the last commits."""
    target = repo.path.parent / f"shallow{depth}"
    repo.git("clone", "-q", f"--depth={depth}", f"file://{repo.path}", str(target))
    made = Repository.__new__(Repository)
    made.path = target
    return made


@pytest.mark.fault("a commit whose parent a shallow clone does not have", "refused, with the words to deepen the clone")
@pytest.mark.parametrize("spec", ["HEAD", "HEAD-5"])
def test_a_commit_without_its_parent_is_not_the_author_of_the_tree(repo: Repository, spec: str) -> None:
    found, _, errors = ask(tree=clone(repo, 1).path, git=spec)
    assert not found
    assert len(errors) == 1 and "is not in the clone, which is shallow: git fetch --deepen=" in errors[0]
    assert errors[0].startswith(f"--git {spec}: commit ")


def test_the_commits_above_a_missing_parent_are_judged(repo: Repository) -> None:
    found, _, errors = ask(tree=clone(repo, 2).path, git="HEAD-5")
    assert [(s.origin.subject, before(s), after(s)) for s in found] == [("third", NEW, NEWER)]
    assert len(errors) == 1 and "git fetch --deepen=" in errors[0]


@pytest.mark.fault("a range that begins outside of a shallow clone", "refused, with the words to deepen the clone")
@pytest.mark.parametrize("spec", ["{first}..HEAD", "HEAD~2", "{first}...HEAD"])
def test_a_range_outside_of_the_depth_says_so(repo: Repository, spec: str) -> None:
    first = repo.git("rev-parse", "HEAD~2").strip()
    found, _, errors = ask(tree=clone(repo, 1).path, git=spec.format(first=first))
    assert not found
    assert len(errors) == 1 and "names no commit" in errors[0] and "git fetch --deepen=" in errors[0]


@pytest.mark.parametrize("how", ["graft", "replace"])
def test_a_commit_is_what_its_id_says(repo: Repository, how: str) -> None:
    tip = repo.git("rev-parse", "HEAD").strip()
    if how == "graft":
        (repo.path / ".git/info").mkdir(exist_ok=True)
        (repo.path / ".git/info/grafts").write_text(f"{tip}\n")
    else:
        repo.git("replace", "--graft", tip)
    (snapshot,) = ask(tree=repo.path, git="HEAD")[0]
    assert (before(snapshot), after(snapshot)) == (NEW, NEWER)


def test_the_first_commit_of_all_makes_its_files(repo: Repository) -> None:
    found, _, errors = ask(tree=repo.path, git="HEAD~2")
    assert not errors
    assert [(s.path, s.before) for s in found] == [("mm/a.c", None), ("mm/x.c", None)]


def spoil(repo: Repository, path: str) -> None:
    """Damage the object that the index holds for a path."""
    name = repo.git("ls-files", "--stage", path).split()[1]
    target = repo.path / ".git/objects" / name[:2] / name[2:]
    target.chmod(0o644)
    target.write_bytes(b"garbage")


@pytest.mark.fault("a staged file whose object is damaged", "an error that names the file; the others are checked")
def test_a_damaged_object_is_an_error_and_loses_no_other(repo: Repository) -> None:
    for name in ("mm/x.c", "mm/a.c"):
        (repo.path / name).write_bytes(NEWER + name.encode())
    repo.git("add", ".")
    spoil(repo, "mm/a.c")
    found, _, errors = ask(tree=repo.path, staged=True)
    assert [s.path for s in found] == ["mm/x.c"]
    assert len(errors) == 1 and errors[0].startswith("mm/a.c: --staged: its blob ")


@pytest.mark.fault("a commit that git cannot show", "an error that names the commit; the others are checked")
def test_a_damaged_commit_loses_no_other(repo: Repository) -> None:
    repo.commit("fourth", mm__x_c=b"new\n" + NEWER, mm__a_c=NEWER + b"x\n")
    spoil(repo, "mm/a.c")
    repo.commit("fifth", mm__x_c=b"newer\n" + NEWER, mm__a_c=NEWER)
    (repo.path / "mm/a.c").unlink()
    found, _, errors = ask(tree=repo.path, git="HEAD-5")
    assert {s.origin.subject for s in found} >= {"first", "second", "third"}
    assert len(errors) == 2 and all("commit " in error for error in errors)


def settings(repo: Repository) -> None:
    """Ask git, by way of an included file, for all that changes its output or reads outside."""
    outside = repo.path.parent
    (outside / "order").write_text("mm/x.c\nmm/a.c\n")
    (outside / "attributes").write_text("*.c -diff\n")
    (outside / "included").write_text(
        f"[diff]\n orderFile = {outside}/order\n algorithm = patience\n renameLimit = 1\n relative = true\n"
        f" wsErrorHighlight = all\n interHunkContext = 99\n ignoreSubmodules = all\n"
        f"[core]\n attributesFile = {outside}/attributes\n quotePath = false\n[color]\n ui = always\n"
    )
    repo.git("config", "include.path", str(outside / "included"))


@pytest.mark.fault("git settings that reorder, colour or hide a diff", "the same output as without them")
def test_settings_change_nothing(repo: Repository) -> None:
    plain = git.Repository(str(repo.path)).patch_of_commits([(repo.git("rev-parse", "HEAD~1").strip(),)])
    settings(repo)
    assert git.Repository(str(repo.path)).patch_of_commits([(repo.git("rev-parse", "HEAD~1").strip(),)]) == plain
    assert b"\x1b" not in plain
    found = ask(tree=repo.path, git="HEAD~1")[0]
    assert [(s.path, before(s), after(s)) for s in found] == [("mm/a.c", OLD, NEW), ("mm/x.c", OLD, NEW)]


@pytest.mark.fault("GIT_TRACE and its like name a file", "git is not told, and the file is not written")
def test_traces_are_not_written(repo: Repository, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("TRACE", "TRACE2", "TRACE2_EVENT", "TRACE2_PERF", "TRACE_REFS", "TRACE_SETUP", "TRACE_PACK_ACCESS"):
        monkeypatch.setenv(f"GIT_{name}", str(tmp_path / name))
    (tmp_path / "global").write_text(f"[trace2]\n normalTarget = {tmp_path}/normal\n eventTarget = {tmp_path}/event\n")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "global"))
    assert ask(tree=repo.path, git="HEAD-2")[0]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["clone", "global"]


def test_variables_of_another_repository_count_only_here(repo: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    other = Repository(repo.path.parent / "other")
    other.commit("other", z_c=OLD)
    monkeypatch.setenv("GIT_DIR", str(other.path / ".git"))
    assert {s.path for s in ask(tree=repo.path, git="HEAD")[0]} == {"mm/x.c"}
    assert {s.path for s in ask(git="HEAD")[0]} == {"z.c"}


@pytest.mark.fault("git hangs (a FIFO among its files)", "an error once the time limit is over")
@pytest.mark.parametrize("where", ["config", "object"])
def test_git_has_a_time_limit(repo: Repository, monkeypatch: pytest.MonkeyPatch, where: str) -> None:
    monkeypatch.setattr(git, "LIMIT", 0.3)
    with git.Repository(str(repo.path)) as repository:
        if where == "config":
            os.mkfifo(repo.path.parent / "fifo")
            repo.git("config", "include.path", str(repo.path.parent / "fifo"))
            with pytest.raises(InputError, match="git rev-parse did not answer within "):
                repository.commit("HEAD")
            return
        assert isinstance(repository.get(b"HEAD"), git.Object)
        assert repository._batch is not None
        os.kill(repository._batch.pid, 19)  # stopped: it lives and says nothing
        with pytest.raises(InputError, match="git cat-file did not answer"):
            repository.get(b"HEAD")


def test_without_git_the_error_is_one_line(repo: Repository, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    _, _, errors = ask(tree=repo.path, git="HEAD")
    assert len(errors) == 1 and "git cannot be run" in errors[0]


def test_large_objects_come_whole(repo: Repository) -> None:
    data = os.urandom(3 << 20) + b"\n"
    (repo.path / "big").write_bytes(data)
    repo.git("add", ".")
    name = repo.git("ls-files", "--stage", "big").split()[1]
    with git.Repository(str(repo.path)) as repository:
        assert repository.blob(name) == data
        assert repository.get(b"none") == "missing"
        assert repository.blob(b"HEAD:mm/x.c") == NEWER


def test_a_revision_that_cannot_be_listed_is_an_error(repo: Repository) -> None:
    tip = repo.git("rev-parse", "HEAD~1").strip()
    target = repo.path / ".git/objects" / tip[:2] / tip[2:]
    target.chmod(0o644)
    target.write_bytes(b"garbage")
    with pytest.raises(subprocess.CalledProcessError):
        repo.git("log", "HEAD")
    found, _, errors = ask(tree=repo.path, git="HEAD-3")
    assert not found and len(errors) == 1
