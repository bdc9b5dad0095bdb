"""The sorts of values and places. See terms.py for what a term is.

A value that is not looked into *is* its own identity; where an entry is asked for, it is a root.
"""

from typing import Any

from anonlint.domain.terms import Term
from anonlint.model.source import Span

Value = int | Term | None
Key = Term  # a place, or a note


class Var(Term):
    """A variable; in a helper its name has the helper's frame before it."""

    __slots__ = ("name",)

    name: str


class Field(Term):
    """A member of a structure."""

    __slots__ = ("base", "member")

    base: Value
    member: str


class Cell(Term):
    """What a pointer leads to: a page table slot, if it is a pointer to one."""

    __slots__ = ("pointer",)

    pointer: Value


class Index(Term):
    """An element of an array."""

    __slots__ = ("base", "index")

    base: Value
    index: Value


class Site(Term):
    """What an expression gave that is not looked into."""

    __slots__ = ("frame", "place")

    place: int
    frame: str


class NewPage(Term):
    """A page that was just allocated."""

    __slots__ = ("frame", "place")

    place: int
    frame: str


class Param(Term):
    """A parameter of the function that is called, while its caller's state is said of it."""

    __slots__ = ("name",)

    name: str


class ZeroPage(Term):
    """The page of zeros: nobody's, and never written."""

    __slots__ = ()


class Nothing(Term):
    """What an entry is made of that is made of no other."""

    __slots__ = ()


class Lost(Term):
    """What a place holds of which all is forgotten."""

    __slots__ = ("key",)

    key: str


class Ref(Term):
    """The address of a place."""

    __slots__ = ("key",)

    key: Key


class TableLock(Term):
    """A page table lock."""

    __slots__ = ()


class Passed(Term):
    """A slot that a pointer has moved on from."""

    __slots__ = ("pointer",)

    pointer: Value


class Slot(Term):
    """A page table slot that a word has found."""

    __slots__ = ("frame", "level", "place")

    place: int
    frame: str
    level: str


class Part(Term):
    """Another page of a page's folio; None where it is not known which."""

    __slots__ = ("index", "page")

    page: Value
    index: int | None


class MadeEntry(Term):
    """A non-present entry that a constructor made; ``root`` is the entry of whose page, None if of none."""

    __slots__ = ("bits", "kind", "root")

    kind: str
    root: Value
    bits: str


class PresentEntry(Term):
    """A present entry that the function made; ``write`` is 0, 1 or 2 (unknown)."""

    __slots__ = ("bits", "page", "root", "write")

    write: int
    root: Value
    bits: str
    page: Value


class KeptEntry(Term):
    """An entry as it was, but for its software bits (see softbits.py)."""

    __slots__ = ("bits", "root")

    root: Value
    bits: str


class SwapEntry(Term):
    """A non-present entry made of a swap entry that came from elsewhere."""

    __slots__ = ("bits", "source")

    source: Value
    bits: str


class Cleared(Term):
    """A cleared entry."""

    __slots__ = ()


class Unknown(Term):
    """What nothing is known of."""

    __slots__ = ()


class PageOf(Term):
    """The page, folio or pfn of an entry."""

    __slots__ = ("root",)

    root: Value


class Pfn(PageOf):
    """The pfn of a present entry, and the word that took it: a mistake only once it is used."""

    __slots__ = ("word",)

    word: Any


class Offset(Term):
    """The swap offset of an entry, and the software bits that come with it."""

    __slots__ = ("keeps", "root")

    root: Value
    keeps: str


class TypeOf(Term):
    """The type of an entry."""

    __slots__ = ("root",)

    root: Value


class Kinds(Term):
    """A type constant."""

    __slots__ = ("mask",)

    mask: int


class Marker(Term):
    """What a marker says."""

    __slots__ = ("root",)

    root: Value


class KindTest(Term):
    """A predicate of an entry: true for the atoms of ``yes``, false for ``no``."""

    __slots__ = ("no", "root", "yes")

    root: Value
    yes: int
    no: int


class Flags(Term):
    """Named bits, over an unknown base or None."""

    __slots__ = ("base", "bits")

    base: Value
    bits: tuple[tuple[str, int], ...]


class ClearBits(Term):
    """The complement of named bits."""

    __slots__ = ("bits",)

    bits: tuple[tuple[str, int], ...]


class ErrorNumber(Term):
    """An error's number, negative."""

    __slots__ = ("name",)

    name: str


class Cow(Term):
    """The question whether the mapping is a COW mapping."""

    __slots__ = ()


class VmaAnon(Term):
    """The question whether the mapping is anonymous."""

    __slots__ = ()


class Shared(Term):
    """That the page was shared on this path."""

    __slots__ = ()


