"""An entry is asked for a kind that the path there has taken out already.

Why: who writes the question means the answer to matter. Where an earlier question, or the walk that found the
entry, leaves none of that kind, the branch is dead: mostly the wrong predicate was asked first, or the flag
of the walk is missing. No commit that fixed such a mistake is known.

Misses: questions that can only be answered with yes; kinds that nothing in the function, nor the walk that found
the entry, could have left.
"""

from collections.abc import Iterator

from anonlint.rule.plugin import (
    ALL,
    DEVICE_EXCLUSIVE,
    DEVICE_PRIVATE,
    HAS_PFN,
    MARKER,
    MIGRATION,
    NONE,
    NONPRESENT,
    PRESENT,
    SWAP,
    VAGUE,
    WORDS,
    Diagnostic,
    Pass,
    Severity,
    Span,
    Test,
    kinds_of,
    mask,
    rule,
)

_FAMILIES = (
    (NONE, "no"),
    (PRESENT, "mapped"),
    (MIGRATION, "migration"),
    (DEVICE_PRIVATE, "device-private"),
    (DEVICE_EXCLUSIVE, "device-exclusive"),
    (SWAP, "swap"),
    (mask("H"), "hwpoison"),
    (MARKER, "marker"),
)


@rule(
    code="AL110",
    name="kind-test-cannot-hold",
    severity=Severity.WARNING,
    since="0.2.0",
    breaks="what stands behind the question never runs: the kind that it is for is not handled",
    help="ask for the kind before the others are taken out, or take the question away",
    words=frozenset(("predicate",)),
    about=frozenset(("predicate",)),
    fragments=False,
    alone=True,
    references=("include/linux/swapops.h: is_migration_entry(), is_device_private_entry()",),
)
def check(p: Pass) -> Iterator[Diagnostic]:
    for test, entry_states in p.facts.tests.items():
        if test.asserted or not _is_of_kind(test) or not p.holds(test.span):
            continue
        if entry_states & ALL and not entry_states & (test.yes | VAGUE) and _could_be(p, test):
            left = " or ".join(_left(entry_states))
            message = f"{test.text}() is never true here: only {left} entries are left"
            yield Diagnostic(test.span, message, notes=_asked_before(p, test, entry_states), record=test)


def _asked_before(p: Pass, test: Test, entry_states: int) -> tuple[tuple[Span, str], ...]:
    """Return the earlier questions that took the kind out: what is left has the answer that leaves none of it.

    Where no single one did, those that have it for some of what is left.
    """
    left = entry_states & ALL
    earlier = [t for t in p.facts.tests if t.root == test.root and t.span < test.span and not t.asserted]
    for all_of_them, of_whom in ((True, ""), (False, " of some of what is left")):
        found = []
        for other in sorted(earlier, key=lambda t: t.span):
            came_by = not left & ~p.facts.tests[other]
            for answer, through in (("true", other.yes), ("false", other.no)):
                has_it = not left & ~through if all_of_them else bool(left & through)
                if came_by and has_it and not through & test.yes:
                    found.append((other.span, f"{p.text(other.span)} is {answer}{of_whom}"))
        if found:
            return tuple(found)
    return ()


def _is_of_kind(test: Test) -> bool:
    """Return whether a question is for some kinds of entries that are not present."""
    return not test.yes & ~NONPRESENT and test.tells_kinds


def _could_be(p: Pass, test: Test) -> bool:
    """Return whether the entry could be of that kind before: what a configuration or a level lacks is no mistake."""
    if not test.yes & HAS_PFN and any(d.root == test.root and d.span < test.span for d in p.facts.decodes):
        return False  # whose page was taken too early, that is AL108: the question is what should have come first
    if test.root in p.facts.contracts and test.yes & MIGRATION:
        return True  # PVMW_MIGRATION would have brought it
    before = (
        entry_states for other, entry_states in p.facts.tests.items() if other.root == test.root and other != test
    )
    return any(entry_states & test.yes for entry_states in before)


def _left(entry_states: int) -> list[str]:
    """Return what is left, by family; of one family alone its kinds."""
    families = [name for family, name in _FAMILIES if entry_states & family]
    return families if len(families) > 1 else [WORDS[kind] for kind in kinds_of(entry_states & ALL)]
