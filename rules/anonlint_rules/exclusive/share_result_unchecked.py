"""AL202: the result of a share or dup call decides nothing.

Why: sharing and duplicating fail when the page may be pinned: a device writes to it behind the page
tables' back. Whoever goes on regardless maps the pinned page copy-on-write, and the next write fault
tears process and device apart. Only for device-private pages, which cannot be pinned, there is no failure.

Misses: results that are stored in memory and looked at elsewhere.
"""

from collections.abc import Iterator

from anonlint.rule.plugin import DEVICE_PRIVATE, Diagnostic, Pass, Severity, rule


@rule(
    code="AL202",
    name="share-result-unchecked",
    severity=Severity.ERROR,
    since="0.2.0",
    breaks=(
        "a page that may be pinned is shared all the same: the pin and the process see different data after the "
        "next write"
    ),
    help="test the result; where the helper fails put the entry back (share), or copy the page (dup)",
    words=frozenset(("rmap-share", "rmap-dup")),
    about=frozenset(("rmap-share", "rmap-dup")),
    fragments=False,
    fixes=('6c287605fd56 ("mm: remember exclusively mapped anonymous pages with PG_anon_exclusive")',),
    references=(),
)
def check(p: Pass) -> Iterator[Diagnostic]:
    """The result of a share or dup call decides nothing.

    Why: sharing and duplicating fail when the page may be pinned: a device writes to it behind the page
    tables' back. Whoever goes on regardless maps the pinned page copy-on-write, and the next write fault
    tears process and device apart. Only for device-private pages, which cannot be pinned, there is no failure.

    Bad (5.19-6.7)::

        static int copy_one(struct vm_area_struct *dst_vma, struct vm_area_struct *vma, unsigned long addr,
                            pte_t *dst_pte, pte_t *src_pte)
        {
                pte_t pte = ptep_get(src_pte);
                struct page *page = vm_normal_page(vma, addr, pte);

                if (page) {
                        get_page(page);
                        page_try_dup_anon_rmap(page, false, vma);
                }
                ptep_set_wrprotect(vma->vm_mm, addr, src_pte);
                pte = pte_mkold(pte_wrprotect(pte));
                if (!userfaultfd_wp(dst_vma))
                        pte = pte_clear_uffd_wp(pte);
                set_pte_at(dst_vma->vm_mm, addr, dst_pte, pte);
                return 0;
        }

    Good (5.19-6.7)::

        static int copy_one(struct vm_area_struct *dst_vma, struct vm_area_struct *vma, unsigned long addr,
                            pte_t *dst_pte, pte_t *src_pte)
        {
                pte_t pte = ptep_get(src_pte);
                struct page *page = vm_normal_page(vma, addr, pte);

                if (page) {
                        get_page(page);
                        if (page_try_dup_anon_rmap(page, false, vma)) {
                                put_page(page);
                                return -EBUSY;
                        }
                }
                ptep_set_wrprotect(vma->vm_mm, addr, src_pte);
                pte = pte_mkold(pte_wrprotect(pte));
                if (!userfaultfd_wp(dst_vma))
                        pte = pte_clear_uffd_wp(pte);
                set_pte_at(dst_vma->vm_mm, addr, dst_pte, pte);
                return 0;
        }

    Bad (6.8-6.18)::

        static int copy_one(struct vm_area_struct *dst_vma, struct vm_area_struct *vma, unsigned long addr,
                            pte_t *dst_pte, pte_t *src_pte)
        {
                pte_t pte = ptep_get(src_pte);
                struct page *page = vm_normal_page(vma, addr, pte);
                struct folio *folio;

                if (page) {
                        folio = page_folio(page);
                        folio_get(folio);
                        folio_try_dup_anon_rmap_pte(folio, page, vma);
                }
                ptep_set_wrprotect(vma->vm_mm, addr, src_pte);
                pte = pte_mkold(pte_wrprotect(pte));
                if (!userfaultfd_wp(dst_vma))
                        pte = pte_clear_uffd_wp(pte);
                set_pte_at(dst_vma->vm_mm, addr, dst_pte, pte);
                return 0;
        }

    Good (6.8-6.18)::

        static int copy_one(struct vm_area_struct *dst_vma, struct vm_area_struct *vma, unsigned long addr,
                            pte_t *dst_pte, pte_t *src_pte)
        {
                pte_t pte = ptep_get(src_pte);
                struct page *page = vm_normal_page(vma, addr, pte);
                struct folio *folio;

                if (page) {
                        folio = page_folio(page);
                        folio_get(folio);
                        if (folio_try_dup_anon_rmap_pte(folio, page, vma)) {
                                folio_put(folio);
                                return -EBUSY;
                        }
                }
                ptep_set_wrprotect(vma->vm_mm, addr, src_pte);
                pte = pte_mkold(pte_wrprotect(pte));
                if (!userfaultfd_wp(dst_vma))
                        pte = pte_clear_uffd_wp(pte);
                set_pte_at(dst_vma->vm_mm, addr, dst_pte, pte);
                return 0;
        }

    Misses: results that are stored in memory and looked at elsewhere.
    """
    facts = p.facts
    for result, span in facts.results.items():
        calls = {e: atoms for e, atoms in facts.events.items() if e.span == span and e.kind in ("share", "dup")}
        if result in facts.decided or not calls:
            continue
        private = all("device-private" in e.proofs or not atoms & ~DEVICE_PRIVATE for e, atoms in calls.items())
        if not private:
            word = next(iter(calls)).word
            yield Diagnostic(
                p.nearest([span], next(iter(calls)).call),
                f"the result of {word}() decides nothing: it fails for a page that may be pinned",
            )
