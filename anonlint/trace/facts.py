"""All that execution saw of a function: records, each with the entry states for which it is reached."""

from collections.abc import Iterable
from typing import Any, TypeVar

from anonlint.domain.kinds import VAGUE
from anonlint.domain.state import Step, shorter
from anonlint.domain.subjects import base
from anonlint.domain.values import Key, Value
from anonlint.model.source import Span
from anonlint.trace.acts import Reached, Returned
from anonlint.trace.records import CallSite, Decode, Event, Made, Outcome, Record, Rmap, Store, Test


class GaveUp(Exception):
    """Execution would take too long; the message says what was exceeded."""


R = TypeVar("R", Made, Decode, Rmap, Store, Event)


_LEVELS = ("pte", "pmd", "pud", "huge")
_ASKED_OF_ENTRIES = ("misuse", "wiped", "ask-exclusive")


def _limit(records: dict[R, int], record: R, entry_states: int) -> None:
    if entry_states:
        records[record] = entry_states
    else:
        del records[record]


class Facts:
    """All records of one function variant; most dicts map a record to the entry states it was reached with.

    ``tried`` says that it could be run at all, ``short`` that only short helpers were run in it. ``sites`` are the
    calls of the function that is watched, ``slots`` the page table slots that the function is handed, in order,
    ``handed`` its parameters, ``complained`` what entries it warns of; ``contracts`` what walked slots can hold;
    ``taken`` the slots that are cleared by reading them, ``takes`` where what was taken or cleared. ``results`` are
    the calls that can fail, ``decided`` those whose result decides something. ``counted`` are the pages whose
    references or mappings are counted, ``paged`` the entries whose page is looked up, ``told`` those of which it is
    asked whether they are present, ``anon_asked`` the pages that are asked whether they are anonymous, ``folios``
    what pages are parts of, ``asks`` what pages are asked at all, ``asked`` where. ``questions`` are what is asked of
    mappings and faults, each with the function that asks. ``inlined`` are the helpers that were run in place of their
    calls, ``served`` those of them that were run on a path that hangs on no question that is not understood.
    ``cleared`` are the software bits that are cleared anywhere: in which encoding, of entries that have it;
    ``swapped`` the swap entries whose count is taken, ``loops`` the bodies of its loops, ``turned`` where the
    calls begin that are asked for a no. ``maps_anon`` says that new
    anonymous pages are mapped: the mapping is private. ``user`` says whether a process's mappings are in sight,
    ``mappings`` how many of them are handed in, ``handles_fault`` whether a fault is handed in. ``sure`` has the
    outcomes of entries that are known to be of a kind that has a pfn. ``read_bits`` are the entries whose software
    bits are asked for, ``soft_read`` those that are asked whether they are soft-dirty. ``ways`` holds how each record
    came about, ``acts`` what the words that acted on the way did, by their place. ``denied`` are the entry states
    that an assertion says an entry cannot be in. ``reaches`` and ``returns`` are kept where images are compared
    (acts.py).
    """

    __slots__ = (
        "_kept",
        "acts",
        "alike",
        "anon_asked",
        "asked",
        "asks",
        "cleared",
        "complained",
        "contracts",
        "conversions",
        "counted",
        "decided",
        "decodes",
        "denied",
        "events",
        "folios",
        "gave_up",
        "handed",
        "handles_fault",
        "inlined",
        "levels",
        "loops",
        "made",
        "mappings",
        "maps_anon",
        "outcomes",
        "paged",
        "questions",
        "reaches",
        "read_bits",
        "results",
        "returns",
        "rmaps",
        "served",
        "short",
        "sites",
        "slots",
        "soft_read",
        "stores",
        "sure",
        "swapped",
        "taken",
        "takes",
        "tests",
        "told",
        "tried",
        "turned",
        "unknown_calls",
        "user",
        "ways",
    )

    def __init__(self) -> None:
        self.tests: dict[Test, int] = {}
        self.made: dict[Made, int] = {}
        self.decodes: dict[Decode, int] = {}
        self.rmaps: dict[Rmap, int] = {}
        self.stores: dict[Store, int] = {}
        self.outcomes: dict[Outcome, int] = {}
        self.sure: dict[Outcome, int] = {}
        self.contracts: dict[Value, int] = {}
        self.taken: set[Key] = set()
        self.takes: set[tuple[Span, Value]] = set()
        self.told: set[Value] = set()
        self.cleared: set[tuple[str, str]] = set()
        self.swapped: set[Value] = set()
        self.events: dict[Event, int] = {}
        self.results: dict[Value, Span] = {}
        self.decided: set[Value] = set()
        self.paged: set[Value] = set()
        self.denied: dict[Value, int] = {}
        self.asks: set[str] = set()
        self.questions: set[tuple[str, str]] = set()
        self.asked: dict[tuple[str, Value], set[Span]] = {}
        self.read_bits: set[Value] = set()
        self.soft_read: set[Value] = set()
        self.counted: set[Value] = set()
        self.complained: dict[Value, int] = {}
        self.conversions: dict[Value, Span] = {}
        self.levels: dict[Value, str] = {}
        self.loops: tuple[Span, ...] = ()
        self.turned: frozenset[int] = frozenset()
        self.sites: list[CallSite] = []
        self.slots: tuple[Key, ...] = ()
        self.handed: frozenset[Key] = frozenset()
        self.inlined: set[str] = set()
        self.served: set[str] = set()
        self.short = False
        self.tried = False
        self.unknown_calls: set[str] = set()
        self.folios: dict[Value, set[Value]] = {}
        self.gave_up = ""
        self.user = False
        self.mappings = 0
        self.handles_fault = False
        self.ways: dict[Record, Step | None] = {}
        self.acts: dict[Span, str] = {}
        self.maps_anon = False
        self.anon_asked: set[Value] = set()
        self.reaches: dict[Reached, int] = {}
        self.returns: dict[Returned, int] = {}
        self.alike: set[tuple[Value, Value]] = set()
        self._kept: dict[type, dict[Any, int]] = {
            Decode: self.decodes,
            Event: self.events,
            Made: self.made,
            Rmap: self.rmaps,
            Store: self.stores,
        }

    def seen(self, record: Decode | Event | Made | Rmap | Store, entry_states: int, way: Step | None) -> None:
        """Add what was seen, unless the path there hangs on a question that is not understood."""
        if not entry_states & VAGUE:
            records: dict[Any, int] = self._kept[type(record)]
            records[record] = records.get(record, 0) | entry_states
            self.remember(record, way)

    def reached(self, record: Reached, entry_states: int) -> None:
        """Add a call that is reached, and by what entries; see acts.py."""
        self.reaches[record] = self.reaches.get(record, 0) | entry_states

    def returned(self, record: Returned, entry_states: int) -> None:
        """Add what is returned, and for what entries."""
        self.returns[record] = self.returns.get(record, 0) | entry_states

    def tested(self, test: Test, entry_states: int) -> None:
        """Add a question of kind."""
        self.tests[test] = self.tests.get(test, 0) | entry_states

    def left(self, outcome: Outcome, entry_states: int, way: Step | None, *, sure: bool) -> None:
        """Add what is left behind for an entry."""
        self.outcomes[outcome] = self.outcomes.get(outcome, 0) | entry_states
        self.remember(outcome, way)
        if sure:
            self.sure[outcome] = self.sure.get(outcome, 0) | entry_states

    def called(self, site: CallSite) -> None:
        """Add a call of the function that is watched."""
        self.sites.append(site)

    def at_level(self, root: Value, level: str) -> None:
        """Note at what level an entry is read; of several the highest counts."""
        self.levels[root] = max(self.levels.get(root, level), level, key=_LEVELS.index)

    def by_contract(self, root: Value, entry_states: int) -> None:
        """Note what a walked slot can hold."""
        self.contracts[root] = entry_states

    def converted(self, root: Value, span: Span) -> None:
        """Note where an entry is turned into a swap entry: the first place of all."""
        self.conversions[root] = min(self.conversions.get(root, span), span)

    def can_fail(self, result: Value, span: Span) -> None:
        """Note a call that can fail."""
        self.results[result] = span

    def acted(self, span: Span, what: str) -> None:
        """Note what a word did, for the story."""
        self.acts[span] = what

    def in_folio(self, page: Value, folio: Value) -> None:
        """Note of what a page is a part."""
        self.folios.setdefault(page, set()).add(folio)

    def asked_at(self, what: str, page: Value, span: Span) -> None:
        """Note where a page is asked something."""
        self.asked.setdefault((what, page), set()).add(span)

    def same(self, slot: Value, entry: Value) -> None:
        """Note that a slot is compared with an entry that was read before: their page is one."""
        self.alike.add((slot, entry))

    def denies(self, root: Value, entry_states: int) -> None:
        """Note what an assertion says that an entry cannot be."""
        self.denied[root] = self.denied.get(root, 0) | entry_states

    def complains(self, root: Value, entry_states: int) -> None:
        """Note what entries the function warns of."""
        self.complained[root] = self.complained.get(root, 0) | entry_states

    def maps_new(self) -> None:
        """Note that new anonymous pages are mapped."""
        self.maps_anon = True

    def remember(self, record: Record, way: Step | None) -> None:
        """Keep the shortest of the paths that led to a record."""
        self.ways[record] = shorter(self.ways[record], way) if record in self.ways else way

    def settle(self) -> None:
        """Put together what belongs together, once all paths have been run.

        What assertions say goes for what was seen before them, too: they are the contract of the callers.
        """
        for _ in self.alike:  # as many times as there can be links from one to the next
            self.paged.update(*(pair for pair in self.alike if not self.paged.isdisjoint(pair)))
        self._settle_exits()
        for root, denied in self.denied.items():
            for decode, entry_states in list(self.decodes.items()):
                if decode.root == root:
                    _limit(self.decodes, decode, entry_states & ~denied)
            for event, entry_states in list(self.events.items()):
                if event.root == root and event.kind in _ASKED_OF_ENTRIES:
                    _limit(self.events, event, entry_states & ~denied)

    def _settle_exits(self) -> None:
        """Leave of the entries at hand where access was forced those whose page was looked up, if any was."""
        exits = [event for event in self.events if event.kind == "exit"]
        if any(event.root in self.paged for event in exits):
            for event in exits:
                if event.root not in self.paged:
                    del self.events[event]

    def claims_for_others(self) -> bool:
        """Return whether a page that was handed in is said to be exclusive."""
        claims = (event for event in self.events if event.kind == "claim" and event.root is None)
        return any(base(event.value) in self.handed for event in claims)

    def roots(self) -> "Iterable[Value]":
        """Return every root that was left in some state, in order of first outcome."""
        return dict.fromkeys(outcome.root for outcome in self.outcomes)
