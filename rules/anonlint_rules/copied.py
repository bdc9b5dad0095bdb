"""What rules ask of the entries that map the copy of a page."""

from collections.abc import Iterator

from anonlint.rule.plugin import PRESENT, Event, Pass, mask


def copied_pages(p: Pass) -> Iterator[Event]:
    """Yield the stores that map the copy of an entry's page into another mapping, where the entry may be uffd-wp."""
    facts = p.facts
    if not p.user:
        return
    for event, entry_states in p.events("copy-store"):
        elsewhere = facts.mappings > 1 or event.root in facts.slots
        if not elsewhere or not p.can_be_uffd_wp(facts.levels.get(event.root, "pte")):
            continue
        if entry_states & PRESENT & ~mask("Pw"):
            yield event
