"""AL209: a page is declared exclusive with neither a new page nor a proof behind it.

Why: an exclusive page is mapped writable without being copied, and pinned without being unshared. Declared of
a page that another process maps, both see each other's writes.

Misses: pages of which the function never asks anything.
"""

from collections.abc import Iterator

from anonlint.plugin import TRACE, Diagnostic, Pass, Severity, rule
from anonlint_rules.paths import doubt, unproven


@rule(
    code="AL209",
    name="exclusive-set-without-proof",
    severity=Severity.ERROR,
    since="0.2.0",
    words=frozenset(("page-set", "rmap-add", "rmap-move")),
    requires=(TRACE,),
    fixes=('6c287605fd56 ("mm: remember exclusively mapped anonymous pages with PG_anon_exclusive")',),
    references=(),
)
def check(p: Pass) -> Iterator[Diagnostic]:
    """A page is declared exclusive with neither a new page nor a proof behind it.

    Why: an exclusive page is mapped writable without being copied, and pinned without being unshared. Declared of
    a page that another process maps, both see each other's writes.

    Misses: pages of which the function never asks anything.
    """
    if not p.read_exclusive:
        return
    for event, atoms in p[TRACE].events.items():
        if event.kind == "claim" and unproven(p, event, atoms) and "sole-unlocked" not in event.proofs:
            yield Diagnostic(
                p.nearest([event.span], event.call),
                f"{event.word}() declares a page exclusive that {doubt(p, event, atoms)}",
            )
