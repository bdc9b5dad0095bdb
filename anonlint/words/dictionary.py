"""Vocabulary words made ready for execution: argument positions as ints, kinds as masks."""

from typing import TYPE_CHECKING, NamedTuple

from anonlint.domain.kinds import ALL, DOMAINS, ENTRY_STATES, SAYS, existing, mask

if TYPE_CHECKING:
    from anonlint.kernel.era import Dating
    from anonlint.kernel.vocabulary import Vocabulary
    from anonlint.kernel.word import Word

_POSITIONS = (
    "hands",
    "to",
    "from",
    "through",
    "arg",
    "ptr",
    "value",
    "page",
    "flags",
    "slot",
    "inplace",
    "select",
    "type",
    "a",
    "b",
    "index",
    "ptl",
    "count",
    "writable",
)
_DEVICE = mask("DW,DR")
_PRESENT = mask("present")


class Op:
    """One word: ``cls`` decides what happens.

    ``domain`` are the entry states that it is defined for.
    ``entry`` says that it takes or gives a swap entry. Positions not given are -1, ``last`` is the
    last one, ``operands`` are those given; ``yes`` and ``no`` are masks.
    """

    __slots__ = (
        "_said",
        "cls",
        "domain",
        "entry",
        "last",
        "level",
        "meaning",
        "name",
        "no",
        "operands",
        "positions",
        "yes",
    )

    def __init__(self, word: "Word") -> None:
        self.name = word.name
        self.cls = word.cls
        self.meaning = word.meaning
        self._said: dict[str, frozenset[str]] = {}
        self.positions = {key: _position(word.meaning.get(key, "")) for key in _POSITIONS}
        self.operands = frozenset(at for at in self.positions.values() if at >= 0)
        self.last = max(self.positions.values())
        self.entry = any(t in word.prototype for t in ("swp_entry_t", "softleaf_t", "leaf_entry_t"))
        self.level = _level(word)
        self.domain = DOMAINS.get(word.meaning.get("on", _ON.get(word.meaning.get("where", ""), "any")), ALL)
        self.yes = self.no = ALL
        if "true" in word.meaning:
            self.yes = mask(word.meaning["true"])
            self.no = ALL & ~self.yes | (mask(word.meaning["maybe"]) if "maybe" in word.meaning else 0)
            if "says" in word.meaning:  # what a marker says tells it from others
                self.yes = self.yes & ~_MARKER | SAYS[word.meaning["says"]]
                self.no = ALL & ~self.yes
        elif "implies" in word.meaning:
            self.yes = mask(word.meaning["implies"])
            if word.meaning.get("anon") == "0":
                self.yes &= ~_ANON
            if "says" in word.meaning:
                self.yes = SAYS[word.meaning["says"]]
                self.no = ALL & ~self.yes

    def says(self, key: str) -> frozenset[str]:
        """Return the words of a list in the meaning, nothing where it has none."""
        found = self._said.get(key)
        if found is None:
            found = self._said[key] = frozenset(filter(None, self.meaning.get(key, "").split(",")))
        return found

    def at(self, key: str) -> int:
        """Return an argument position, -1 when the word has none of that name."""
        return self.positions.get(key, -1)


SLOT_FOUND = ("ptep", "pmdp", "pudp")  # what a word may return that finds a slot
_DATES_ONLY = "era-marker"  # a word that tells a release, and nothing of what it does
_ON = {"present": "present", "swap": "nonpresent"}
_MARKER = mask("M")


def _level(word: "Word") -> str:
    """Return the level of the entries that a word is about; of a word that finds a slot, that of the slot."""
    if word.meaning.get("returns") in SLOT_FOUND:
        what = word.meaning.get("what", "pte")
        return what if what in ("pmd", "pud", "huge") else "pte"
    if "pmd_t" in word.prototype:
        return "pmd"
    return "pud" if "pud_t" in word.prototype else word.meaning.get("level", "pte")


def _position(text: str) -> int:
    return int(text) if text.isdigit() else -1


# What a question about a page says of the entry that maps it: (entry states if yes, entry states if no).
# The exclusive flag means something only on anonymous pages (other pages use the bit otherwise), and a
# migration entry carries exclusivity in its kind, its page's flag being cleared.
_ANON = sum(1 << i for i, a in enumerate(ENTRY_STATES) if a.page == "anon")
_ASKS_FLAG = mask("present,DW,DR,XW,XR")
_FLAGGED = sum(1 << i for i, a in enumerate(ENTRY_STATES) if a.exclusive) & _ASKS_FLAG
PAGE_TESTS = {
    "anon": (_ANON, ALL & ~_ANON),
    "exclusive": (_FLAGGED | (ALL & ~(_ANON & _ASKS_FLAG)), ALL & ~_FLAGGED),
    "device-private": (ALL & ~_PRESENT, ALL & ~_DEVICE),
    "zone-device": (ALL, ALL & ~_DEVICE),
}


