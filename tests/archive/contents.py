"""What a database holds, but for the clock: two runs that have done the same hold the same."""

import os
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

from tests.programs import ROOT

_CLOCK = {"run": ("began", "ended")}


def contents(path: Path) -> dict[str, list[tuple[object, ...]]]:
    """Return the rows of each table in the order of their keys, without what the clock has written."""
    with closing(sqlite3.connect(path)) as base:
        names = [row[0] for row in base.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")]
        return {name: _rows(base, name) for name in names}


def settled(path: Path) -> dict[str, list[tuple[object, ...]]]:
    """Return the contents without runs that read nothing: one that is killed when all is done is followed by such."""
    kept = contents(path)
    return {**kept, "run": [row for row in kept["run"] if row[1]]}


def found(path: Path) -> set[tuple[str, str]]:
    """Return (mail, function) of each finding; there are no two of the same."""
    with closing(sqlite3.connect(path)) as base:
        words = "SELECT mail.id, function FROM finding JOIN mail ON mail.number = finding.mail"
        rows = base.execute(words).fetchall()
    assert len(set(rows)) == len(rows)
    return set(rows)


def asked(path: Path, words: str) -> list[tuple[object, ...]]:
    """Return the rows of a question."""
    with closing(sqlite3.connect(path)) as base:
        rows: list[tuple[object, ...]] = base.execute(words).fetchall()
        return rows


def _rows(base: sqlite3.Connection, table: str) -> list[tuple[object, ...]]:
    columns = [row[1] for row in base.execute(f"PRAGMA table_info({table})")]
    shown = ", ".join(column for column in columns if column not in _CLOCK.get(table, ()))
    rows: list[tuple[object, ...]] = base.execute(f"SELECT {shown} FROM {table}").fetchall()
    return sorted(rows, key=repr)


def command(*words: str | Path) -> list[str]:
    return [sys.executable, "-m", "anonlint", "archive", *map(str, words)]


def environment(home: Path, first: Path | None = None) -> dict[str, str]:
    """Return an environment without a cache; ``first`` is looked through for modules before all else."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("ANONLINT", "GIT_"))}
    paths = os.pathsep.join(str(path) for path in (first, ROOT, ROOT / "rules") if path)
    return {**kept, "PYTHONPATH": paths, "XDG_CACHE_HOME": str(home), "ANONLINT_NO_CACHE": "1"}


def run(home: Path, *words: str | Path, status: int = 0, first: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run anonlint archive to its end."""
    env = environment(home, first)
    done = subprocess.run(command(*words), capture_output=True, text=True, timeout=600, env=env, cwd=home, check=False)
    assert done.returncode == status, (done.returncode, done.stderr, done.stdout)
    return done


def progress(path: Path) -> int:
    """Return how far a run has come: mails that were read and series that were judged."""
    if not path.exists():
        return 0
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=5)) as base:
        try:
            words = "SELECT (SELECT count(*) FROM mail) + (SELECT count(*) FROM series WHERE state <> 'waiting')"
            return int(base.execute(words).fetchone()[0])
        except sqlite3.Error:
            return 0  # its tables are being made


def killed(home: Path, path: Path, steps: int, delay: float, *words: str | Path) -> bool:
    """Run, and kill the process once it has come so many steps further; return whether it was at work then."""
    start = progress(path)
    process = subprocess.Popen(
        command(*words), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment(home), cwd=home
    )
    try:
        while process.poll() is None and progress(path) < start + steps:
            time.sleep(0.01)
        time.sleep(delay)
        was_at_work = process.poll() is None
        process.send_signal(signal.SIGKILL)
        return was_at_work
    finally:
        process.kill()
        process.wait()
