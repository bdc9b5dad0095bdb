"""A path that is not UTF-8 is a path like any other: files, patches, commits, the index, baselines, all formats."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from tests.cli.clones import BROKEN, SOUND, Clone

NAME = b"mm/\xff\xe4.c"
FILE = os.fsdecode(NAME)
SHOWN = "mm/\\xff\\xe4.c"


@pytest.fixture
def clone(tmp_path: Path) -> Clone:
    """Return a clone in which a file with such a name was broken, committed, and lies beside it as a patch."""
    made = Clone(tmp_path)
    made.write("anonlint.toml", b'select = ["AL103"]\n')
    for data in (SOUND, BROKEN):
        (made.path / FILE).write_bytes(data)
        made.git("add", ".")
        made.git("commit", "-qm", "x")
    (tmp_path / "quoted.patch").write_text(made.git("format-patch", "-1", "--stdout"))
    raw = ["git", "-c", "core.quotePath=false", "format-patch", "-1", "--stdout"]
    (tmp_path / "raw.patch").write_bytes(subprocess.run(raw, cwd=made.path, capture_output=True, check=True).stdout)
    return made


WAYS = [
    (FILE,), ("mm",), ("--git", "HEAD"), ("../quoted.patch",), ("../raw.patch",), ("--tree", ".", "../raw.patch"),
    ("--no-tree", "../quoted.patch"),
]  # fmt: skip


@pytest.mark.fault("a file name that is not UTF-8", "a name like any other, shown escaped")
@pytest.mark.parametrize("words", WAYS, ids=lambda words: " ".join(words).encode("ascii", "replace").decode())
def test_it_is_checked_and_shown_escaped(clone: Clone, words: tuple[str, ...]) -> None:
    done = clone.run("anonlint", "check", *words)
    assert done.returncode == 1, done.stderr
    assert done.stdout.startswith(f"{SHOWN}:6:7: error: protect_entries(): ")
    (finding,) = json.loads(clone.run("anonlint", "check", "--format", "json", *words).stdout)["findings"]
    assert finding["path"] == SHOWN
    full = clone.run("anonlint", "check", "--format", "full", *words).stdout
    assert full.startswith(f"{SHOWN}:6:7 error AL103")


def test_it_is_checked_when_staged(clone: Clone) -> None:
    clone.git("reset", "-q", "--soft", "HEAD~1")
    assert clone.run("anonlint", "check", "--staged").stdout.startswith(f"{SHOWN}:6:7: error: ")


def test_a_baseline_knows_it_however_it_comes(clone: Clone) -> None:
    clone.run("anonlint", "check", "--write-baseline", "known", FILE)
    text = (clone.path / "known").read_text(encoding="ascii")
    assert text.splitlines()[1].endswith(f" AL103 {SHOWN} protect_entries")
    for words in WAYS:
        done = clone.run("anonlint", "check", "--baseline", "known", *words)
        assert (done.returncode, done.stdout) == (0, ""), words


@pytest.mark.fault("another locale", "the same findings, names and fingerprints")
def test_the_locale_changes_nothing(clone: Clone) -> None:
    (clone.path / "mm/\u00e4.c").write_bytes(BROKEN)
    clone.run("anonlint", "check", "--write-baseline", "known", "mm")
    report = clone.run("anonlint", "check", "--format", "json", "mm").stdout
    clone.env |= {"LC_ALL": "POSIX", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"}
    assert clone.run("anonlint", "check", "--format", "json", "mm").stdout == report
    assert clone.run("anonlint", "check", "--baseline", "known", "mm").returncode == 0


def test_other_commands_take_it(clone: Clone) -> None:
    for words in (("checkpatch", "-f", FILE), ("checkpatch", "../raw.patch"), ("checkpatch", "--terse", "-g", "HEAD")):
        done = clone.run("anonlint", *words)
        assert done.returncode == 1 and "ERROR: protect_entries()" in done.stdout, done.stderr
    done = clone.run("anonlint", "kbuild", FILE)
    assert done.stderr.startswith(f"{SHOWN}:6:7: error: ")
    assert "protect_entries" in clone.run("anonlint", "table", "protect_entries", FILE).stdout
    mail = (clone.path.parent / "raw.patch").read_bytes()
    b4 = subprocess.run(["anonlint", "b4"], cwd=clone.path, env=clone.env, input=mail, capture_output=True, check=False)
    assert b4.stdout.decode().startswith(f"{SHOWN}:6: ERROR: ")
