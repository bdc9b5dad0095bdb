"""AL215: see the docstring of the check."""

from collections.abc import Iterator

from anonlint.rule.plugin import Diagnostic, Pass, Severity, rule


@rule(
    code="AL215",
    name="pin-checked-too-early",
    severity=Severity.ERROR,
    since="0.2.0",
    breaks="GUP-fast pins the page between the question and the clearing: a pinned page is moved from under the pin",
    help="ask folio_maybe_dma_pinned() (again) after the entry is cleared and flushed, put it back where it says yes",
    words=frozenset(("rmap-move",)),
    about=frozenset(("rmap-move", "pin-test")),
    fragments=False,
    fixes=(),
    references=('adef440691ba ("userfaultfd: UFFDIO_MOVE uABI"), move_present_pte()',),
)
def check(p: Pass) -> Iterator[Diagnostic]:
    """A page is moved to another place because it was not pinned before its entry was cleared.

    Why: as long as the entry stands, GUP-fast can take a pin without any lock. Only what is asked after the entry is
    cleared and flushed still holds when the rmap moves.

    Bad (6.8-6.18)::

        static int move_one(struct vm_area_struct *dst_vma, struct vm_area_struct *src_vma, pte_t *dst_pte,
                            pte_t *src_pte, unsigned long addr, struct folio *folio)
        {
                pte_t pte;

                if (folio_maybe_dma_pinned(folio))
                        return -EBUSY;
                pte = ptep_clear_flush(src_vma, addr, src_pte);
                folio_move_anon_rmap(folio, dst_vma);
                set_pte_at(dst_vma->vm_mm, addr, dst_pte, pte_mksoft_dirty(pte));
                return 0;
        }

    Bad (6.19-)::

        static int move_huge(struct vm_area_struct *dst_vma, struct vm_area_struct *src_vma, pmd_t *dst_pmd,
                             pmd_t *src_pmd, unsigned long addr, struct folio *folio)
        {
                pmd_t pmd;

                if (folio_maybe_dma_pinned(folio))
                        return -EBUSY;
                pmd = pmdp_huge_clear_flush(src_vma, addr, src_pmd);
                folio_move_anon_rmap(folio, dst_vma);
                set_pmd_at(dst_vma->vm_mm, addr, dst_pmd, pmd_mksoft_dirty(pmd));
                return 0;
        }

    Good (6.8-6.18)::

        static int move_one(struct vm_area_struct *dst_vma, struct vm_area_struct *src_vma, pte_t *dst_pte,
                            pte_t *src_pte, unsigned long addr, struct folio *folio)
        {
                pte_t pte = ptep_clear_flush(src_vma, addr, src_pte);

                if (folio_maybe_dma_pinned(folio)) {
                        set_pte_at(src_vma->vm_mm, addr, src_pte, pte);
                        return -EBUSY;
                }
                folio_move_anon_rmap(folio, dst_vma);
                set_pte_at(dst_vma->vm_mm, addr, dst_pte, pte_mksoft_dirty(pte));
                return 0;
        }

    Good (6.19-)::

        static int move_huge(struct vm_area_struct *dst_vma, struct vm_area_struct *src_vma, pmd_t *dst_pmd,
                             pmd_t *src_pmd, unsigned long addr, struct folio *folio)
        {
                pmd_t pmd;

                if (folio_maybe_dma_pinned(folio))
                        return -EBUSY;
                pmd = pmdp_huge_clear_flush(src_vma, addr, src_pmd);
                if (folio_maybe_dma_pinned(folio)) {
                        set_pmd_at(src_vma->vm_mm, addr, src_pmd, pmd);
                        return -EBUSY;
                }
                folio_move_anon_rmap(folio, dst_vma);
                set_pmd_at(dst_vma->vm_mm, addr, dst_pmd, pmd_mksoft_dirty(pmd));
                return 0;
        }

    Misses: pages of which nobody asks whether they are pinned.
    """
    for event in p.facts.events:
        if event.kind == "move" and "was-unpinned" in event.proofs and "unpinned" not in event.proofs:
            yield Diagnostic(
                p.nearest([event.span], event.call),
                f"{event.word}() relies on a test for pins that was made before the entry was cleared",
                record=event,
            )
