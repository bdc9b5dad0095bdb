"""AL214: a helper that waits for an entry to change is given a copy of it."""

from collections.abc import Iterator

from anonlint.rule.plugin import Diagnostic, Pass, Severity, rule


@rule(
    code="AL214",
    name="slot-copy-waited-on",
    severity=Severity.ERROR,
    since="0.4.0",
    breaks="a lock is looked up by an address on the stack, and a copy that never changes is waited on",
    help="hand on the slot itself",
    words=frozenset(("wait",)),
    about=frozenset(("wait",)),
    fragments=False,
    fixes=(),
    references=("mm/migrate.c: pmd_migration_entry_wait()",),
)
def check(p: Pass) -> Iterator[Diagnostic]:
    """A helper that waits for a migration entry to go away is given the address of a local copy of it.

    Why: the helper takes the page table lock and reads the entry again under it. Which lock that is it works out from
    the address of the slot (pmd_lockptr() takes the page that holds it): a variable on the stack has no such
    lock, and it is never written to by whoever ends the migration. No commit that fixed such a mistake is known.

    Bad (4.18-6.18)::

        static bool settled(struct mm_struct *mm, pmd_t *pmdp)
        {
                pmd_t pmd = READ_ONCE(*pmdp);

                if (pmd_present(pmd))
                        return true;
                pmd_migration_entry_wait(mm, &pmd);
                return false;
        }

    Good (4.18-6.18)::

        static bool settled(struct mm_struct *mm, pmd_t *pmdp)
        {
                pmd_t pmd = READ_ONCE(*pmdp);

                if (pmd_present(pmd))
                        return true;
                pmd_migration_entry_wait(mm, pmdp);
                return false;
        }

    Bad (6.19-)::

        static int settle(struct mm_struct *mm, pmd_t *table, unsigned long addr)
        {
                pmd_t copy = pmdp_get_lockless(table);

                if (!pmd_is_migration_entry(copy))
                        return 0;
                pmd_migration_entry_wait(mm, &copy);
                return -EAGAIN;
        }

    Good (6.19-)::

        static int settle(struct mm_struct *mm, pmd_t *table, unsigned long addr)
        {
                pmd_t copy = pmdp_get_lockless(table);

                if (!pmd_is_migration_entry(copy))
                        return 0;
                pmd_migration_entry_wait(mm, table);
                return -EAGAIN;
        }

    Misses: copies whose address reaches the helper in a pointer that another function made.
    """
    for event in p.facts.events:
        if event.kind == "waited-on-copy":
            yield Diagnostic(
                p.nearest([event.span], event.call),
                f"{event.word}() waits on a local copy of the entry: it never changes",
            )
