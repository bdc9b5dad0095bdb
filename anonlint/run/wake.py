"""Which words wake the analysis of a function: those of whatever handles a page table entry."""

from typing import TYPE_CHECKING, NamedTuple

from anonlint.domain.kinds import MIGRATION, mask

if TYPE_CHECKING:
    from anonlint.kernel.vocabulary import Vocabulary
    from anonlint.kernel.word import Word

# What an entry is held in.
_TYPES = frozenset((b"pte_t", b"pmd_t", b"pud_t", b"swp_entry_t", b"softleaf_t", b"leaf_entry_t"))
# Words that say nothing of an entry, its page or its mapping by themselves.
_ASIDE = frozenset(
    (
        "assert",
        "noreturn",
        "lock",
        "trylock",
        "unlock",
        "era-marker",
        "config",
        "config-test",
        "flag-constant",
        "refcount",
        "mapcount",
        "alloc",
        "inert",
        "hand-over",
        "batch",
        "lazy",
        "flush",
        "flush-test",
        "vma-test",
        "cow-test",
        "page-test",
        "same-page",
        "sync",
        "zero-page",
        "map",
        "unmap",
        "kernel-table",
        "kernel-walk",
        "grab",
        "ungrab",
        "page-set",
        "call-back",
        "boot",
        "copy-page",
    )
)

# What a helper of another file asks that is worth running it for, if it handles no entry.
_ASKED_ABROAD = frozenset(("flag-constant", "cow-test"))
# Words that make no helper worth running.
_NO_HELP = frozenset(("assert", "lock", "unlock", "era-marker", "config", "call-back", "boot"))
_OF_PAGES = frozenset(("rmap-add", "rmap-share", "rmap-dup", "rmap-move", "must-unshare", "reuse", "write-test"))


class Wake(NamedTuple):
    """``entry`` are the words that wake a function: it reads, is handed, tests, makes or stores an entry.

    ``kernel`` are the walks of the kernel's own tables,
    ``helper`` those that make a helper worth running in place of its call, ``abroad`` those that do so where it is in
    another file: it handles an entry, or asks the mapping. ``siblings`` are those that a function
    must have to play a role that others play, too: it makes migration entries or tells them apart.
    """

    entry: frozenset[bytes]
    helper: frozenset[bytes]
    kernel: frozenset[bytes]
    siblings: frozenset[bytes]
    abroad: frozenset[bytes]


def wake_words(vocabulary: "Vocabulary") -> Wake:
    """Return the words that wake a function, and a helper."""
    entry, helper, siblings, asked = set(_TYPES), set(_TYPES), set(), set()
    for name, rows in vocabulary.words.items():
        for row in rows:
            if row.cls not in _NO_HELP and not _asks_option(row):
                helper.add(name.encode())
            if row.cls in _ASKED_ABROAD:
                asked.add(name.encode())
            exclusive = row.meaning.get("what") == "exclusive"
            if exclusive or (row.cls not in _ASIDE and _handles(row)):
                entry.add(name.encode())
            told = mask(row.meaning["true"]) & MIGRATION if "true" in row.meaning else 0
            made = row.cls == "constructor" and row.meaning.get("kind") in ("W", "RX", "R")
            if made or told not in (0, MIGRATION):
                siblings.add(name.encode())
    kernel = vocabulary.names(("kernel-walk",))
    return Wake(frozenset(entry), frozenset(helper), kernel, frozenset(siblings), frozenset(entry | asked))


def _handles(row: "Word") -> bool:
    """Return whether a word takes or gives an entry or its slot, or says who may use the page that one maps."""
    return row.prototype == "-" or row.cls in _OF_PAGES or any(t.decode() in row.prototype for t in _TYPES)


def _asks_option(row: "Word") -> bool:
    return row.cls == "config-test" and "arg" in row.meaning
