"""A helper for mapped entries is applied to one that may not be mapped, or the other way round.

Why: the bits of a non-present entry mean something else: pte_pfn() of a swap entry is no page frame,
pte_dirty() of it is part of the offset, and pte_swp_uffd_wp() of a mapped entry is some hardware bit.
page_vma_mapped_walk() stops at device-private and device-exclusive entries, too.

Misses: entries that are handed in and of whose presence the function never asks: there the caller is responsible.
Of kernel page tables nothing is said.
"""

from collections.abc import Iterator

from anonlint.rule.plugin import NONPRESENT, PRESENT, Diagnostic, Event, Pass, Severity, Span, kinds_of, rule


@rule(
    code="AL211",
    name="present-helper-on-nonpresent",
    severity=Severity.ERROR,
    since="0.2.0",
    breaks=(
        "bits that mean something else are read or set: a page frame that is none, a wrong dirty or young bit, a "
        "corrupted entry"
    ),
    help="ask whether the entry is present first, and use the helpers of its kind (pte_swp_*, softleaf_*) otherwise",
    words=frozenset(),
    about=frozenset(
        (
            "bit-test",
            "bit-set",
            "bit-clear",
            "present-page",
            "entry-test",
            "young-clear",
            "take",
            "store",
            "modify",
            "make-present",
            "convert",
            "map",
        )
    ),
    fragments=False,
    fixes=('8f34f1eac382 ("mm/userfaultfd: fix uffd-wp special cases for fork()")',),
)
def check(p: Pass) -> Iterator[Diagnostic]:
    found: dict[Span, tuple[Event, int]] = {}
    for event, entry_states in p.misuses():
        wrong = p.stopped_at(event.root, entry_states)
        if wrong and event.value in (PRESENT, NONPRESENT) and p.of_process(event.root):
            where = p.at(event) if p.outside(event.span) else event.span
            found[where] = (event, found.get(where, (event, 0))[1] | wrong)
    for where, (event, entry_states) in found.items():
        families = ["mapped"] if entry_states & PRESENT else dict.fromkeys(_PLAIN[k] for k in kinds_of(entry_states))
        message = f"{event.word}() is applied to an entry that may be {' or '.join(families)}"
        yield Diagnostic(where, message, severity=None if _is_grave(p, event) else Severity.WARNING)
    for event, _ in p.events("outdated"):
        message = f"{event.word}() is applied to an entry that was read before the lock, and not again under it"
        yield Diagnostic(event.span, message)


def _is_grave(p: Pass, event: Event) -> bool:
    """Return whether the mistake goes unheeded: nobody else can be thought to have sorted the entries out.

    A callback that asks nothing of an entry may be for mappings in which all entries are present; an answer may be
    wrong and of no consequence where the function tells entries apart as well.
    """
    if event.root is None:
        return True
    if not any(t.root == event.root and t.text != event.word for t in p.facts.tests):
        return event.root not in p.facts.slots
    return not p.tells_presence(event.root, event.span) or p.classes(event.word).isdisjoint(_ANSWERS)


_ANSWERS = ("predicate", "entry-test", "bit-test")


_PLAIN = {
    **dict.fromkeys(("W", "RX", "R"), "a migration entry"),
    **dict.fromkeys(("DW", "DRe", "DR"), "device-private"),
    **dict.fromkeys(("XW", "XRe", "XR"), "device-exclusive"),
    **dict.fromkeys(("S", "Se"), "a swap entry"),
    "H": "hwpoison",
    **dict.fromkeys(("M", "Mp", "Mg"), "a marker"),
}
