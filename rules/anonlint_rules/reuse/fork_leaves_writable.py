"""AL308: see the docstring of the check."""

from collections.abc import Iterator

from anonlint.rule.plugin import (
    Cleared,
    Diagnostic,
    Outcome,
    Pass,
    PresentEntry,
    Severity,
    Span,
    Unknown,
    Value,
    bare,
    mask,
    rule,
)
from anonlint_rules.heirs import copies, splits

_WRITABLE = mask("Pw")


@rule(
    code="AL308",
    name="fork-leaves-writable",
    severity=Severity.ERROR,
    since="0.2.0",
    breaks="parent and child write to the same page: each sees what the other writes",
    help=(
        "write-protect both: ptep_set_wrprotect() (pmdp_, huge_ptep_) for the parent's slot and pte_wrprotect() for "
        "the value that the child gets"
    ),
    words=frozenset(("store",)),
    about=frozenset(("store",)),
    fragments=False,
    fixes=(),
    references=("include/linux/mm.h: is_cow_mapping()",),
)
def check(p: Pass) -> Iterator[Diagnostic]:
    """A fork of a copy-on-write mapping leaves a mapped entry writable in the parent or in the child.

    Why: after a fork both processes map the page. Neither may write to it without a fault, or the other one sees
    what was written: the parent's slot has to be write-protected, and so has the value that the child gets.

    Bad (5.19-6.18)::

        static void copy_one(struct vm_area_struct *dst_vma, struct vm_area_struct *src_vma, pte_t *dst_pte,
                             pte_t *src_pte, unsigned long addr)
        {
                pte_t pte = ptep_get(src_pte);

                if (!pte_present(pte))
                        return;
                if (is_cow_mapping(src_vma->vm_flags) && pte_write(pte))
                        pte = pte_wrprotect(pte);
                if (!userfaultfd_wp(dst_vma))
                        pte = pte_clear_uffd_wp(pte);
                set_pte_at(dst_vma->vm_mm, addr, dst_pte, pte);
        }

    Bad (5.7-5.18)::

        static void copy_one(struct mm_struct *dst_mm, struct mm_struct *src_mm, pte_t *dst_pte, pte_t *src_pte,
                             struct vm_area_struct *vma, unsigned long addr)
        {
                pte_t pte = *src_pte;

                if (!pte_present(pte))
                        return;
                if (is_cow_mapping(vma->vm_flags) && pte_write(pte))
                        ptep_set_wrprotect(src_mm, addr, src_pte);
                set_pte_at(dst_mm, addr, dst_pte, pte_clear_uffd_wp(pte));
        }

    Good (5.19-6.18)::

        static void copy_one(struct vm_area_struct *dst_vma, struct vm_area_struct *src_vma, pte_t *dst_pte,
                             pte_t *src_pte, unsigned long addr)
        {
                pte_t pte = ptep_get(src_pte);

                if (!pte_present(pte))
                        return;
                if (is_cow_mapping(src_vma->vm_flags) && pte_write(pte)) {
                        ptep_set_wrprotect(src_vma->vm_mm, addr, src_pte);
                        pte = pte_wrprotect(pte);
                }
                if (!userfaultfd_wp(dst_vma))
                        pte = pte_clear_uffd_wp(pte);
                set_pte_at(dst_vma->vm_mm, addr, dst_pte, pte);
        }

    Good (5.7-5.18)::

        static void copy_one(struct mm_struct *dst_mm, struct mm_struct *src_mm, pte_t *dst_pte, pte_t *src_pte,
                             struct vm_area_struct *vma, unsigned long addr)
        {
                pte_t pte = *src_pte;

                if (!pte_present(pte))
                        return;
                if (is_cow_mapping(vma->vm_flags) && pte_write(pte)) {
                        ptep_set_wrprotect(src_mm, addr, src_pte);
                        pte = pte_wrprotect(pte);
                }
                set_pte_at(dst_mm, addr, dst_pte, pte_clear_uffd_wp(pte));
        }

    Misses: forks that neither ask whether the mapping is copied on write nor duplicate the rmap of the page.
    """
    if not p.user:
        return
    for outcome, atoms in p.facts.outcomes.items():
        if not p.plausible(outcome.root, atoms) & _WRITABLE or not _forks(p, outcome):
            continue
        copied = copies(p.facts, outcome)
        sides = [("parent", outcome.own), *(("child", value) for value in copied)]
        left = list(dict.fromkeys(who for who, value in sides if _stays_writable(value, outcome.root)))
        if left:
            yield Diagnostic(
                _stored(p, outcome, copied),
                f"a writable entry of a copy-on-write mapping stays writable in the {' and the '.join(left)}",
                record=outcome,
            )


def _forks(p: Pass, outcome: Outcome) -> bool:
    """Return whether an outcome is a fork's: a copy elsewhere, the old one kept, in a mapping copied on write."""
    if not outcome.others or outcome.own in (None, Cleared(), Unknown()) or splits(p.facts, outcome):
        return False
    shares = outcome.cow or (outcome.cow is None and "dup" in outcome.marks)
    return bool(shares) and "vma-shared" not in outcome.proofs


def _stays_writable(value: Value, root: Value) -> bool:
    return bare(value) == root or (isinstance(value, PresentEntry) and value.write == 1)


def _stored(p: Pass, outcome: Outcome, copied: list[Value]) -> Span:
    spans = [s.span for s in p.facts.stores if s.root == outcome.root and s.value in copied and s.cell != s.root]
    return p.nearest(spans, p.span)
