"""AL309: see the docstring of the check."""

from collections.abc import Iterator

from anonlint.rule.plugin import ANON, PRESENT, Cleared, Diagnostic, Event, Pass, Severity, Unknown, rule
from anonlint_rules.heirs import copies

_NO_PIN = frozenset(("unpinned", "vma-shared", "vma-file", "file", "new", "kernel"))


@rule(
    code="AL309",
    name="fork-shares-pinned",
    severity=Severity.ERROR,
    since="0.4.0",
    breaks=(
        "a page that a device writes to is mapped copy-on-write: the parent's next write gives it another page, and "
        "what the device writes is lost to it"
    ),
    help="ask page_needs_cow_for_dma() before the mapping is duplicated, and copy the page if it says yes",
    words=frozenset(("rmap-dup",)),
    about=frozenset(("rmap-dup",)),
    fragments=False,
    fixes=(
        '70e806e4e645 ("mm: Do early cow for pinned pages during fork() for ptes")',
        'd042035eaf5f ("mm/thp: Split huge pmds/puds if they\'re pinned when fork()")',
        '4eae4efa2c29 ("hugetlb: do early cow when page pinned on src mm")',
    ),
    references=("include/linux/mm.h: page_needs_cow_for_dma() (5.12 to 5.18; from 5.19 on the dup fails: AL202)",),
)
def check(p: Pass) -> Iterator[Diagnostic]:
    """A fork shares an anonymous page that may be pinned.

    Why: whoever pinned the page (a device, O_DIRECT) goes on to read and write it by its address. A fork that maps
    it copy-on-write makes the parent's next write go to a copy, and pin and process see different data from then
    on. Such a page is copied for the child at once. From 5.19 on the call that duplicates the mapping fails for it
    (AL202); before, the fork has to ask.

    Bad (5.12-5.18)::

        static void copy_one(struct mm_struct *dst_mm, struct mm_struct *src_mm, pte_t *dst_pte, pte_t *src_pte,
                             struct vm_area_struct *vma, unsigned long addr)
        {
                pte_t pte = *src_pte;
                struct page *page;

                if (!pte_present(pte))
                        return;
                page = vm_normal_page(vma, addr, pte);
                if (page) {
                        if (page_needs_cow_for_dma(vma, page))
                                count_pinned(vma);
                        get_page(page);
                        page_dup_rmap(page, false);
                }
                if (is_cow_mapping(vma->vm_flags) && pte_write(pte)) {
                        ptep_set_wrprotect(src_mm, addr, src_pte);
                        pte = pte_wrprotect(pte);
                }
                set_pte_at(dst_mm, addr, dst_pte, pte_clear_uffd_wp(pte));
        }

    Bad (5.12-5.18)::

        static void copy_huge(struct mm_struct *dst_mm, struct mm_struct *src_mm, pmd_t *dst_pmd, pmd_t *src_pmd,
                              struct vm_area_struct *vma, unsigned long addr)
        {
                pmd_t pmd = *src_pmd;
                struct page *page;

                if (!pmd_present(pmd))
                        return;
                page = pmd_page(pmd);
                get_page(page);
                page_dup_rmap(page, true);
                if (page_needs_cow_for_dma(vma, page))
                        count_pinned(vma);
                pmdp_set_wrprotect(src_mm, addr, src_pmd);
                pmd = pmd_clear_uffd_wp(pmd_wrprotect(pmd));
                set_pmd_at(dst_mm, addr, dst_pmd, pmd);
        }

    Good (5.12-5.18)::

        static int copy_one(struct mm_struct *dst_mm, struct mm_struct *src_mm, pte_t *dst_pte, pte_t *src_pte,
                            struct vm_area_struct *vma, unsigned long addr)
        {
                pte_t pte = *src_pte;
                struct page *page;

                if (!pte_present(pte))
                        return 0;
                page = vm_normal_page(vma, addr, pte);
                if (page) {
                        if (page_needs_cow_for_dma(vma, page))
                                return copy_page_for_child(dst_mm, dst_pte, page, vma, addr);
                        get_page(page);
                        page_dup_rmap(page, false);
                }
                if (is_cow_mapping(vma->vm_flags) && pte_write(pte)) {
                        ptep_set_wrprotect(src_mm, addr, src_pte);
                        pte = pte_wrprotect(pte);
                }
                set_pte_at(dst_mm, addr, dst_pte, pte_clear_uffd_wp(pte));
                return 0;
        }

    Good (5.12-5.18)::

        static int copy_huge(struct mm_struct *dst_mm, struct mm_struct *src_mm, pmd_t *dst_pmd, pmd_t *src_pmd,
                             struct vm_area_struct *vma, unsigned long addr)
        {
                pmd_t pmd = *src_pmd;
                struct page *page;

                if (!pmd_present(pmd))
                        return 0;
                page = pmd_page(pmd);
                if (page_needs_cow_for_dma(vma, page))
                        return -EAGAIN;
                get_page(page);
                page_dup_rmap(page, true);
                pmdp_set_wrprotect(src_mm, addr, src_pmd);
                pmd = pmd_clear_uffd_wp(pmd_wrprotect(pmd));
                set_pmd_at(dst_mm, addr, dst_pmd, pmd);
                return 0;
        }

    Misses: pages that are duplicated before their entry is read; kernels before 5.12.
    """
    if not p.user or p.dating.before((5, 12)):
        return
    for event, atoms in p.facts.events.items():
        if event.kind == "dup-blind" and not event.proofs & _NO_PIN and _forks(p, event, atoms):
            yield Diagnostic(
                p.nearest([event.span], event.call),
                f"{event.word}() shares a page with a child that may be pinned: nothing asks",
                record=event,
            )


def _forks(p: Pass, event: Event, atoms: int) -> bool:
    """Return whether the page is that of a mapped, anonymous entry which is copied into another slot."""
    if event.root is None or not p.plausible(event.root, atoms) & PRESENT & ANON:
        return False
    mine = [o for o in p.facts.outcomes if o.root == event.root and o.cow is not False]
    return any(copies(p.facts, outcome) and outcome.own not in (None, Cleared(), Unknown()) for outcome in mine)
