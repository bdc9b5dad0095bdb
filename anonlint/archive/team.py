"""Those who do units, on this machine: a thread for each worker process, and nothing that is waited for in vain."""

from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import Protocol

from anonlint.archive.units import Died, Outcome, Unit, Way
from anonlint.archive.worker import Worker
from anonlint.errors import UsageError

_LOOK = 0.5  # seconds after which somebody may look at something else


class Team(Protocol):
    """Whoever does units."""

    @property
    def room(self) -> int:
        """Return how many units more can be taken."""

    def submit(self, unit: Unit) -> None:
        """Take a unit."""

    def done(self) -> list[tuple[Unit, Outcome]]:
        """Return the units that are done, after a while at the latest; each once."""

    def check(self) -> None:
        """Raise UsageError if workers do not work at all."""

    def close(self) -> None:
        """End what goes on."""


class Local:
    """Worker processes of this machine."""

    def __init__(self, way: Way, count: int) -> None:
        self._way = way
        self._idle = [Worker(way) for _ in range(count)]
        self._all = tuple(self._idle)
        self._most = 2 * count
        self._threads = ThreadPoolExecutor(count)
        self._waiting: dict[Future[Outcome], Unit] = {}

    @property
    def room(self) -> int:
        """Return how many units more can be taken: each worker has one and one to go on with."""
        return self._most - len(self._waiting)

    def submit(self, unit: Unit) -> None:
        """Take a unit."""
        self._waiting[self._threads.submit(self._judge, unit)] = unit

    def done(self) -> list[tuple[Unit, Outcome]]:
        """Return the units that are done."""
        ready, _ = wait(self._waiting, timeout=_LOOK, return_when=FIRST_COMPLETED)
        return [(self._waiting.pop(future), _outcome(future)) for future in ready]

    def check(self) -> None:
        """Raise UsageError if a new worker cannot even do nothing: then it is not the mails that kill."""
        worker = Worker(self._way)
        outcome = worker.judge(Unit(0))
        worker.end()
        if isinstance(outcome, Died):
            raise UsageError(f"the worker processes do not work: {outcome.how} (ANONLINT_DEBUG=1 shows what they say)")

    def close(self) -> None:
        """End the workers; what they are at is lost, and done again next time."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        for worker in self._all:
            worker.end()

    def _judge(self, unit: Unit) -> Outcome:
        worker = self._idle.pop()  # there are as many as threads
        try:
            return worker.judge(unit)
        finally:
            self._idle.append(worker)


def _outcome(future: "Future[Outcome]") -> Outcome:
    error = future.exception()
    return future.result() if error is None else Died(f"{type(error).__name__}: {error}")
