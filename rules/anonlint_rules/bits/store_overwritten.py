"""AL412: a page table slot is written twice on one path, with no read between.

Why: what was stored first is gone before anybody can have seen it: a marker, a bit, or a whole entry is lost, most
often because an else is missing.

Misses: slots that are written in different turns of a loop.
"""

from collections.abc import Iterator

from anonlint.rule.plugin import Diagnostic, Pass, Severity, rule


@rule(
    code="AL412",
    name="store-overwritten",
    severity=Severity.ERROR,
    since="0.2.0",
    breaks="the marker, bit or entry that was stored first is lost",
    help="store once: put an else between the two, or change the value before it is stored",
    words=frozenset(("store",)),
    about=frozenset(("store",)),
    fragments=False,
    fixes=(),
    references=(),
)
def check(p: Pass) -> Iterator[Diagnostic]:
    """A page table slot is written twice on one path, with no read between.

    Why: what was stored first is gone before anybody can have seen it: a marker, a bit, or a whole entry is lost, most
    often because an else is missing.

    Bad (5.19-6.18)::

        static void guard_slot(struct vm_area_struct *vma, unsigned long addr, pte_t *slot, pte_t old, pte_t next)
        {
                if (pte_none(old))
                        set_pte_at(vma->vm_mm, addr, slot, make_pte_marker(PTE_MARKER_UFFD_WP));
                set_pte_at(vma->vm_mm, addr, slot, next);
        }

    Good (5.19-6.18)::

        static void guard_slot(struct vm_area_struct *vma, unsigned long addr, pte_t *slot, pte_t old, pte_t next)
        {
                if (pte_none(old)) {
                        set_pte_at(vma->vm_mm, addr, slot, make_pte_marker(PTE_MARKER_UFFD_WP));
                        return;
                }
                set_pte_at(vma->vm_mm, addr, slot, next);
        }

    Bad (6.19-)::

        static void map_slot(struct vm_area_struct *vma, unsigned long addr, pmd_t *slot, struct folio *new, bool dirty)
        {
                pmd_t pmd = folio_mk_pmd(new, vma->vm_page_prot);

                if (dirty)
                        set_pmd_at(vma->vm_mm, addr, slot, pmd_mkdirty(pmd));
                set_pmd_at(vma->vm_mm, addr, slot, pmd);
        }

    Good (6.19-)::

        static void map_slot(struct vm_area_struct *vma, unsigned long addr, pmd_t *slot, struct folio *new, bool dirty)
        {
                pmd_t pmd = folio_mk_pmd(new, vma->vm_page_prot);

                if (dirty)
                        pmd = pmd_mkdirty(pmd);
                set_pmd_at(vma->vm_mm, addr, slot, pmd);
        }

    Misses: slots that are written in different turns of a loop.
    """
    if not p.user:
        return
    for event in p.facts.events:
        if event.kind == "store-again":
            message = "the slot was written just before and nobody has read it since: what was stored there is lost"
            yield Diagnostic(p.nearest([event.span], event.call), message)
