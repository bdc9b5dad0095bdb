"""What values are called where images are compared: what they are of an entry, or of what is handed in."""

from collections.abc import Callable
from typing import NamedTuple

from anonlint.domain.kinds import SHORT
from anonlint.domain.softbits import BITS, bare, bits_of
from anonlint.domain.terms import Term
from anonlint.domain.values import (
    Batch,
    BeforeLock,
    Cell,
    Cleared,
    ErrorNumber,
    Field,
    Flags,
    KindTest,
    MadeEntry,
    NewPage,
    Not,
    Offset,
    PageOf,
    Part,
    PresentEntry,
    Ref,
    Site,
    Slot,
    SwapEntry,
    Value,
    Var,
)
from anonlint.model.source import Span

_MAPPED = ("mapped", "mapped writable", "mapped")
CARRIED = "knsd"
_PAGES = ("struct page", "struct folio")


class Sight(NamedTuple):
    """What a summary is made with: ``word`` gives the call at a place, ``held`` the locks held there.

    ``types`` are those of the parameters, ``whole`` says whether all of the function is in sight; ``spread`` gives
    the calls that a function which the other image does not have is made of, None for any other. ``alike`` gives the
    name of what does the same as a function, "" for what only asks; ``only_here`` says of a name that the other image
    does not have it.
    """

    word: Callable[[int], str]
    held: Callable[[Span], frozenset[str]]
    types: dict[str, str]
    whole: bool
    spread: Callable[[str], tuple[str, ...] | None]
    alike: Callable[[str], str]
    only_here: Callable[[str], bool]


class Said:
    """Spells the values of one image: the same in each, however the code calls them."""

    def __init__(self, sight: Sight) -> None:
        self.sight = sight
        self.labels: dict[Value, str] = {}

    def value(self, value: Value, root: Value) -> str:
        """Return what a value is of an entry, or of what was handed in; "" for anything else."""
        if isinstance(value, int):
            return str(value)
        entry = bare(value)
        if root is not None and entry == root:
            return "(kept)"
        if isinstance(entry, (MadeEntry, PresentEntry, SwapEntry)):
            return self.kind(entry)
        return self.of_entry(entry, root) or self.plain(entry, root)

    def of_entry(self, value: Value, root: Value) -> str:
        """Return what a value that was taken from an entry is."""
        match value:
            case Cleared():
                return "cleared"
            case Part():
                return self.value(value.page, root)
            case PageOf(root=of):
                return "its page" if of == root else "a page"
            case Offset(root=of):
                return "its offset" if of == root else "an offset"
            case Batch():
                return "the batch"
        return ""

    def plain(self, value: Value, root: Value) -> str:
        """Return what a value is that says nothing of an entry by itself."""
        match value:
            case Flags():
                on = "|".join(sorted(name for name, on in value.bits if on))
                return on or ("0" if value.base is None else "")
            case ErrorNumber(name=name):
                return f"-{name.lstrip('-')}"
            case Not():
                return f"not {self.value(value.value, root)}" if self.value(value.value, root) else ""
            case KindTest():
                return "whether it is of a kind"
        return self.handed(value) or ("its slot" if root is not None and Cell(value) == root else "")

    def kind(self, entry: MadeEntry | PresentEntry | SwapEntry) -> str:
        """Return what sort of entry was made."""
        match entry:
            case MadeEntry(kind=kind):
                return f"{SHORT[kind]} entry"
            case PresentEntry(write=write, page=page):
                return _MAPPED[write] + self.whose(_whole(page))
        return "swap entry"

    def whose(self, page: Value) -> str:
        """Return which page is mapped, where it is a new one, or was handed in with others."""
        if isinstance(page, NewPage):
            return " (a new page)"
        held = page.pointer if isinstance(page, Cell) else page
        pages = [name for name, ctype in self.sight.types.items() if ctype.rstrip("*") in _PAGES]
        if isinstance(held, Var) and held.name in pages and len(pages) > 1:
            return f" (the {_ORDINALS[min(pages.index(held.name), 3)]} page handed in)"
        return ""

    def carried(self, entry: Value) -> str:
        """Return which bits a made entry has: set, or carried over from the one that it is made of."""
        if not isinstance(entry, (MadeEntry, PresentEntry, SwapEntry)):
            return ""
        bits = tuple(zip(BITS, bits_of(entry), strict=True))
        said = [f"{name} set" if letter in "sd" else name for name, letter in bits if letter in CARRIED]
        said += [f"no {name}" for name, letter in bits if letter == "c"]
        return f" with {', '.join(said)}" if said else ""

    def handed(self, value: Value) -> str:
        """Return which of the parameters of its type a value is, where there are several of them."""
        if not isinstance(value, Var) or value.name not in self.sight.types:
            return ""
        mine = self.sight.types[value.name]
        same = [name for name, ctype in self.sight.types.items() if ctype == mine]
        if len(same) < 2 or not mine.endswith("*"):
            return ""
        return f"{_ORDINALS[min(same.index(value.name), 3)]} {mine.removeprefix('struct ').rstrip('*')}"

    def place(self, place: Value, root: Value) -> str:
        """Return which slot a place is."""
        if not isinstance(root, Cell):
            return "a slot"
        return "its slot" if place == root else "another slot"

    def label(self, root: Value) -> str:
        """Return how an entry is called, the same in each image if its slot is found the same way."""
        if root not in self.labels:
            self.labels[root] = self._label(root)
        return self.labels[root]

    def _label(self, root: Value) -> str:
        match root:
            case BeforeLock(slot=slot):
                return self._label(slot)
            case Cell(pointer=Slot(place=place)):
                return f"the entry found by {self.sight.word(place)}()"
            case Cell(pointer=pointer):
                return f"*{_spelt(pointer)}"
            case Site(place=place):
                return f"the result of {self.sight.word(place)}()"
        return _spelt(root)


_ORDINALS = ("first", "second", "third", "another")


def _whole(page: Value) -> Value:
    """Return the folio that a page is a part of, itself where it is none."""
    match page:
        case Part(page=of) | Ref(key=Field(base=of, member="page")):
            return _whole(of)
    return page


def _spelt(value: Value) -> str:
    """Return a place as the code spells it, as far as that is short."""
    match value:
        case Var(name=name):
            return name.rpartition(":")[2]
        case Field(base=base, member=member):
            held = base.key if isinstance(base, Ref) else base
            return f"{_spelt(held)}{'.' if isinstance(base, Ref) else '->'}{member}"
        case Ref(key=key):
            return f"&{_spelt(key)}"
        case Cell(pointer=pointer):
            return f"*{_spelt(pointer)}"
    return "entry" if isinstance(value, Term) else str(value)