# What an answer about a page says of other questions about it.
IMPLIED: dict[tuple[str, bool], dict[str, bool]] = {
    ("hugetlb", True): {"zone-device": False, "device-private": False, "device-coherent": False, "ksm": False},
    ("zone-device", True): {"hugetlb": False},
    ("zone-device", False): {"device-private": False, "device-coherent": False},
    ("device-private", True): {"zone-device": True, "device-coherent": False, "hugetlb": False},
    ("device-coherent", True): {"zone-device": True, "device-private": False, "hugetlb": False},
}


class Lack(NamedTuple):
    """What there is none of without a configuration option: entry states, software bits; "" is any level."""

    entry_states: int
    bits: tuple[str, ...]
    level: str

    def of(self, level: str) -> int:
        """Return the entry states that there are none of at a level ("pte", "pmd", "huge")."""
        return self.entry_states if self.level in ("", level) else 0


_ALONE: frozenset[str] = frozenset()
_NO_LACK = Lack(0, (), "")


class Dictionary:
    """Words by name and number of arguments, in the era that the input belongs to."""

    def __init__(self, vocabulary: "Vocabulary", dating: "Dating") -> None:
        self._rows = vocabulary.words
        self._era = dating.until
        self.dating = dating
        self.existing = existing(dating)
        self._ops: dict[tuple[str, int], Op | None] = {}
        self._promises: dict[str, bool] = {}
        self._lacks: dict[str, Lack] = {}
        self._links: dict[str, frozenset[str]] | None = None

    def __contains__(self, name: str) -> bool:
        """Return whether the vocabulary has the name at all."""
        return name in self._rows

    def classes(self, name: str) -> set[str]:
        """Return the classes that a name has in any release; empty for what is no word."""
        rows = self._rows.get(name)
        return {row.cls for row in rows} if rows else set()

    def promises(self, name: str) -> bool:
        """Return whether the vocabulary says of a function that its answer stands for a proof."""
        found = self._promises.get(name)
        if found is None:
            found = self._promises[name] = not self.classes(name).isdisjoint(("write-test", "reuse"))
        return found

    def op(self, name: str, arity: int) -> Op | None:
        """Return the word for a call of ``name`` with ``arity`` arguments, None if it is not one."""
        if name not in self._rows:
            return None
        key = (name, arity)
        if key not in self._ops:
            rows = [row for row in self._rows.get(name, ()) if row.cls != _DATES_ONLY]
            self._ops[key] = Op(self._choose(tuple(rows), arity)) if rows else None
        return self._ops[key]

    def prototype(self, name: str) -> str:
        """Return how a word is declared in the release, "" for what is no word."""
        rows = self._rows.get(name)
        return self._choose(rows, -1).prototype if rows else ""

    def meaning(self, flag: str, key: str) -> str:
        """Return what the word of a flag says under a key, "" if it is no word or says nothing."""
        word = self.op(flag, 0)
        return "" if word is None else word.meaning.get(key, "")

    def linked(self, flag: str) -> frozenset[str]:
        """Return a flag and those that come with it or with which it comes, nothing of a flag that stands alone."""
        if self._links is None:
            self._links = self._linked()
        return self._links.get(flag, _ALONE)

    def _linked(self) -> dict[str, frozenset[str]]:
        links: dict[str, frozenset[str]] = {}
        for name, rows in self._rows.items():
            for row in rows:
                if other := row.meaning.get("comes-with"):
                    for flag in (name, other):
                        links[flag] = links.get(flag, _ALONE).union((name, other))
        return links

    def lack(self, name: str) -> Lack:
        """Return what there is none of without an option, or where a function denies that there is."""
        if name not in self._lacks:
            word = self._rows.get(name)
            row = self._choose(word, 0) if word else None
            if row is None or row.cls not in ("config", "config-test"):
                self._lacks[name] = _NO_LACK
            else:
                kinds, bits = row.meaning.get("kinds", ""), row.meaning.get("bits", "")
                level = row.meaning.get("level", "")
                self._lacks[name] = Lack(mask(kinds) if kinds else 0, tuple(filter(None, bits.split(","))), level)
        return self._lacks[name]

    def _choose(self, rows: "tuple[Word, ...]", arity: int) -> "Word":
        fitting = [row for row in rows if row.prototype == "-" or _arity(row.prototype) == arity] or list(rows)
        if self._era is not None:
            for row in fitting:
                if row.since <= self._era and (row.until is None or self._era <= row.until):
                    return row
        return fitting[-1]


def _arity(prototype: str) -> int:
    inside = prototype[prototype.find("(") + 1 : prototype.rfind(")")].strip()
    return 0 if inside in ("", "void") else inside.count(",") + 1
