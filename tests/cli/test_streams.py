"""Standard streams and output files as callers and machines leave them: one line, the right status, nothing lost."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.clones import BROKEN, SOUND

FULL = Path("/dev/full")
needs_full = pytest.mark.skipif(not FULL.exists(), reason="no /dev/full")


@pytest.fixture
def bad(tmp_path: Path) -> Path:
    """Return a file in which something is found, in a directory of its own."""
    (tmp_path / "here").mkdir()
    path = tmp_path / "here/bad.c"
    path.write_bytes(BROKEN)
    (tmp_path / "here/good.c").write_bytes(SOUND)
    return path


def shell(line: str, cwd: Path, *, stdin: bytes | None = None) -> subprocess.CompletedProcess[bytes]:
    """Run one line of sh in which $A is anonlint, and what it finds is AL103's."""
    env = {**os.environ, "A": f"{sys.executable} -m anonlint", "ONLY": "--select AL103"}
    return subprocess.run(
        ["sh", "-c", line], cwd=cwd, env=env, input=stdin, capture_output=True, check=False, timeout=60
    )


COMMANDS = ["check $ONLY bad.c", "check --format json $ONLY bad.c", "checkpatch -f bad.c", "rules", "explain AL101"]


@needs_full
@pytest.mark.fault("standard output is full", "one line, status 2")
@pytest.mark.parametrize("command", [*COMMANDS, "--version", "--help", "settings", "completion bash"])
def test_a_full_output_is_one_line(bad: Path, command: str) -> None:
    done = shell(f"$A {command} > /dev/full", bad.parent)
    assert done.returncode == 2
    lines = [line for line in done.stderr.splitlines() if b"standard output" in line]
    assert lines == [b"anonlint: standard output: cannot be written: No space left on device"]
    assert b"Traceback" not in done.stderr and b"Exception" not in done.stderr


@pytest.mark.fault("standard output is closed", "one line, status 2")
@pytest.mark.parametrize("command", COMMANDS)
def test_a_closed_output_is_one_line(bad: Path, command: str) -> None:
    done = shell(f"$A {command} >&-", bad.parent)
    assert done.returncode == 2
    assert b"anonlint: standard output: cannot be written: Bad file descriptor\n" in done.stderr
    assert b"Traceback" not in done.stderr


def test_nothing_to_print_needs_no_output(bad: Path) -> None:
    assert shell("$A check $ONLY good.c >&-", bad.parent).returncode == 0


@pytest.mark.fault("standard error is closed", "the report and the status are as ever")
@pytest.mark.parametrize(("name", "status"), [("bad.c", 1), ("good.c", 0), ("gone.c", 2)])
def test_a_closed_error_loses_neither_report_nor_status(bad: Path, name: str, status: int) -> None:
    done = shell(f"$A check $ONLY {name} 2>&-", bad.parent)
    assert (done.returncode, done.stderr) == (status, b"")
    assert done.stdout.count(b"\n") == (status == 1)


@needs_full
@pytest.mark.fault("standard error is full, or a pipe that nobody reads", "the report and the status are as ever")
@pytest.mark.parametrize(("name", "status"), [("bad.c", 1), ("good.c", 0), ("gone.c", 2)])
def test_a_full_error_loses_neither_report_nor_status(bad: Path, name: str, status: int) -> None:
    done = shell(f"$A check -v $ONLY {name} 2> /dev/full", bad.parent)
    assert done.returncode == status
    done = shell(f"{{ $A check -v $ONLY {name} 2>&3; echo $? >&2; }} 3>&1 >/dev/null | true", bad.parent)
    assert done.stderr.split() == [str(status).encode()]


def test_all_streams_closed_gives_a_status(bad: Path) -> None:
    assert shell("$A check $ONLY bad.c <&- >&- 2>&-", bad.parent).returncode == 2
    assert shell("$A check $ONLY good.c <&- >&- 2>&-", bad.parent).returncode == 0


