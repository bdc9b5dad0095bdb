"""A directory for PYTHONPATH that makes worker processes die of, or sleep over, mails that say so."""

from pathlib import Path

_SITE = """\
import os, time
from anonlint.archive import judging

_judge = judging.Judge.judge


def judge(self, unit):
    for text in unit.mails:
        if b"KILLS" in text.data:
            os.kill(os.getpid(), 9)
        if b"SLEEPS" in text.data:
            time.sleep(1000)
    return _judge(self, unit)


judging.Judge.judge = judge
"""


def sabotage(directory: Path) -> Path:
    """Write the directory."""
    directory.mkdir()
    (directory / "sitecustomize.py").write_text(_SITE)
    return directory
