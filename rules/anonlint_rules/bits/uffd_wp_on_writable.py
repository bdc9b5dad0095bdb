"""AL404: an entry gets the uffd-wp bit and stays writable.

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
    references=(),
)
def check(p: Pass) -> Iterator[Diagnostic]:
    """An entry gets the uffd-wp bit and stays writable.

    Why: userfaultfd write protection works by write faults. A writable migration or device-private entry that
    carries the bit comes back as a writable mapping, and page_table_check warns (8430557fc584).

    Bad (5.19-6.18)::

        static void protect_entry(struct vm_area_struct *vma, unsigned long addr, pte_t *ptep)
        {
                pte_t pte = ptep_get(ptep), new;
                swp_entry_t entry;

                if (pte_none(pte) || pte_present(pte))
                        return;
                entry = pte_to_swp_entry(pte);
                if (!is_migration_entry(entry))
                        return;
                new = pte;
                set_pte_at(vma->vm_mm, addr, ptep, pte_swp_mkuffd_wp(new));
        }

    Good (5.19-6.18)::

        static void protect_entry(struct vm_area_struct *vma, unsigned long addr, pte_t *ptep)
        {
                pte_t pte = ptep_get(ptep), new;
                swp_entry_t entry;

                if (pte_none(pte) || pte_present(pte))
                        return;
                entry = pte_to_swp_entry(pte);
                if (!is_migration_entry(entry))
                        return;
                new = pte;
                if (is_writable_migration_entry(entry)) {
                        if (PageAnon(pfn_swap_entry_to_page(entry)))
                                entry = make_readable_exclusive_migration_entry(swp_offset(entry));
                        else
                                entry = make_readable_migration_entry(swp_offset(entry));
                        new = swp_entry_to_pte(entry);
                        if (pte_swp_soft_dirty(pte))
                                new = pte_swp_mksoft_dirty(new);
                }
                set_pte_at(vma->vm_mm, addr, ptep, pte_swp_mkuffd_wp(new));
        }

    Bad (6.19-)::

        static void protect_entry(struct vm_area_struct *vma, unsigned long addr, pte_t *ptep)
        {
                pte_t pte = ptep_get(ptep), new;
                softleaf_t entry;

                if (pte_none(pte) || pte_present(pte))
                        return;
                entry = softleaf_from_pte(pte);
                if (!softleaf_is_migration(entry))
                        return;
                new = pte;
                set_pte_at(vma->vm_mm, addr, ptep, pte_swp_mkuffd_wp(new));
        }

    Good (6.19-)::

        static void protect_entry(struct vm_area_struct *vma, unsigned long addr, pte_t *ptep)
        {
                pte_t pte = ptep_get(ptep), new;
                softleaf_t entry;

                if (pte_none(pte) || pte_present(pte))
                        return;
                entry = softleaf_from_pte(pte);
                if (!softleaf_is_migration(entry))
                        return;
                new = pte;
                if (softleaf_is_migration_write(entry)) {
                        if (PageAnon(softleaf_to_page(entry)))
                                entry = make_readable_exclusive_migration_entry(swp_offset(entry));
                        else
                                entry = make_readable_migration_entry(swp_offset(entry));
                        new = softleaf_to_pte(entry);
                        if (pte_swp_soft_dirty(pte))
                                new = pte_swp_mksoft_dirty(new);
                }
                set_pte_at(vma->vm_mm, addr, ptep, pte_swp_mkuffd_wp(new));
        }

    Misses: bits that functions not in sight set.
    """
    if not p.user:
        return
    levels = p.facts.levels
    for event, atoms in p.facts.events.items():
        wanted = "no-uffd" not in event.proofs and p.can_be_uffd_wp(levels.get(event.root, "pte"))
        if event.kind == "store" and wanted and bits_of(event.value)[1] == "s":
            kind = writable_kind(p, event, atoms)
            if kind:
                yield Diagnostic(
                    p.nearest([event.span], event.call), f"a {kind} entry gets the uffd-wp bit and stays writable"
                )
