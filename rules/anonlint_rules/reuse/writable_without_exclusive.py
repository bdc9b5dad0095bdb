"""AL301: a private anonymous page is mapped writable though nothing proves that it is exclusive.

Why: an entry of a private mapping may be writable only if no other process maps the page, or that process
sees the writes (CVE-2020-29374 and its kin). The proof is the exclusive flag, a page that is new, or being the only
owner, counted under the folio lock.

Misses: pages of which the function never asks anything.
"""

from collections.abc import Iterator

from anonlint.rule.plugin import Diagnostic, Pass, Severity, rule
from anonlint_rules.proven import doubt, makes_writable, promised, unproven


@rule(
    code="AL301",
    name="writable-without-exclusive",
    severity=Severity.ERROR,
    since="0.2.0",
    breaks="two processes that share the page see each other's writes",
    help=(
        "map it writable only where PageAnonExclusive() of this very page was read under the page table lock, or "
        "the page is new, or it has one reference under the folio lock"
    ),
    words=frozenset(("bit-set", "make-present")),
    about=frozenset(("bit-set", "make-present")),
    fragments=False,
    fixes=('6c287605fd56 ("mm: remember exclusively mapped anonymous pages with PG_anon_exclusive")',),
    references=(),
)
def check(p: Pass) -> Iterator[Diagnostic]:
    """A private anonymous page is mapped writable though nothing proves that it is exclusive.

    Why: an entry of a private mapping may be writable only if no other process maps the page, or that process
    sees the writes (CVE-2020-29374 and its kin). The proof is the exclusive flag, a page that is new, or being the only
    owner, counted under the folio lock.

    Bad (5.19-6.7)::

        static vm_fault_t write_fault(struct vm_fault *vmf)
        {
                struct vm_area_struct *vma = vmf->vma;
                struct page *page = vm_normal_page(vma, vmf->address, vmf->orig_pte);
                pte_t entry;

                if (userfaultfd_pte_wp(vma, vmf->orig_pte))
                        return handle_userfault(vmf, VM_UFFD_WP);
                if (!page || !PageAnon(page))
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

                if (userfaultfd_pte_wp(vma, vmf->orig_pte))
                        return handle_userfault(vmf, VM_UFFD_WP);
                if (!page || !folio_test_anon(page_folio(page)))
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

    Misses: pages of which the function never asks anything.
    """
    if not p.user:
        return
    if not p.read_exclusive:
        return
    for event, atoms in p.facts.events.items():
        if event.proofs & {"sole-unlocked", "few"} or not unproven(p, event, atoms):
            continue
        if promised(p, event, "write-test"):
            message = f"{event.word}() says yes to a page that {doubt(p, event, atoms)}"
            yield Diagnostic(event.span, message)
        elif makes_writable(event):
            message = f"a page that {doubt(p, event, atoms)} is mapped writable"
            yield Diagnostic(p.nearest([event.span], event.call), message)
