"""A page is declared exclusive with neither a new page nor a proof behind it.

Why: an exclusive page is mapped writable without being copied, and pinned without being unshared. Declared of
a page that another process maps, both see each other's writes.

Misses: pages of which the function never asks anything.
"""

from collections.abc import Iterator

from anonlint.rule.plugin import Diagnostic, Pass, Severity, rule
from anonlint_rules.proven import doubt, promised, unproven


@rule(
    code="AL209",
    name="exclusive-set-without-proof",
    severity=Severity.ERROR,
    since="0.2.0",
    breaks="a page that others map is taken for exclusive: the next write goes to all of them",
    help=(
        "declare a page exclusive only if it is new, was proven exclusive under the page table lock, or has one "
        "reference under the folio lock and is no KSM page"
    ),
    words=frozenset(("page-set", "rmap-add", "rmap-move")),
    about=frozenset(("page-set", "rmap-add", "rmap-move")),
    fragments=False,
    fixes=('6c287605fd56 ("mm: remember exclusively mapped anonymous pages with PG_anon_exclusive")',),
    kernels="5.19-",
)
def check(p: Pass) -> Iterator[Diagnostic]:
    for event, entry_states in p.events("claim", "promise"):
        if event.proven("sole-unlocked", "few") or not unproven(p, event, entry_states):
            continue
        if event.kind == "claim":
            message = f"{event.word}() declares a page exclusive that {doubt(p, event, entry_states)}"
            yield Diagnostic(p.at(event), message)
        elif promised(p, event, "reuse"):
            yield Diagnostic(event.span, f"{event.word}() says yes to a page that {doubt(p, event, entry_states)}")
