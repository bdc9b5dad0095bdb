"""Sample values of every entry kind in a tree, and what the architecture would define for them."""

import re
from collections.abc import Callable, Iterable
from typing import Any

from anonlint.kernel.classes import KINDS, kinds
from anonlint.kernel.interpret import Entry, FailedError, Interpreter, Page, Pte, UnknownError
from anonlint.kernel.vocabulary import Vocabulary

PFN = 0x1234
WITH_PFN = ("W", "RX", "R", "DW", "DR", "XW", "XR", "H")
MIGRATION = ("W", "RX", "R")
BITS = {"soft-dirty": "soft_dirty", "uffd-wp": "uffd_wp", "exclusive": "exclusive"}

COUNTED_TO, SAYS = "M", "poison"  # what entries of other types are counted to: a marker, with no page; faults fail

GLOBALS = {
    "true": 1,
    "false": 0,
    "NULL": 0,
    "PAGE_SHIFT": 12,
    "BITS_PER_LONG": 64,
    "BITS_PER_XA_VALUE": 63,
    # Where an architecture has room for them, migration entries carry young and dirty bits.
    "swap_migration_ad_supported": 1,
    "RADIX_TREE_EXCEPTIONAL_SHIFT": 2,
}


class Machine:
    """The part of the kernel that headers leave to the architecture, for an Interpreter to call."""

    def __init__(self) -> None:
        self.leaked: set[str] = set()
        self.converted = 0
        self.interpreter: Interpreter | None = None

    def builtins(self) -> dict[str, Callable[..., Any]]:
        """Return the functions by name."""
        table: dict[str, Callable[..., Any]] = {
            "BIT": lambda n: 1 << n % 64,
            "BIT_ULL": lambda n: 1 << n % 64,
            "likely": lambda value: value,
            "unlikely": lambda value: value,
            "READ_ONCE": lambda value: value,
            "smp_rmb": lambda: 0,
            "BUILD_BUG": _build_bug,
            "BUG": _build_bug,
        }
        table |= dict.fromkeys(("pfn_to_page", "pfn_folio"), Page)
        table |= dict.fromkeys(("page_to_pfn", "folio_pfn"), _pfn)
        table |= dict.fromkeys(("compound_head", "page_folio"), lambda page: page)
        table |= dict.fromkeys(("PageLocked", "folio_test_locked"), lambda _page: 1)
        for level in ("pte", "pmd"):
            table |= self._level(level)
        return table

    def _level(self, level: str) -> dict[str, Callable[..., Any]]:
        table: dict[str, Callable[..., Any]] = {
            f"{level}_none": lambda e: int(e.state == "none"),
            f"{level}_present": lambda e: int(e.state in ("Pw", "Pr")),
            f"{level}_write": lambda e: int(e.state == "Pw"),
            f"__{level}": lambda _val: Pte("none"),
            f"__{level}_to_swp_entry": self._to_entry,
            f"__swp_entry_to_{level}": lambda entry: Pte("swap", entry.val),
            "__swp_type": lambda entry: self._ask("swp_type", entry),
            "__swp_offset": lambda entry: self._ask("swp_offset", entry),
            "__swp_entry": lambda kind, offset: self._ask("swp_entry", kind, offset),
        }
        if level == "pmd":
            table["pmd_trans_huge"] = table["pmd_leaf"] = table["pmd_present"]
        for bit, name in (*BITS.items(), ("uffd-wp", "uffd")):
            table[f"{level}_swp_{name}"] = lambda e, bit=bit: int(bit in e.bits)
            table[f"{level}_swp_clear_{name}"] = lambda e, bit=bit: e._replace(bits=e.bits - {bit})
        return table

    def _to_entry(self, entry: Pte) -> Entry:
        if entry.state in ("Pw", "Pr"):
            raise FailedError("the entry of a present page table entry is taken")
        self.converted += 1
        self.leaked |= entry.bits
        return Entry(entry.val)

    def _ask(self, name: str, *args: Any) -> Any:
        assert self.interpreter is not None  # set by the reader of the tree
        return self.interpreter._call(name, list(args))


def _pfn(page: Any) -> int:
    if not isinstance(page, Page):
        raise UnknownError("takes the pfn of what is no page")
    return page.pfn


def _build_bug() -> int:
    raise FailedError("BUG")


