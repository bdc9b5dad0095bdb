"""AL305: an entry is made writable though userfaultfd or soft-dirty tracking may want the fault.

Why: userfaultfd write protection and soft-dirty tracking work by write faults. A mapping that is made writable on
the way lets writes through that nobody is told of.

Misses: functions for other files that never ask: their callers may.
"""

from collections.abc import Iterator

from anonlint.rule.plugin import NONE, Diagnostic, Pass, Severity, bits_of, mask, rule
from anonlint_rules.proven import makes_writable, promised

_WRITABLE = mask("Pw,W,DW,XW")

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
    references=(),
)
def check(p: Pass) -> Iterator[Diagnostic]:
    """An entry is made writable though userfaultfd or soft-dirty tracking may want the fault.

    Why: userfaultfd write protection and soft-dirty tracking work by write faults. A mapping that is made writable on
    the way lets writes through that nobody is told of.

    Bad (5.19-6.7)::

        static vm_fault_t write_fault(struct vm_fault *vmf)
        {
                struct vm_area_struct *vma = vmf->vma;
                struct page *page = vm_normal_page(vma, vmf->address, vmf->orig_pte);
                pte_t entry;

                if (!page || !PageAnon(page) || !PageAnonExclusive(page))
                        return copy_page(vmf);
                entry = pte_mkyoung(vmf->orig_pte);
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

                if (!page || !folio_test_anon(page_folio(page)) || !PageAnonExclusive(page))
                        return copy_page(vmf);
                entry = pte_mkyoung(vmf->orig_pte);
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
                entry = pte_mkyoung(vmf->orig_pte);
                entry = maybe_mkwrite(pte_mkdirty(entry), vma);
                if (ptep_set_access_flags(vma, vmf->address, vmf->pte, entry, 1))
                        update_mmu_cache(vma, vmf->address, vmf->pte);
                return 0;
        }

    Misses: functions for other files that never ask: their callers may.
    """
    if not (p.user and p.can_be_uffd_wp()):
        return  # before 5.19 a fault on an anonymous page asked once for all that it ends in
    if p.classes(p.name) & {"bit-set", "make-present"}:
        return  # what the vocabulary calls making it writable
    for event, atoms in p.facts.events.items():
        if event.proofs & {"no-uffd", "caller", "kernel", "vma-shared"}:
            continue
        if promised(p, event, "write-test"):
            yield Diagnostic(event.span, f"{event.word}() says yes with no test of userfaultfd write protection")
        elif makes_writable(event) and (p.asks("uffd-wp of swap") or not p.left_to_callers(*_QUESTIONS)):
            carried = bits_of(event.value)[1] == "k"  # made anew, it is AL402's concern
            if carried and (event.root is None or p.plausible(event.root, atoms) & ~_WRITABLE & ~NONE):
                yield Diagnostic(
                    p.nearest([event.span], event.call),
                    "an entry is made writable with no test of userfaultfd write protection behind it",
                )
