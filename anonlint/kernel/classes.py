"""The classes of words, the keys that each must have, the kinds: what makes a row valid."""

from itertools import pairwise
from typing import NamedTuple

from anonlint.errors import VocabularyError
from anonlint.kernel.word import Word


class Sort(NamedTuple):
    """What the rows of a class say: the keys that each must have, and those that it may have."""

    needs: tuple[str, ...]
    may: frozenset[str]


_ANY = frozenset(("undated",))  # what rows of any class may say: the word does not date a file
POSITIONS = frozenset(
    (
        "a", "arg", "b", "count", "from", "hands", "index", "inplace", "page", "ptl", "ptr", "select", "slot",
        "through",
        "to", "type", "value",
    )
)  # fmt: skip
"""Keys whose value is the position of an argument, from 0; NAMED are the classes that use one for something else."""
NAMED = frozenset((("convert", "to"), ("flag-constant", "value"), ("bit-set", "inplace"), ("bit-clear", "inplace")))


def _sort(needs: str = "", may: str = "") -> Sort:
    return Sort(tuple(needs.split()), frozenset(may.split()) | _ANY)


CLASSES: dict[str, Sort] = {
    "predicate": _sort("arg true", "folds level maybe on pointer says"),
    "entry-test": _sort("arg", "anon implies of on pointer proves says"),
    "type": _sort("arg"),
    "kind-constant": _sort("true", "maybe says"),
    "constructor": _sort("kind", "from else inplace select"),
    "raw-constructor": _sort("from type"),
    "convert": _sort("arg to", "on strips total"),
    "offset": _sort("arg", "keeps needs on"),
    "page-of": _sort("arg gives needs", "on"),
    "marker": _sort("arg", "vma needs on"),
    "present-page": _sort("arg gives", "may on"),
    "same-page": _sort("arg", "gives head index may"),
    "page-index": _sort("arg"),
    "page-test": _sort("arg what"),
    "page-set": _sort("arg what"),
    "page-clear": _sort("arg what", "when"),
    "bit-test": _sort("bit where", "arg level on"),
    "bit-set": _sort("bit where", "arg ptr vma dirties inplace level needs on"),
    "bit-clear": _sort("bit where", "arg ptr mm inplace level on"),
    "assert-pinned": _sort(),
    "lockptr": _sort("what"),
    "map": _sort("what", "may ptl returns"),
    "unmap": _sort("arg"),
    "move-offset": _sort("arg"),
    "write-test": _sort("arg", "vma"),
    "make-present": _sort("", "arg page dirties level needs on pfn writable"),
    "modify": _sort("arg", "level on"),
    "read": _sort("ptr", "level"),
    "take": _sort("ptr", "flush level on stores table"),
    "store": _sort("ptr value", "mm vma atomic count level on"),
    "table-store": _sort("ptr", "mm"),
    "store-marker": _sort("ptr part", "value vma"),
    "hand-over": _sort("part", "arg of"),
    "batch": _sort("arg", "flags writable"),
    "clear": _sort("ptr", "mm level"),
    "young-clear": _sort("ptr", "on"),
    "same-entry": _sort("a b"),
    "rmap-add": _sort("page exclusive", "flags level new"),
    "rmap-file": _sort("page"),
    "rmap-remove": _sort("page"),
    "rmap-move": _sort("page exclusive"),
    "rmap-dup": _sort("page", "vma fail file"),
    "rmap-share": _sort("page fail"),
    "flag-constant": _sort(
        "",
        "value clear comes-with compares cow drops exclusive finds holds is marks not of proves read-only says "
        "unmarked",
    ),
    "cow-test": _sort("arg on"),
    "vma-test": _sort("arg what", "entry flag"),
    "config": _sort("", "bits kinds level"),
    "config-test": _sort("", "arg bits kinds level what"),
    "walk": _sort("", "arg walk"),
    "walk-define": _sort("", "page vma flags name"),
    "walk-end": _sort("", "arg walk"),
    "lock": _sort("what", "arg may ptl returns"),
    "trylock": _sort("what", "arg"),
    "unlock": _sort("what", "arg ptl"),
    "refcount": _sort("arg", "add by fail"),
    "mapcount": _sort("arg"),
    "pin-test": _sort("", "page vma"),
    "must-unshare": _sort("", "page vma flags for"),
    "grab": _sort("page fail"),
    "ungrab": _sort("page"),
    "swap-count": _sort("", "arg page add fail on"),
    "lookup": _sort("arg", "on"),
    "inert": _sort(),
    "kernel-table": _sort(),
    "kernel-walk": _sort(),
    "flush": _sort("", "mm vma"),
    "flush-test": _sort("", "mm"),
    "lazy": _sort(),
    "zero-page": _sort("gives"),
    "alloc": _sort("what"),
    "wait": _sort("", "slot for"),
    "sync": _sort("", "arg"),
    "fault": _sort("", "arg"),
    "reuse": _sort("", "arg page proves"),
    "call-back": _sort("hands through"),
    "copy-page": _sort("to from"),
    "boot": _sort(),
    "build-pmd": _sort("", "page walk fail"),
    "restore-pmd": _sort("", "page walk"),
    "pud-test": _sort("", "arg on true"),
    "pud-bit-set": _sort("", "arg vma bit needs"),
    "assert": _sort("arg", "stops"),
    "noreturn": _sort(),
    "era-marker": _sort(),
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
    sort = CLASSES.get(word.cls)
    if sort is None:
        import difflib  # only on the way to an error message

        near = difflib.get_close_matches(word.cls, CLASSES, n=1, cutoff=0.6)
        more = f"did you mean {near[0]}?" if near else f"classes are {', '.join(sorted(CLASSES))}"
        raise VocabularyError(f"{where}: there is no class {word.cls!r}; {more}")
    missing = [key for key in sort.needs if key not in word.meaning]
    if missing:
        raise VocabularyError(f"{where}: a {word.cls} needs {', '.join(f'{key}=' for key in missing)}")
    known = {*sort.needs, *sort.may}
    for key, value in word.meaning.items():
        if key not in known:
            raise VocabularyError(f"{where}: a {word.cls} says nothing of {key}=; keys are {', '.join(sorted(known))}")
        if key in POSITIONS and (word.cls, key) not in NAMED and not value.isdecimal():
            raise VocabularyError(f"{where}: {key}= is the position of an argument, from 0")
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
