"""A fork shares an anonymous page that may be pinned.

Why: whoever pinned the page (a device, O_DIRECT) goes on to read and write it by its address. A fork that maps
it copy-on-write makes the parent's next write go to a copy, and pin and process see different data from then
on. Such a page is copied for the child at once. From 5.19 on the call that duplicates the mapping fails for it
(AL202); before, the fork has to ask.

Misses: pages that are duplicated before their entry is read; kernels before 5.12.
"""

from collections.abc import Iterator

from anonlint.rule.plugin import ANON, PRESENT, Cleared, Diagnostic, Event, Fact, Pass, Severity, Unknown, rule
from anonlint_rules.heirs import copies

_NO_PIN: tuple[Fact, ...] = ("unpinned", "vma-shared", "vma-file", "file", "new", "kernel")


@rule(
    code="AL309",
    name="fork-shares-pinned",
    severity=Severity.ERROR,
    since="0.2.0",
    breaks=(
        "a page that a device writes to is mapped copy-on-write: the parent's next write gives it another page, and "
        "what the device writes is lost to it"
    ),
    help="ask page_needs_cow_for_dma() before the mapping is duplicated, and copy the page if it says yes",
    words=frozenset(("rmap-dup",)),
    about=frozenset(("rmap-dup",)),
    fragments=False,
    fixes=(
        '70e806e4e645 ("mm: Do early cow for pinned pages during fork() for ptes")',
        'd042035eaf5f ("mm/thp: Split huge pmds/puds if they\'re pinned when fork()")',
        '4eae4efa2c29 ("hugetlb: do early cow when page pinned on src mm")',
    ),
    references=("include/linux/mm.h: page_needs_cow_for_dma() (5.12 to 5.18; from 5.19 on the dup fails: AL202)",),
    kernels="5.12-",
    scope="user",
)
def check(p: Pass) -> Iterator[Diagnostic]:
    for event, entry_states in p.events("dup-blind"):
        if not event.proven(*_NO_PIN) and _forks(p, event, entry_states):
            yield Diagnostic(
                p.at(event),
                f"{event.word}() shares a page with a child that may be pinned: nothing asks",
                record=event,
            )


def _forks(p: Pass, event: Event, entry_states: int) -> bool:
    """Return whether the page is that of a mapped, anonymous entry which is copied into another slot."""
    if event.root is None or not entry_states & PRESENT & ANON:
        return False
    mine = [o for o in p.facts.outcomes if o.root == event.root and o.cow is not False]
    return any(copies(p.facts, outcome) and outcome.own not in (None, Cleared(), Unknown()) for outcome in mine)
