"""Hooks, tried by the git commands that run them."""

from pathlib import Path

import pytest

from anonlint.cli.hook import HOOKS
from tests.cli.clones import BROKEN, FINDING, SOUND, SPELLED, Clone

FIRST = "mm: protect entries"


@pytest.fixture
def clone(tmp_path: Path) -> Clone:
    return Clone(tmp_path)


def install(clone: Clone, name: str) -> Path:
    done = clone.run("anonlint", "hook", "install", name)
    assert (done.returncode, done.stderr) == (0, "")
    return Path(done.stdout.removeprefix("installed ").rstrip("\n"))


@pytest.mark.parametrize("words", [(), ("-a",), ("mm/protect.c",)], ids=" ".join)
def test_commit_is_stopped_by_what_it_would_take(clone: Clone, words: tuple[str, ...]) -> None:
    assert install(clone, "pre-commit") == clone.path / ".git/hooks/pre-commit"
    clone.write("mm/protect.c", BROKEN)
    if not words:
        clone.git("add", ".")
    said = clone.stopped("git", "commit", "-m", "break it", *words)
    assert FINDING in said
    assert said.endswith("anonlint: nothing was committed (git commit --no-verify commits all the same)\n")
    clone.git("commit", "-q", "--no-verify", "-m", "break it", *words)
    assert clone.subjects() == ["break it", FIRST]


def test_commit_is_not_stopped_by_what_it_leaves_out(clone: Clone) -> None:
    install(clone, "pre-commit")
    clone.write("mm/protect.c", BROKEN)
    clone.write("mm/other.c", SOUND.replace(b"protect_entries", b"other"))
    clone.git("add", "mm/other.c")
    clone.git("commit", "-q", "-m", "another")
    assert clone.subjects() == ["another", FIRST]


def test_a_merge_is_not_checked_again(clone: Clone) -> None:
    clone.git("checkout", "-q", "-b", "side")
    clone.commit("break it", BROKEN)
    clone.git("checkout", "-q", "main")
    clone.write("README", b"x\n")
    clone.git("add", ".")
    clone.git("commit", "-q", "-m", "readme")
    install(clone, "pre-commit")
    clone.git("merge", "-q", "--no-commit", "side")
    clone.git("commit", "-q", "-m", "merge")
    assert clone.subjects()[0] == "merge"


def test_am_stops_before_the_commit_and_goes_on_as_it_says(clone: Clone, tmp_path: Path) -> None:
    clone.commit("fine", b"/* comment */\n" + SOUND)
    clone.commit("break it", b"/* comment */\n" + BROKEN)
    clone.git("format-patch", "-q", "-2", "-o", str(tmp_path / "out"))
    clone.git("reset", "-q", "--hard", "HEAD~2")
    install(clone, "pre-applypatch")
    patches = [str(path) for path in sorted((tmp_path / "out").iterdir())]
    said = clone.stopped("git", "am", *patches)
    assert FINDING in said and "anonlint: the patch is applied, but not committed." in said
    assert clone.subjects() == ["fine", FIRST]
    command = said.rpartition("as it is: ")[2].split()
    assert command[0] == "git"
    clone.git(*command[1:])
    assert clone.subjects() == ["break it", "fine", FIRST]


def test_am_goes_on_when_the_patch_is_mended(clone: Clone, tmp_path: Path) -> None:
    clone.commit("break it", BROKEN)
    clone.git("format-patch", "-q", "-1", "-o", str(tmp_path / "out"))
    clone.git("reset", "-q", "--hard", "HEAD~1")
    install(clone, "pre-applypatch")
    clone.stopped("git", "am", str(next((tmp_path / "out").iterdir())))
    clone.write("mm/protect.c", b"/* mended */\n" + SOUND)
    clone.git("add", ".")
    clone.git("am", "--continue")
    assert clone.subjects() == ["break it", FIRST]


def test_send_email_validates_each_mail(clone: Clone) -> None:
    if clone.run("git", "send-email", "--dump-aliases").returncode:
        pytest.skip("git send-email is not installed (Debian: git-email)")
    install(clone, "sendemail-validate")
    clone.commit("fine", b"/* comment */\n" + SOUND)
    send = ("git", "send-email", "--dry-run", "--to=a@example.org", "--from=b@example.org", "--confirm=never")
    assert clone.run(*send, "--cover-letter", "--subject=x", "--force", "-1").returncode == 0
    clone.commit("break it", b"/* comment */\n" + BROKEN)
    said = clone.stopped(*send, "-1")
    assert FINDING in said and "anonlint: nothing was sent" in said
    assert clone.run(*send, "--no-validate", "-1").returncode == 0


def test_sendemail_validate_is_called_as_git_calls_it(clone: Clone, tmp_path: Path) -> None:
    path = install(clone, "sendemail-validate")
    clone.commit("fine", b"/* comment */\n" + SPELLED)
    clone.commit("break it", b"/* comment */\n" + BROKEN)
    clone.git("format-patch", "-q", "--cover-letter", "-2", "-o", str(tmp_path / "out"))
    cover, fine, broken = (str(mail) for mail in sorted((tmp_path / "out").iterdir()))
    headers = tmp_path / "headers"  # newer gits name a file with the header fields, too
    headers.write_text("To: a@example.org\n")
    clone.env |= {"GIT_DIR": str(clone.path / ".git"), "GIT_SENDEMAIL_FILE_COUNTER": "1"}
    for mail in (cover, fine):
        done = clone.run(str(path), mail, str(headers))
        assert (done.returncode, done.stdout) == (0, "")
        said = "anonlint: 1 file; 1 function analysed; nothing found\n"
        assert done.stderr == (said if mail == fine else "")
    assert FINDING in clone.stopped(str(path), broken, str(headers))


