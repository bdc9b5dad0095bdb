"""The nightly script of docs/nightly.md, run with local files: a page, and a mail where there is something new."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.archive import lists
from tests.archive.test_sources import NEW, OLD
from tests.programs import ROOT, environment

NIGHTLY = ROOT / "examples" / "nightly"


def night(tmp_path: Path, place: Path) -> str:
    """Run the script for one night; return the mail that it sends."""
    outbox = tmp_path / "outbox"
    outbox.unlink(missing_ok=True)
    sendmail = tmp_path / "sendmail"
    sendmail.write_text(f"#!/bin/sh\ncat >{outbox}\n")
    sendmail.chmod(0o755)
    more = {"LIST": str(place), "STATE": str(tmp_path), "MAIL_TO": "me@example.org", "SENDMAIL": str(sendmail)}
    env = {
        **environment(tmp_path),
        **more,
        "WORKERS": "-j 1",
        "PATH": f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}",
    }
    subprocess.run([str(NIGHTLY / "anonlint-nightly")], env=env, check=True, capture_output=True, timeout=300)
    return outbox.read_text() if outbox.exists() else ""


def test_three_nights(tmp_path: Path) -> None:
    far = lists.inbox(tmp_path / "far", OLD)
    mirror = tmp_path / "mirror" / "git" / "0.git"
    subprocess.run(["git", "clone", "-q", "--mirror", str(far / "git" / "0.git"), str(mirror)], check=True)
    first = night(tmp_path, tmp_path / "mirror")
    assert (
        first.startswith("To: me@example.org\nSubject: anonlint: ") and f"{len(lists.answers(OLD))} findings" in first
    )
    assert night(tmp_path, tmp_path / "mirror") == ""
    lists.inbox(far, NEW)
    third = night(tmp_path, tmp_path / "mirror")
    assert {name for _, name in lists.answers(NEW)} <= set(third.replace("(", " ").replace(")", " ").split())
    assert not any(name + "()" in third for _, name in lists.answers(OLD))
    page = (tmp_path / "index.html").read_text()
    assert all(f"{name}()" in page for _, name in lists.answers(OLD + NEW))
    assert "<svg" in page and "<script" not in page


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_a_list_that_belongs_to_somebody_else_is_read(tmp_path: Path) -> None:
    place = lists.inbox(tmp_path / "list", OLD)
    for path in (place, *place.rglob("*")):
        os.chown(path, 65534, 65534)
    refused = subprocess.run(["git", "-C", str(place / "git" / "0.git"), "log"], capture_output=True, check=False)
    assert b"dubious ownership" in refused.stderr
    assert f"{len(lists.answers(OLD))} findings" in night(tmp_path, place)


def test_the_timer_is_of_every_night() -> None:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze is not installed")
    text = (NIGHTLY / "anonlint-nightly.timer").read_text()
    when = next(line.partition("=")[2] for line in text.splitlines() if line.startswith("OnCalendar="))
    words = ["systemd-analyze", "calendar", "--iterations=3", "--base-time=2026-02-27 12:00:00", when]
    done = subprocess.run(words, capture_output=True, text=True, check=True, env={**os.environ, "TZ": "UTC"})
    days = [part for part in done.stdout.split() if part.startswith("2026-")]
    assert days == ["2026-02-28", "2026-03-01", "2026-03-02"]


@pytest.mark.parametrize(
    "words",
    [("shellcheck", "anonlint-nightly"), ("systemd-analyze", "verify", "--man=no", "anonlint-nightly.timer")],
)
def test_the_files_are_sound(words: tuple[str, ...]) -> None:
    if shutil.which(words[0]) is None:
        pytest.skip(f"{words[0]} is not installed")
    done = subprocess.run([*words[:-1], str(NIGHTLY / words[-1])], capture_output=True, text=True, check=False)
    said = [line for line in (done.stdout + done.stderr).splitlines() if "anonlint-nightly" in line]
    assert not [line for line in said if "is not executable" not in line]  # it is not installed here
