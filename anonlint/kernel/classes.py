"""The classes of words, the keys that each must have, the kinds: what makes a row valid."""

from itertools import pairwise

from anonlint.errors import VocabularyError
from anonlint.kernel.vocabulary import Word

# The classes, each with the keys that its rows must have.
CLASSES: dict[str, tuple[str, ...]] = {
    "predicate": ("arg", "true"),
    "entry-test": ("arg",),
    "type": ("arg",),
    "kind-constant": ("true",),
    "constructor": ("kind",),
    "raw-constructor": ("type", "from"),
    "convert": ("arg", "to"),
    "offset": ("arg",),
    "page-of": ("arg", "needs", "gives"),
    "marker": ("arg",),
    "present-page": ("arg", "gives"),
    "same-page": ("arg",),
    "page-index": ("arg",),
    "page-test": ("arg", "what"),
    "page-set": ("arg", "what"),
    "page-clear": ("arg", "what"),
    "bit-test": ("bit", "where"),
    "bit-set": ("bit", "where"),
    "bit-clear": ("bit", "where"),
    "assert-pinned": ("pages",),
    "lockptr": ("what",),
    "map": ("what",),
    "unmap": ("arg",),
    "move-offset": ("arg",),
    "write-test": ("arg",),
    "make-present": (),
    "modify": ("arg",),
    "read": ("ptr",),
    "take": ("ptr",),
    "store": ("ptr", "value"),
    "table-store": ("ptr",),
    "store-marker": ("ptr", "part"),
    "hand-over": ("part",),
    "batch": ("arg",),
    "clear": ("ptr",),
    "young-clear": ("ptr",),
    "same-entry": ("a", "b"),
    "rmap-add": ("page", "exclusive"),
    "rmap-file": ("page",),
    "rmap-remove": ("page",),
    "rmap-move": ("page", "exclusive"),
    "rmap-dup": ("page",),
    "rmap-share": ("page", "fail"),
    "flag-constant": (),
    "cow-test": ("arg", "on"),
    "vma-test": ("arg", "what"),
    "config": (),
    "config-test": (),
    "walk": (),
    "walk-define": (),
    "walk-end": (),
    "lock": ("what",),
    "trylock": ("what",),
    "unlock": ("what",),
    "refcount": ("arg",),
    "mapcount": ("arg",),
    "pin-test": (),
    "must-unshare": (),
    "grab": ("page", "fail"),
    "ungrab": ("page",),
    "swap-count": (),
    "lookup": ("arg",),
    "inert": (),
    "kernel-table": (),
    "kernel-walk": (),
    "flush": (),
    "flush-test": (),
    "lazy": ("enter",),
    "zero-page": ("gives",),
    "alloc": ("what",),
    "wait": (),
    "sync": (),
    "fault": (),
    "reuse": (),
    "call-back": ("hands", "through"),
    "copy-page": ("to", "from"),
    "boot": (),
    "build-pmd": (),
    "restore-pmd": (),
    "pud-test": (),
    "pud-bit-set": (),
    "assert": ("arg", "evaluated"),
    "noreturn": (),
    "era-marker": (),
}

KINDS = ("none", "Pw", "Pr", "W", "RX", "R", "DW", "DR", "XW", "XR", "S", "H", "M")
GROUPS = {
    "present": ("Pw", "Pr"),
    "migration": ("W", "RX", "R"),
    "nonpresent": ("W", "RX", "R", "DW", "DR", "XW", "XR", "S", "H", "M"),
}

# What a word can be defined on.
DOMAINS = ("present", "nonpresent", "migration", "pfn", "swap", "marker", "any")


def kinds(text: str) -> frozenset[str]:
    """Return the kinds that a list such as "migration,H" names; ValueError for a name that is none."""
    found: set[str] = set()
    for part in text.split(","):
        if part not in GROUPS and part not in KINDS:
            raise ValueError(part)
        found.update(GROUPS.get(part, (part,)))
    return frozenset(found)


def check(word: Word, where: str) -> None:
    """Raise VocabularyError for a row whose class, keys or kinds are not those of the reference."""
    if not word.name.isidentifier() or not word.name.isascii():
        raise VocabularyError(f"{where}: {word.name!r} is no C identifier")
    needed = CLASSES.get(word.cls)
    if needed is None:
        raise VocabularyError(f"{where}: there is no class {word.cls!r}; classes are {', '.join(sorted(CLASSES))}")
    missing = [key for key in needed if key not in word.meaning]
    if missing:
        raise VocabularyError(f"{where}: a {word.cls} needs {', '.join(f'{key}=' for key in missing)}")
    for key in ("true", "maybe", "kind", "else", "implies", "kinds"):
        try:
            kinds(word.meaning.get(key, "none"))
        except ValueError as error:
            raise VocabularyError(f"{where}: {key}= has no kind {str(error)!r}") from error
    if word.cls != "cow-test" and word.meaning.get("on", "any") not in DOMAINS:
        raise VocabularyError(f"{where}: on= is one of {', '.join(DOMAINS)}")
    if word.until is not None and word.until < word.since:
        raise VocabularyError(f"{where}: the last release is before the first")


def ordered(rows: tuple[Word, ...], where: str) -> tuple[Word, ...]:
    """Return a name's rows oldest first; VocabularyError if two hold in one release."""
    by_age = tuple(sorted(rows, key=lambda row: row.since))
    for older, newer in pairwise(by_age):
        if older.until is None or older.until >= newer.since:
            raise VocabularyError(f"{where} has two rows for one release")
    return by_age
