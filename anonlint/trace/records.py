"""What execution saw: each a record of a place in the source."""

from typing import Literal, NamedTuple

from anonlint.domain.kinds import NONPRESENT
from anonlint.domain.notes import Grab
from anonlint.domain.proofs import Fact, Mark
from anonlint.domain.state import State
from anonlint.domain.values import Key, Value
from anonlint.model.source import Span

Cond = tuple[tuple[str, bool], ...]  # texts of the conditions held, with their outcome; sorted


class Test(NamedTuple):
    """A kind predicate asked of a root: ``yes`` and ``no`` are the entry states of either answer.

    ``asserted`` says that an assertion asks it: nothing is decided by the answer.
    """

    span: Span
    root: Value
    text: str
    yes: int
    no: int
    asserted: bool = False

    @property
    def tells_kinds(self) -> bool:
        """Whether it tells entries that are not present apart."""
        return self.yes & NONPRESENT not in (0, NONPRESENT)


class Made(NamedTuple):
    """A constructor ran. ``root`` is the entry whose page or offset it was given, None if unknown."""

    span: Span
    kind: str
    root: Value
    word: str


class Decode(NamedTuple):
    """A pfn, page or folio was taken from a non-present entry; ``call`` leads there from the function itself."""

    span: Span
    root: Value
    word: str
    call: Span


class Rmap(NamedTuple):
    """An anonymous rmap was added; ``exclusive`` is 1, 0 or 2 (unknown)."""

    span: Span
    root: Value
    exclusive: int
    word: str


class Store(NamedTuple):
    """A value was stored into a page table slot; ``root`` is the entry it stems from, or whose slot it is.

    ``level`` is "pte" or "pmd" where the storing word tells, else ""; ``debt`` what was then owed for ``root``.
    """

    span: Span
    cell: Key
    value: Value
    root: Value
    level: str
    debt: str = ""


# What can happen on a path.
EventKind = Literal[
    "store",
    "live-store",  # of what was read there, changed
    "store-again",  # over what was just stored: ``value``
    "copy-store",  # of a page into which that of the entry ``root`` was copied
    "batch-store",  # of the first of many entries into all their slots
    "outdated-store",  # of an entry that was read before the lock of its slot was taken
    "remade",  # a swap entry of another slot is returned
    "claim",  # a page is said to be exclusive
    "hand-clear",  # and not to be, by hand
    "move",  # its rmap is moved
    "share",
    "dup",
    "dup-blind",  # by a word that never fails
    "grab",
    "count",
    "ask-exclusive",
    "ask-unshare",  # the same by a word that asks more
    "promise",  # a function that stands for a proof says yes
    "exit",  # of a function that lets a forced write through
    "misuse",  # of an entry by a word that is not defined for it; ``value`` is the word's domain
    "outdated",  # a use of an entry that was read before the lock
    "wiped",  # a marker
    "waited-on-copy",
]


class Event(NamedTuple):
    """Something that happened on a path of which proofs are kept (see subjects.py).

    ``root`` is the entry it happened to or for, None where that is not known; ``value`` what was stored, claimed or
    returned; ``word`` the vocabulary word.
    """

    kind: EventKind
    span: Span
    root: Value
    value: Value
    word: str
    proofs: frozenset[str]
    marks: frozenset[str]
    call: Span

    def proven(self, *facts: Fact) -> bool:
        """Return whether its path has proven any of these."""
        return not self.proofs.isdisjoint(facts)

    def done(self, *marks: Mark) -> bool:
        """Return whether any of these was done on its path."""
        return not self.marks.isdisjoint(marks)


class Outcome(NamedTuple):
    """What was left behind for one root when nothing could touch it any more.

    ``own`` is the content of the slot the root was read from (the root itself: kept; None: no such
    slot is known); ``others`` are the other slots that then held something made of it. ``cow`` says
    whether the mapping is a COW mapping (None: not asked); ``conds`` other conditions that held. ``debt`` are
    the letters of what is owed for it (see debts.py), nothing if it was not taken; ``heirs`` what was then stored
    elsewhere that is made of no entry, ``left`` what the slot then holds; ``grabbed`` where, and by which word, a
    reference to its page was taken that is not given back.
    """

    root: Value
    own: Value
    others: tuple[tuple[Value, Value], ...]
    cow: bool | None
    conds: Cond
    marks: frozenset[str] = frozenset()
    proofs: frozenset[str] = frozenset()
    debt: str = ""
    heirs: tuple[Value, ...] = ()
    left: Value = None
    grabbed: Grab | None = None

    def proven(self, *facts: Fact) -> bool:
        """Return whether its path has proven any of these."""
        return not self.proofs.isdisjoint(facts)

    def done(self, *marks: Mark) -> bool:
        """Return whether any of these was done on its path."""
        return not self.marks.isdisjoint(marks)


class CallSite(NamedTuple):
    """One call: where, with what (None: not known), and what held there."""

    span: Span
    args: tuple[Value, ...]
    state: State


Record = Test | Made | Decode | Rmap | Store | Event | Outcome
