"""Spreads jobs over processes: plain fork and pipes, because importing a pool costs more than a small run."""

import os
import pickle
from collections.abc import Callable, Sequence
from typing import TypeVar

J = TypeVar("J")
R = TypeVar("R")

_WORTH_FORKING = 200_000  # bytes of source; below it a second process costs more than it saves


def spread(jobs: Sequence[J], weights: Sequence[int], work: Callable[[J], R], workers: int) -> list[R]:
    """Return work(job) for every job, in the jobs' order, done by up to ``workers`` processes.

    ``weights`` are the jobs' sizes in bytes. 0 workers means one for each processor, if that pays.
    """
    count = workers or (os.cpu_count() or 1 if sum(weights) >= _WORTH_FORKING else 1)
    count = min(count, len(jobs))
    if count < 2 or not hasattr(os, "fork"):
        return [work(job) for job in jobs]
    shares = _shares(weights, count)
    children = [_start(jobs, share, work) for share in shares[1:]]
    results = {i: work(jobs[i]) for i in shares[0]}
    for share, (pid, pipe) in zip(shares[1:], children, strict=True):
        results.update(_collect(jobs, share, work, pid, pipe))
    return [results[i] for i in range(len(jobs))]


def _shares(weights: Sequence[int], count: int) -> list[list[int]]:
    """Deal the jobs out, the heaviest first, each to the share that is lightest so far."""
    shares: list[list[int]] = [[] for _ in range(count)]
    loads = [0] * count
    for i in sorted(range(len(weights)), key=lambda i: (-weights[i], i)):
        lightest = loads.index(min(loads))
        shares[lightest].append(i)
        loads[lightest] += weights[i]
    return shares


def _start(jobs: Sequence[J], share: list[int], work: Callable[[J], R]) -> tuple[int, int]:
    reader, writer = os.pipe()
    pid = os.fork()
    if pid:
        os.close(writer)
        return pid, reader
    status = 1
    try:
        os.close(reader)
        with os.fdopen(writer, "wb") as pipe:
            pickle.dump([work(jobs[i]) for i in share], pipe, pickle.HIGHEST_PROTOCOL)
        status = 0
    finally:
        os._exit(status)  # no clean-up of the parent's files, no atexit


def _collect(jobs: Sequence[J], share: list[int], work: Callable[[J], R], pid: int, pipe: int) -> dict[int, R]:
    """Read a child's results; what a child that died has left undone is done here."""
    with os.fdopen(pipe, "rb") as stream:
        data = stream.read()
    _, status = os.waitpid(pid, 0)
    if status != 0:
        return {i: work(jobs[i]) for i in share}
    return dict(zip(share, pickle.loads(data), strict=True))
