"""An entry made from an old one drops its soft-dirty bit.

Why: Checkpoint/restore finds the pages that were written to by the soft-dirty bit of their entries. An
entry that is made anew starts without it, so that a changed page is taken for unchanged. Of hugetlb entries
only PAGEMAP_SCAN reads it: that they lose it is a note before 6.7, and a warning from there on.

Misses: entries that functions not in sight rewrite.
"""

from collections.abc import Iterator

from anonlint.rule.plugin import Diagnostic, Pass, Severity, rule
from anonlint_rules.heirs import lost


@rule(
    code="AL401",
    name="entry-loses-soft-dirty",
    severity=Severity.ERROR,
    since="0.2.0",
    breaks="checkpoint and restore takes a page that was written to for unchanged, and loses the data",
    help=(
        "carry the bit: if (pte_soft_dirty(old)) new = pte_mksoft_dirty(new), or the pte_swp_* form for entries "
        "that are not present"
    ),
    words=frozenset(("constructor", "make-present", "store", "convert")),
    about=frozenset(
        ("store", "constructor", "make-present", "modify", "convert", "move-offset", "bit-set", "bit-clear")
    ),
    fixes=('179ef71cbc08 ("mm: save soft-dirty bits on swapped pages")',),
)
def check(p: Pass) -> Iterator[Diagnostic]:
    yield from lost(p, 0)
