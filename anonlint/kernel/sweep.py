"""The helpers on entries that the headers of a tree declare, and that the vocabulary does not know."""

import os
import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from anonlint.kernel.vocabulary import Vocabulary

_FOLDERS = ("include/linux", "include/asm-generic")
_ENTRY = r"(?:pte_t|pmd_t|pud_t|swp_entry_t|softleaf_t|leaf_entry_t)"
_FUNCTION = re.compile(rf"^[\w \t*]*?\b(\w+)\s*\(([^(){{}};]*\b{_ENTRY}\b[^(){{}};]*)\)", re.M)
_GIVES = re.compile(rf"^(?:static |extern |inline |__always_inline )*{_ENTRY}\s+\**(\w+)\s*\(([^(){{}};]*)\)", re.M)
_MACRO = re.compile(r"^[ \t]*#[ \t]*define[ \t]+((?:huge_)?(?:pte|pmd|pud)p?_\w+|is_\w+_pte)\(([\w, ]*)\)", re.M)
_COMMENT = re.compile(r"/\*.*?\*/|//[^\n]*", re.S)
_NO_NAME = frozenset(("if", "while", "for", "switch", "return", "sizeof", "__attribute__"))


class Stranger(NamedTuple):
    """A helper that the vocabulary does not know: ``params`` as its header spells them, at ``path``:``line``.

    ``gives`` is what stands before its name, nothing of a macro.
    """

    name: str
    params: str
    path: str
    line: int
    gives: str = ""


def unknown(tree: str, vocabulary: Vocabulary) -> list[Stranger]:
    """Return the helpers on entries in a tree's headers that have no row in any release, by name, each once."""
    return _strangers(tree, vocabulary, (_FUNCTION, _GIVES, _MACRO))


def named_like(tree: str, vocabulary: Vocabulary, names: Iterable[str]) -> list[Stranger]:
    """Return the functions in a tree's headers, on whatever, that have one of these names within their own."""
    wanted = "|".join(sorted(map(re.escape, names), key=len, reverse=True))
    pattern = re.compile(rf"^[\w \t*]*?\b(\w*(?:{wanted})\w*)\s*\(([^(){{}};]*)\)", re.M)
    return _strangers(tree, vocabulary, (pattern,)) if wanted else []


def _strangers(tree: str, vocabulary: Vocabulary, patterns: tuple[re.Pattern[str], ...]) -> list[Stranger]:
    found: dict[str, Stranger] = {}
    for path in _headers(tree):
        with open(os.path.join(tree, path), encoding="utf-8", errors="replace") as file:
            text = _COMMENT.sub(lambda m: re.sub(r"[^\n]", " ", m[0]), file.read())
        for pattern in patterns:
            for match in pattern.finditer(text):
                name = match[1]
                if name not in vocabulary.words and name not in _NO_NAME:
                    line = text.count("\n", 0, match.start(1)) + 1
                    gives = "" if pattern is _MACRO else text[match.start() : match.start(1)]
                    params = " ".join(match[2].split())
                    found.setdefault(name, Stranger(name, params, path, line, " ".join(gives.split())))
    return [found[name] for name in sorted(found)]


def _headers(tree: str) -> Iterator[str]:
    """Yield the headers of the tree that say what an entry is, as paths in it."""
    folders = list(_FOLDERS)
    arch = os.path.join(tree, "arch")
    if os.path.isdir(arch):
        folders += [f"arch/{name}/include/asm" for name in sorted(os.listdir(arch))]
    for folder in folders:
        for where, inner, files in os.walk(os.path.join(tree, folder)):
            inner.sort()
            for name in sorted(files):
                if name.endswith(".h"):
                    yield os.path.relpath(os.path.join(where, name), tree)
