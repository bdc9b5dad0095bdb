"""Measure anonlint archive: what a mail costs, how that grows with the list, what workers bring, and what kills cost.

``python bench/archive.py [--mails N,N...] [--workers N,N...] [--kills N] [PART...]`` prints tables for docs/scale.md.
Parts are growth, workers, kinds and kills; without any, all are measured. Kinds needs ANONLINT_KERNELS. With
``--list DIR`` (and ``--tree CLONE``) a list that is there is measured instead.
Processor seconds are those of all processes.
"""

import difflib
import hashlib
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from random import Random
from statistics import median, quantiles
from typing import NamedTuple

from anonlint.archive.judging import Judge
from anonlint.archive.letters import applies, read
from anonlint.archive.program import program
from anonlint.archive.serve import resident
from anonlint.archive.units import Unit, UnitMail, Way
from tests.archive import lists
from tests.archive.contents import asked, command, contents, environment, found, killed, progress, settled
from tests.archive.lists import Post

ANSWERS = 300
_NIGHT = 100  # part of a list that a night brings
_EDITS = 200
_MIB = 1 << 20


class Cost(NamedTuple):
    """What a run has cost; memory is that of the process that reads and writes, of the largest worker and of git."""

    wall: float
    processor: float
    main: float
    worker: float
    git: float


def cost(home: Path, *words: str | Path) -> Cost:
    """Run anonlint archive and return what that costs."""
    start = time.monotonic()
    process = subprocess.Popen(command(*words), env=environment(home), cwd=home, stderr=subprocess.DEVNULL)
    most = {"main": 0.0, "worker": 0.0, "git": 0.0}
    pid = 0
    while not pid:
        time.sleep(0.2)
        for name, size in _sizes(process.pid):
            most[name] = max(most[name], size)
        pid, status, usage = os.wait4(process.pid, os.WNOHANG)
    if status:
        sys.exit(f"anonlint archive ended with {os.waitstatus_to_exitcode(status)}: {words}")
    return Cost(time.monotonic() - start, usage.ru_utime + usage.ru_stime, **most)


