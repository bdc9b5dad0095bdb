"""One function as a rule sees it."""

import re
from collections.abc import Callable, Iterable, Iterator
from functools import cached_property
from typing import Any, TypeVar

from anonlint.domain.kinds import (
    ALL,
    DEVICE_EXCLUSIVE,
    DEVICE_PRIVATE,
    ENTRY_STATES,
    MIGRATION,
    NONE,
    NONPRESENT,
    PRESENT,
    WORDS,
)
from anonlint.domain.subjects import base
from anonlint.domain.values import Value
from anonlint.kernel.era import Dating
from anonlint.model.finding import Table
from anonlint.model.source import Source, Span
from anonlint.trace.caller import Caller
from anonlint.trace.effects import EffectTable
from anonlint.trace.facts import Facts
from anonlint.trace.printable import printable
from anonlint.trace.records import Decode, Event, EventKind, Made, Outcome, Record, Store, Test

T = TypeVar("T")
_DENIES = re.compile(r"\balready\b|n't\b|\bnot\b|\bnever\b|\bno need\b|\bdrop|\blose")
_COMMENT = re.compile(r"/\*(?:.*?\*/|.*)|//[^\n]*", re.S)


class Pass:
    """One function in one configuration, as a rule sees it.

    ``function_at`` names the function that holds a Source offset. ``dating`` tells the releases that the
    input may belong to, ``whole`` whether the whole function is in sight, ``boot`` whether it runs at boot only.
    ``exported`` and ``effects`` are called when a rule wants to know: the first takes looking through the files
    around. ``caller`` is who calls it as it was executed, None where that may be anybody.
    """

    def __init__(
        self,
        *,
        name: str,
        source: Source,
        span: Span,
        whole: bool,
        dating: Dating,
        function_at: Callable[[int], str],
        exported: Callable[[], bool],
        boot: bool,
        caller: Caller | None,
        classes: Callable[[str], set[str]],
        facts: Facts,
        effects: Callable[[], tuple[EffectTable, ...]],
    ) -> None:
        self.name = name
        self.source = source
        self.span = span
        self.whole = whole
        self.dating = dating
        self.function_at = function_at
        self._exported = exported
        self.boot = boot
        self.caller = caller
        self.classes = classes
        self.facts = facts
        self._effects = effects
        self._families: dict[Value, int] = {}
        self._asked: dict[Callable[[Pass], Iterable[Any]], list[Any]] = {}

    def once(self, ask: Callable[["Pass"], Iterable[T]]) -> list[T]:
        """Return what ``ask`` yields of the function; it is asked once, however many rules do so."""
        if ask not in self._asked:
            self._asked[ask] = list(ask(self))
        found: list[T] = self._asked[ask]
        return found

    @cached_property
    def exported(self) -> bool:
        """Whether the function is for other files than those in sight."""
        return self._exported()

    @cached_property
    def effects(self) -> tuple[EffectTable, ...]:
        """The effect tables of the entries with which the function plays a role."""
        return self._effects()

    @property
    def read_exclusive(self) -> bool:
        """Whether pages have the exclusive flag, and migration entries a kind for it (5.19, 6c287605fd56)."""
        return not self.dating.before((5, 19))

    def can_be_uffd_wp(self, level: str = "huge") -> bool:
        """Return whether userfaultfd can write-protect entries: anonymous pages of 5.7, hugetlb and files of 5.19."""
        return not self.dating.before((5, 19) if level == "huge" else (5, 7))

    def reads_soft_dirty(self, level: str = "pte") -> bool:
        """Return whether anything reads the soft-dirty bit of entries: of hugetlb only PAGEMAP_SCAN does (6.7)."""
        return level != "huge" or not self.dating.before((6, 7))

    @property
    def migration_keeps_young_dirty(self) -> bool | None:
        """Whether migration entries have room for these bits (6.1, 2e3468778dbe); None where that is open."""
        return False if self.dating.before((6, 1)) else True if self.dating.after((6, 1)) else None

    def events(self, *kinds: EventKind) -> Iterator[tuple[Event, int]]:
        """Yield what happened of these kinds, each with the entry states that it can be thought to have happened in."""
        for event, entry_states in self.facts.events.items():
            if event.kind in kinds:
                yield event, self.plausible(event.root, entry_states)

    def misuses(self) -> Iterator[tuple[Event, int]]:
        """Yield the uses of entries by words that are not defined for them, each with all states that are a mistake."""
        return ((event, mask) for event, mask in self.facts.events.items() if event.kind == "misuse")

    def outcomes(self) -> Iterator[tuple[Outcome, int]]:
        """Yield what was left behind, each with the entry states that it can be thought to have been left for."""
        for outcome, entry_states in self.facts.outcomes.items():
            yield outcome, self.plausible(outcome.root, entry_states)

    def text(self, span: Span) -> str:
        """Return source text on one line."""
        return b" ".join(self.source.data[span.start : span.end].split()).decode("utf-8", "replace")

    def questions(self, root: Value) -> tuple[tuple[Span, str], ...]:
        """Return where an entry is asked of what kind it is, as notes."""
        return tuple(sorted({(t.span, f"{t.text}() asked here") for t in self.facts.tests if t.root == root}))

    def tables(self, root: Value) -> tuple[Table, ...]:
        """Return the tables of an entry for printing."""
        return tuple(self.table(table) for table in self.effects if table.root == root)

    def table(self, table: EffectTable) -> Table:
        """Return a table for printing."""
        at = self.span_of(table).start
        return printable(table, self.name, self.source.path_at(at), self.source.position(at).line)

    def story(self, table: EffectTable, index: int) -> tuple[tuple[Span, str], ...]:
        """Return the places that decided about one entry state: questions asked, entries made and stored."""
        bit = 1 << index
        kind = WORDS[ENTRY_STATES[index].kind]
        notes: list[tuple[Span, str]] = []
        for test, entry_states in self.facts.tests.items():
            if test.root == table.root and entry_states & bit and test.yes | test.no != test.yes & test.no:
                answer = "true" if test.yes & bit else "false"
                notes.append((test.span, f"{test.text}() is {answer} for a {kind} entry"))
        for made, entry_states in self.facts.made.items():
            if made.root == table.root and entry_states & bit:
                notes.append((made.span, f"a {WORDS[made.kind]} entry is made of it here"))
        for store, entry_states in self.facts.stores.items():
            if store.root == table.root and entry_states & bit:
                notes.append((store.span, "stored here"))
        return tuple(sorted(set(notes)))

    def record_at(self, span: Span) -> Record | None:
        """Return what execution saw at a place: of several things that which the shortest path leads to."""
        here = [r for r in self.facts.ways if span in (getattr(r, "span", None), getattr(r, "call", None))]
        return min(here, key=self._depth, default=None)

    def _depth(self, record: Record) -> int:
        way = self.facts.ways[record]
        return 0 if way is None else way.depth

    def because(self, record: Record) -> tuple[tuple[Span, str], ...]:
        """Return how a record came about: the questions and acts on its path that concern its entry, or lead to it.

        The last questions before it are told in any case, of all others those about the record's own entry.
        """
        way = self.facts.ways.get(record)
        if way is None:
            return ()
        root = getattr(record, "root", None)
        own = {test.span for test in self.facts.tests if test.root == root and root is not None}
        told: dict[Span, str] = {}
        # What a hunk hangs on, and does not show, has no text of its own.
        steps = [step for step in way.steps() if self.whole or self.holds(step.span)]
        last = {id(step) for step in [s for s in steps if s.answer is not None][-_LAST:]}
        for step in steps:
            if step.answer is None:
                sentence = self.facts.acts.get(step.span, "")
            elif step.span in own or id(step) in last:
                sentence = f"{_brief(self.text(step.span))} is {'true' if step.answer else 'false'}"
            else:
                continue
            told.pop(step.span, None)  # of a loop the last turn is told
            if sentence:
                told[step.span] = sentence
        return tuple(told.items())[-_MOST:]

    def plausible(self, root: Value, entry_states: int, *, narrow: bool = True) -> int:
        """Return those of a root's entry states that its function can be thought to be handed.

        Of an entry whose presence is never asked the caller has asked: it is present, unless it is
        taken for a non-present entry; where just one family of those is told apart, it is one
        of them (unless ``narrow`` is false).
        """
        if root is None or not entry_states & (PRESENT | NONE):
            return entry_states if root is None or not narrow else self._family(root, entry_states)
        if self.facts.contracts.get(root, 0) & PRESENT or root in self.facts.told:
            return self._family(root, entry_states) if narrow else entry_states
        if root not in self.facts.conversions:
            return entry_states & PRESENT
        return (self._family(root, entry_states) if narrow else entry_states) & NONPRESENT

    def _family(self, root: Value, entry_states: int) -> int:
        """Return the entry states of the one family of entries that a root is asked about, all if it is more."""
        found = self._families.get(root)
        if found is None:
            found = self._families[root] = self._asked_family(root)
        return entry_states & found

    def _asked_family(self, root: Value) -> int:
        told = [t.yes & NONPRESENT for t in self.facts.tests if t.root == root]
        asked = [yes for yes in told if yes != NONPRESENT]  # that one asks for presence
        for family in _FAMILIES:
            if any(asked) and not any(yes & ~family for yes in asked):
                return family | PRESENT | NONE
        return ~0

    def tells_presence(self, root: Value, span: Span) -> bool:
        """Return whether the function around ``span`` asks of an entry whether it is present, or of what kind.

        A loop that walks over the entries once more may rely on what the first one asked.
        """
        where = self.function_at(span.start)
        asked = [t.span for t in self.facts.tests if t.root == root and _tells_presence(t)]
        return any(
            self.function_at(test.start) == where
            and all(loop.holds(span) for loop in self.facts.loops if loop.holds(test))
            for test in asked
        )

    def remarked(self, span: Span, bit: str) -> bool:
        """Return whether a comment in the statement at ``span``, or right above it, says that it leaves a bit out."""
        data = self.source.data
        start = data.rfind(b"\n", 0, span.start) + 1
        end = data.find(b"\n", span.start)
        above = data[self.span.start : start].decode("utf-8", "replace")
        line = data[start : end if end >= 0 else len(data)].decode("utf-8", "replace")
        near = [m[0] for m in _COMMENT.finditer(above) if not above[m.end() :].strip()][-1:]
        near += [m[0] for m in _COMMENT.finditer(line)]
        stem = bit.removesuffix("y")  # soft-dirtiness, too
        names = [stem.replace("-", joint) for joint in ("-", " ", "_")]
        return any(any(name in c.lower() for name in names) and _DENIES.search(c.lower()) for c in near)

    @property
    def user(self) -> bool:
        """Whether a process's mappings are in sight: other tables have other rules; at boot there is no process."""
        return self.facts.user and not self.boot

    def left_to_callers(self, *questions: str, fault: bool = False, far: bool = False) -> bool:
        """Return whether asking something of the mapping, or of the fault, may be up to callers that are not in sight.

        It is where the function never asks one of the questions, and is for other files; with ``far``, where no caller
        in sight does, and the first of them is for other files. With ``fault`` it never is where a fault is handled:
        whoever does that decides what it gives.
        """
        asked = {what for what, _ in self.facts.questions}
        if self.caller is not None:
            asked |= self.caller.asked
        faults = self.facts.handles_fault or (self.caller is not None and self.caller.faults)
        if not asked.isdisjoint(questions) or (fault and faults):
            return False
        return self.exported if self.caller is None else far and self.caller.others

    def asks(self, question: str, span: Span | None = None) -> bool:
        """Return whether something is asked of the mapping or the fault; of a place, in the function around it."""
        where = None if span is None else self.function_at(span.start)
        return any(what == question and where in (None, name) for what, name in self.facts.questions)

    def asks_for(self, root: Value, kinds: int) -> bool:
        """Return whether the function asks whether an entry is one of just these kinds."""
        return any(t.root == root and not t.yes & ~kinds for t in self.facts.tests)

    def span_of(self, table: EffectTable) -> Span:
        """Return where the table's entry is told apart or rewritten: in a function that stores it, if it is there."""
        telling = [t.span for t in self.facts.tests if t.root == table.root and t.yes & MIGRATION not in (0, MIGRATION)]
        made = [m.span for m in self.facts.made if m.root == table.root]
        stored = [s.span for s in self.facts.stores if s.root == table.root]
        asked = [t.span for t in self.facts.tests if t.root == table.root]
        groups = (telling, asked, made, stored)
        names = {self.function_at(span.start) for span in stored} or {self.name}
        making = {self.function_at(span.start) for span in made} & names
        storing = {self.name} if self.name in names else making or names
        there = [[span for span in group if self.function_at(span.start) in storing] for group in groups]
        return min(next(filter(None, (*there, *groups)), [Span(0, 0)]))

    def of_process(self, root: Value) -> bool:
        """Return whether an entry is one of a process: it is in a mapping, or is asked what only those can be."""
        return self.user or any(t.root == root and t.yes & NONPRESENT and not t.yes & PRESENT for t in self.facts.tests)

    def outside(self, span: Span) -> bool:
        """Return whether a place lies in no function: in a macro that is run in place of its call."""
        return not self.holds(span) and self.function_at(span.start) == self.name

    def stopped_at(self, root: Value, entry_states: int) -> int:
        """Return those of an entry's states that a walk of its page can have stopped at.

        At device-private ones only where the page may be a device's: the function asks that.
        """
        if root in self.facts.contracts and not self.facts.asks & {"device-private", "zone-device"}:
            return entry_states & ~DEVICE_PRIVATE
        return entry_states

    def asked_before(self, root: Value, span: Span) -> bool:
        """Return whether an entry is asked anything before a place; in a whole function that need not be in sight."""
        return self.whole or any(test.root == root and test.span < span for test in self.facts.tests)

    def goes_on_to_ask(self, event: Event, what: str) -> bool:
        """Return whether the next thing that is done is to ask something of the event's page, or of its folio.

        Nobody else was to ask that, then: however the two questions are spelled, they are one.
        """
        page = base(event.value)
        pages = {page, *self.facts.folios.get(page, ())}
        later = [s for page in pages for s in self.facts.asked.get((what, page), ()) if s.start >= event.span.end]
        if not later:
            return False
        gap = Span(event.span.end, min(later).start)
        done = (
            {e.span for e in self.facts.events}
            | {t.span for t in self.facts.tests}
            | {s.span for s in self.facts.stores}
        )
        return not any(gap.holds(span) for span in done.union(self.facts.results.values()))

    @property
    def asks_anon(self) -> bool:
        """Whether it is asked of a page if it is anonymous; in a whole function that need not be in sight."""
        return self.whole or "anon" in self.facts.asks

    def nearest(self, spans: list[Span], fallback: Span) -> Span:
        """Return the first of the places that lies in the function itself, else in a helper, else ``fallback``."""
        own = [span for span in spans if self.holds(span)]
        helpers = [span for span in spans if not self.outside(span)]
        return min(own or helpers, default=fallback)

    def at(self, record: Made | Store | Decode | Event) -> Span:
        """Return where to report what was seen: there, or, if that is in no function, at the call that led there."""
        call = record.call if isinstance(record, Decode | Event) else record.span
        return self.nearest([record.span], call)

    def holds(self, span: Span) -> bool:
        """Return whether a place lies in the function itself, not in a helper run in one of its calls."""
        return self.span.start <= span.start < self.span.end


_LAST = 3  # questions before what happened that are told whatever they are about
_MOST = 7  # steps of a story
_LONGEST = 60  # characters of a condition that is quoted
_FAMILIES = (MIGRATION, DEVICE_PRIVATE, DEVICE_EXCLUSIVE)


def _brief(text: str) -> str:
    """Return a condition short enough to be quoted in a sentence."""
    return text if len(text) <= _LONGEST else text[: _LONGEST - 3].rstrip() + "..."


def _tells_presence(test: Test) -> bool:
    """Return whether a predicate tells non-present entries from others, or from each other."""
    return test.tells_kinds or (test.yes & ~test.no & ALL) in (PRESENT, NONPRESENT)
