"""How far a run is: whoever wants to show it is told twice a second, also while one function takes long."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Protocol

BEAT = 0.5  # seconds between two tellings


class Progress(Protocol):
    """What shows how far a run is."""

    def read(self, files: int) -> None:
        """Take how many files were read."""

    def judged(self, done: int, total: int, part: float) -> None:
        """Take how many of the files that are to be judged were begun, and what part of their text that is."""


@contextmanager
def told(progress: Progress, order: Sequence[int], weights: Sequence[int], left: Callable[[], int]) -> Iterator[None]:
    """Tell ``progress`` how far it is for as long as the block runs; ``left()`` counts what was not begun."""
    from threading import Event, Thread  # a run that nobody watches needs none

    heavy = [0]
    for i in order:
        heavy.append(heavy[-1] + weights[i])
    ended = Event()

    def tell() -> None:
        while not ended.wait(BEAT):
            done = len(order) - left()
            progress.judged(done, len(order), heavy[max(done - 1, 0)] / (heavy[-1] or 1))

    thread = Thread(target=tell, daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
