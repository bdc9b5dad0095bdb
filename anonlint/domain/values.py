"""The sorts of values and places. See terms.py for what a term is.

A value that is not looked into *is* its own identity; where an entry is asked for, it is a root.
"""

from typing import Any

from anonlint.domain.sorts import sort
from anonlint.domain.terms import Term

Value = int | Term | None
Key = Term  # a place, or a note


@sort
class Var(Term):
    """A variable; in a helper its name has the helper's frame before it."""

    name: str


@sort
class Field(Term):
    """A member of a structure."""

    base: Value
    member: str


@sort
class Cell(Term):
    """What a pointer leads to: a page table slot, if it is a pointer to one."""

    pointer: Value


@sort
class Index(Term):
    """An element of an array."""

    base: Value
    index: Value


@sort
class Site(Term):
    """What an expression gave that is not looked into."""

    place: int
    frame: str


@sort
class NewPage(Term):
    """A page that was just allocated."""

    place: int
    frame: str


@sort
class Param(Term):
    """A parameter of the function that is called, while its caller's state is said of it."""

    name: str


@sort
class ZeroPage(Term):
    """The page of zeros: nobody's, and never written."""


@sort
class Nothing(Term):
    """What an entry is made of that is made of no other."""


@sort
class Ref(Term):
    """The address of a place."""

    key: Key


@sort
class TableLock(Term):
    """A page table lock."""


@sort
class Passed(Term):
    """A slot that a pointer has moved on from."""

    pointer: Value


@sort
class Slot(Term):
    """A page table slot that a word has found."""

    place: int
    frame: str
    level: str


@sort
class Part(Term):
    """Another page of a page's folio; None where it is not known which."""

    page: Value
    index: int | None


@sort
class MadeEntry(Term):
    """A non-present entry that a constructor made; ``root`` is the entry of whose page, None if of none."""

    kind: str
    root: Value
    bits: str


@sort
class PresentEntry(Term):
    """A present entry that the function made; ``write`` is 0, 1 or 2 (unknown)."""

    write: int
    root: Value
    bits: str
    page: Value


@sort
class KeptEntry(Term):
    """An entry as it was, but for its software bits (see softbits.py)."""

    root: Value
    bits: str


@sort
class SwapEntry(Term):
    """A non-present entry made of a swap entry that came from elsewhere."""

    source: Value
    bits: str


@sort
class Cleared(Term):
    """A cleared entry."""


@sort
class Unknown(Term):
    """What nothing is known of."""


@sort
class PageOf(Term):
    """The page, folio or pfn of an entry."""

    root: Value


@sort
class Pfn(PageOf):
    """The pfn of a present entry, and the word that took it: a mistake only once it is used."""

    word: Any


@sort
class Offset(Term):
    """The swap offset of an entry, and the software bits that come with it."""

    root: Value
    keeps: str


@sort
class TypeOf(Term):
    """The type of an entry."""

    root: Value


@sort
class Kinds(Term):
    """A type constant."""

    mask: int


@sort
class Marker(Term):
    """What a marker says."""

    root: Value


@sort
class KindTest(Term):
    """A predicate of an entry: true for the entry states of ``yes``, false for ``no``."""

    root: Value
    yes: int
    no: int


@sort
class Flags(Term):
    """Named bits, over an unknown base or None."""

    base: Value
    bits: tuple[tuple[str, int], ...]


@sort
class ClearBits(Term):
    """The complement of named bits."""

    bits: tuple[tuple[str, int], ...]


@sort
class ErrorNumber(Term):
    """An error's number, negative."""

    name: str


@sort
class Enumerator(Term):
    """A number that is known by its name alone, and that it differs from the others of its enum."""

    name: str
    enum: int


@sort
class OtherEnumerator(Term):
    """One of an enum's numbers, but none of those that anything is compared with."""

    enum: int
    compared: frozenset[str]


@sort
class Cow(Term):
    """The question whether the mapping is a COW mapping."""


@sort
class VmaAnon(Term):
    """The question whether the mapping is anonymous."""


@sort
class Shared(Term):
    """That the page was shared on this path."""


@sort
class PageTest(Term):
    """A question about a page that tells entries apart; of the page at hand where it is None."""

    what: str
    page: Value


@sort
class PageFact(Term):
    """Another question about a page."""

    what: str
    page: Value


@sort
class MappingFact(Term):
    """A question about a mapping."""

    what: str
    operands: tuple[Value, ...]


@sort
class Bit(Term):
    """Whether a software bit of an entry is set."""

    root: Value
    name: str


@sort
class Count(Term):
    """A reference or map count; ``locked``: read under the folio lock."""

    what: str
    page: Value
    locked: bool


@sort
class Result(Term):
    """Whether a call that can fail has failed: ``failure`` is "zero" or "nonzero"."""

    what: str
    failure: str
    place: Site
    of: Value


@sort
class Ask(Term):
    """What a function that is not known says of entries handed to it."""

    place: Site
    roots: tuple[Value, ...]


@sort
class Not(Term):
    """The opposite of an answer."""

    value: Value


@sort
class Binary(Term):
    """Two operands: equal text, equal value."""

    operator: str
    left: Value
    right: Value


@sort
class BeforeLock(Term):
    """What a slot held before its lock was taken."""

    slot: Value


@sort
class Batch(Term):
    """A count of entries that are like the first one."""

    root: Value


@sort
class Call(Term):
    """A word's or a function's answer: asked again with the same operands it is the same."""

    name: str
    operands: tuple[Value, ...]


@sort
class Config(Term):
    """Whether a configuration option is on."""

    option: str


@sort
class Mapping(Term):
    """A mapping, as a subject of proofs."""

    name: str


@sort
class Pair(Term):
    """Two mappings, as a subject of proofs."""

    one: Value
    other: Value


ROOTS = (Var, Field, Cell, Index, Site, NewPage, Call, Binary, BeforeLock, Batch)
ROOT_SORTS: frozenset[type] = frozenset(ROOTS)
OPERATIONS = (Binary, BeforeLock, Batch)
