"""Files that are looked at beside an input may be anything: only regular ones of a sane size are read."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from anonlint import sidefile
from anonlint.errors import UsageError
from anonlint.kernel.era import tree_era
from anonlint.kernel.vocabulary import Vocabulary
from anonlint.policy import baseline, settings


def test_a_regular_file(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"1234")
    assert sidefile.read(str(tmp_path / "x"), 4) == b"1234"
    with pytest.raises(OSError, match="larger"):
        sidefile.read(str(tmp_path / "x"), 3)


def settings_of(tmp_path: Path) -> None:
    settings.load(str(tmp_path))


def baseline_of(tmp_path: Path) -> None:
    baseline.read(str(tmp_path / "anonlint.toml"))


@pytest.mark.fault("settings or a baseline that are a named pipe, a device or endless", "one line, status 2, at once")
@pytest.mark.parametrize("read", [settings_of, baseline_of])
@pytest.mark.parametrize("kind", ["pipe", "device", "endless", "directory"])
def test_no_regular_file(read: object, kind: str, tmp_path: Path) -> None:
    path = tmp_path / "anonlint.toml"
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "device":
        path.symlink_to("/dev/zero")
    elif kind == "directory":
        path.mkdir()
    else:
        path.touch()
        os.truncate(path, 1 << 40)
    assert callable(read)
    with pytest.raises(UsageError, match=r"anonlint\.toml: cannot be read: "):
        read(tmp_path)


@pytest.mark.fault("a tree whose Makefile or headers are named pipes, devices or endless", "the tree tells no release")
@pytest.mark.parametrize("make", [os.mkfifo, lambda path: Path(path).symlink_to("/dev/zero")])
def test_a_tree_of_pipes_and_devices(make: object, tmp_path: Path) -> None:
    (tmp_path / "include/linux").mkdir(parents=True)
    assert callable(make)
    for name in ("Makefile", "include/linux/swapops.h", "include/linux/rmap.h"):
        make(str(tmp_path / name))
    code = (
        "from anonlint.kernel.era import tree_era; from anonlint.kernel.vocabulary import Vocabulary; import sys;"
        "print(tree_era(sys.argv[1], Vocabulary.load()))"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], timeout=30, check=True)  # in time is what counts


@pytest.mark.fault("a header with 60,000 comments that never end", "it is read in no time")
def test_comments_that_never_end(tmp_path: Path) -> None:
    (tmp_path / "include/linux").mkdir(parents=True)
    (tmp_path / "include/linux/swapops.h").write_text("/* " * 60_000)
    code = (
        "from anonlint.kernel.era import tree_era; from anonlint.kernel.vocabulary import Vocabulary; import sys;"
        "print(tree_era(sys.argv[1], Vocabulary.load()))"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], timeout=10, check=True)
    assert tree_era(str(tmp_path), Vocabulary.load()) is not None
