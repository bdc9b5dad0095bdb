"""AL210: the exclusive flag is cleared outside the share and dup helpers and the free paths.

Why: clearing the flag is the last step of sharing a page, after it was made sure that no pin relies on it.
A bare ClearPageAnonExclusive() skips that, and the order of memory accesses that goes with it.

Misses: nothing known.
"""

from collections.abc import Iterator

from anonlint.plugin import TRACE, Diagnostic, Pass, Severity, rule


@rule(
    code="AL210",
    name="exclusive-cleared-by-hand",
    severity=Severity.WARNING,
    since="0.2.0",
    words=frozenset(("page-clear",)),
    requires=(TRACE,),
    fixes=(),
    references=(),
)
def check(p: Pass) -> Iterator[Diagnostic]:
    """The exclusive flag is cleared outside the share and dup helpers and the free paths.

    Why: clearing the flag is the last step of sharing a page, after it was made sure that no pin relies on it.
    A bare ClearPageAnonExclusive() skips that, and the order of memory accesses that goes with it.

    Misses: nothing known.
    """
    facts = p[TRACE]
    for event in facts.events:
        if event.kind == "hand-clear" and not event.proofs & {"unpinned", "device-private"} and event.value != "free":
            yield Diagnostic(
                p.nearest([event.span], event.call),
                f"{event.word}() is called with no test for pins: share or duplicate the page instead",
            )
