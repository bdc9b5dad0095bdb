"""Puts the patches of a series in order while a mailbox is being read, holding back only what must wait."""

from collections.abc import Iterator
from typing import Generic, NamedTuple, TypeVar

T = TypeVar("T")

_WINDOW = 16 << 20  # bytes of mails held back for a patch that comes late; then they go on without it


class InSeries(NamedTuple):
    """Which patch of which series: ``sender`` and (version, total) tell series apart, ``number`` is from 1."""

    sender: str
    series: tuple[int, int]
    number: int


class _Series:
    """What has come of a series: all numbers below ``low`` have; ``given_up`` when the rest is not waited for."""

    __slots__ = ("came", "given_up", "highest", "low")

    def __init__(self) -> None:
        self.came: set[int] = set()
        self.low = 1
        self.highest = 0
        self.given_up = False

    def take(self, number: int) -> None:
        """Note that a number has come."""
        self.came.add(number)
        self.highest = max(self.highest, number)
        while self.low in self.came:
            self.low += 1

    @property
    def waits(self) -> bool:
        """Return whether an earlier patch than the last one is still to come."""
        return not self.given_up and self.low < self.highest


class Ordered(Generic[T]):
    """Takes items as they come and gives them back in order: the members of a series change places."""

    def __init__(self) -> None:
        self.held: list[tuple[T, _Series | None, int]] = []
        self.size = 0
        self.series: dict[tuple[str, tuple[int, int]], _Series] = {}
        self.waiting: set[_Series] = set()

    def add(self, item: T, place: InSeries | None, size: int) -> Iterator[T]:
        """Take an item of ``size`` bytes; yield all that need not wait any longer."""
        found = None if place is None else self._series_of(place)
        if found is not None and place is not None:
            found.take(place.number)
            (self.waiting.add if found.waits else self.waiting.discard)(found)
        self.held.append((item, found, place.number if place else 0))
        self.size += size
        if not self.waiting or self.size > _WINDOW:
            yield from self.rest()

    def rest(self) -> Iterator[T]:
        """Yield all that is held back."""
        places: dict[_Series, list[int]] = {}
        for i, (_, series, _) in enumerate(self.held):
            if series is not None:
                places.setdefault(series, []).append(i)
        order = list(range(len(self.held)))
        for indices in places.values():
            for place, i in zip(indices, sorted(indices, key=lambda i: self.held[i][2]), strict=True):
                order[place] = i
        items = [self.held[i][0] for i in order]
        for series in self.waiting:
            series.given_up = True
        self.held, self.size, self.waiting = [], 0, set()
        yield from items

    def _series_of(self, place: InSeries) -> _Series:
        """Return the series; a number that comes twice begins another one of the same name."""
        key = place.sender, place.series
        found = self.series.get(key)
        if found is None or place.number in found.came:
            found = self.series[key] = _Series()
        return found
