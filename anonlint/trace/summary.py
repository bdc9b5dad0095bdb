"""What a function does to each entry in each of its states, as rows that two images of it can be compared by.

Nothing in a row depends on how the function is written: a call is what its word means, an operand what it is of the
entry, a mapping which of those handed in. What a function asks is no row: it shows in what reaches the others.
"""

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import NamedTuple

from anonlint.domain.kinds import ALL, ENTRY_STATES, NONE, NONPRESENT
from anonlint.domain.softbits import BITS, PARTS, bare, bits_of
from anonlint.domain.state import is_root, root_of
from anonlint.domain.values import (
    Cell,
    Field,
    Flags,
    MadeEntry,
    PageOf,
    Part,
    Ref,
    Result,
    Value,
    Var,
)
from anonlint.model.source import Span
from anonlint.trace.acts import ASIDE, CHANGES, MADE, OPEN, SILENT, STORES, Ident, Reached
from anonlint.trace.facts import Facts
from anonlint.trace.records import Outcome
from anonlint.trace.said import CARRIED, Said, Sight

_BITS_SAID = {"k": "kept", "n": "kept", "s": "set", "d": "set", "c": "cleared", "l": "lost", "t": "stale"}
_KEPT = {
    "held-lock": "the folio lock",
    "held-ref": "the reference to the page",
    "held-swap": "the swap count",
    "owed-lock": "the folio lock after a failure",
    "owed-ref": "the reference to the page after a failure",
    "owed-swap": "the swap count after a failure",
}
_OWED = {"o": "lost", "h": "handed on", "v": "handed on"}
# What a proof says, for people; others are not told of.
FACTS = {
    "anon": "anonymous",
    "file": "of a file",
    "excl": "exclusive",
    "notksm": "not KSM",
    "small": "not large",
    "locked": "folio lock",
    "sole": "sole reference",
    "sole-unlocked": "sole reference, not under the lock",
    "sole-mapped": "mapped once",
    "pin-ok": "pinnable",
    "unpinned": "not pinned",
    "vm-write": "VM_WRITE",
    "vma-shared": "a shared mapping",
    "vma-anon": "an anonymous mapping",
    "no-uffd": "no uffd-wp",
    "uffd-wanted": "uffd-wp wanted",
    "no-soft-dirty": "no soft-dirty tracking",
    "device-private": "device-private",
}


class Key(NamedTuple):
    """What a row is about: ``sort`` is calls, stores, left, bits, debts, keeps, decides, returns, outside or makes."""

    sort: str
    what: Ident


Cells = dict[str, int]  # what is so of a row, and the entry states for which it is


class Asked(NamedTuple):
    """A question of kind: ``admits`` are the entry states for which it holds, as it is written."""

    span: Span
    text: str
    admits: int


class Entry(NamedTuple):
    """An entry that a function handles. ``level`` is "pte" where nothing else shows.

    ``sites`` are the rows again, place by place: of two places that do the same each may be reached by others.
    """

    label: str
    level: str
    reached: int
    rows: dict[Key, Cells]
    asked: tuple[Asked, ...] = ()
    sites: Mapping[Key, tuple[Cells, ...]] = MappingProxyType({})


class Summary(NamedTuple):
    """All that a function does. ``rows`` is what it does whatever the entry; ``names`` how it calls things.

    ``rests`` is what has been proven, or is locked, wherever an act is done; ``places`` where it is done first.
    ``unknown`` are the functions that it calls and that are not in sight; ``short`` says that not all helpers were run.
    ``asked`` are the questions whose answers show in no entry state, by the word that asks them.
    """

    entries: tuple[Entry, ...]
    rows: dict[Key, Cells]
    names: dict[Key, str]
    rests: dict[Key, frozenset[str]]
    places: dict[Key, Span]
    unknown: frozenset[str]
    short: bool = False
    asked: Mapping[Ident, str] = MappingProxyType({})


def summary(facts: Facts, sight: Sight) -> Summary:
    """Return what a function does."""
    return _Summing(facts, sight).result()


