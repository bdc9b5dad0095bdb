"""A fork of a copy-on-write mapping leaves a mapped entry writable in the parent or in the child.

Why: after a fork both processes map the page. Neither may write to it without a fault, or the other one sees
what was written: the parent's slot has to be write-protected, and so has the value that the child gets.

Misses: forks that neither ask whether the mapping is copied on write nor duplicate the rmap of the page.
"""

from collections.abc import Iterator

from anonlint.rule.plugin import (
    MAPPED_WRITABLE,
    Cleared,
    Diagnostic,
    Outcome,
    Pass,
    PresentEntry,
    Severity,
    Span,
    Unknown,
    Value,
    bare,
    rule,
)
from anonlint_rules.heirs import copies, splits


@rule(
    code="AL308",
    name="fork-leaves-writable",
    severity=Severity.ERROR,
    since="0.2.0",
    breaks="parent and child write to the same page: each sees what the other writes",
    help=(
        "write-protect both: ptep_set_wrprotect() (pmdp_, huge_ptep_) for the parent's slot and pte_wrprotect() for "
        "the value that the child gets"
    ),
    words=frozenset(("store",)),
    about=frozenset(("store",)),
    fragments=False,
    references=("include/linux/mm.h: is_cow_mapping()",),
    scope="user",
)
def check(p: Pass) -> Iterator[Diagnostic]:
    for outcome, entry_states in p.outcomes():
        if not entry_states & MAPPED_WRITABLE or not _forks(p, outcome):
            continue
        copied = copies(p.facts, outcome)
        sides = [("parent", outcome.own), *(("child", value) for value in copied)]
        left = list(dict.fromkeys(who for who, value in sides if _stays_writable(value, outcome.root)))
        if left:
            yield Diagnostic(
                _stored(p, outcome, copied),
                f"a writable entry of a copy-on-write mapping stays writable in the {' and the '.join(left)}",
                record=outcome,
            )


def _forks(p: Pass, outcome: Outcome) -> bool:
    """Return whether an outcome is a fork's: a copy elsewhere, the old one kept, in a mapping copied on write."""
    if not outcome.others or outcome.own in (None, Cleared(), Unknown()) or splits(p.facts, outcome):
        return False
    shares = outcome.cow or (outcome.cow is None and outcome.done("dup"))
    return bool(shares) and not outcome.proven("vma-shared")


def _stays_writable(value: Value, root: Value) -> bool:
    return bare(value) == root or (isinstance(value, PresentEntry) and value.write == 1)


def _stored(p: Pass, outcome: Outcome, copied: list[Value]) -> Span:
    spans = [s.span for s in p.facts.stores if s.root == outcome.root and s.value in copied and s.cell != s.root]
    return p.nearest(spans, p.span)