@pytest.mark.fault("standard input is closed", "one line, status 2")
@pytest.mark.parametrize("command", ["check -", "b4", "checkpatch -", "check --pushed"])
def test_a_closed_input_is_not_an_empty_one(bad: Path, command: str) -> None:
    done = shell(f"git init -q .; $A {command} <&-", bad.parent)
    assert done.returncode == 2
    assert done.stderr == b"anonlint: standard input: cannot be read: Bad file descriptor\n"


@pytest.mark.fault("a pipe that nobody reads", "nothing, status 141")
def test_a_broken_pipe_is_silent(bad: Path) -> None:
    done = shell("{ $A rules --format json; echo $? >&2; } | true", bad.parent)
    assert done.stderr in (b"141\n", b"0\n")


@pytest.mark.fault("the current directory is gone", "one line, status 2")
@pytest.mark.parametrize(
    "command", ["check $PWD/../bad.c", "settings", "b4 < /dev/null", "checkpatch -", "check --staged"]
)
def test_a_directory_that_is_gone_is_one_line(bad: Path, command: str) -> None:
    done = shell(f"mkdir gone; cd gone; rmdir ../gone; $A {command}", bad.parent, stdin=b"")
    assert done.returncode == 2, done.stdout
    assert done.stderr == b"anonlint: the current directory is gone: cd to one that is there\n"


# -- output files


@needs_full
@pytest.mark.fault("--output names a device, a FIFO or a link", "it is written to, never replaced")
def test_a_device_is_written_to(bad: Path) -> None:
    assert shell("$A check $ONLY -o /dev/stdout bad.c", bad.parent).stdout.count(b"AL103") == 1
    device = bad.parent / "full"
    try:
        os.mknod(device, 0o666 | stat.S_IFCHR, FULL.stat().st_rdev)  # never try it on the machine's own
    except PermissionError:
        pytest.skip("only root makes devices")
    done = shell("$A check $ONLY -o full bad.c", bad.parent)
    assert done.returncode == 2
    assert done.stderr == b"anonlint: full: cannot be written: No space left on device\n"
    assert stat.S_ISCHR(device.stat().st_mode)


def test_a_fifo_is_written_to(bad: Path) -> None:
    done = shell("mkfifo f; cat f & $A check $ONLY -o f bad.c; wait", bad.parent)
    assert done.stdout.count(b"AL103") == 1
    assert stat.S_ISFIFO((bad.parent / "f").stat().st_mode)


@pytest.mark.parametrize("exists", [True, False])
def test_a_link_leads_to_its_file(bad: Path, tmp_path: Path, *, exists: bool) -> None:
    target, link = tmp_path / "target", bad.parent / "link"
    if exists:
        target.write_text("much that was there before " * 100)
    link.symlink_to(target)
    for words in ("check $ONLY -o link bad.c", "check $ONLY --write-baseline link bad.c"):
        shell(f"$A {words}", bad.parent)
        assert link.is_symlink()
        assert target.read_bytes().count(b"AL103") == 1


def test_a_plain_file_keeps_its_permissions_and_is_never_half_written(bad: Path) -> None:
    out = bad.parent / "out"
    out.write_text("old")
    out.chmod(0o600)
    assert shell("$A check $ONLY -o out bad.c", bad.parent).returncode == 1
    assert out.stat().st_mode & 0o777 == 0o600 and b"AL103" in out.read_bytes()
    assert sorted(path.name for path in bad.parent.iterdir()) == ["bad.c", "good.c", "out"]


@pytest.mark.parametrize("path", ["missing/out", ".", "loop", "\udcff/x"])
def test_what_cannot_be_written_is_one_line(bad: Path, path: str) -> None:
    (bad.parent / "loop").symlink_to("loop")
    done = shell(f"$A check $ONLY -o {path} bad.c", bad.parent)
    assert done.returncode == 2
    assert b": cannot be written: " in done.stderr and b"Traceback" not in done.stderr
