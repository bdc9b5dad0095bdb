"""A helper that waits for a migration entry to go away is given the address of a local copy of it.

Why: the helper takes the page table lock and reads the entry again under it. Which lock that is it works out from
the address of the slot (pmd_lockptr() takes the page that holds it): a variable on the stack has no such
lock, and it is never written to by whoever ends the migration. No commit that fixed such a mistake is known.

Misses: copies whose address reaches the helper in a pointer that another function made.
"""

from collections.abc import Iterator

from anonlint.rule.plugin import Diagnostic, Pass, Severity, rule


@rule(
    code="AL214",
    name="slot-copy-waited-on",
    severity=Severity.ERROR,
    since="0.2.0",
    breaks="a lock is looked up by an address on the stack, and a copy that never changes is waited on",
    help="hand on the slot itself",
    words=frozenset(("wait",)),
    about=frozenset(("wait",)),
    fragments=False,
    references=("mm/migrate.c: pmd_migration_entry_wait()",),
)
def check(p: Pass) -> Iterator[Diagnostic]:
    for event, _ in p.events("waited-on-copy"):
        yield Diagnostic(p.at(event), f"{event.word}() waits on a local copy of the entry: it never changes")
