"""What execution may do with what it saw: write it down. It cannot read it, so that no path decides about another."""

from collections.abc import Iterable
from typing import Protocol, TypeVar

from anonlint.domain.state import Step
from anonlint.domain.values import Key, Value
from anonlint.model.source import Span
from anonlint.trace.acts import Reached, Returned
from anonlint.trace.records import CallSite, Decode, Event, Made, Outcome, Rmap, Store, Test

T = TypeVar("T", contravariant=True)


class Sink(Protocol[T]):
    """A set of which only one half is in sight."""

    def add(self, item: T, /) -> None:
        """Put something in."""

    def update(self, items: Iterable[T], /) -> None:
        """Put several things in."""


class Recorder(Protocol):
    """Facts, as execution sees them (see facts.py)."""

    @property
    def taken(self) -> Sink[Key]: ...
    @property
    def takes(self) -> Sink[tuple[Span, Value]]: ...
    @property
    def told(self) -> Sink[Value]: ...
    @property
    def cleared(self) -> Sink[tuple[str, str]]: ...
    @property
    def swapped(self) -> Sink[Value]: ...
    @property
    def decided(self) -> Sink[Value]: ...
    @property
    def paged(self) -> Sink[Value]: ...
    @property
    def asks(self) -> Sink[str]: ...
    @property
    def questions(self) -> Sink[tuple[str, str]]: ...
    @property
    def read_bits(self) -> Sink[Value]: ...
    @property
    def soft_read(self) -> Sink[Value]: ...
    @property
    def counted(self) -> Sink[Value]: ...
    @property
    def inlined(self) -> Sink[str]: ...
    @property
    def served(self) -> Sink[str]: ...
    @property
    def unknown_calls(self) -> Sink[str]: ...
    @property
    def anon_asked(self) -> Sink[Value]: ...

    def seen(self, record: Decode | Event | Made | Rmap | Store, entry_states: int, way: Step | None) -> None:
        """Add what was seen, unless the path there hangs on a question that is not understood."""

    def reached(self, record: Reached, entry_states: int) -> None:
        """Add a call that is reached, and by what entries."""

    def returned(self, record: Returned, entry_states: int) -> None:
        """Add what is returned, and for what entries."""

    def tested(self, test: Test, entry_states: int) -> None:
        """Add a question of kind."""

    def left(self, outcome: Outcome, entry_states: int, way: Step | None, *, sure: bool) -> None:
        """Add what is left behind for an entry; ``sure``: it is known to be of a kind that has a pfn."""

    def called(self, site: CallSite) -> None:
        """Add a call of the function that is watched."""

    def at_level(self, root: Value, level: str) -> None:
        """Note at what level an entry is read."""

    def by_contract(self, root: Value, entry_states: int) -> None:
        """Note what a walked slot can hold."""

    def converted(self, root: Value, span: Span) -> None:
        """Note where an entry is turned into a swap entry."""

    def can_fail(self, result: Value, span: Span) -> None:
        """Note a call that can fail."""

    def acted(self, span: Span, what: str) -> None:
        """Note what a word did, for the story."""

    def in_folio(self, page: Value, folio: Value) -> None:
        """Note of what a page is a part."""

    def asked_at(self, what: str, page: Value, span: Span) -> None:
        """Note where a page is asked something."""

    def same(self, slot: Value, entry: Value) -> None:
        """Note that a slot is compared with an entry that was read before: the page of one is that of the other."""

    def denies(self, root: Value, entry_states: int) -> None:
        """Note what an assertion says that an entry cannot be."""

    def complains(self, root: Value, entry_states: int) -> None:
        """Note what entries the function warns of."""

    def maps_new(self) -> None:
        """Note that new anonymous pages are mapped: the mapping is private."""
