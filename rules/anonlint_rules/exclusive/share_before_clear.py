"""A page is shared while its page table entry is still live.

Why: GUP-fast takes a pin without any lock and then looks at the entry again. Only an entry that was
cleared (and flushed) before the pin count is looked at makes one of both sides see the other; the order is
written down at __folio_try_share_anon_rmap() (088b8aa537c2).

Misses: entries that are cleared by a function that is not in sight.
"""

from collections.abc import Iterator

from anonlint.rule.plugin import PRESENT, Diagnostic, Pass, Severity, rule


@rule(
    code="AL203",
    name="share-before-clear",
    severity=Severity.ERROR,
    since="0.2.0",
    breaks="GUP-fast may take a pin between the share and the clearing of the entry: a pinned page is shared",
    help="clear (and flush) the entry first, then share; put it back where that fails",
    words=frozenset(("rmap-share",)),
    about=frozenset(("rmap-share",)),
    fragments=False,
    fixes=('088b8aa537c2 ("mm: fix PageAnonExclusive clearing racing with concurrent RCU GUP-fast")',),
)
def check(p: Pass) -> Iterator[Diagnostic]:
    for event, entry_states in p.events("share"):
        if event.value == 1 and entry_states & PRESENT:
            yield Diagnostic(
                p.at(event),
                f"{event.word}() is called while the entry still maps the page: clear it first",
            )
