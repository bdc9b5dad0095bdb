"""How far a run is: told with a total, while it lasts, and to nobody who does not look."""

import os
import pty
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

from anonlint.run.pool import spread
from anonlint.run.progress import BEAT


class Watcher:
    def __init__(self) -> None:
        self.told: list[tuple[int, int, float]] = []

    def read(self, files: int) -> None:
        raise AssertionError(files)

    def judged(self, done: int, total: int, part: float) -> None:
        self.told.append((done, total, part))


@pytest.mark.parametrize("workers", [1, 2])
def test_it_is_told_twice_a_second_with_a_total(workers: int) -> None:
    watcher = Watcher()

    def work(job: int) -> int:
        time.sleep(0.7)
        return job * 2

    assert spread([1, 2, 3], [50, 30, 20], work, workers, lambda _job, _how: -1, watcher) == [2, 4, 6]
    assert len(watcher.told) >= (2.1 if workers == 1 else 1.4) / BEAT - 2
    assert all(1 <= done <= total == 3 and 0 <= part <= 1 for done, total, part in watcher.told)
    assert watcher.told == sorted(watcher.told)  # it goes on, and never back
    assert {done for done, _, _ in watcher.told} >= ({1, 2, 3} if workers == 1 else {2, 3})


def test_on_a_terminal_a_line_says_it_and_goes_away(tmp_path: Path) -> None:
    slow = tmp_path / "slow.py"
    slow.write_text(
        '"""A thing is so.\n\nWhy: x.\n\nMisses: y.\n"""\nimport time\n'
        "from anonlint.rule.plugin import Severity, rule\n"
        '@rule(code="XY101", name="slow-rule", severity=Severity.NOTE, since="1", words=frozenset(("store",)))\n'
        "def check(p):\n    time.sleep(1.2)\n    yield from ()\n"
    )
    text = "void f(struct mm_struct *mm, unsigned long a, pte_t *p, pte_t e)\n{\n\tset_pte_at(mm, a, p, e);\n}\n"
    for name in ("a.c", "b.c"):
        (tmp_path / name).write_text(text)
    arguments = ("check", "--plugins", str(slow), "--select", "XY", "-j", "1", "a.c", "b.c")
    ours, theirs = pty.openpty()
    environment = {**os.environ, "TERM": "xterm", "COLUMNS": "80"}
    done = subprocess.Popen(
        [sys.executable, "-m", "anonlint", *arguments],
        cwd=tmp_path,
        stdout=subprocess.DEVNULL,
        stderr=theirs,
        env=environment,
    )
    os.close(theirs)
    shown = b""
    while True:
        try:
            part = os.read(ours, 4096)
        except OSError:
            break
        if not part:
            break
        shown += part
    assert done.wait() == 0
    os.close(ours)
    plain = re.sub(rb"\x1b\[[0-9;?]*[A-Za-z]", b"", shown).decode()
    assert "anonlint: judging file 2 of 2" in plain
    assert plain.rstrip().endswith("anonlint: 2 files; 2 functions analysed; nothing found")
    assert shown.rindex(b"\x1b[2K") < shown.rindex(b"nothing found")  # the line was taken away before


def test_in_a_pipe_nothing_is_shown(tmp_path: Path) -> None:
    (tmp_path / "a.c").write_text("int x;\n")
    done = subprocess.run(
        [sys.executable, "-m", "anonlint", "check", "a.c"], cwd=tmp_path, capture_output=True, check=False
    )
    assert b"\x1b" not in done.stderr and b"judging" not in done.stderr