def test_push_is_stopped_by_the_commits_it_sends(clone: Clone, tmp_path: Path) -> None:
    clone.git("init", "-q", "--bare", str(tmp_path / "server"))
    clone.git("remote", "add", "origin", str(tmp_path / "server"))
    clone.commit("break it", BROKEN)
    clone.git("push", "-q", "origin", "main")
    clone.commit("comment", b"/* comment */\n" + BROKEN)
    install(clone, "pre-push")
    clone.git("push", "-q", "origin", "main")  # what was there before is not held against this push
    clone.git("checkout", "-q", "-b", "topic")
    clone.commit("mend it", SOUND)
    clone.commit("break it again", BROKEN)
    said = clone.stopped("git", "push", "origin", "topic")
    assert f"{FINDING} ({clone.git('rev-parse', 'HEAD')[:12]}: break it again)" in said
    assert "anonlint: nothing was pushed" in said
    clone.git("push", "-q", "--no-verify", "origin", "topic")
    clone.git("push", "-q", "origin", "--delete", "topic")


def test_the_first_push_of_a_whole_history_is_checked(clone: Clone) -> None:
    clone.commit("break it", BROKEN)
    head = clone.git("rev-parse", "HEAD").strip()
    line = f"refs/heads/main {head} refs/heads/main {'0' * 40}\n"
    assert f"({head[:12]}: break it)" in clone.stopped("anonlint", "check", "--pushed", stdin=line)


def test_what_git_would_not_say_is_refused(clone: Clone) -> None:
    assert clone.stopped("anonlint", "check", "--pushed", stdin="hello\n") == (
        "anonlint: check: --pushed: 'hello' is no line that git gives a pre-push hook\n"
    )


@pytest.mark.parametrize("name", HOOKS)
def test_an_existing_hook_is_left_as_it_is(clone: Clone, name: str) -> None:
    path = clone.path / ".git/hooks" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text("#!/bin/sh\n")
    said = clone.stopped("anonlint", "hook", "install", name)
    assert f"{path} exists and is left as it is; to run anonlint from it, add the line: anonlint check " in said
    assert "nothing is removed" in clone.stopped("anonlint", "hook", "uninstall", name)
    assert path.read_text() == "#!/bin/sh\n"
    assert not path.stat().st_mode & 0o111


def test_a_dangling_link_is_not_written_through(clone: Clone, tmp_path: Path) -> None:
    path = clone.path / ".git/hooks/pre-commit"
    path.parent.mkdir(exist_ok=True)
    path.symlink_to(tmp_path / "elsewhere")
    assert "exists and is left as it is" in clone.stopped("anonlint", "hook", "install", "pre-commit")
    assert not (tmp_path / "elsewhere").exists()


@pytest.mark.parametrize("name", HOOKS)
def test_what_is_shown_is_installed_and_removed_again(clone: Clone, name: str) -> None:
    path = install(clone, name)
    assert path.read_text() == clone.run("anonlint", "hook", "show", name).stdout
    assert path.stat().st_mode & 0o100
    assert clone.run("anonlint", "hook", "install", name).stdout == f"{path} is installed already\n"
    assert clone.run("anonlint", "hook", "uninstall", name).stdout == f"removed {path}\n"
    assert not path.exists()


@pytest.mark.parametrize("where", [".githooks", "~/hooks"])
def test_hooks_path_is_respected(clone: Clone, where: str) -> None:
    clone.git("config", "core.hooksPath", where)
    home = clone.env["HOME"]
    expected = Path(home, "hooks") if where == "~/hooks" else clone.path / where
    done = clone.run("anonlint", "hook", "install", "pre-commit", cwd=clone.path / "mm")
    assert done.stdout == f"installed {expected}/pre-commit\n"
    clone.write("mm/protect.c", BROKEN)
    assert FINDING in clone.stopped("git", "commit", "-am", "break it")


def test_a_work_tree_uses_the_hooks_of_its_clone(clone: Clone, tmp_path: Path) -> None:
    tree = tmp_path / "work tree"
    clone.git("worktree", "add", "-q", "-b", "side", str(tree))
    done = clone.run("anonlint", "hook", "install", "pre-commit", "--tree", str(tree), cwd=tmp_path)
    assert done.stdout == f"installed {clone.path}/.git/hooks/pre-commit\n"
    (tree / "mm/protect.c").write_bytes(BROKEN)
    assert FINDING in clone.run("git", "commit", "-am", "break it", cwd=tree).stderr


def test_a_hook_outlives_its_installation(clone: Clone) -> None:
    path = install(clone, "pre-commit")
    text = path.read_text()
    line = next(line for line in text.splitlines() if line.startswith("python="))
    path.write_text(text.replace(line, "python='/gone/bin/python'"))
    clone.write("mm/protect.c", BROKEN)
    assert FINDING in clone.stopped("git", "commit", "-am", "break it")  # the one in $PATH


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("instal", "pre-commit"), "hook: 'instal' is none of install, show, uninstall; did you mean install?"),
        (("install", "precommit"), "sendemail-validate; did you mean pre-commit?"),
        (("install", "pre-commit", "--tree", "/nowhere"), "/nowhere: is no directory"),
        (("install", "pre-commit", "--tree", "/"), "git cannot read the repository (--tree names one)"),
    ],
)
def test_wrong_usage_is_one_line(clone: Clone, words: tuple[str, ...], message: str) -> None:
    said = clone.stopped("anonlint", "hook", *words)
    assert message in said and said.count("\n") == 1
