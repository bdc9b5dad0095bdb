"""AL404: an entry gets the uffd-wp bit and stays writable.

Why: userfaultfd write protection works by write faults. A writable migration or device-private entry that
carries the bit comes back as a writable mapping, and page_table_check warns (8430557fc584).

Misses: bits that functions not in sight set.
"""

from collections.abc import Iterator

from anonlint.plugin import TRACE, Diagnostic, Pass, Severity, bits_of, rule
from anonlint_rules.paths import writable_kind


@rule(
    code="AL404",
    name="uffd-wp-on-writable",
    severity=Severity.ERROR,
    since="0.2.0",
    words=frozenset(("bit-set",)),
    requires=(TRACE,),
    fixes=(),
    references=(),
)
def check(p: Pass) -> Iterator[Diagnostic]:
    """An entry gets the uffd-wp bit and stays writable.

    Why: userfaultfd write protection works by write faults. A writable migration or device-private entry that
    carries the bit comes back as a writable mapping, and page_table_check warns (8430557fc584).

    Misses: bits that functions not in sight set.
    """
    if not p.user:
        return
    for event, atoms in p[TRACE].events.items():
        if event.kind == "store" and bits_of(event.value)[1] == "s":
            kind = writable_kind(p, event, atoms)
            if kind:
                yield Diagnostic(
                    p.nearest([event.span], event.call), f"a {kind} entry gets the uffd-wp bit and stays writable"
                )
