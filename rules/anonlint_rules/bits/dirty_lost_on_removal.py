"""A mapped entry is removed, and nobody is told that it was dirty.

Why: what the hardware wrote is known to the entry alone until somebody tells the folio. An entry of a file page
that is cleared with its dirty bit unread takes the write with it: the page counts as clean, and reclaim drops it.
The page has to be told while it is still held; an anonymous page that goes with its mapping owes nothing.

Misses: entries whose page is not given up in sight, and those that are handed to functions not in sight.
"""

from collections.abc import Iterator

from anonlint.rule.plugin import Diagnostic, Pass, Severity, rule
from anonlint_rules.heirs import removed


@rule(
    code="AL407",
    name="dirty-lost-on-removal",
    severity=Severity.ERROR,
    since="0.2.0",
    breaks="a page that was written to counts as clean: it is dropped, or not written back, and data is lost",
    help="ask the entry that was taken whether it is dirty, and call folio_mark_dirty() while the page is held",
    words=frozenset(("take", "clear")),
    about=frozenset(("take", "clear", "rmap-remove")),
    fragments=False,
    fixes=('fd35ca3d12cc ("mm/migrate_device.c: copy pte dirty bit to page")',),
    scope="user",
)
def check(p: Pass) -> Iterator[Diagnostic]:
    yield from removed(p, "dirty", "a file page's entry is removed, and its page is not told that it was dirty")