def _strange(interpreter: Interpreter, vocabulary: Vocabulary, known: set[int]) -> dict[str, int]:
    """Return the swap types that a tree has beside those of the vocabulary, by the names of their constants."""
    found: dict[str, int] = {}
    if "MAX_SWAPFILES" not in interpreter.macros:
        return found
    least, most = interpreter.value("MAX_SWAPFILES"), 1 << interpreter.value("MAX_SWAPFILES_SHIFT")
    for name in sorted(interpreter.macros):
        if not _TYPE.fullmatch(name) or name in vocabulary.words:
            continue
        try:
            number = interpreter.value(name)
        except (ValueError, UnknownError, FailedError):
            continue  # a size, or a shift
        if least <= number < most and number not in known:
            found[name] = number
    return found


_TYPE = re.compile(r"SWP_(?!.*(?:_BITS|_SHIFT|_MASK|_NUM)$)[A-Z_]+")


class Samples:
    """The kinds of one tree, by the values of its SWP_* constants, and sample values of each."""

    def __init__(self, interpreter: Interpreter, vocabulary: Vocabulary) -> None:
        self._run = interpreter.run
        self.types: dict[str, list[int]] = {}
        self.flags: list[int] = []
        self.alike: dict[str, int] = {}  # types that are counted to a kind that they are not
        self.strange: dict[str, int] = {}  # those of them that the vocabulary does not know
        self.young = self.dirty = 0
        for name, rows in vocabulary.words.items():
            if rows[-1].cls == "kind-constant" and name in interpreter.macros and name.startswith("SWP_"):
                if "maybe" in rows[-1].meaning:
                    self.alike[name] = interpreter.value(name)
                    continue
                for kind in sorted(kinds(rows[-1].meaning["true"])):
                    self.types.setdefault(kind, []).append(interpreter.value(name))
            if rows[-1].meaning.get("of") == "marker" and name in interpreter.macros:
                self.flags.append(interpreter.value(name))
        if "MAX_SWAPFILES" in interpreter.macros:
            self.types["S"] = [0, interpreter.value("MAX_SWAPFILES") - 1]
        self.strange = _strange(interpreter, vocabulary, {n for known in self.types.values() for n in known})
        if "SWP_MIG_YOUNG" in interpreter.macros:
            self.young, self.dirty = interpreter.value("SWP_MIG_YOUNG"), interpreter.value("SWP_MIG_DIRTY")

    def kinds(self, domain: Iterable[str] = KINDS) -> list[str]:
        """Return the kinds that the tree has, of a domain, in the usual order."""
        return [k for k in KINDS if k in domain and (k in ("none", "Pw", "Pr") or k in self.types)]

    def offsets(self, kind: str) -> list[int]:
        """Return swap offsets that an entry of a kind may have."""
        if kind in MIGRATION and self.young:
            return [PFN, PFN | self.young, PFN | self.dirty, PFN | self.young | self.dirty]
        if kind == "M":
            return self.flags or [0]
        return [PFN] if kind in WITH_PFN else [1, 7]

    def entries(self, kind: str) -> list[Entry]:
        """Return swp_entry_t values of a kind; of none and present, the empty one."""
        if kind not in self.types:
            return [Entry(0)]
        return [self._run("swp_entry", [t, o]) for t in self.types[kind] for o in self.offsets(kind)]

    def counted(self, *, table: bool) -> list[Any]:
        """Return entries of the types that are counted to a kind that they are not; with ``table`` as PTEs."""
        made = [self._run("swp_entry", [number, 1]) for number in (*self.alike.values(), *self.strange.values())]
        return [Pte("swap", entry.val) for entry in made] if table else made

    def ptes(self, kind: str, bits: Iterable[str] = BITS) -> list[Pte]:
        """Return page table entries of a kind, without software bits and with all of them."""
        if kind in ("none", "Pw", "Pr"):
            return [Pte(kind)]
        return [Pte("swap", e.val, b) for e in self.entries(kind) for b in (frozenset[str](), frozenset(bits))]

    def kind_of(self, value: Any) -> tuple[str, ...]:
        """Return the kinds that an entry, or the page table entry with it, can stand for in this tree."""
        if value in (Entry(0), Pte("none")):
            return ("none",)
        number = self._number("swp_type", value)
        found = tuple(k for k in KINDS if number in self.types.get(k, ()))
        if not found and number in (*self.alike.values(), *self.strange.values()):
            return (COUNTED_TO,)
        if not found and number < self.types.get("S", [0, -1])[1]:
            return ("S",)
        return found

    def offset_of(self, value: Any) -> int:
        """Return the swap offset of an entry or page table entry."""
        return self._number("swp_offset", value)

    def _number(self, name: str, value: Any) -> int:
        if not isinstance(value, (Entry, Pte)):
            raise UnknownError("gives what is no entry")
        number = self._run(name, [Entry(value.val)])
        if not isinstance(number, int):
            raise UnknownError(f"{name}() gives no number")
        return number
