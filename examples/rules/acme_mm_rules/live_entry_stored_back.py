"""A live entry is changed and stored back while a device may walk the page table.

Why: our accelerator walks the page tables of processes and sets young and dirty bits like any processor. What it sets
between the read and the store is lost.

Misses: entries that are handed to a function that is not in sight.
"""

from collections.abc import Iterator

from anonlint.rule.plugin import PRESENT, Diagnostic, Pass, Severity, rule


@rule(
    code="ACME101",
    name="live-entry-stored-back",
    severity=Severity.ERROR,
    since="1.0",
    words=frozenset(("store",)),
    scope="user",
    breaks="a write by the accelerator is not noticed: its page is dropped as clean",
    help="use ptep_modify_prot_start() and ptep_modify_prot_commit(), or clear the entry first",
)
def check(p: Pass) -> Iterator[Diagnostic]:
    for event, entry_states in p.events("live-store"):
        if entry_states & PRESENT:
            yield Diagnostic(p.at(event), "an entry is changed and stored back while the accelerator may set its bits")
