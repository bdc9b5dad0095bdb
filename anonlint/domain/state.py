"""One abstract execution state."""

from collections.abc import Iterable
from typing import Any, NamedTuple

from anonlint.domain.proofs import Fact
from anonlint.domain.terms import Term
from anonlint.domain.values import ROOT_SORTS, KeptEntry, MadeEntry, PresentEntry, Value
from anonlint.model.source import Span


class Answer(NamedTuple):
    """How a question came out, and the text by which it was asked."""

    outcome: bool
    text: str


class Proof(NamedTuple):
    """A fact, and whom it is about (see subjects.py)."""

    fact: str
    of: Value


def is_root(value: Value) -> bool:
    """Return whether a value may stand for an entry of its own."""
    return type(value) in ROOT_SORTS


def parts(value: Value) -> frozenset[Term]:
    """Return a value and all values inside it."""
    return value.inside if isinstance(value, Term) else frozenset()


def mentions(value: Value, part: Value) -> bool:
    """Return whether ``part`` is ``value`` or lies inside it."""
    return isinstance(value, Term) and part in value.inside


def mentioning(keys: Iterable[Value], part: Value) -> list[Value]:
    """Return the keys that have ``part`` in them."""
    return [key for key in keys if isinstance(key, Term) and part in key.inside]


def holding(mem: dict[Value, Value], part: Value) -> list[Value]:
    """Return the places that hold a value with ``part`` in it."""
    return [key for key, value in mem.items() if isinstance(value, Term) and part in value.inside]


def root_of(value: Value) -> Value:
    """Return the root whose entry, or whose page, an entry value carries."""
    if isinstance(value, (MadeEntry, PresentEntry, KeptEntry)):
        return value.root
    return value if type(value) in ROOT_SORTS else None


def exchanged(value: Any, old: Value, new: Value) -> Any:
    """Return a value with another one in it exchanged, wherever it stands."""
    if value is old:
        return new
    if not isinstance(value, Term) or old not in value.inside:
        return value
    return value.made_of(lambda part: exchanged(part, old, new))


NOTHING: frozenset[Any] = frozenset()


class Step:
    """One thing on a path, as a link to all before it: a question that was answered, or a word that acted.

    ``span`` is the condition's or call's place, ``answer`` the answer (None for an act), ``depth`` the length of the
    path, of which this step is ``long``. It is written down and
    never read while a function is executed: what a path is proven to be does not depend on how it is told.
    """

    __slots__ = ("answer", "before", "depth", "span")

    def __init__(self, span: Span, answer: bool | None, before: "Step | None", long: int = 1) -> None:
        self.span = span
        self.answer = answer
        self.before = before
        self.depth: int = long if before is None else before.depth + long

    def steps(self) -> "list[Step]":
        """Return the whole path, its beginning first."""
        found: list[Step] = []
        here: Step | None = self
        while here is not None:
            found.append(here)
            here = here.before
        return found[::-1]


def shorter(one: Step | None, other: Step | None) -> Step | None:
    """Return the shorter of two paths; of two equally long ones the one whose last step stands first."""
    if one is None or other is None:
        return None
    return one if (one.depth, one.span) <= (other.depth, other.span) else other


