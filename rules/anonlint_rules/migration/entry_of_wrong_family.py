"""AL109: an entry is rebuilt as one of another family."""

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
    since="0.4.0",
    breaks="the page is looked up, faulted in and counted as what it is not: a fault never brings it back",
    help="make the entry with the constructor of its own family",
    words=frozenset(("constructor",)),
    about=frozenset(("constructor",)),
    fragments=False,
    fixes=(),
    references=("include/linux/swapops.h: make_readable_device_private_entry()",),
)
def check(p: Pass) -> Iterator[Diagnostic]:
    """An entry is rebuilt as one of another family: a device-private entry as a device-exclusive one, say.

    Why: a device-private entry stands for a page of the device, a device-exclusive entry for a page of ordinary memory
    that only the device may touch for now. A fault on the one migrates the page back, on the other it maps it
    again: of the wrong family, it maps memory that the CPU cannot reach, or waits for a migration that never was.
    No commit that fixed such a mistake is known.

    Bad (5.14-6.14)::

        static void calm_down(struct mm_struct *mm, unsigned long addr, pte_t *ptep)
        {
                pte_t pte = ptep_get(ptep);
                swp_entry_t entry;

                if (pte_none(pte) || pte_present(pte))
                        return;
                entry = pte_to_swp_entry(pte);
                if (is_writable_device_private_entry(entry)) {
                        entry = make_readable_device_exclusive_entry(swp_offset(entry));
                        keep_bits(mm, addr, ptep, pte, entry);
                }
        }

    Good (5.14-6.14)::

        static void calm_down(struct mm_struct *mm, unsigned long addr, pte_t *ptep)
        {
                pte_t pte = ptep_get(ptep);
                swp_entry_t entry;

                if (pte_none(pte) || pte_present(pte))
                        return;
                entry = pte_to_swp_entry(pte);
                if (is_writable_device_private_entry(entry)) {
                        entry = make_readable_device_private_entry(swp_offset(entry));
                        keep_bits(mm, addr, ptep, pte, entry);
                }
        }

    Bad (6.19-)::

        static void calm_down(struct mm_struct *mm, unsigned long addr, pte_t *ptep)
        {
                pte_t pte = ptep_get(ptep);
                softleaf_t entry = softleaf_from_pte(pte);

                if (softleaf_is_device_private_write(entry)) {
                        entry = make_device_exclusive_entry(swp_offset(entry));
                        keep_bits(mm, addr, ptep, pte, entry);
                }
        }

    Good (6.19-)::

        static void calm_down(struct mm_struct *mm, unsigned long addr, pte_t *ptep)
        {
                pte_t pte = ptep_get(ptep);
                softleaf_t entry = softleaf_from_pte(pte);

                if (softleaf_is_device_private_write(entry)) {
                        entry = make_readable_device_private_entry(swp_offset(entry));
                        keep_bits(mm, addr, ptep, pte, entry);
                }
        }

    Misses: entries of whose family the function never asks; conversions between migration and device-private entries,
    which migration makes on purpose.
    """
    for made, atoms in p.facts.made.items():
        atoms &= ~p.facts.denied.get(made.root, 0) & ~NONE
        for before, after in _NEVER:
            if made.root is not None and mask(made.kind) & after and atoms and not atoms & ~before:
                kind = WORDS[kinds_of(atoms)[0]]
                yield Diagnostic(
                    p.nearest([made.span], made.span),
                    f"{made.word}() makes an entry of another family of a {kind} entry",
                )
