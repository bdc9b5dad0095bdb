"""Entries counted as a batch, whatever their write bits are, are all stored like the first one.

Why: set_ptes() stamps the bits of one entry on all of a batch and only advances the page. A batch that was counted
without comparing the write bit may hold read-only entries behind a writable one: shared pages and write-protected
ones become writable.

Misses: batches that are counted by hand, and other bits than the write bit.
"""

from collections.abc import Iterator

from anonlint.rule.plugin import PRESENT, Diagnostic, Pass, PresentEntry, Severity, bare, mask, rule


@rule(
    code="AL413",
    name="batch-stamps-bits",
    severity=Severity.ERROR,
    since="0.2.0",
    breaks="read-only entries become writable: a process writes to pages that it shares with others",
    help="count with FPB_RESPECT_WRITE (before 6.17: any_writable), or write-protect what is stored",
    words=frozenset(("batch",)),
    fragments=False,
    fixes=("mm: mremap: honour writable bit in mremap pte batching (6.17)",),
    scope="user",
)
def check(p: Pass) -> Iterator[Diagnostic]:
    for event, entry_states in p.events("batch-store"):
        value = event.value
        as_it_was = bare(value) == event.root and bool(entry_states & mask("Pw") & PRESENT)
        if as_it_was or (isinstance(value, PresentEntry) and value.write != 0):
            message = "the first entry's write bit is stamped on a batch that was counted without comparing it"
            yield Diagnostic(p.at(event), message)
