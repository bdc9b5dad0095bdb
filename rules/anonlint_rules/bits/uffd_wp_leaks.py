"""An entry copied into another mapping keeps uffd-wp, and nothing asks whether that mapping wants it.

Why: the child of a fork is registered with userfaultfd only if the monitor asked for that. A bit that nobody
watches makes write faults that nobody resolves.

Misses: moves of whole tables.
"""

from collections.abc import Iterator

from anonlint.rule.plugin import (
    NONPRESENT,
    PRESENT,
    Cleared,
    Diagnostic,
    Facts,
    Outcome,
    Pass,
    PresentEntry,
    Severity,
    Span,
    Value,
    bits_of,
    mask,
    root_of,
    rule,
)
from anonlint_rules.copied import copied_pages
from anonlint_rules.heirs import copies


@rule(
    code="AL405",
    name="uffd-wp-leaks",
    severity=Severity.ERROR,
    since="0.2.0",
    breaks="faults of a process that no monitor watches are never resolved, or its pages stay write-protected for good",
    help="clear the bit where userfaultfd_wp() of the destination's mapping says no",
    words=frozenset(("store",)),
    fragments=False,
    fixes=(
        '8f34f1eac382 ("mm/userfaultfd: fix uffd-wp special cases for fork()")',
        '0cef0bb836e3 ("mm: clear uffd-wp PTE/PMD state on mremap()")',
    ),
    scope="user",
)
def check(p: Pass) -> Iterator[Diagnostic]:
    for outcome, entry_states in p.outcomes():
        entry_states &= ~mask("H,M,none")
        kept = _kept(p.facts, outcome)
        if not kept or not entry_states or not _into_another(p.facts, outcome) or _told(p, outcome):
            continue
        cleared = all(("uffd-wp", where) in p.facts.cleared for where, kinds in _ENCODINGS if entry_states & kinds)
        if not cleared or outcome.proven("no-uffd-vma", "uffd-wanted-elsewhere"):
            yield Diagnostic(
                p.nearest(_stored(p.facts, outcome.root, kept, entry_states), p.span),
                f"an entry {'moved' if outcome.own == Cleared() else 'copied'} into another mapping keeps uffd-wp: "
                "nothing asks whether that mapping wants it",
            )
    for event in copied_pages(p):
        asked = any(p.asks(question, event.span) for question in _QUESTIONS)
        set_ = bits_of(event.value)[1] in "sk"  # where it was asked for it counts as it was
        if set_ and not asked and not event.proven("no-uffd", "uffd-wanted", "kernel"):
            message = "the entry of a page's copy gets uffd-wp: nothing asks whether its mapping wants it"
            yield Diagnostic(p.at(event), message, record=event)


def _kept(facts: Facts, outcome: Outcome) -> list[Value]:
    """Return the entries left elsewhere that have uffd-wp as it was: not what a move makes anew."""
    values = [v for v in copies(facts, outcome) if root_of(v) == outcome.root and bits_of(v)[1] == "k"]
    return [v for v in values if outcome.own != Cleared() or not isinstance(v, PresentEntry) or v.page is None]


def _into_another(facts: Facts, outcome: Outcome) -> bool:
    """Return whether an entry gets into another mapping; one that is moved where two are handed in, or both slots."""
    if outcome.own != Cleared():
        return outcome.own is not None or len(facts.slots) > 1
    others = (key for key, _ in outcome.others if key != outcome.root)
    return facts.mappings > 1 or (outcome.root in facts.slots and any(key in facts.slots for key in others))


def _told(p: Pass, outcome: Outcome) -> bool:
    """Return whether the bit is known to be wanted, or not to be there."""
    asked_of_entry = outcome.proven("no-uffd") and not outcome.proven("no-uffd-vma")
    there = p.can_be_uffd_wp(p.facts.levels.get(outcome.root, ""))
    return asked_of_entry or not there or outcome.proven("uffd-wanted", "no-uffd-entry")


_QUESTIONS = ("uffd-wp", "uffd-wp-entry", "VM_UFFD_WP")
_ENCODINGS = (("present", PRESENT), ("swap", NONPRESENT))


def _stored(facts: Facts, root: Value, values: list[Value], entry_states: int) -> list[Span]:
    """Return where the copies are stored."""
    return [
        s.span for s, at in facts.stores.items() if s.cell != root == s.root and s.value in values and at & entry_states
    ]
