"""AL307: a fault that only unshares makes an entry writable.

Why: FAULT_FLAG_UNSHARE asks for a page of one's own to read from, for a pin; the mapping may be read-only for a
reason. No write access comes with it (c89357e27f20).

Misses: flags that are handed on as something else.
"""

from collections.abc import Iterator

from anonlint.rule.plugin import Diagnostic, Pass, Severity, mask, rule
from anonlint_rules.proven import makes_writable

_WRITABLE = mask("Pw,W,DW,XW")


@rule(
    code="AL307",
    name="unshare-maps-writable",
    severity=Severity.ERROR,
    since="0.2.0",
    breaks=(
        "an unshare fault is for reading: it makes an entry writable that nobody asked to write to, past VM_WRITE "
        "and write protection"
    ),
    help="leave the entry read-only where FAULT_FLAG_UNSHARE is set",
    words=frozenset(("bit-set", "make-present")),
    fragments=False,
    fixes=('c89357e27f20 ("mm: support FAULT_FLAG_UNSHARE to reproduce a COW fault without write")',),
    references=(),
)
def check(p: Pass) -> Iterator[Diagnostic]:
    """A fault that only unshares makes an entry writable.

    Why: FAULT_FLAG_UNSHARE asks for a page of one's own to read from, for a pin; the mapping may be read-only for a
    reason. No write access comes with it (c89357e27f20).

    Bad (5.19-6.7)::

        static vm_fault_t write_fault(struct vm_fault *vmf)
        {
                struct vm_area_struct *vma = vmf->vma;
                struct page *page = vm_normal_page(vma, vmf->address, vmf->orig_pte);
                pte_t entry;

                if (userfaultfd_pte_wp(vma, vmf->orig_pte))
                        return handle_userfault(vmf, VM_UFFD_WP);
                if (!page || !PageAnon(page) || !PageAnonExclusive(page))
                        return copy_page(vmf);
                entry = pte_mkyoung(vmf->orig_pte);
                if (vmf->flags & FAULT_FLAG_UNSHARE)
                        entry = pte_mkold(entry);
                entry = maybe_mkwrite(pte_mkdirty(entry), vma);
                if (ptep_set_access_flags(vma, vmf->address, vmf->pte, entry, 1))
                        update_mmu_cache(vma, vmf->address, vmf->pte);
                return 0;
        }

    Good (5.19-6.7)::

        static vm_fault_t write_fault(struct vm_fault *vmf)
        {
                struct vm_area_struct *vma = vmf->vma;
                struct page *page = vm_normal_page(vma, vmf->address, vmf->orig_pte);
                pte_t entry;

                if (userfaultfd_pte_wp(vma, vmf->orig_pte))
                        return handle_userfault(vmf, VM_UFFD_WP);
                if (!page || !PageAnon(page) || !PageAnonExclusive(page))
                        return copy_page(vmf);
                if (vmf->flags & FAULT_FLAG_UNSHARE)
                        return 0;
                entry = pte_mkyoung(vmf->orig_pte);
                entry = maybe_mkwrite(pte_mkdirty(entry), vma);
                if (ptep_set_access_flags(vma, vmf->address, vmf->pte, entry, 1))
                        update_mmu_cache(vma, vmf->address, vmf->pte);
                return 0;
        }

    Bad (6.8-6.18)::

        static vm_fault_t write_fault(struct vm_fault *vmf)
        {
                struct vm_area_struct *vma = vmf->vma;
                struct page *page = vm_normal_page(vma, vmf->address, vmf->orig_pte);
                pte_t entry;

                if (userfaultfd_pte_wp(vma, vmf->orig_pte))
                        return handle_userfault(vmf, VM_UFFD_WP);
                if (!page || !folio_test_anon(page_folio(page)) || !PageAnonExclusive(page))
                        return copy_page(vmf);
                entry = pte_mkyoung(vmf->orig_pte);
                if (vmf->flags & FAULT_FLAG_UNSHARE)
                        entry = pte_mkold(entry);
                entry = maybe_mkwrite(pte_mkdirty(entry), vma);
                if (ptep_set_access_flags(vma, vmf->address, vmf->pte, entry, 1))
                        update_mmu_cache(vma, vmf->address, vmf->pte);
                return 0;
        }

    Good (6.8-6.18)::

        static vm_fault_t write_fault(struct vm_fault *vmf)
        {
                struct vm_area_struct *vma = vmf->vma;
                struct page *page = vm_normal_page(vma, vmf->address, vmf->orig_pte);
                pte_t entry;

                if (userfaultfd_pte_wp(vma, vmf->orig_pte))
                        return handle_userfault(vmf, VM_UFFD_WP);
                if (!page || !folio_test_anon(page_folio(page)) || !PageAnonExclusive(page))
                        return copy_page(vmf);
                if (vmf->flags & FAULT_FLAG_UNSHARE)
                        return 0;
                entry = pte_mkyoung(vmf->orig_pte);
                entry = maybe_mkwrite(pte_mkdirty(entry), vma);
                if (ptep_set_access_flags(vma, vmf->address, vmf->pte, entry, 1))
                        update_mmu_cache(vma, vmf->address, vmf->pte);
                return 0;
        }

    Misses: flags that are handed on as something else.
    """
    for event, atoms in p.facts.events.items():
        if not makes_writable(event) or event.proofs & {"vma-shared", "no-unshare", "kernel"}:
            continue
        unasked = p.asks("FAULT_FLAG_UNSHARE", event.span)  # the flag is looked at somewhere, but not on this path
        new = event.root is None or p.plausible(event.root, atoms) & ~_WRITABLE
        if new and ("unshare" in event.marks or unasked):
            yield Diagnostic(
                p.nearest([event.span], event.call), "an entry is made writable by a fault that only unshares"
            )
