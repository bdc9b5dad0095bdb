"""An exclusive anonymous page is made for a mapping that is shared.

Why: copy-on-write and reuse are for private mappings. The page of a shared mapping belongs to all that map it: who
writes through such a mapping has to write to that page.

Misses: functions that never ask whether the mapping is shared: their callers may have.
"""

from collections.abc import Iterator

from anonlint.rule.plugin import Diagnostic, Pass, Severity, rule


@rule(
    code="AL310",
    name="reuse-of-shared-mapping",
    severity=Severity.ERROR,
    since="0.2.0",
    breaks="the process writes to a page of its own instead of the one that all sharers see: data is lost",
    help="leave shared mappings (VM_SHARED, VM_MAYSHARE) before anything is copied or taken for exclusive",
    words=frozenset(("rmap-add", "page-set", "rmap-move")),
    about=frozenset(("rmap-add", "page-set", "rmap-move")),
    fragments=False,
    references=("mm/memory.c: do_wp_page(), wp_page_shared()",),
)
def check(p: Pass) -> Iterator[Diagnostic]:
    for event, _ in p.events("claim"):
        if event.proven("vma-shared"):
            yield Diagnostic(
                p.at(event),
                f"{event.word}() makes an anonymous page exclusive that belongs to a shared mapping",
                record=event,
            )
