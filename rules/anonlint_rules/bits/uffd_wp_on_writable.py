"""An entry gets the uffd-wp bit and stays writable.

Why: userfaultfd write protection works by write faults. A writable migration or device-private entry that
carries the bit comes back as a writable mapping, and page_table_check warns (8430557fc584).

Misses: bits that functions not in sight set.
"""

from collections.abc import Iterator

from anonlint.rule.plugin import Diagnostic, Pass, Severity, bits_of, rule
from anonlint_rules.proven import writable_kind


@rule(
    code="AL404",
    name="uffd-wp-on-writable",
    severity=Severity.ERROR,
    since="0.2.0",
    breaks="write protection does not hold: writes pass without a fault, and the monitor misses them",
    help=(
        "write-protect the entry as well: pte_mkuffd_wp(pte_wrprotect(pte)), and a readable entry for a writable "
        "migration entry"
    ),
    words=frozenset(("bit-set",)),
    about=frozenset(("bit-set",)),
    fragments=False,
    fixes=('f1eb1bacfba9 ("mm/uffd: always wr-protect pte in pte|pmd_mkuffd_wp()")',),
    scope="user",
)
def check(p: Pass) -> Iterator[Diagnostic]:
    levels = p.facts.levels
    for event, entry_states in p.events("store"):
        wanted = not event.proven("no-uffd") and p.can_be_uffd_wp(levels.get(event.root, "pte"))
        if wanted and bits_of(event.value)[1] == "s":
            kind = writable_kind(p, event, entry_states)
            if kind:
                yield Diagnostic(p.at(event), f"a {kind} entry gets the uffd-wp bit and stays writable")