class _Summing:
    def __init__(self, facts: Facts, sight: Sight) -> None:
        self.facts = facts
        self.sight = sight
        self.said = Said(sight)
        self.reached_roots = {record.root for record in facts.reaches if record.root is not None}
        self.rows: dict[str, dict[Key, Cells]] = {"": {}}
        self.levels: dict[str, str] = {}
        self.reached: dict[str, int] = {}
        self.names: dict[Key, str] = {}
        self.sites: dict[tuple[str, Key], dict[tuple[Span, Span], Cells]] = {}
        self.rests: dict[Key, frozenset[str]] = {}
        self.places: dict[Key, Span] = {}
        self.unknown: set[str] = set()
        self.questions: dict[Ident, str] = {}

    def result(self) -> Summary:
        for record, entry_states in self.facts.reaches.items():
            self.call(record, entry_states & ALL)
        for outcome, entry_states in self.facts.outcomes.items():
            self.outcome(outcome, entry_states & ALL)
        for test, entry_states in self.facts.tests.items():
            label = self.said.label(test.root)
            self.rows.setdefault(label, {})
            self.reached[label] = self.reached.get(label, 0) | entry_states & ALL
        for result, at in self.facts.results.items():
            assert isinstance(result, Result)
            key = Key("decides", (result.what, result.failure))
            self.names.setdefault(key, self.sight.word(at.start))
            decides = "the result decides" if result in self.facts.decided else "the result decides nothing"
            self.put(None, key, decides, ALL, at)
        for returned, entry_states in self.facts.returns.items():
            value = "" if returned.value is None else self.said.value(returned.value, returned.root)
            if returned.value is not None and (value or self.sight.whole):  # a piece ends, and may go on somehow
                self.put(
                    returned.root,
                    Key("returns", ()),
                    value or "another value",
                    entry_states & ALL,
                    returned.span,
                    returned.span,
                )
        entries = tuple(
            Entry(
                label,
                self.levels.get(label, "pte"),
                self.reached.get(label, 0),
                rows,
                self.asked(label),
                self.placed(label),
            )
            for label, rows in self.rows.items()
            if label
        )
        unknown = frozenset(self.unknown)
        short, asked = self.facts.short, self.questions
        return Summary(entries, self.rows[""], self.names, self.rests, self.places, unknown, short, asked)

    def placed(self, label: str) -> dict[Key, tuple[Cells, ...]]:
        """Return what is done to an entry at each place, in the order of the text."""
        mine = {key: found for (of, key), found in self.sites.items() if of == label}
        return {key: tuple(found[at] for at in sorted(found)) for key, found in mine.items()}

    def asked(self, label: str) -> tuple[Asked, ...]:
        """Return the questions of kind that are asked of an entry, in the order of the text."""
        found: dict[Span, Asked] = {}
        for test in self.facts.tests:
            if test.asserted or not test.tells_kinds or self.said.label(test.root) != label:
                continue
            negated = test.span.start in self.facts.turned
            text, admits = (f"!{test.text}()", test.no) if negated else (f"{test.text}()", test.yes)
            found[test.span] = Asked(test.span, text, admits & NONPRESENT)
        return tuple(found[span] for span in sorted(found))

    def put(self, root: Value, key: Key, cell: str, entry_states: int, span: Span, call: Span | None = None) -> None:
        """Note something that is done for some states of an entry, and with ``call`` where."""
        if not entry_states:
            return
        label = "" if root is None else self.said.label(root)
        row = self.rows.setdefault(label, {}).setdefault(key, {})
        row[cell] = row.get(cell, 0) | entry_states
        if call is not None and entry_states:
            here = self.sites.setdefault((label, key), {}).setdefault((call, span), {})
            here[cell] = here.get(cell, 0) | entry_states
        self.places[key] = min(self.places.get(key, span), span)
        if root is not None:
            self.reached[label] = self.reached.get(label, 0) | entry_states
            self.levels.setdefault(label, self.facts.levels.get(root, "pte"))

    def call(self, record: Reached, entry_states: int) -> None:
        cls = record.ident[0]
        wrong = entry_states & ~record.domain & ~NONE
        if record.domain != ALL and wrong and record.root is not None and self.concerns(record):
            if record.domain & NONPRESENT != NONPRESENT and record.domain & NONPRESENT:
                wrong &= NONPRESENT
            key = Key("outside", record.ident)
            self.names.setdefault(key, record.name)
            self.put(record.root, key, "used", wrong, record.span)
        if cls in OPEN or (cls == "page-test" and "what=exclusive" in record.ident):
            self.questions.setdefault(self.question(record), record.name)
        if cls == "page-test" and "what=exclusive" in record.ident:
            self.names.setdefault(Key("asks", record.ident), record.name)
            self.rest(record, Key("asks", record.ident))
        if cls in SILENT and not (cls in CHANGES and self.in_place(record)) and (cls not in MADE or self.sight.whole):
            return
        if len(record.ident) == 1 and cls == record.name and cls not in STORES:
            self.stranger(record, entry_states)
            return
        if cls == "rmap-move" and "exclusive=always" in record.ident:  # to make exclusive and move is to do both
            flag = ("page-set", "what=exclusive")
            self.names.setdefault(Key("calls", flag), record.name)
            self.act(record._replace(ident=flag), Key("calls", flag), entry_states)
            record = record._replace(
                ident=tuple("exclusive=never" if part == "exclusive=always" else part for part in record.ident)
            )
        if "flush=1" in record.ident:  # to take and flush is to take, and to flush
            self.flush(record, entry_states)
            record = record._replace(ident=tuple(part for part in record.ident if part != "flush=1"))
        sort = "stores" if cls in STORES else "makes" if cls in MADE else "calls"
        self.act(record, Key(sort, () if cls in STORES else record.ident), entry_states)

    def question(self, record: Reached) -> Ident:
        """Return what is asked: of a page also whose it is, and whether the page itself or its folio is asked."""
        if record.ident[0] == "bit-test":
            return record.ident
        page = next((arg for arg in record.args if isinstance(arg, (PageOf, Part))), None)
        whose = "" if page is None else self.said.value(page, record.root)
        return (*record.ident, whose, "of the folio" if isinstance(page, Part) else "of the page")

    def flush(self, record: Reached, entry_states: int) -> None:
        self.act(record._replace(ident=("flush",), args=()), Key("calls", ("flush",)), entry_states)

    def stranger(self, record: Reached, entry_states: int) -> None:
        """Note a call of a function that the vocabulary does not know; what only this image has is spread out."""
        inside = self.sight.spread(record.name)
        if inside is None:
            name = self.alike(record.name)
            if name:
                self.unknown.add(record.name)
                self.act(record._replace(ident=(name,)), Key("calls", (name,)), entry_states)
            return
        for name in filter(None, map(self.alike, inside)):
            self.act(record._replace(name=name, ident=(name,), args=()), Key("calls", (name,)), entry_states)

    def alike(self, name: str) -> str:
        """Return what a function that the vocabulary does not know is told as, "" for what does nothing."""
        return "" if name in ASIDE else self.sight.alike(name)

    def act(self, record: Reached, key: Key, entry_states: int) -> None:
        self.names.setdefault(key, record.name)
        if key.sort != "stores" or record.root is None or self.stored_of(record):
            self.put(record.root, key, self.operands(record), entry_states, record.span, record.call)
        self.rest(record, key)

    def stored_of(self, record: Reached) -> bool:
        """Return whether what is stored is made of an entry, or stored into its slot."""
        made = [root for arg in record.args if (root := root_of(arg)) in self.reached_roots]
        return record.root in made or (not made and any(Cell(arg) == record.root for arg in record.args))

    def rest(self, record: Reached, key: Key) -> None:
        """Note on what an act rests: what all paths have proven that lead to it."""
        proven = frozenset(FACTS[fact] for fact in record.proofs if fact in FACTS) | self.sight.held(record.call)
        self.rests[key] = self.rests.get(key, proven) & proven

    def in_place(self, record: Reached) -> bool:
        return any(isinstance(arg, (Ref, Var, Field)) and not is_root(arg) for arg in record.args[:3])

    def concerns(self, record: Reached) -> bool:
        """Return whether a call is handed an entry as it is, or its slot."""
        root = record.root
        return any(root == bare(arg) or Cell(arg) == root for arg in record.args)

    def outcome(self, outcome: Outcome, entry_states: int) -> None:
        """Note what is left behind for an entry."""
        failed = " after a failed share or dup" if "failed" in outcome.marks else ""
        when = "" if outcome.cow is None else " in a COW mapping" if outcome.cow else " in another mapping"
        when = failed + when
        root, span = outcome.root, Span(1 << 40, 1 << 40)
        for mark in _KEPT.keys() & outcome.marks:
            self.put(root, Key("keeps", (_KEPT[mark],)), "kept", entry_states, span)
        if outcome.own is not None:
            self.left(root, outcome.own, f"its slot{when}", entry_states)
        for place, value in outcome.others:
            if self.is_slot(place):
                self.left(root, value, f"{self.said.place(place, root)}{when}", entry_states)
        made = [value for _, value in (*outcome.others, (None, outcome.own)) if root_of(value) == root]
        for at, (part, letter) in enumerate(zip(PARTS, outcome.debt, strict=False)):
            carried = part in BITS and any(bits_of(value)[at] in CARRIED for value in made)
            self.put(root, Key("debts", (part,)), _OWED["h" if carried else letter], entry_states, span)

    def is_slot(self, place: Value) -> bool:
        return any(store.cell == place for store in self.facts.stores)

    def left(self, root: Value, value: Value, where: str, entry_states: int) -> None:
        span = Span(1 << 40, 1 << 40)
        same = _as_is(value, root) & entry_states  # made anew as it was, it is what it was
        self.put(root, Key("left", (where,)), "(kept)", same, span)
        self.put(
            root, Key("left", (where,)), self.said.value(value, root) or "something else", entry_states & ~same, span
        )
        if root_of(value) == root:
            for name, letter in zip(BITS, bits_of(value), strict=True):
                if name != "exclusive" or letter not in "l":
                    self.put(root, Key("bits", (name, where)), _BITS_SAID[letter], entry_states, span)

    def operands(self, record: Reached) -> str:
        stored = record.ident[0] in STORES
        # The other's parameters are other ones: numbers and flags say nothing, then.
        told = [a for a in record.args if not (isinstance(a, (int, Flags)) and self.sight.only_here(record.name))]
        found = [self.said.value(arg, record.root) + (self.said.carried(arg) if stored else "") for arg in told]
        return ", ".join(dict.fromkeys(filter(None, found)))


def _as_is(value: Value, root: Value) -> int:
    """Return the entry states that a made entry is of that was one before."""
    if not isinstance(value, MadeEntry) or value.root != root:
        return 0
    return sum(1 << at for at, entry_state in enumerate(ENTRY_STATES) if entry_state.kind == value.kind)


def known(names: Iterable[str]) -> tuple[str, ...]:
    """Return the names that say something of what is done."""
    return tuple(name for name in names if name not in ASIDE)
