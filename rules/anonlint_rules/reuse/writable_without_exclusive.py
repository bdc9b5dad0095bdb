"""A private anonymous page is mapped writable though nothing proves that it is exclusive.

Why: an entry of a private mapping may be writable only if no other process maps the page, or that process
sees the writes (CVE-2020-29374 and its kin). The proof is the exclusive flag, a page that is new, or being the only
owner, counted under the folio lock.

Misses: pages of which the function never asks anything.
"""

from collections.abc import Iterator

from anonlint.rule.plugin import Diagnostic, Pass, Severity, rule
from anonlint_rules.proven import doubt, makes_writable, promised, unproven


@rule(
    code="AL301",
    name="writable-without-exclusive",
    severity=Severity.ERROR,
    since="0.2.0",
    breaks="two processes that share the page see each other's writes",
    help=(
        "map it writable only where PageAnonExclusive() of this very page was read under the page table lock, or "
        "the page is new, or it has one reference under the folio lock"
    ),
    words=frozenset(("bit-set", "make-present")),
    about=frozenset(("bit-set", "make-present")),
    fragments=False,
    fixes=('6c287605fd56 ("mm: remember exclusively mapped anonymous pages with PG_anon_exclusive")',),
    scope="user",
    kernels="5.19-",
)
def check(p: Pass) -> Iterator[Diagnostic]:
    for event, entry_states in p.events("store", "promise"):
        if event.proven("sole-unlocked", "few") or not unproven(p, event, entry_states):
            continue
        if promised(p, event, "write-test"):
            message = f"{event.word}() says yes to a page that {doubt(p, event, entry_states)}"
            yield Diagnostic(event.span, message)
        elif makes_writable(event):
            message = f"a page that {doubt(p, event, entry_states)} is mapped writable"
            yield Diagnostic(p.at(event), message)
