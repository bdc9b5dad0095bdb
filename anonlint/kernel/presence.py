"""Whether a tree has a name at all."""

import os
import re
from collections.abc import Iterator

from anonlint import sidefile

_FOLDERS = ("mm", "include/linux", "include/asm-generic", "arch", "fs", "kernel")
_SKIPPED = frozenset(("boot", "dts", "configs", "crypto", "net", "kvm", "lib"))
_WORD = re.compile(rb"[A-Za-z_]\w*")
_COMMENT = re.compile(rb"/\*(?:.*?\*/|.*)", re.S)
_FLAG = re.compile(r"\b\w*(?:PAGEFLAG|_FLAG|FLAG_\w+|PAGETYPE\w*|PAGE_TYPE_OPS)\w*\((\w+),\s*(\w+)")


def flag_names(text: str) -> set[str]:
    """Return the names that macros of page-flags.h make: PAGEFLAG(Locked, locked, ...) makes PageLocked()."""
    names: set[str] = set()
    for big, small in _FLAG.findall(text):
        names |= {
            f"Page{big}",
            f"SetPage{big}",
            f"ClearPage{big}",
            f"folio_test_{small}",
            f"folio_test_{big}",
        }
    return names


def missing(tree: str, names: set[str]) -> set[str]:
    """Return those of the names that occur in no source file of the tree (comments do not count)."""
    left = {name.encode() for name in names}
    for path in _sources(tree):
        if not left:
            break
        try:
            data = sidefile.read(path)
        except OSError:
            continue
        if any(name in data for name in left):
            left.difference_update(_WORD.findall(_COMMENT.sub(b"", data)))
    return {name.decode() for name in left}


def _sources(tree: str) -> Iterator[str]:
    for folder in _FOLDERS:
        for where, folders, files in os.walk(os.path.join(tree, folder)):
            folders[:] = sorted(set(folders) - _SKIPPED)
            for name in sorted(files):
                if name.endswith((".c", ".h")) or name.startswith("Kconfig"):
                    yield os.path.join(where, name)
