"""A fault that only unshares makes an entry writable.

Why: FAULT_FLAG_UNSHARE asks for a page of one's own to read from, for a pin; the mapping may be read-only for a
reason. No write access comes with it (c89357e27f20).

Misses: flags that are handed on as something else.
"""

from collections.abc import Iterator

from anonlint.rule.plugin import WRITABLE, Diagnostic, Pass, Severity, rule
from anonlint_rules.proven import makes_writable


@rule(
    code="AL307",
    name="unshare-maps-writable",
    severity=Severity.ERROR,
    since="0.2.0",
    breaks=(
        "an unshare fault is for reading: it makes an entry writable that nobody asked to write to, past VM_WRITE "
        "and write protection"
    ),
    help="leave the entry read-only where FAULT_FLAG_UNSHARE is set",
    words=frozenset(("bit-set", "make-present")),
    fragments=False,
    fixes=('c89357e27f20 ("mm: support FAULT_FLAG_UNSHARE to reproduce a COW fault without write")',),
)
def check(p: Pass) -> Iterator[Diagnostic]:
    for event, entry_states in p.events("store"):
        if not makes_writable(event) or event.proven("vma-shared", "no-unshare", "kernel"):
            continue
        unasked = p.asks("FAULT_FLAG_UNSHARE", event.span)  # the flag is looked at somewhere, but not on this path
        new = event.root is None or entry_states & ~WRITABLE
        if new and (event.done("unshare") or unasked):
            yield Diagnostic(p.at(event), "an entry is made writable by a fault that only unshares")
