"""AL301: a private anonymous page is mapped writable though nothing proves that it is exclusive.

Why: an entry of a private mapping may be writable only if no other process maps the page, or that process
sees the writes (CVE-2020-29374 and its kin). The proof is the exclusive flag, a page that is new, or being the only
owner, counted under the folio lock.

Misses: pages of which the function never asks anything.
"""

from collections.abc import Iterator

from anonlint.plugin import TRACE, Diagnostic, Pass, Severity, rule
from anonlint_rules.paths import doubt, makes_writable, promised, unproven


@rule(
    code="AL301",
    name="writable-without-exclusive",
    severity=Severity.ERROR,
    since="0.2.0",
    words=frozenset(("bit-set", "make-present")),
    requires=(TRACE,),
    fixes=('6c287605fd56 ("mm: remember exclusively mapped anonymous pages with PG_anon_exclusive")',),
    references=(),
)
def check(p: Pass) -> Iterator[Diagnostic]:
    """A private anonymous page is mapped writable though nothing proves that it is exclusive.

    Why: an entry of a private mapping may be writable only if no other process maps the page, or that process
    sees the writes (CVE-2020-29374 and its kin). The proof is the exclusive flag, a page that is new, or being the only
    owner, counted under the folio lock.

    Misses: pages of which the function never asks anything.
    """
    if not p.user:
        return
    if not p.read_exclusive:
        return
    for event, atoms in p[TRACE].events.items():
        if "sole-unlocked" in event.proofs or not unproven(p, event, atoms):
            continue
        if promised(p, event, "write-test"):
            message = f"{event.word}() says yes to a page that {doubt(p, event, atoms)}"
            yield Diagnostic(event.span, message)
        elif makes_writable(event):
            message = f"a page that {doubt(p, event, atoms)} is mapped writable"
            yield Diagnostic(p.nearest([event.span], event.call), message)
