"""An entry is made writable though nothing says that its mapping may be written to.

Why: a page of a mapping without VM_WRITE that is mapped writable can be written to although mprotect() or
mmap() forbade it. The permission comes from VM_WRITE (maybe_mkwrite()) or from the old entry, if that was
writable. A write fault is none: FOLL_FORCE comes as one.

Misses: functions for other files that never ask for VM_WRITE: their callers may.
"""

from collections.abc import Iterator

from anonlint.rule.plugin import (
    NONE,
    WRITABLE,
    Diagnostic,
    Event,
    Pass,
    PresentEntry,
    Severity,
    base,
    is_new,
    rule,
)
from anonlint_rules.proven import makes_writable, promised


@rule(
    code="AL304",
    name="writable-without-vm-write",
    severity=Severity.ERROR,
    since="0.2.0",
    breaks="a mapping without write permission becomes writable: mprotect(PROT_READ) is undone",
    help="use maybe_mkwrite(), or ask vma->vm_flags & VM_WRITE before",
    words=frozenset(("bit-set", "make-present")),
    about=frozenset(("bit-set", "make-present")),
    fragments=False,
    fixes=('f347454d0341 ("mm/gup: disallow FOLL_FORCE|FOLL_WRITE on hugetlb mappings")',),
    scope="user",
)
def check(p: Pass) -> Iterator[Diagnostic]:
    for event, entry_states in p.events("store", "promise"):
        if event.proven("vm-write", "caller", "kernel") or _impossible(event):
            continue
        if promised(p, event, "write-test"):
            yield Diagnostic(event.span, f"{event.word}() says yes with no test of VM_WRITE behind it")
        elif makes_writable(event) and _new(p, event, entry_states):
            yield Diagnostic(p.at(event), "an entry is made writable with no test of VM_WRITE behind it")


def _impossible(event: Event) -> bool:
    """Return whether a fault is of a kind that there is not: in a shared mapping none unshares, none is forced."""
    return event.proven("vma-shared") and (event.done("unshare") or event.proven("no-unshare"))


def _new(p: Pass, event: Event, entry_states: int) -> bool:
    """Return whether write access is new to an entry, and nobody else can be thought to have asked for VM_WRITE."""
    page = event.value.page if isinstance(event.value, PresentEntry) else None
    if not is_new(base(page)) and p.left_to_callers("VM_WRITE", "VM_MAYWRITE", fault=True, far=True):
        return False
    return event.root is None or bool(entry_states & ~WRITABLE & ~NONE)
