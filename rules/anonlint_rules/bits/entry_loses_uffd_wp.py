"""An entry made from an old one drops its uffd-wp bit.

Why: userfaultfd write protection is a bit of the entry. An entry that is made anew starts without it, and the
writes that the monitor waits for go unnoticed (24bf08c4376b lost it in the migration of huge pages).

Misses: entries that functions not in sight rewrite.
"""

from collections.abc import Iterator

from anonlint.rule.plugin import Diagnostic, Pass, Severity, bits_of, rule
from anonlint_rules.copied import copied_pages
from anonlint_rules.heirs import lost


@rule(
    code="AL402",
    name="entry-loses-uffd-wp",
    severity=Severity.ERROR,
    since="0.2.0",
    breaks="a write to a write-protected page goes unnoticed by the userfaultfd monitor",
    help=(
        "carry the bit: if (pte_uffd_wp(old)) new = pte_mkuffd_wp(new), or the pte_swp_* form for entries that are "
        "not present"
    ),
    words=frozenset(("constructor", "make-present", "store", "convert")),
    about=frozenset(
        ("store", "constructor", "make-present", "modify", "convert", "move-offset", "bit-set", "bit-clear")
    ),
    fixes=(
        '24bf08c4376b ("mm/userfaultfd: fix uffd-wp handling for THP migration entries")',
        '60d5b473d61b ("mm/hugetlb: fix uffd wr-protection for CoW optimization path")',
    ),
)
def check(p: Pass) -> Iterator[Diagnostic]:
    yield from lost(p, 1)
    for event in copied_pages(p):
        if bits_of(event.value)[1] == "l" and not event.proven("no-uffd", "kernel"):
            yield Diagnostic(
                p.at(event),
                "the entry of a page's copy does not take over the uffd-wp bit of the entry that it is a copy for",
                record=event,
            )
