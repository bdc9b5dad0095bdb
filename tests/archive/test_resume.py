"""A run that is killed, wherever that is, goes on: nothing is lost, nothing is there twice."""

import signal
import subprocess
import time
from functools import partial
from pathlib import Path
from random import Random

from tests.archive import lists
from tests.archive.contents import command, contents, environment, found, killed, progress, run, settled

KILLS = 20


def test_a_run_that_is_killed_again_and_again_ends_like_one_that_is_not(tmp_path: Path) -> None:
    posts = lists.mixed(120, 90)
    inbox = lists.inbox(tmp_path / "list", posts)
    whole, pieces = tmp_path / "whole.sqlite", tmp_path / "pieces.sqlite"
    run(tmp_path, inbox, "--db", whole, "-j", "2")
    all_of_it, rng, at_work = progress(whole), Random(7), 0
    for left in range(KILLS, 0, -1):
        by_time = left % 5 == 0  # while it starts, or reads
        steps = 0 if by_time else rng.randint(1, max(1, (all_of_it - progress(pieces)) // (left + 1)))
        delay = rng.random() * (0.8 if by_time else 0.03)
        if not killed(tmp_path, pieces, steps, delay, inbox, "--db", pieces, "-j", "2"):
            break  # a fast machine was done before the kill came
        at_work += 1
    else:
        run(tmp_path, inbox, "--db", pieces, "-j", "2")
    assert at_work >= KILLS // 2
    assert settled(pieces) == contents(whole)
    assert found(pieces) == lists.answers(posts)


def test_a_run_that_is_interrupted_says_what_is_left(tmp_path: Path) -> None:
    posts = lists.mixed(0, 300)
    box, base = lists.maildir(tmp_path / "box", posts), tmp_path / "a.sqlite"
    words, env = command(box, "--db", base, "-j", "1"), environment(tmp_path)
    heeded = partial(signal.signal, signal.SIGINT, signal.SIG_DFL)  # a job in the background may have it ignored
    process = subprocess.Popen(words, env=env, cwd=tmp_path, stderr=subprocess.PIPE, text=True, preexec_fn=heeded)
    while progress(base) < len(posts) + 10 and process.poll() is None:
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "series are left: the same command goes on where this one was" in said and said.count("\n") == 1
    other = run(tmp_path, box, "--db", base, "-j", "1")
    assert "0 mails read" not in other.stderr  # it is the same run
    assert found(base) == lists.answers(posts)


def test_two_runs_at_once_are_refused(tmp_path: Path) -> None:
    box, base = lists.maildir(tmp_path / "box", lists.mixed(0, 300)), tmp_path / "a.sqlite"
    process = subprocess.Popen(command(box, "--db", base, "-j", "1"), env=environment(tmp_path), cwd=tmp_path)
    while progress(base) < 10 and process.poll() is None:
        time.sleep(0.02)
    assert "another anonlint archive is at work on it" in run(tmp_path, box, "--db", base, status=2).stderr
    words, env = command("report", "--db", base), environment(tmp_path)
    report = subprocess.run(words, env=env, cwd=tmp_path, check=False, capture_output=True, text=True)
    assert report.returncode in (0, 1) and "series are not judged yet" in report.stdout
    process.kill()
    process.wait()
