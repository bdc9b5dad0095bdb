"""What a kernel name means, in words, for people who point at it; and where a tree declares it."""

import os
import re
from collections.abc import Sequence
from typing import NamedTuple

from anonlint.kernel.word import Era, Word

_FOLDERS = ("include/linux", "include/asm-generic", "mm")
_GROUPS = {"present": "present entries", "migration": "migration entries", "nonpresent": "non-present entries"}
_KINDS = {
    "none": "empty slots",
    "Pw": "present writable entries",
    "Pr": "present read-only entries",
    "W": "writable migration entries",
    "RX": "readable-exclusive migration entries",
    "R": "readable migration entries",
    "DW": "writable device-private entries",
    "DR": "readable device-private entries",
    "XW": "writable device-exclusive entries",
    "XR": "readable device-exclusive entries",
    "S": "swap entries",
    "H": "hwpoison entries",
    "M": "markers",
}
_CLASSES = {
    "predicate": "asks of an entry what it is",
    "entry-test": "asks something of an entry",
    "kind-constant": "is the constant of a kind of entry",
    "constructor": "makes an entry",
    "raw-constructor": "makes an entry of a given type",
    "convert": "turns an entry into another spelling of it",
    "page-of": "gives the page or folio of an entry",
    "present-page": "gives the page or folio of a present entry",
    "offset": "gives what an entry carries (offset or page frame number)",
    "bit-test": "asks for a software bit",
    "bit-set": "sets a software bit",
    "bit-clear": "clears a software bit",
    "read": "reads the entry in a slot",
    "take": "takes the entry out of its slot",
    "store": "stores an entry in a slot",
    "clear": "empties a slot",
    "modify": "gives a present entry other protection bits",
    "make-present": "makes a present entry",
    "rmap-add": "maps a page: adds to its reverse mapping",
    "rmap-dup": "maps a page a second time, for a fork",
    "rmap-share": "marks an anonymous page as possibly shared",
    "rmap-remove": "takes a mapping out of the reverse mapping",
    "page-test": "asks something of a page",
    "page-set": "sets a flag of a page",
    "page-clear": "clears a flag of a page",
    "same-entry": "compares two entries",
    "lock": "takes a lock",
    "unlock": "lets a lock go",
    "assert": "is taken at its word",
    "vma-test": "asks something of a mapping",
    "cow-test": "asks whether a mapping copies on write",
    "inert": "is handed a slot and leaves its entry as it is",
    "era-marker": "only tells the release of a file",
}


class Declared(NamedTuple):
    """Where a tree declares a name."""

    path: str
    line: int


def described(word: Word) -> str:
    """Return what one row says: what the word does, of which entries, since when."""
    parts = [_CLASSES.get(word.cls, word.cls.replace("-", " "))]
    for key, before in (("true", "true for"), ("maybe", "may be true for"), ("implies", "true only for")):
        if key in word.meaning:
            parts.append(f"{before} {kinds(word.meaning[key])}")
    if "kind" in word.meaning:
        parts.append(f"of the kind: {kinds(word.meaning['kind'])}")
    if "bit" in word.meaning:
        parts.append(f"the bit is {word.meaning['bit']}")
    if "what" in word.meaning:
        parts.append(f"it is about {word.meaning['what']}")
    if "on" in word.meaning:
        parts.append(f"may be used of {kinds(word.meaning['on'])} only")
    return "; ".join(parts)


def kinds(text: str) -> str:
    """Return kinds and groups of entries in words."""
    return ", ".join(_GROUPS.get(kind) or _KINDS.get(kind, kind) for kind in text.split(","))


def span(word: Word) -> str:
    """Return the releases that have a word with this meaning: "5.14 to 6.18", "since 6.19"."""
    if word.until is None:
        return f"since {_version(word.since)}"
    return f"{_version(word.since)} to {_version(word.until)}"


def declared(tree: str, name: str) -> Declared | None:
    """Return where the headers of a tree, or its mm/, define or declare a function or macro; None if nowhere."""
    needle = name.encode()
    head = re.compile(rb"^(?:#[ \t]*define[ \t]+%s\b|(?![ \t#*/])[^;=\n]*\b%s[ \t]*\()" % (needle, needle), re.M)
    for folder in _FOLDERS:
        for path in _headers(tree, folder):
            try:
                with open(os.path.join(tree, path), "rb") as file:
                    data = file.read()
            except OSError:
                continue
            match = head.search(data) if needle in data else None
            if match is not None:
                return Declared(path, data.count(b"\n", 0, match.start()) + 1)
    return None


def _headers(tree: str, folder: str) -> Sequence[str]:
    try:
        names = sorted(os.listdir(os.path.join(tree, folder)))
    except OSError:
        return ()
    return [f"{folder}/{name}" for name in names if name.endswith(".h")]


def _version(era: Era) -> str:
    return f"{era[0]}.{era[1]}"