def _sizes(pid: int) -> Iterator[tuple[str, float]]:
    """Yield how many MB a process and its children have had at most."""
    done = subprocess.run(["ps", "-o", "pid=", "--ppid", str(pid)], capture_output=True, text=True, check=False)
    for one in (str(pid), *done.stdout.split()):
        try:
            text = Path(f"/proc/{one}/status").read_text()
            words = Path(f"/proc/{one}/cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        lines = [line.split() for line in text.splitlines() if line.startswith("VmHWM:")]
        name = "main" if one == str(pid) else "git" if words[0] == b"git" else "worker"
        yield name, int(lines[0][1]) / 1024 if lines else 0.0


def row(*cells: object) -> None:
    print(
        "| " + " | ".join(f"{cell:.1f}" if isinstance(cell, float) else str(cell) for cell in cells) + " |", flush=True
    )


def growth(home: Path, mails: Sequence[int]) -> None:
    """Print what lists of several lengths cost, and then a night's mails more."""
    row(
        "mails",
        "series judged",
        "CPU s",
        "CPU ms a mail",
        "MB main",
        "MB worker",
        "MB git",
        "database MB",
        "a night more: mails",
        "CPU s",
    )
    for count in mails:
        posts = lists.mixed(count, ANSWERS * count // 20_000 or 1)[:count]
        inbox, base = lists.inbox(home / f"grow{count}", posts), home / f"grow{count}.sqlite"
        all_of_it = cost(home, inbox, "--db", base, "-j", "1")
        check(base, posts)
        size = base.stat().st_size / _MIB
        judged = progress(base) - len(posts)
        rng = Random(count)
        more = [post for number in range(10_000, 10_000 + count // _NIGHT // 4) for post in lists.series(number, rng)]
        lists.inbox(inbox, more)
        night = cost(home, inbox, "--db", base, "-j", "1")
        check(base, [*posts, *more])
        each = 1000 * all_of_it.processor / len(posts)
        row(len(posts), judged, all_of_it.processor, each, *all_of_it[2:], size, len(more), night.processor)


def check(base: Path, posts: Sequence[Post]) -> None:
    """Stop where an answer is wrong."""
    if found(base) != lists.answers(posts):
        sys.exit(f"{base}: {len(found(base) ^ lists.answers(posts))} answers are wrong")


def workers(home: Path, counts: Sequence[int]) -> None:
    """Print what several workers bring, each judging the same list, most of which is to be analysed."""
    row("workers", "wall s", "CPU s", "times as fast", "load before")
    posts = lists.mixed(0, 1000)
    box, first = lists.maildir(home / "team", posts), 0.0
    for count in counts:
        load = os.getloadavg()[0]
        spent = cost(home, box, "--db", home / f"team{count}.sqlite", "-j", str(count))
        first = first or spent.wall
        row(count, spent.wall, spent.processor, f"{first / spent.wall:.2f}", load)


def kinds(home: Path) -> None:
    """Print what a mail costs, by kind, and what a function does."""
    rng = Random(5)
    made = lists.mixed(1000, 0)
    known = [post for number in range(200) for post in lists.series(number, rng)]
    row("mails", "number", "median ms", "p99 ms", "mean ms", "MB so far")
    _timed("read: any mail of the generator", [partial(read, post.data) for post in made])
    _timed("judged: a patch that touches no entry", _judged([Unit(1, (UnitMail(p.id, p.data),)) for p in made[:400]]))
    units = [Unit(1, (UnitMail(p.id, p.data),)) for p in known if p.bad or b"page_of" in p.data]
    _timed("judged: a patch of one small function", _judged(units))
    kernels = os.environ.get("ANONLINT_KERNELS")
    if not kernels:
        return
    tree = Path(kernels) / "linux-source-6.12"
    edits = _edits(tree)
    times = _timed("judged: an edit of a function of mm/, in its file", _judged(edits))
    clone, commit = _clone(tree, home / "clone")
    there = [unit._replace(clone=str(clone), base=commit) for unit in edits]
    _timed("judged: the same, in the tree of its commit", _judged(there))
    functions = [1000 * seconds / count for seconds, count in times if count]
    row(
        "a function that was analysed, of such edits",
        len(functions),
        median(functions),
        quantiles(functions, n=100)[98],
        sum(functions) / len(functions),
        resident() / _MIB,
    )


def _judged(units: Sequence[Unit]) -> list[Callable[[], int]]:
    judge = Judge(Way((), False, None, (), "", True, 60.0, False, program()))
    judge.judge(units[0])
    return [partial(_functions, judge, unit) for unit in units]


def _functions(judge: Judge, unit: Unit) -> int:
    return judge.judge(unit).functions


def _timed(name: str, jobs: Sequence[Callable[[], object]]) -> list[tuple[float, int]]:
    """Do jobs and print what they cost; return the seconds of each, and the number that it gave."""
    times = []
    for job in jobs:
        start = time.process_time()
        given = job()
        times.append((time.process_time() - start, given if isinstance(given, int) else 0))
    each = [1000 * seconds for seconds, _ in times]
    row(name, len(each), median(each), quantiles(each, n=100)[98], sum(each) / len(each), resident() / _MIB)
    return times


def _clone(tree: Path, clone: Path) -> tuple[Path, str]:
    """Return a clone of what is looked at around a patch, and its commit."""
    git = ["git", f"--git-dir={clone}", f"--work-tree={tree}", "-c", "user.name=A", "-c", "user.email=a@b"]
    subprocess.run(["git", "init", "-q", "--bare", str(clone)], check=True)
    subprocess.run([*git, "add", "mm", "include/linux", "kernel"], check=True, cwd=tree)
    subprocess.run([*git, "commit", "-qm", "tree"], check=True, cwd=tree)
    done = subprocess.run([*git, "rev-parse", "HEAD"], check=True, cwd=tree, capture_output=True, text=True)
    return clone, done.stdout.strip()


def _edits(tree: Path) -> list[Unit]:
    """Return mails that each put a line into some function of mm/, with the file that they apply to."""
    rng = Random(9)
    units: list[Unit] = []
    files = sorted((tree / "mm").glob("*.c"))
    while len(units) < _EDITS:
        path = rng.choice(files)
        lines = path.read_text(errors="replace").splitlines(keepends=True)
        starts = [i for i, line in enumerate(lines) if line == "{\n"]
        if not starts:
            continue
        at = rng.choice(starts) + 1
        name = f"mm/{path.name}"
        new = [*lines[:at], "\tcond_resched();\n", *lines[at:]]
        old_data, new_data = "".join(lines).encode(), "".join(new).encode()
        ids = [hashlib.sha1(b"blob %d\0%s" % (len(data), data)).hexdigest()[:12] for data in (old_data, new_data)]
        head = f"diff --git a/{name} b/{name}\nindex {ids[0]}..{ids[1]} 100644\n"
        text = head + "".join(difflib.unified_diff(lines, new, f"a/{name}", f"b/{name}"))
        one = lists.post(f"{len(units)}@edit", "[PATCH] mm: edit", text)
        assert applies(one.data)[0][0].old == ids[0]
        units.append(Unit(1, (UnitMail(one.id, one.data),), ((ids[0], old_data),)))
    return units


def real(home: Path, place: str, clone: str) -> None:
    """Print what a list costs that nobody has made for this."""
    row("mails", "patches", "series", "findings", "wall s", "CPU s", "MB main", "MB worker", "MB git", "database MB")
    base = home / "real.sqlite"
    spent = cost(home, Path(place).resolve(), "--db", base, *(("--tree", Path(clone).resolve()) if clone else ()))
    tables = ("mail", "mail WHERE kind = 'patch'", "series WHERE state = 'judged'", "finding")
    counted = [asked(base, f"SELECT count(*) FROM {table}")[0][0] for table in tables]
    row(*counted, *spent, base.stat().st_size / _MIB)


def kills(home: Path, mails: int, times: int) -> None:
    """Kill a run again and again, and one on a cluster whose worker is killed; compare what they leave."""
    posts = lists.mixed(mails, ANSWERS)
    inbox = lists.inbox(home / "killed", posts)
    whole, pieces = home / "whole.sqlite", home / "pieces.sqlite"
    cost(home, inbox, "--db", whole, "-j", "2")
    check(whole, posts)
    all_of_it, rng, at_work = progress(whole), Random(11), 0
    for left in range(times, 0, -1):
        steps = rng.randint(0, 2 * (all_of_it - progress(pieces)) // (left + 1))
        at_work += killed(home, pieces, steps, rng.random() / 10, inbox, "--db", pieces, "-j", "2")
    cost(home, inbox, "--db", pieces, "-j", "2")
    check(pieces, posts)
    same = settled(pieces) == contents(whole)
    print(f"{len(posts)} mails, {len(lists.answers(posts))} answers; killed {at_work} times: ", end="")
    print("the same contents" if same else "OTHER contents", flush=True)
    clustered = home / "cluster.sqlite"
    process = subprocess.Popen(
        command(inbox, "--db", clustered, "--cluster", "local:2"), env=environment(home), cwd=home
    )
    while progress(clustered) < len(posts) + (all_of_it - len(posts)) // 2 and process.poll() is None:
        time.sleep(0.2)
    lost = _a_worker_of(process.pid)
    os.kill(lost, 9)
    if process.wait():
        sys.exit("the run on the cluster failed")
    same = contents(clustered) == contents(whole)
    print(
        f"on a cluster, worker {lost} killed half-way: {'the same contents' if same else 'OTHER contents'}", flush=True
    )


def _a_worker_of(parent: int) -> int:
    """Return a process that the nannies of a local cluster have started."""
    done = subprocess.run(["ps", "--ppid", str(parent), "-o", "pid=,args="], capture_output=True, text=True, check=True)
    lines = [line.split(None, 1) for line in done.stdout.splitlines() if "spawn_main" in line]
    return int(lines[-1][0])


def main() -> None:
    """Measure what the command line asks for."""
    words = sys.argv[1:]

    def word(name: str, default: str) -> str:
        return words[words.index(name) + 1] if name in words else default

    def option(name: str, default: str) -> list[int]:
        return [int(number) for number in word(name, default).split(",")]

    if place := word("--list", ""):
        with tempfile.TemporaryDirectory() as scratch:
            real(Path(scratch), place, word("--tree", ""))
        return
    mails, team, times = option("--mails", "1000,5000,20000"), option("--workers", "1,2,4"), option("--kills", "20")[0]
    parts = [word for word in words if word in ("growth", "workers", "kinds", "kills")]
    with tempfile.TemporaryDirectory() as scratch:
        home = Path(scratch)
        for name in parts or ("kinds", "growth", "workers", "kills"):
            print(f"\n{name}", flush=True)
            if name == "growth":
                growth(home, mails)
            elif name == "workers":
                workers(home, team)
            elif name == "kinds":
                kinds(home)
            else:
                kills(home, mails[-1], times)


if __name__ == "__main__":
    main()
