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
    facts = p.facts
    for outcome, entry_states in facts.outcomes.items():
        moved = outcome.own == Cleared()
        if "uffd-wanted" in outcome.proofs or (moved and not _into_another(facts, outcome)):
            continue
        if "no-uffd-entry" in outcome.proofs:
            continue
        if "no-uffd" in outcome.proofs and "no-uffd-vma" not in outcome.proofs:
            continue
        if not p.can_be_uffd_wp(facts.levels.get(outcome.root, "")):
            continue
        if outcome.own is None and len(facts.slots) < 2:
            continue
        plausible = p.plausible(outcome.root, entry_states) & ~mask("H,M,none")
        if not plausible:
            continue
        kept = _kept(facts, outcome, moved)
        cleared = all(facts.cleared.get(("uffd-wp", where)) for where, kinds in _ENCODINGS if plausible & kinds)
        if kept and (outcome.proofs & _UNWANTED or not cleared):
            yield Diagnostic(
                p.nearest(_stored(facts, outcome.root, kept, entry_states), p.span),
                f"an entry {'moved' if moved else 'copied'} into another mapping keeps uffd-wp: "
                "nothing asks whether that mapping wants it",
            )
    for event in copied_pages(p):
        asked = any(p.asks(question, event.span) for question in _QUESTIONS)
        set_ = bits_of(event.value)[1] in "sk"  # where it was asked for it counts as it was
        if set_ and not asked and not event.proofs & _NOT_SET:
            yield Diagnostic(
                p.at(event),
                "the entry of a page's copy gets uffd-wp: nothing asks whether its mapping wants it",
                record=event,
            )


def _kept(facts: Facts, outcome: Outcome, moved: bool) -> list[Value]:
    """Return the entries left elsewhere that have uffd-wp as it was: not what a move makes anew."""
    values = [v for v in copies(facts, outcome) if root_of(v) == outcome.root and bits_of(v)[1] == "k"]
    return [v for v in values if not moved or not isinstance(v, PresentEntry) or v.page is None]


def _into_another(facts: Facts, outcome: Outcome) -> bool:
    """Return whether an entry is moved into another mapping: two are handed in, or both slots are."""
    return facts.mappings > 1 or (
        outcome.root in facts.slots and any(key in facts.slots for key, _ in outcome.others if key != outcome.root)
    )


_NOT_SET = frozenset(("no-uffd", "uffd-wanted", "kernel"))
_UNWANTED = frozenset(("no-uffd-vma", "uffd-wanted-elsewhere"))
_QUESTIONS = ("uffd-wp", "uffd-wp-entry", "VM_UFFD_WP")
_ENCODINGS = (("present", PRESENT), ("swap", NONPRESENT))


def _stored(facts: Facts, root: Value, values: list[Value], entry_states: int) -> list[Span]:
    """Return where the copies are stored."""
    return [
        s.span for s, at in facts.stores.items() if s.cell != root == s.root and s.value in values and at & entry_states
    ]
