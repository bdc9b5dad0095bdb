"""A run that is killed, wherever that is, goes on: nothing is lost, nothing is there twice."""

from pathlib import Path
from random import Random

from tests.archive import lists
from tests.archive.contents import contents, found, killed, progress, run

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
        at_work += killed(tmp_path, pieces, steps, delay, inbox, "--db", pieces, "-j", "2")
    assert at_work == KILLS
    run(tmp_path, inbox, "--db", pieces, "-j", "2")
    assert contents(pieces) == contents(whole)
    assert found(pieces) == lists.answers(posts)
