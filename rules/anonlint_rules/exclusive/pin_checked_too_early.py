"""A page is moved to another place because it was not pinned before its entry was cleared.

Why: as long as the entry stands, GUP-fast can take a pin without any lock. Only what is asked after the entry is
cleared and flushed still holds when the rmap moves.

Misses: pages of which nobody asks whether they are pinned.
"""

from collections.abc import Iterator

from anonlint.rule.plugin import Diagnostic, Pass, Severity, rule


@rule(
    code="AL215",
    name="pin-checked-too-early",
    severity=Severity.ERROR,
    since="0.2.0",
    breaks="GUP-fast pins the page between the question and the clearing: a pinned page is moved from under the pin",
    help="ask folio_maybe_dma_pinned() (again) after the entry is cleared and flushed, put it back where it says yes",
    words=frozenset(("rmap-move",)),
    about=frozenset(("rmap-move", "pin-test")),
    fragments=False,
    references=('adef440691ba ("userfaultfd: UFFDIO_MOVE uABI"), move_present_pte()',),
)
def check(p: Pass) -> Iterator[Diagnostic]:
    for event, _ in p.events("move"):
        if event.proven("was-unpinned") and not event.proven("unpinned"):
            yield Diagnostic(
                p.at(event),
                f"{event.word}() relies on a test for pins that was made before the entry was cleared",
                record=event,
            )
