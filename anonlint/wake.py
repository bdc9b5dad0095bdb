"""Which words of the vocabulary wake the analysis of a function, and which part of it."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

from anonlint.flow.kinds import MIGRATION, mask

if TYPE_CHECKING:
    from anonlint.kernel.vocabulary import Vocabulary, Word


class Wake(NamedTuple):
    """Which words wake the analysis at all, and which make a helper worth running in place.

    ``siblings`` are those that a function must have to play a role that others play too: it makes
    migration entries or tells them apart.
    ``stores`` write page tables. ``track`` are those for whose sake proofs and software bits are followed,
    ``pairs`` those that do it together only.
    """

    entry: frozenset[bytes]
    helper: frozenset[bytes]
    siblings: frozenset[bytes]
    stores: frozenset[bytes]
    track: frozenset[bytes]
    pairs: tuple[tuple[frozenset[bytes], frozenset[bytes]], ...]


def wake_words(vocabulary: "Vocabulary") -> Wake:
    """Return the wake words: those that build, decode or tell apart non-present entries."""
    entry, helper, siblings, stores, track, mapped = set(), set(), set(), set(), set(), set()
    for name, rows in vocabulary.words.items():
        for row in rows:
            if row.cls not in ("assert", "lock", "unlock", "era-marker", "config") and not _asks_option(row):
                helper.add(name.encode())
            needs = row.meaning.get("needs") == "pfn"
            if (
                row.cls in ("constructor", "kind-constant")
                or (needs and row.cls in ("page-of", "offset"))
                or (row.cls == "predicate" and _tells_migration(row.meaning.get("true", "")))
            ):
                entry.add(name.encode())
            if row.cls == "present-page" or (row.cls == "bit-test" and row.meaning.get("where") == "present"):
                mapped.add(name.encode())
            if row.cls == "store":
                stores.add(name.encode())
            migration = mask(row.meaning["true"]) & MIGRATION if "true" in row.meaning else 0
            if migration not in (0, MIGRATION) or (
                row.cls == "constructor" and row.meaning.get("kind") in ("W", "RX", "R")
            ):
                siblings.add(name.encode())
            if _tracks(row.cls, row.meaning):
                track.add(name.encode())
    pairs = (
        (_named(vocabulary, "forces", "1"), _named(vocabulary, "true", "Pw")),
        (
            _named(vocabulary, "add", "1", "swap-count"),
            frozenset(stores),
        ),
        (_named(vocabulary, "to", "entry", "convert"), frozenset(mapped)),
    )
    return Wake(
        entry=frozenset(entry),
        helper=frozenset(helper),
        siblings=frozenset(siblings),
        stores=frozenset(stores),
        track=frozenset(track),
        pairs=pairs,
    )


def _asks_option(row: "Word") -> bool:
    return row.cls == "config-test" and "arg" in row.meaning


def _named(vocabulary: "Vocabulary", key: str, value: str, cls: str = "") -> frozenset[bytes]:
    """Return the words of a class that have a certain meaning."""
    words = vocabulary.words.items()
    return frozenset(
        n.encode() for n, rows in words for r in rows if cls in ("", r.cls) and r.meaning.get(key) == value
    )


def _tracks(cls: str, meaning: "Mapping[str, str]") -> bool:
    """Return whether a word changes an entry, or says or asks whether its page is exclusive."""
    if cls == "raw-constructor":
        return True
    if cls in ("bit-set", "bit-clear"):
        return meaning.get("bit") != "saved-write"
    if cls in ("rmap-move", "rmap-share", "rmap-dup", "rmap-add", "must-unshare", "grab", "take"):
        return meaning.get("file") != "1"
    return (cls in ("page-test", "page-set", "page-clear") and meaning.get("what") == "exclusive") or (
        cls == "constructor" and meaning.get("kind") not in ("H", "M")
    )


def _tells_migration(kinds: str) -> bool:
    """Return whether a predicate is about particular non-present kinds, not about presence at large."""
    named = set(kinds.split(","))
    if named >= {"migration", "DW", "DR"}:
        return False  # all that a PMD or a pfn can be: presence at large
    return bool(named & {"W", "RX", "R", "migration", "DW", "DR"}) and not named & {"S", "nonpresent", "none"}
