"""Soft-dirty is cleared on an entry that stays writable, or a tracked entry is made writable.

Why: the next write sets soft-dirty again only because it faults. An entry that stays writable, be it mapped or a
writable migration entry, lets the write through and the page counts as unchanged. So does one that is made
writable, and not dirty, while its mapping is tracked (VM_SOFTDIRTY is clear) and its soft-dirty bit is clear.

Misses: entries that functions not in sight write-protect.
"""

from collections.abc import Iterator

from anonlint.rule.plugin import BITS, MAPPED_WRITABLE, PRESENT, Diagnostic, Event, Pass, Severity, bits_of, rule
from anonlint_rules.proven import makes_writable, promised, writable_kind


@rule(
    code="AL406",
    name="tracked-but-writable",
    severity=Severity.ERROR,
    since="0.2.0",
    breaks="the next write is not seen: tracking reports the page as clean",
    help="write-protect the entry where its soft-dirty bit is cleared",
    words=frozenset(("bit-clear", "bit-set", "make-present", "write-test")),
    about=frozenset(("bit-clear",)),
    fragments=False,
    fixes=('76aefad628aa ("mm/mprotect: fix soft-dirty check in can_change_pte_writable()")',),
    scope="user",
)
def check(p: Pass) -> Iterator[Diagnostic]:
    for event, entry_states in p.events("store", "promise"):
        if event.kind == "store" and bits_of(event.value)[0] == "c":
            kind = writable_kind(p, event, entry_states)
            if kind:
                yield Diagnostic(p.at(event), f"soft-dirty is cleared on a {kind} entry that stays writable")
        elif not event.proven("no-soft-dirty", "!soft-dirty", "caller", "kernel"):
            if promised(p, event, "write-test"):
                yield Diagnostic(event.span, f"{event.word}() says yes with no test of soft-dirty tracking")
            elif makes_writable(event) and _unseen(p, event, entry_states):
                yield Diagnostic(
                    p.at(event),
                    "an entry is made writable with no test of soft-dirty tracking: a write goes unseen",
                )


def _unseen(p: Pass, event: Event, entry_states: int) -> bool:
    """Return whether a mapped entry becomes writable with its soft-dirty bit as it was, and clean.

    A write that is made sets the bit with the dirty bit. Of an entry that was handed in the caller may have asked.
    """
    if event.root in p.facts.handed or not p.reads_soft_dirty(p.facts.levels.get(event.root, "pte")):
        return False
    mapped = entry_states & PRESENT
    letters = bits_of(event.value)
    soft_dirty, dirty = letters[BITS.index("soft-dirty")], letters[BITS.index("dirty")]
    return event.root is not None and soft_dirty == "k" and dirty != "s" and bool(mapped & ~MAPPED_WRITABLE)
