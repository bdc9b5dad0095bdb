"""The exclusive flag is cleared outside the share and dup helpers and the free paths.

Why: clearing the flag is the last step of sharing a page, after it was made sure that no pin relies on it.
A bare ClearPageAnonExclusive() skips that, and the order of memory accesses that goes with it.

Misses: nothing known.
"""

from collections.abc import Iterator

from anonlint.rule.plugin import Diagnostic, Pass, Severity, rule


@rule(
    code="AL210",
    name="exclusive-cleared-by-hand",
    severity=Severity.WARNING,
    since="0.2.0",
    breaks="a page that may be pinned loses its exclusivity: the next write fault copies it away from under the pin",
    help="call the share or dup helper, which fails for pages that may be pinned",
    words=frozenset(("page-clear",)),
    about=frozenset(("page-clear", "rmap-share", "rmap-dup")),
    fragments=False,
)
def check(p: Pass) -> Iterator[Diagnostic]:
    for event, _ in p.events("hand-clear"):
        if not event.proven("unpinned", "device-private"):
            yield Diagnostic(
                p.at(event),
                f"{event.word}() is called with no test for pins: share or duplicate the page instead",
            )
