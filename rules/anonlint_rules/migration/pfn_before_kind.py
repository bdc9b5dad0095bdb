"""The pfn, page or folio of a non-present entry is taken before its kind is known to carry one.

Why: only migration, device-private, device-exclusive and hwpoison entries hold a pfn. The offset of
a swap entry or of a marker read as a pfn is the struct page of some unrelated memory, or none.

Misses: entries, or slots, that are handed in and of which the function never asks the kind: there the caller
is responsible.
"""

from collections.abc import Iterator

from anonlint.rule.plugin import (
    HAS_PFN,
    NONPRESENT,
    Decode,
    Diagnostic,
    Pass,
    Severity,
    Span,
    Test,
    mask,
    rule,
    spelled,
)

_NO_PFN = mask("S,M")


@rule(
    code="AL108",
    name="pfn-before-kind",
    severity=Severity.ERROR,
    since="0.1.0",
    breaks="a swap offset or marker is read as a page frame number: a wild struct page is dereferenced",
    help="ask for the kind first (is_pfn_swap_entry(), is_migration_entry(), softleaf_has_pfn()), then take the page",
    words=frozenset(("page-of", "offset")),
    about=frozenset(("page-of", "offset", "marker")),
    references=("include/linux/swapops.h: is_pfn_swap_entry(), swp_offset_pfn()",),
)
def check(p: Pass) -> Iterator[Diagnostic]:
    facts = p.facts
    for decode, entry_states in facts.decodes.items():
        asked = [test for test in facts.tests if test.root == decode.root and not test.asserted]
        if decode.root in facts.handed and not any(_separates(test) for test in asked):
            continue  # whoever handed the entry in knows that it has a pfn
        open_ = entry_states & _NO_PFN
        if not open_ or not asked:
            continue
        elsewhere = decode.root in facts.slots and p.left_to_callers()
        if elsewhere and not any(t.tells_kinds for t in asked):
            continue
        in_sight = p.asked_before(decode.root, decode.span) and _asked_too_late(decode, asked)
        if not p.whole and not in_sight:
            continue  # what it was asked before may not be
        kinds = spelled(open_ & ~mask("Se,Mp,Mg"))
        later = [t for t in asked if t.span > decode.span and t.yes & HAS_PFN and t.yes & ~HAS_PFN == 0]
        yield Diagnostic(
            _place(p, decode),
            f"{decode.word}() on an entry that may still be a {kinds} entry: its kind is not known yet",
            notes=tuple(sorted({(t.span, f"{t.text}() asks for the kind only here") for t in later})),
        )


def _separates(test: Test) -> bool:
    """Return whether one answer to a question means that the entry has no pfn."""
    return any(side & NONPRESENT and not side & HAS_PFN for side in (test.yes, test.no))


def _asked_too_late(decode: Decode, asked: list[Test]) -> bool:
    """Return whether entries are told apart only behind the place that needs to know."""
    telling = [test.span for test in asked if test.tells_kinds]
    return bool(telling) and min(telling) > decode.span


def _place(p: Pass, decode: Decode) -> Span:
    """Return where the mistake is: in the function that asks for the kind, be it a helper or its caller."""
    where = p.function_at(decode.span.start)
    tests = [t for t in p.facts.tests if t.root == decode.root]
    inside = any(p.function_at(t.span.start) == where for t in tests)
    return decode.span if inside else decode.call
