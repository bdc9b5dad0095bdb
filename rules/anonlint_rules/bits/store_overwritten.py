"""A page table slot is written twice on one path, with no read between.

Why: what was stored first is gone before anybody can have seen it: a marker, a bit, or a whole entry is lost, most
often because an else is missing.

Misses: slots that are written in different turns of a loop.
"""

from collections.abc import Iterator

from anonlint.rule.plugin import Diagnostic, Pass, Severity, rule


@rule(
    code="AL412",
    name="store-overwritten",
    severity=Severity.ERROR,
    since="0.2.0",
    breaks="the marker, bit or entry that was stored first is lost",
    help="store once: put an else between the two, or change the value before it is stored",
    words=frozenset(("store",)),
    about=frozenset(("store",)),
    fragments=False,
    scope="user",
)
def check(p: Pass) -> Iterator[Diagnostic]:
    for event, _ in p.events("store-again"):
        message = "the slot was written just before and nobody has read it since: what was stored there is lost"
        yield Diagnostic(p.at(event), message)
