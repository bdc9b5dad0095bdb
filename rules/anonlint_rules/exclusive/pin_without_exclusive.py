"""A page is pinned through a read-only entry with neither gup_must_unshare() nor an exclusivity test.

Why: a pin on a page that is shared copy-on-write stays on the old page when the process writes and gets a
copy: device and process then see different memory. A read-only pin first makes the page exclusive
(FAULT_FLAG_UNSHARE), and gup_must_unshare() says when (a7f226604170).

Misses: entries whose page is taken by a function that is not in sight.
"""

from collections.abc import Iterator

from anonlint.rule.plugin import SHARED_MAPPED, Diagnostic, Pass, Severity, rule


@rule(
    code="AL206",
    name="pin-without-exclusive",
    severity=Severity.ERROR,
    since="0.2.0",
    breaks="a read-only pin of a shared page goes stale with the next copy-on-write: the device reads old data",
    help=(
        "ask gup_must_unshare() before taking the page through an entry that is not writable, and fault with "
        "FAULT_FLAG_UNSHARE where it says so"
    ),
    words=frozenset(("grab",)),
    about=frozenset(("grab",)),
    fragments=False,
    fixes=('a7f226604170 ("mm/gup: trigger FAULT_FLAG_UNSHARE when R/O-pinning a possibly shared anonymous page")',),
    kernels="5.19-",
)
def check(p: Pass) -> Iterator[Diagnostic]:
    for outcome, entry_states in p.outcomes():
        allowed = outcome.proven("pin-ok", "kernel") or outcome.done("no-pin")
        if outcome.grabbed is not None and not allowed and entry_states & SHARED_MAPPED:
            grabs = [e for e, _ in p.events("grab") if (e.span.start, e.word) == outcome.grabbed.args]
            for grab in grabs[:1]:
                yield Diagnostic(
                    p.at(grab),
                    f"{grab.word}() can take a shared page read-only: gup_must_unshare() is not asked",
                )
