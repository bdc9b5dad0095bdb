"""What a path notes beside what places hold: the notes are keys of a state's memory, like places."""

from anonlint.domain.sorts import sort
from anonlint.domain.terms import Term
from anonlint.domain.values import Key, Value
from anonlint.model.source import Span


@sort
class Note(Term):
    """What a path notes of something, beside what places hold."""

    of: Value


@sort
class Asked(Note):
    """That the function answers for some domains of an entry (Domains)."""


@sort
class Guarded(Note):
    """That a question which only guards another was asked of an entry."""


@sort
class Pending(Note):
    """Uses of an entry that count once the function asks what would have told (Uses)."""


@sort
class Huge(Note):
    """That an entry was read from a hugetlb slot."""


@sort
class Level(Note):
    """That an entry was read as one of a PMD."""


@sort
class Converted(Note):
    """That an entry was turned into a swap entry."""


@sort
class Handed(Note):
    """That an entry was handed in, or is of the kind of one that was."""


@sort
class Grabbed(Note):
    """That a reference to an entry's page was taken (Grab), and not given back."""


@sort
class Walked(Note):
    """Who has asked slots of a table that was found (see domains.py)."""


@sort
class Wrote(Note):
    """That a slot was stored into, and nobody has read it since."""


@sort
class Stepped(Note):
    """That the function has stepped on to a slot: 1 if it had asked nothing of the one before."""


@sort
class Copied(Note):
    """From the page of which entry a page got its content; 0 if that is not known."""


@sort
class Within(Note):
    """The mapping that a slot belongs to."""


@sort
class Taken(Note):
    """That an entry was taken out of its slot, and what is owed for it (Debt)."""


@sort
class Domains(Term):
    """Domains that a function answers for, as masks of entry states."""

    masks: frozenset[int]


@sort
class Use(Term):
    """A use of an entry by a word, and the entry states of which it would be a mistake.

    ``call`` leads to its place from the executed function itself.
    """

    span: Span
    call: Span
    wrong: int
    domain: int
    word: str


@sort
class Uses(Term):
    """Uses of an entry."""

    uses: tuple[Use, ...]


@sort
class Grab(Term):
    """Where, and by which word, a reference was taken."""

    place: int
    word: str


@sort
class Paid(Term):
    """That a part was handed over for an entry before it was taken."""

    part: str
    root: Value


@sort
class Heir(Term):
    """That what was stored into a slot stands in for an entry that was taken."""

    root: Value
    slot: Key


@sort
class Debt(Term):
    """What is owed for an entry that was taken out of a slot (see debts.py)."""

    letters: str
    slot: Key
