"""Spreads jobs over processes: plain fork and pipes, because importing a pool costs more than a small run."""

import os
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

J = TypeVar("J")
R = TypeVar("R")

_WORTH_FORKING = 200_000  # bytes of source; below it a second process costs more than it saves
_TICKET = 4  # bytes of a job's number in the pipe that all processes draw from
_MOST_TICKETS = 10_000  # the pipe holds 64 KiB, and all tickets are in it before anybody draws


def spread(jobs: Sequence[J], weights: Sequence[int], work: Callable[[J], R], workers: int) -> list[R]:
    """Return work(job) for every job, in the jobs' order, done by up to ``workers`` processes.

    ``weights`` are the jobs' sizes in bytes. 0 workers means one for each processor, if that pays. Each
    process draws the heaviest job that is left, so that none waits long for another.
    """
    count = workers or (os.cpu_count() or 1 if sum(weights) >= _WORTH_FORKING else 1)
    count = min(count, len(jobs))
    if count < 2 or len(jobs) > _MOST_TICKETS or not hasattr(os, "fork"):
        return [work(job) for job in jobs]
    tickets, box = os.pipe()
    order = sorted(range(len(jobs)), key=lambda i: (-weights[i], i))
    os.write(box, b"".join(i.to_bytes(_TICKET, "big") for i in order))
    os.close(box)
    children = [_start(jobs, tickets, work) for _ in range(count - 1)]
    results = {i: work(jobs[i]) for i in _draw(tickets)}
    os.close(tickets)
    for pid, pipe in children:
        results.update(_collect(pid, pipe))
    return [results[i] if i in results else work(jobs[i]) for i in range(len(jobs))]


def _draw(tickets: int) -> Iterator[int]:
    """Yield job numbers until none is left; several processes may draw from one pipe."""
    while ticket := os.read(tickets, _TICKET):
        yield int.from_bytes(ticket, "big")


def _start(jobs: Sequence[J], tickets: int, work: Callable[[J], R]) -> tuple[int, int]:
    reader, writer = os.pipe()
    pid = os.fork()
    if pid:
        os.close(writer)
        return pid, reader
    status = 1
    try:
        import pickle  # the parent needs it after its own jobs only

        os.close(reader)
        with os.fdopen(writer, "wb") as pipe:
            pickle.dump({i: work(jobs[i]) for i in _draw(tickets)}, pipe, pickle.HIGHEST_PROTOCOL)
        status = 0
    finally:
        os._exit(status)  # no clean-up of the parent's files, no atexit


def _collect(pid: int, pipe: int) -> dict[int, R]:
    """Read a child's results; of a child that died there are none, and its jobs are done again."""
    import pickle

    with os.fdopen(pipe, "rb") as stream:
        data = stream.read()
    _, status = os.waitpid(pid, 0)
    found: dict[int, R] = pickle.loads(data) if status == 0 else {}
    return found
