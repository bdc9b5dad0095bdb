"""AL206: a page is pinned through a read-only entry with neither gup_must_unshare() nor an exclusivity test.

Why: a pin on a page that is shared copy-on-write stays on the old page when the process writes and gets a
copy: device and process then see different memory. A read-only pin first makes the page exclusive
(FAULT_FLAG_UNSHARE), and gup_must_unshare() says when (a7f226604170).

Misses: entries whose page is taken by a function that is not in sight.
"""

from collections.abc import Iterator

from anonlint.rule.plugin import ANON, EXCLUSIVE, PRESENT, Diagnostic, Pass, Severity, rule

_SHARED_MAPPED = ANON & ~EXCLUSIVE & PRESENT


@rule(
    code="AL206",
    name="pin-without-exclusive",
    severity=Severity.ERROR,
    since="0.2.0",
    breaks="a read-only pin of a shared page goes stale with the next copy-on-write: the device reads old data",
    help=(
        "ask gup_must_unshare() before taking the page through an entry that is not writable, and fault with "
        "FAULT_FLAG_UNSHARE where it says so"
    ),
    words=frozenset(("grab",)),
    about=frozenset(("grab",)),
    fragments=False,
    fixes=('a7f226604170 ("mm/gup: trigger FAULT_FLAG_UNSHARE when R/O-pinning a possibly shared anonymous page")',),
    references=(),
)
def check(p: Pass) -> Iterator[Diagnostic]:
    """A page is pinned through a read-only entry with neither gup_must_unshare() nor an exclusivity test.

    Why: a pin on a page that is shared copy-on-write stays on the old page when the process writes and gets a
    copy: device and process then see different memory. A read-only pin first makes the page exclusive
    (FAULT_FLAG_UNSHARE), and gup_must_unshare() says when (a7f226604170).

    Bad (5.19-6.7)::

        static struct page *pin_one(struct vm_area_struct *vma, unsigned long addr, pte_t *ptep, unsigned int flags)
        {
                pte_t pte = ptep_get(ptep);
                struct page *page;

                if (!pte_present(pte))
                        return NULL;
                page = vm_normal_page(vma, addr, pte);
                if (!page)
                        return NULL;
                if (!try_grab_page(page, flags))
                        return NULL;
                return page;
        }

    Good (5.19-6.7)::

        static struct page *pin_one(struct vm_area_struct *vma, unsigned long addr, pte_t *ptep, unsigned int flags)
        {
                pte_t pte = ptep_get(ptep);
                struct page *page;

                if (!pte_present(pte))
                        return NULL;
                page = vm_normal_page(vma, addr, pte);
                if (!page)
                        return NULL;
                if (!pte_write(pte) && gup_must_unshare(vma, flags, page))
                        return ERR_PTR(-EMLINK);
                if (!try_grab_page(page, flags))
                        return NULL;
                return page;
        }

    Bad (6.8-6.18)::

        static struct page *pin_one(struct vm_area_struct *vma, unsigned long addr, pte_t *ptep, unsigned int flags)
        {
                pte_t pte = ptep_get(ptep);
                struct page *page;

                if (!pte_present(pte))
                        return NULL;
                page = vm_normal_page(vma, addr, pte);
                if (!page)
                        return NULL;
                if (try_grab_folio(page_folio(page), 1, flags))
                        return NULL;
                return page;
        }

    Good (6.8-6.18)::

        static struct page *pin_one(struct vm_area_struct *vma, unsigned long addr, pte_t *ptep, unsigned int flags)
        {
                pte_t pte = ptep_get(ptep);
                struct page *page;

                if (!pte_present(pte))
                        return NULL;
                page = vm_normal_page(vma, addr, pte);
                if (!page)
                        return NULL;
                if (!pte_write(pte) && gup_must_unshare(vma, flags, page))
                        return ERR_PTR(-EMLINK);
                if (try_grab_folio(page_folio(page), 1, flags))
                        return NULL;
                return page;
        }

    Misses: entries whose page is taken by a function that is not in sight.
    """
    if not p.read_exclusive:
        return
    facts = p.facts
    for outcome, atoms in facts.outcomes.items():
        bad = p.plausible(outcome.root, atoms) & _SHARED_MAPPED
        allowed = outcome.proofs & {"pin-ok", "kernel"} or "no-pin" in outcome.marks
        if outcome.grabbed is not None and not allowed and bad:
            grabs = [e for e in facts.events if e.kind == "grab" and (e.span.start, e.word) == outcome.grabbed.args]
            for grab in grabs[:1]:
                yield Diagnostic(
                    p.nearest([grab.span], grab.call),
                    f"{grab.word}() can take a shared page read-only: gup_must_unshare() is not asked",
                )
