"""Spreads jobs over processes: plain fork and files, because importing a pool costs more than a small run.

A worker writes each result to a file in memory as soon as it has it. So nobody waits for a reader, and of a
worker that is killed only the job is lost that it was doing.
"""

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Any, TypeVar

from anonlint import limits

if TYPE_CHECKING:
    from typing import BinaryIO

    from anonlint.run.progress import Progress

J = TypeVar("J")
R = TypeVar("R")

_WORTH_FORKING = 200_000  # bytes of source; below it a second process costs more than it saves
_TICKET = 4  # bytes of a job's number in the pipe that all processes draw from
_MOST_TICKETS = 10_000  # the pipe holds 64 KiB, and all tickets are in it before anybody draws
_LOOK = 0.2  # seconds between two looks at whether the run is to end
_GRACE = 5  # looks that a worker has to hand over what it has when the run ends


def spread(
    jobs: Sequence[J],
    weights: Sequence[int],
    work: Callable[[J], R],
    workers: int,
    lost: Callable[[J, str], R],
    progress: "Progress | None" = None,
) -> list[R]:
    """Return work(job) for every job, in the jobs' order, done by up to ``workers`` processes.

    ``weights`` are the jobs' sizes in bytes. 0 workers means one for each processor, if that pays. Each
    process draws the heaviest job that is left, so that none waits long for another. A job whose worker was
    killed is done again by another; where that one is killed too, its result is lost(job, how).
    """
    count = workers or (os.cpu_count() or 1 if sum(weights) >= _WORTH_FORKING else 1)
    count = min(count, len(jobs))
    if count < 2 or len(jobs) > _MOST_TICKETS or not hasattr(os, "fork"):
        return _alone(jobs, weights, work, progress)
    order = sorted(range(len(jobs)), key=lambda i: (-weights[i], i))
    tickets = _tickets(order)
    team: list[_Worker] = []
    results: dict[int, R] = {}
    try:
        while len(team) < count - 1 and (worker := _start(jobs, tickets, work)) is not None:
            team.append(worker)
        with _told(progress, order, weights, lambda: _left(tickets)):
            results.update((i, work(jobs[i])) for i in _draw(tickets))
            for worker in team:
                worker.wait()
        os.close(tickets)
    except BaseException:
        for worker in team:
            worker.kill()
        raise
    for worker in team:
        results.update(worker.results())
    for i in order:
        if i not in results:
            results[i] = _again(jobs[i], work, lost)
    return [results[i] for i in range(len(jobs))]


def _alone(jobs: Sequence[J], weights: Sequence[int], work: Callable[[J], R], progress: "Progress | None") -> list[R]:
    """Do all jobs in this process."""
    results: list[R] = []
    with _told(progress, range(len(jobs)), weights, lambda: max(len(jobs) - len(results) - 1, 0)):
        results.extend(work(job) for job in jobs)
    return results


def _told(
    progress: "Progress | None", order: Sequence[int], weights: Sequence[int], left: Callable[[], int]
) -> AbstractContextManager[None]:
    """Return what tells how far it is, if anybody wants to know."""
    if progress is None:
        return nullcontext()
    from anonlint.run.progress import told

    return told(progress, order, weights, left)


def _left(tickets: int) -> int:
    """Return how many tickets nobody has drawn yet."""
    import fcntl
    import termios

    size = fcntl.ioctl(tickets, termios.FIONREAD, b"\0" * 4)
    return int.from_bytes(size, sys.byteorder) // _TICKET


def _again(job: J, work: Callable[[J], R], lost: Callable[[J, str], R]) -> R:
    """Do a job whose worker was killed, in a process of its own: it may be the job that kills."""
    if limits.over():
        return work(job)
    worker = _start([job], _tickets([0]), work)
    if worker is None:
        return work(job)
    worker.wait()
    found = worker.results()
    return found[0] if found else lost(job, worker.death())


def _tickets(order: Sequence[int]) -> int:
    """Return a pipe's end to draw the numbers from."""
    tickets, box = os.pipe()
    os.write(box, b"".join(i.to_bytes(_TICKET, "big") for i in order))
    os.close(box)
    return tickets


def _draw(tickets: int) -> Iterator[int]:
    """Yield job numbers until none is left; several processes may draw from one pipe."""
    while ticket := os.read(tickets, _TICKET):
        yield int.from_bytes(ticket, "big")


def _start(jobs: Sequence[J], tickets: int, work: Callable[[J], R]) -> "_Worker | None":
    """Start a worker; None where no further process can be had."""
    out = _scratch()
    alive, end = os.pipe()
    parent = os.getpid()
    try:
        pid = os.fork()
    except OSError:
        os.close(alive)
        os.close(end)
        out.close()
        return None
    if pid:
        os.close(end)
        return _Worker(pid, alive, out)
    status = 1
    try:
        import pickle  # the parent needs it after its own jobs only

        for i in _draw(tickets):
            if os.getppid() != parent:
                break  # nobody waits for it any more
            pickle.dump((i, work(jobs[i])), out, pickle.HIGHEST_PROTOCOL)
            out.flush()
        status = 0
    finally:
        os._exit(status)  # no clean-up of the parent's files, no atexit


def _scratch() -> "BinaryIO":
    """Return a file without a name, in memory where the system has such files."""
    try:
        return os.fdopen(os.memfd_create("anonlint"), "w+b")
    except (AttributeError, OSError):
        import tempfile

        return tempfile.TemporaryFile()


class _Worker:
    """A worker process; ``alive`` is a pipe that ends when the process does."""

    def __init__(self, pid: int, alive: int, out: "BinaryIO") -> None:
        self.pid = pid
        self.alive = alive
        self.out = out
        self.status = 0
        self.waited = False

    def wait(self) -> None:
        """Wait until the process has ended; when the run is to end, it has a moment and no more."""
        import select  # only where processes were started

        looks = 0
        while not select.select([self.alive], [], [], _LOOK)[0]:
            if limits.stopped:
                if not looks:
                    self.signal(limits.stopped)
                looks += 1
                if looks > _GRACE:
                    self.signal(9)
        self.reap()

    def signal(self, number: int) -> None:
        """Send the process a signal; it may have ended by itself."""
        try:
            os.kill(self.pid, number)
        except ProcessLookupError:
            return

    def kill(self) -> None:
        """End the process at once."""
        if not self.waited:
            self.signal(9)
            self.reap()
            self.out.close()

    def reap(self) -> None:
        """Collect the exit status."""
        os.close(self.alive)
        _, self.status = os.waitpid(self.pid, 0)
        self.waited = True

    def results(self) -> dict[int, Any]:
        """Return the results that were written as a whole."""
        import pickle

        found: dict[int, Any] = {}
        with self.out as stream:
            stream.seek(0)
            try:
                while True:
                    i, result = pickle.load(stream)
                    found[i] = result
            except (EOFError, pickle.UnpicklingError):
                return found

    def death(self) -> str:
        """Return how the process ended."""
        code = os.waitstatus_to_exitcode(self.status)
        return f"killed by signal {-code}" if code < 0 else f"ended with status {code}"