class State:
    """What holds on a path: contents of places, entry states of roots, outcomes of other conditions.

    ``mem`` maps places to values (absent: what it held at first); ``masks`` maps roots to entry state masks
    (absent: not asked yet); ``cons`` maps opaque conditions to (outcome, text). ``proofs`` is what has
    been proven of the page and mapping at hand, ``marks`` what has been done on the path (see
    subjects.py), ``way`` how it came there. Never changed once shared: ``but`` makes another.
    """

    __slots__ = ("cons", "marks", "masks", "mem", "proofs", "way")

    def __init__(
        self,
        mem: dict[Value, Value],
        masks: dict[Value, int],
        cons: dict[Value, Answer],
        proofs: frozenset[Proof] = NOTHING,
        marks: frozenset[str] = NOTHING,
        way: Step | None = None,
    ) -> None:
        self.mem = mem
        self.masks = masks
        self.cons = cons
        self.proofs = proofs
        self.marks = marks
        self.way = way

    def but(
        self,
        *,
        mem: dict[Value, Value] | None = None,
        masks: dict[Value, int] | None = None,
        cons: dict[Value, Answer] | None = None,
        proofs: frozenset[Proof] | None = None,
        marks: frozenset[str] | None = None,
        way: Step | None = None,
    ) -> "State":
        """Return the state with the given parts in place of its own."""
        return State(
            self.mem if mem is None else mem,
            self.masks if masks is None else masks,
            self.cons if cons is None else cons,
            self.proofs if proofs is None else proofs,
            self.marks if marks is None else marks,
            self.way if way is None else way,
        )

    def went(self, span: Span, answer: bool | None = None, long: int = 1) -> "State":
        """Return the state with one more step on its way."""
        way = Step(span, answer, self.way, long)
        return State(self.mem, self.masks, self.cons, self.proofs, self.marks, way)

    def write(self, key: Value, value: Value) -> "State":
        """Return the state after storing ``value`` at ``key``."""
        mem = dict(self.mem)
        mem[key] = value
        return State(mem, self.masks, self.cons, self.proofs, self.marks, self.way)

    def without(self, key: Value) -> "State":
        """Return the state without what is noted at ``key``."""
        if key not in self.mem:
            return self
        mem = dict(self.mem)
        del mem[key]
        return self.but(mem=mem)

    def refine(self, root: Value, entry_states: int) -> "State":
        """Return the state with ``root`` limited to exactly ``entry_states``."""
        if self.masks.get(root) == entry_states:
            return self
        masks = dict(self.masks)
        masks[root] = entry_states
        return State(self.mem, masks, self.cons, self.proofs, self.marks, self.way)

    def assume(self, cond: Value, outcome: bool, text: str) -> "State":
        """Return the state in which an opaque condition has come out."""
        cons = dict(self.cons)
        cons[cond] = Answer(outcome, text)
        return State(self.mem, self.masks, cons, self.proofs, self.marks, self.way)

    def proven(self, *facts: Fact, of: Value = None) -> "State":
        """Return the state in which something more has been proven of a subject."""
        return self.noted(*facts, of=of)

    def noted(self, *notes: str, of: Value = None) -> "State":
        """Return the state with facts that the vocabulary names, or with notes of the engine's own: ?WHAT, !OPTION."""
        proofs = self.proofs.union([Proof(note, of) for note in notes])
        if len(proofs) == len(self.proofs):
            return self
        return State(self.mem, self.masks, self.cons, proofs, self.marks, self.way)

    def holds(self, fact: str, of: Value = None) -> bool:
        """Return whether exactly this has been proven."""
        return (fact, of) in self.proofs

    def mark(self, *done: str) -> "State":
        """Return the state after something more has been done."""
        return self.but(marks=self.marks.union(done))

    def unmark(self, *done: str) -> "State":
        """Return the state after something has been undone."""
        return self if self.marks.isdisjoint(done) else self.but(marks=self.marks.difference(done))

    def known(self, cond: Value) -> bool | None:
        """Return the outcome of an opaque condition, None if it is open."""
        got = self.cons.get(cond)
        return None if got is None else got.outcome

    def key(self) -> tuple[frozenset[Any], frozenset[Any], frozenset[str]]:
        """Return what must be equal for two states to differ in entry states and proofs only."""
        return frozenset(self.mem.items()), frozenset(self.cons.items()), self.marks


def renamed(state: State, old: Value, new: Value) -> State:
    """Return the state in which what was known of one value is known of another; nothing else is known of that."""
    if not any(mentioning(keys, old) for keys in (state.mem, state.masks, state.cons)):
        return state
    return state.but(
        mem={exchanged(key, old, new): exchanged(value, old, new) for key, value in state.mem.items()},
        masks={exchanged(root, old, new): entry_states for root, entry_states in state.masks.items()},
        cons={exchanged(cond, old, new): got for cond, got in state.cons.items()},
        proofs=frozenset(Proof(fact, exchanged(of, old, new)) for fact, of in state.proofs),
    )
