"""AL304: an entry is made writable though nothing says that its mapping may be written to.

Why: a page of a mapping without VM_WRITE that is mapped writable can be written to although mprotect() or
mmap() forbade it. The permission comes from VM_WRITE (maybe_mkwrite()), from a write fault, or from the old
entry, if that was writable.

Misses: functions whose callers in the same file ask for VM_WRITE.
"""

from collections.abc import Iterator

from anonlint.plugin import NONE, TRACE, Diagnostic, Event, Pass, Severity, mask, rule
from anonlint_rules.paths import makes_writable, promised

_WRITABLE = mask("Pw,W,DW,XW")

_SAID = frozenset(
    (
        b"VM_WRITE",
        b"VM_MAYWRITE",
    )
)


@rule(
    code="AL304",
    name="writable-without-vm-write",
    severity=Severity.ERROR,
    since="0.2.0",
    words=frozenset(("bit-set", "make-present")),
    requires=(TRACE,),
    fixes=(),
    references=(),
)
def check(p: Pass) -> Iterator[Diagnostic]:
    """An entry is made writable though nothing says that its mapping may be written to.

    Why: a page of a mapping without VM_WRITE that is mapped writable can be written to although mprotect() or
    mmap() forbade it. The permission comes from VM_WRITE (maybe_mkwrite()), from a write fault, or from the old
    entry, if that was writable.

    Misses: functions whose callers in the same file ask for VM_WRITE.
    """
    if not p.user:
        return
    for event, atoms in p[TRACE].events.items():
        if event.proofs & {"vm-write", "caller", "kernel"}:
            continue
        if promised(p, event, "write-test"):
            yield Diagnostic(event.span, f"{event.word}() says yes with no test of VM_WRITE behind it")
        elif makes_writable(event) and _new(p, event, atoms):
            yield Diagnostic(
                p.nearest([event.span], event.call), "an entry is made writable with no test of VM_WRITE behind it"
            )


def _new(p: Pass, event: Event, atoms: int) -> bool:
    """Return whether write access is new to an entry, and nobody else can be thought to have asked for VM_WRITE."""
    if event.value[4] not in p[TRACE].new_pages and p.left_to_callers(_SAID):
        return False
    return event.root is None or bool(p.plausible(event.root, atoms) & ~_WRITABLE & ~NONE)
