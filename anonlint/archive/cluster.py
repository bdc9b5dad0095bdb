"""Those who do units on several machines, or in several processes of this one: a Dask cluster.

Dask gives a unit to another worker where one is lost. Here is only what it does not do: a unit comes back by its
series, each once, whatever happened to the connection meanwhile; and a poison mail kills a process of the worker's, not
the worker.
"""

import gc
import logging
import os
import time
import warnings
from concurrent.futures import CancelledError
from contextlib import suppress
from typing import Any

from anonlint.archive.program import program
from anonlint.archive.units import Died, Outcome, Unit, Way
from anonlint.archive.worker import Worker
from anonlint.errors import UsageError

_LOOK = 0.5  # seconds
_EACH = 3  # units that are under way for each thread of the cluster
_PATIENCE = 300.0  # seconds in which a scheduler that is gone may come back
_COLLECT = 700, 10, 10  # thresholds of gc: what Dask is done with holds itself, and the units that it has carried
_LOSSES = 10  # workers that may be lost over one unit: it is not units that kill them

_workers: dict[tuple[int, Way], Worker] = {}


class Refused(Exception):
    """A worker that cannot do what it is asked to."""


def judge(way: Way, unit: Unit) -> Outcome:
    """Return what comes of a unit: what a worker of the cluster runs, in a process of its own."""
    import socket
    import threading

    if way.program != program():
        raise Refused(f"{socket.gethostname()} runs another anonlint than this one")
    if unit.clone and not os.path.isdir(unit.clone):
        raise Refused(f"{socket.gethostname()} has no clone {unit.clone}: share it there, or do without --scheduler")
    key = threading.get_ident(), way
    if key not in _workers:
        _workers[key] = Worker(way)
    return _workers[key].judge(unit)


class Cluster:
    """A Dask cluster: the scheduler at an address, or "local:N", N processes of this machine."""

    def __init__(self, way: Way, scheduler: str = "", local: int = 0) -> None:
        distributed = dask()
        gc.set_threshold(*_COLLECT)
        self._way = way
        self._address = scheduler
        self._cluster: Any = None
        if local:
            self._cluster = distributed.LocalCluster(
                n_workers=local, threads_per_worker=1, processes=True, dashboard_address="127.0.0.1:0"
            )
            self._address = self._cluster.scheduler_address
        self._client = self._connected(time.monotonic())
        self._waiting: dict[str, tuple[Unit, Any]] = {}
        self._round = 0
        self._threads, self._looked, self._seen = 0, 0.0, time.monotonic()

    @property
    def room(self) -> int:
        """Return how many units more can be taken; workers that come and go count."""
        now = time.monotonic()
        if now - self._looked > _LOOK:
            self._looked = now
            with suppress(OSError, ValueError):
                self._threads = sum(self._client.nthreads().values())
        if self._threads:
            self._seen = now
        elif now - self._seen > _PATIENCE:
            raise UsageError(f"--scheduler {self._address}: there has been no worker for {_PATIENCE:g} seconds")
        return _EACH * max(1, self._threads) - len(self._waiting)

    def submit(self, unit: Unit) -> None:
        """Take a unit."""
        self._round += 1
        self._submit(f"anonlint-{unit.series}-{os.getpid()}-{self._round}", unit)

    def done(self) -> list[tuple[Unit, Outcome]]:
        """Return the units that are done."""
        distributed = dask()
        futures = [future for _, future in self._waiting.values()]
        with suppress(TimeoutError, distributed.TimeoutError, CancelledError):
            distributed.wait(futures, timeout=_LOOK, return_when="FIRST_COMPLETED")
        ready = []
        for key, (unit, future) in list(self._waiting.items()):
            if future.status == "finished":
                try:
                    outcome = future.result(timeout=_PATIENCE)
                except (OSError, TimeoutError, distributed.TimeoutError, CancelledError):
                    continue
                del self._waiting[key]
                ready.append((unit, outcome))
            elif future.status == "error":
                del self._waiting[key]
                ready.append((unit, _failed(future)))
        if self._is_gone():
            self._again()
        return ready

    def check(self) -> None:
        """Raise UsageError if workers do not work at all."""
        unit = Unit(0)
        try:
            outcome = self._client.submit(judge, self._way, unit, pure=False).result(timeout=_PATIENCE)
        except (OSError, CancelledError):  # the scheduler is gone for a while: that says nothing of the workers
            return
        if isinstance(outcome, Died):
            raise UsageError(f"the workers of the cluster do not work: {outcome.how}")

    def close(self) -> None:
        """Let go of the cluster; one of this machine ends."""
        with suppress(Exception):
            self._client.cancel([future for _, future in self._waiting.values()])
        with suppress(Exception):
            self._client.close(timeout=5)
        if self._cluster is not None:
            with suppress(Exception):
                self._cluster.close(timeout=10)

    def _submit(self, key: str, unit: Unit) -> None:
        future = self._client.submit(judge, self._way, unit, key=key, pure=False, retries=_LOSSES)
        self._waiting[key] = unit, future

    def _is_gone(self) -> bool:
        """Return whether the scheduler has been lost: what it was to do is cancelled then."""
        cancelled = any(future.status in ("cancelled", "lost") for _, future in self._waiting.values())
        return cancelled or self._client.status not in ("running", "connecting")

    def _again(self) -> None:
        """Find the scheduler again, and give it all that is not done."""
        with suppress(Exception):
            self._client.close(timeout=1)
        self._client = self._connected(time.monotonic() + _PATIENCE)
        for key, (unit, _) in list(self._waiting.items()):
            self._submit(key + "+", unit)
            del self._waiting[key]

    def _connected(self, end: float) -> Any:
        distributed = dask()
        while True:
            try:
                return distributed.Client(self._address, timeout=10)
            except (OSError, TimeoutError, distributed.TimeoutError, ValueError) as error:
                if time.monotonic() >= end:
                    raise UsageError(f"--scheduler {self._address}: no scheduler answers: {error}") from error
                time.sleep(1)


def _failed(future: Any) -> Outcome:
    """Return what stands for a unit that the cluster gave up; raise UsageError where it is the cluster's fault."""
    error = future.exception()
    if isinstance(error, Refused):
        raise UsageError(f"--scheduler: {error}")
    if isinstance(error, ImportError):
        raise UsageError(f"--scheduler: anonlint is not installed on a worker: {error}")
    return Died(f"lost with its worker ({type(error).__name__})")


def dask() -> Any:
    """Return Dask; raise UsageError if it is not installed."""
    # What it says of workers that come and go is dealt with here; it reads this when it is imported, in workers, too.
    os.environ.setdefault("DASK_LOGGING__DISTRIBUTED", "critical")
    warnings.filterwarnings("ignore", "Sending large graph")  # a unit is as large as it may be
    try:
        import distributed
    except ImportError as error:
        raise UsageError("--scheduler and --cluster need Dask: pip install 'anonlint[cluster]'") from error
    for name in ("distributed", "distributed.client"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    return distributed