class PageTest(Term):
    """A question about a page that tells entries apart; of the page at hand where it is None."""

    __slots__ = ("page", "what")

    what: str
    page: Value


class PageFact(Term):
    """Another question about a page."""

    __slots__ = ("page", "what")

    what: str
    page: Value


class MappingFact(Term):
    """A question about a mapping."""

    __slots__ = ("operands", "what")

    what: str
    operands: tuple[Value, ...]


class Bit(Term):
    """Whether a software bit of an entry is set."""

    __slots__ = ("name", "root")

    root: Value
    name: str


class Count(Term):
    """A reference or map count; ``locked``: read under the folio lock."""

    __slots__ = ("locked", "page", "what")

    what: str
    page: Value
    locked: bool


class Result(Term):
    """Whether a call that can fail has failed: ``failure`` is "zero" or "nonzero"."""

    __slots__ = ("failure", "of", "place", "what")

    what: str
    failure: str
    place: Site
    of: Value


class Ask(Term):
    """What a function that is not known says of entries handed to it."""

    __slots__ = ("place", "roots")

    place: Site
    roots: tuple[Value, ...]


class Not(Term):
    """The opposite of an answer."""

    __slots__ = ("value",)

    value: Value


class Binary(Term):
    """Two operands: equal text, equal value."""

    __slots__ = ("left", "operator", "right")

    operator: str
    left: Value
    right: Value


class BeforeLock(Term):
    """What a slot held before its lock was taken."""

    __slots__ = ("slot",)

    slot: Value


class Batch(Term):
    """A count of entries that are like the first one."""

    __slots__ = ("root",)

    root: Value


class Call(Term):
    """A word's or a function's answer: asked again with the same operands it is the same."""

    __slots__ = ("name", "operands")

    name: str
    operands: tuple[Value, ...]


class Config(Term):
    """Whether a configuration option is on."""

    __slots__ = ("option",)

    option: str


class Mapping(Term):
    """A mapping, as a subject of proofs."""

    __slots__ = ("name",)

    name: str


class Pair(Term):
    """Two mappings, as a subject of proofs."""

    __slots__ = ("one", "other")

    one: Value
    other: Value


class Note(Term):
    """What a path notes of something, beside what places hold."""

    __slots__ = ("of",)

    of: Value


class Asked(Note):
    """That the function answers for some domains of an entry (Domains)."""

    __slots__ = ()


class Guarded(Note):
    """That a question which only guards another was asked of an entry."""

    __slots__ = ()


class Pending(Note):
    """Uses of an entry that count once the function asks what would have told (Uses)."""

    __slots__ = ()


class Huge(Note):
    """That an entry was read from a hugetlb slot."""

    __slots__ = ()


class Handed(Note):
    """That an entry was handed in, or is of the kind of one that was."""

    __slots__ = ()


class Grabbed(Note):
    """That a reference to an entry's page was taken (Grab), and not given back."""

    __slots__ = ()


class Walked(Note):
    """Who has asked slots of a table that was found (see domains.py)."""

    __slots__ = ()


class Wrote(Note):
    """That a slot was stored into, and nobody has read it since."""

    __slots__ = ()


class Stepped(Note):
    """That the function has stepped on to a slot: 1 if it had asked nothing of the one before."""

    __slots__ = ()


class Copied(Note):
    """From the page of which entry a page got its content; 0 if that is not known."""

    __slots__ = ()


class Taken(Note):
    """That an entry was taken out of its slot, and what is owed for it (Debt)."""

    __slots__ = ()


class Domains(Term):
    """Domains that a function answers for, as masks of entry states."""

    __slots__ = ("masks",)

    masks: frozenset[int]


class Use(Term):
    """A use of an entry by a word, and the entry states of which it would be a mistake.

    ``call`` leads to its place from the executed function itself.
    """

    __slots__ = ("call", "domain", "span", "word", "wrong")

    span: Span
    call: Span
    wrong: int
    domain: int
    word: str


class Uses(Term):
    """Uses of an entry."""

    __slots__ = ("uses",)

    uses: tuple[Use, ...]


class Grab(Term):
    """Where, and by which word, a reference was taken."""

    __slots__ = ("place", "word")

    place: int
    word: str


class Paid(Term):
    """That a part was handed over for an entry before it was taken."""

    __slots__ = ("part", "root")

    part: str
    root: Value


class Heir(Term):
    """That what was stored into a slot stands in for an entry that was taken."""

    __slots__ = ("root", "slot")

    root: Value
    slot: Key


class Debt(Term):
    """What is owed for an entry that was taken out of a slot (see debts.py)."""

    __slots__ = ("letters", "slot")

    letters: str
    slot: Key


ROOTS = (Var, Field, Cell, Index, Site, NewPage, Call, Binary, BeforeLock, Batch)
OPERATIONS = (Binary, BeforeLock, Batch)
