"""AL401: an entry made from an old one drops its soft-dirty bit.

Why: Checkpoint/restore finds the pages that were written to by the soft-dirty bit of their entries. An entry that
is made anew starts without it, so that a changed page is taken for unchanged.

Misses: entries that functions not in sight rewrite.
"""

from collections.abc import Iterator

from anonlint.plugin import TRACE, Diagnostic, Pass, Severity, rule
from anonlint_rules.paths import lost


@rule(
    code="AL401",
    name="entry-loses-soft-dirty",
    severity=Severity.ERROR,
    since="0.2.0",
    words=frozenset(("constructor", "make-present", "store", "convert")),
    requires=(TRACE,),
    fixes=(),
    references=(),
)
def check(p: Pass) -> Iterator[Diagnostic]:
    """An entry made from an old one drops its soft-dirty bit.

    Why: Checkpoint/restore finds the pages that were written to by the soft-dirty bit of their entries. An
    entry that is made anew starts without it, so that a changed page is taken for unchanged.

    Misses: entries that functions not in sight rewrite.
    """
    if not p.user:
        return
    yield from lost(p, 0)
