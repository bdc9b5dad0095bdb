"""AL406: soft-dirty is cleared on an entry that stays writable.

Why: the next write sets soft-dirty again only because it faults. An entry that stays writable, be it mapped or a
writable migration entry, lets the write through and the page counts as unchanged.

Misses: entries that functions not in sight write-protect.
"""

from collections.abc import Iterator

from anonlint.plugin import Diagnostic, Pass, Severity, bits_of, rule
from anonlint_rules.paths import writable_kind


@rule(
    code="AL406",
    name="tracked-but-writable",
    severity=Severity.ERROR,
    since="0.2.0",
    breaks="the next write is not seen: tracking reports the page as clean",
    help="write-protect the entry where its soft-dirty bit is cleared",
    words=frozenset(("bit-clear",)),
    about=frozenset(("bit-clear",)),
    fragments=False,
    fixes=(),
    references=(),
)
def check(p: Pass) -> Iterator[Diagnostic]:
    """Soft-dirty is cleared on an entry that stays writable.

    Why: the next write sets soft-dirty again only because it faults. An entry that stays writable, be it mapped or a
    writable migration entry, lets the write through and the page counts as unchanged.

    Bad (5.19-6.18)::

        static void clear_soft_dirty_of(struct vm_area_struct *vma, unsigned long addr, pte_t *ptep)
        {
                pte_t pte = ptep_get(ptep), old;

                if (!pte_present(pte))
                        return;
                old = ptep_modify_prot_start(vma, addr, ptep);
                pte = pte_clear_soft_dirty(old);
                ptep_modify_prot_commit(vma, addr, ptep, old, pte);
        }

    Good (5.19-6.18)::

        static void clear_soft_dirty_of(struct vm_area_struct *vma, unsigned long addr, pte_t *ptep)
        {
                pte_t pte = ptep_get(ptep), old;

                if (!pte_present(pte))
                        return;
                old = ptep_modify_prot_start(vma, addr, ptep);
                pte = pte_clear_soft_dirty(pte_wrprotect(old));
                ptep_modify_prot_commit(vma, addr, ptep, old, pte);
        }

    Bad (6.19-)::

        static void clear_soft_dirty_of(struct vm_area_struct *vma, unsigned long addr, pte_t *ptep)
        {
                pte_t pte = ptep_get(ptep), old;

                if (!pte_present(pte))
                        return;
                old = ptep_modify_prot_start(vma, addr, ptep);
                pte = pte_clear_soft_dirty(old);
                ptep_modify_prot_commit(vma, addr, ptep, old, pte);
        }

    Good (6.19-)::

        static void clear_soft_dirty_of(struct vm_area_struct *vma, unsigned long addr, pte_t *ptep)
        {
                pte_t pte = ptep_get(ptep), old;

                if (!pte_present(pte))
                        return;
                old = ptep_modify_prot_start(vma, addr, ptep);
                pte = pte_clear_soft_dirty(pte_wrprotect(old));
                ptep_modify_prot_commit(vma, addr, ptep, old, pte);
        }

    Misses: entries that functions not in sight write-protect.
    """
    if not p.user:
        return
    for event, atoms in p.facts.events.items():
        if event.kind == "store" and bits_of(event.value)[0] == "c":
            kind = writable_kind(p, event, atoms)
            if kind:
                yield Diagnostic(
                    p.nearest([event.span], event.call), f"soft-dirty is cleared on a {kind} entry that stays writable"
                )
