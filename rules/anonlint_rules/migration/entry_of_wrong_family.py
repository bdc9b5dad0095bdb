"""An entry is rebuilt as one of another family: a device-private entry as a device-exclusive one, say.

Why: a device-private entry stands for a page of the device, a device-exclusive entry for a page of ordinary memory
that only the device may touch for now. A fault on the one migrates the page back, on the other it maps it
again: of the wrong family, it maps memory that the CPU cannot reach, or waits for a migration that never was.
No commit that fixed such a mistake is known.

Misses: entries of whose family the function never asks; conversions between migration and device-private entries,
which migration makes on purpose.
"""

from collections.abc import Iterator

from anonlint.rule.plugin import (
    DEVICE_EXCLUSIVE,
    DEVICE_PRIVATE,
    MIGRATION,
    NONE,
    WORDS,
    Diagnostic,
    Pass,
    Severity,
    kinds_of,
    mask,
    rule,
)

# What no code turns into what. A device-private page is migrated like any other, and back; a device-exclusive entry
# stands for a page of ordinary memory, so that neither of the others can become one.
_NEVER = (
    (DEVICE_PRIVATE, DEVICE_EXCLUSIVE),
    (DEVICE_EXCLUSIVE, DEVICE_PRIVATE),
    (MIGRATION, DEVICE_EXCLUSIVE),
)


@rule(
    code="AL109",
    name="entry-of-wrong-family",
    severity=Severity.ERROR,
    since="0.2.0",
    breaks="the page is looked up, faulted in and counted as what it is not: a fault never brings it back",
    help="make the entry with the constructor of its own family",
    words=frozenset(("constructor",)),
    about=frozenset(("constructor",)),
    fragments=False,
    references=("include/linux/swapops.h: make_readable_device_private_entry()",),
)
def check(p: Pass) -> Iterator[Diagnostic]:
    for made, entry_states in p.facts.made.items():
        entry_states &= ~p.facts.denied.get(made.root, 0) & ~NONE
        for before, after in _NEVER:
            if made.root is not None and mask(made.kind) & after and entry_states and not entry_states & ~before:
                kind = WORDS[kinds_of(entry_states)[0]]
                yield Diagnostic(
                    p.at(made),
                    f"{made.word}() makes an entry of another family of a {kind} entry",
                )
