"""The same units on a cluster of several processes: workers are killed and added, the scheduler is restarted."""

import gc
import importlib.util
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from anonlint.archive.cluster import Cluster, Refused, judge
from anonlint.archive.program import program
from anonlint.archive.units import Unit, Way
from anonlint.cli.main import COLLECT
from tests.archive import lists
from tests.archive.contents import command, contents, environment, found, progress, run
from tests.archive.saboteur import sabotage

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("distributed") is None, reason="Dask is not installed: pip install -e '.[cluster]'"
)

WAY = Way((), False, None, (), "", True, 60.0, False, program())


class Machine:
    """Processes that are as many machines."""

    def __init__(self, home: Path, first: Path | None = None) -> None:
        self.home = home
        self.first = first
        self.port = _free_port()
        self.address = f"tcp://127.0.0.1:{self.port}"
        self.running: list[subprocess.Popen[bytes]] = []

    def scheduler(self) -> subprocess.Popen[bytes]:
        words = ("--host", "127.0.0.1", "--port", str(self.port), "--no-dashboard", "--no-jupyter")
        return self._start("dask_scheduler", *words)

    def worker(self) -> subprocess.Popen[bytes]:
        words = ("--nthreads", "1", "--no-nanny", "--no-dashboard", "--local-directory", str(self.home / "scratch"))
        return self._start("dask_worker", self.address, *words)

    def _start(self, program: str, *words: str) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(
            [sys.executable, "-m", f"distributed.cli.{program}", *words],
            env=environment(self.home, self.first), cwd=self.home, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        self.running.append(process)
        return process


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@contextmanager
def machines(home: Path, first: Path | None = None) -> Iterator[Machine]:
    made = Machine(home, first)
    try:
        yield made
    finally:
        for process in made.running:
            process.kill()
            process.wait()


def until(path: Path, steps: int, process: subprocess.Popen[bytes]) -> None:
    """Wait until a run has come so far."""
    while progress(path) < steps and process.poll() is None:
        time.sleep(0.05)
    assert process.poll() is None, "the run was over before"


def test_a_local_cluster_finds_the_same(tmp_path: Path) -> None:
    posts = lists.mixed(60, 30)
    box = lists.maildir(tmp_path / "box", posts)
    one, other = tmp_path / "one.sqlite", tmp_path / "other.sqlite"
    run(tmp_path, box, "--db", one, "-j", "1")
    done = run(tmp_path, box, "--db", other, "--cluster", "local:2")
    assert contents(other) == contents(one)
    assert found(other) == lists.answers(posts)
    assert done.stderr.count("\n") == 1


def test_what_dask_is_done_with_is_not_kept() -> None:
    """The command line hardly collects: a run is short. This one is not."""
    thresholds = gc.get_threshold()
    gc.set_threshold(*COLLECT)
    team = Cluster(WAY, local=1)
    try:
        _do(team, 60)
        before = len(gc.get_objects())
        _do(team, 200)
        assert len(gc.get_objects()) - before < 200 * 40, len(gc.get_objects()) - before
    finally:
        team.close()
        gc.set_threshold(*thresholds)


def _do(team: Cluster, count: int) -> None:
    """Have so many units done."""
    left, under_way = count, 0
    while left or under_way:
        while left and team.room > 0:
            team.submit(Unit(left))
            left, under_way = left - 1, under_way + 1
        under_way -= len(team.done())


def test_workers_die_and_come_and_the_scheduler_is_restarted(tmp_path: Path) -> None:
    posts = lists.mixed(400, 120)
    box = lists.maildir(tmp_path / "box", posts)
    one, other = tmp_path / "one.sqlite", tmp_path / "other.sqlite"
    run(tmp_path, box, "--db", one, "-j", "2")
    end = progress(one)
    units = end - len(contents(one)["mail"])
    with machines(tmp_path) as cluster:
        scheduler = cluster.scheduler()
        lost, _ = cluster.worker(), cluster.worker()
        words = command(box, "--db", other, "--scheduler", cluster.address)
        process = subprocess.Popen(words, env=environment(tmp_path), cwd=tmp_path, stderr=subprocess.PIPE)
        cluster.running.append(process)
        until(other, end - units * 9 // 10, process)
        lost.kill()
        until(other, end - units * 7 // 10, process)
        cluster.worker()
        until(other, end - units // 2, process)
        scheduler.kill()
        scheduler.wait()
        cluster.scheduler()
        cluster.worker()
        cluster.worker()
        _, said = process.communicate(timeout=300)
        assert process.returncode == 0, said
        assert said.count(b"\n") == 1, said
    assert contents(other) == contents(one)
    assert found(other) == lists.answers(posts)


def test_a_mail_that_kills_does_not_kill_the_cluster(tmp_path: Path) -> None:
    text = lists.patch("mm/a.c", lists.BAD.format("a"))
    posts = [lists.post("a@x", "[PATCH] a", "KILLS\n\n" + text), lists.post("b@x", "[PATCH] b", text)]
    box, base = lists.maildir(tmp_path / "box", posts), tmp_path / "a.sqlite"
    with machines(tmp_path, sabotage(tmp_path / "site")) as cluster:
        cluster.scheduler()
        worker = cluster.worker()
        done = run(tmp_path, box, "--db", base, "--scheduler", cluster.address)
        assert worker.poll() is None
    assert "a@x: left out: the process that works on it is killed by signal 9" in done.stderr
    assert found(base) == {("b@x", "page_of_a")}


def test_a_worker_of_another_anonlint_is_refused(tmp_path: Path) -> None:
    site = tmp_path / "site"
    site.mkdir()
    (site / "sitecustomize.py").write_text("from anonlint.archive import program\nprogram.program = lambda: 'other'\n")
    box = lists.maildir(
        tmp_path / "box", [lists.post("a@x", "[PATCH] a", lists.patch("mm/a.c", lists.SOUND.format("a")))]
    )
    with machines(tmp_path, site) as cluster:
        cluster.scheduler()
        cluster.worker()
        done = run(tmp_path, box, "--db", tmp_path / "a.sqlite", "--scheduler", cluster.address, status=2)
    assert "runs another anonlint" in done.stderr


def test_a_worker_without_the_clone_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="has no clone"):
        judge(WAY, Unit(1, clone=str(tmp_path / "nowhere"), base="0" * 40))


def test_a_scheduler_that_is_not_there_is_said(tmp_path: Path) -> None:
    box = lists.maildir(
        tmp_path / "box", [lists.post("a@x", "[PATCH] a", lists.patch("mm/a.c", lists.SOUND.format("a")))]
    )
    done = run(tmp_path, box, "--db", tmp_path / "a.sqlite", "--scheduler", f"tcp://127.0.0.1:{_free_port()}", status=2)
    assert "no scheduler answers" in done.stderr and done.stderr.count("\n") == 1
