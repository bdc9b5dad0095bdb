"""AL405: an entry copied into another mapping keeps uffd-wp, and nothing asks whether that mapping wants it.

Why: the child of a fork is registered with userfaultfd only if the monitor asked for that. A bit that nobody
watches makes write faults that nobody resolves.

Misses: moves, where the caller decides.
"""

from collections.abc import Iterator

from anonlint.plugin import TRACE, Diagnostic, Pass, Severity, rule
from anonlint_rules.paths import copies


@rule(
    code="AL405",
    name="uffd-wp-leaks",
    severity=Severity.ERROR,
    since="0.2.0",
    words=frozenset(("store",)),
    requires=(TRACE,),
    fixes=(),
    references=(),
)
def check(p: Pass) -> Iterator[Diagnostic]:
    """An entry copied into another mapping keeps uffd-wp, and nothing asks whether that mapping wants it.

    Why: the child of a fork is registered with userfaultfd only if the monitor asked for that. A bit that nobody
    watches makes write faults that nobody resolves.

    Misses: moves, where the caller decides.
    """
    if not p.user:
        return
    facts = p[TRACE]
    if "uffd-wp" in facts.cleared:
        return
    for outcome in facts.outcomes:
        asked = outcome.proofs & {"no-uffd", "uffd-wanted"}
        if asked or not copies(facts, outcome) or outcome.own is None or outcome.own == ("none",):
            continue
        yield Diagnostic(
            p.nearest([s.span for s in facts.stores if s.root == outcome.root], p.span),
            "an entry copied into another mapping keeps uffd-wp: nothing asks whether that mapping wants it",
        )
