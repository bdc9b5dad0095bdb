"""AL402: an entry made from an old one drops its uffd-wp bit.

Why: userfaultfd write protection is a bit of the entry. An entry that is made anew starts without it, and the writes
that the monitor waits for go unnoticed (24bf08c4376b lost it in the migration of huge pages).

Misses: entries that functions not in sight rewrite.
"""

from collections.abc import Iterator

from anonlint.plugin import TRACE, Diagnostic, Pass, Severity, rule
from anonlint_rules.paths import lost


@rule(
    code="AL402",
    name="entry-loses-uffd-wp",
    severity=Severity.ERROR,
    since="0.2.0",
    words=frozenset(("constructor", "make-present", "store", "convert")),
    requires=(TRACE,),
    fixes=(),
    references=(),
)
def check(p: Pass) -> Iterator[Diagnostic]:
    """An entry made from an old one drops its uffd-wp bit.

    Why: userfaultfd write protection is a bit of the entry. An entry that is made anew starts without it, and the
    writes that the monitor waits for go unnoticed (24bf08c4376b lost it in the migration of huge pages).

    Misses: entries that functions not in sight rewrite.
    """
    if not p.user:
        return
    yield from lost(p, 1)
