"""An entry is made writable though userfaultfd or soft-dirty tracking may want the fault.

Why: userfaultfd write protection and soft-dirty tracking work by write faults. A mapping that is made writable on
the way lets writes through that nobody is told of.

Misses: functions for other files that never ask: their callers may.
"""

from collections.abc import Iterator

from anonlint.rule.plugin import NONE, WRITABLE, Diagnostic, Pass, Severity, bits_of, rule
from anonlint_rules.proven import makes_writable, promised

_QUESTIONS = ("uffd-wp", "uffd-wp-entry", "uffd-rwp", "VM_UFFD_WP")


@rule(
    code="AL305",
    name="writable-over-uffd-wp",
    severity=Severity.ERROR,
    since="0.2.0",
    breaks="a write goes unnoticed by userfaultfd or by soft-dirty tracking: a snapshot or checkpoint misses it",
    help=(
        "ask userfaultfd_pte_wp() and pte_needs_soft_dirty_wp() (or their PMD and hugetlb forms) before making the "
        "entry writable"
    ),
    words=frozenset(("bit-set",)),
    about=frozenset(("bit-set", "make-present")),
    fragments=False,
    fixes=('51d3d5eb74ff ("mm/userfaultfd: enable writenotify while userfaultfd-wp is enabled for a VMA")',),
    kernels="5.19-",  # before that a fault on an anonymous page asked once for all that it ends in
    scope="user",
)
def check(p: Pass) -> Iterator[Diagnostic]:
    for event, entry_states in p.events("store", "promise"):
        if event.proven("no-uffd", "caller", "kernel", "vma-shared"):
            continue
        if promised(p, event, "write-test"):
            yield Diagnostic(event.span, f"{event.word}() says yes with no test of userfaultfd write protection")
        elif makes_writable(event) and (p.asks("uffd-wp of swap") or not p.left_to_callers(*_QUESTIONS)):
            carried = bits_of(event.value)[1] == "k"  # made anew, it is AL402's concern
            if carried and (event.root is None or entry_states & ~WRITABLE & ~NONE):
                yield Diagnostic(
                    p.at(event),
                    "an entry is made writable with no test of userfaultfd write protection behind it",
                )
