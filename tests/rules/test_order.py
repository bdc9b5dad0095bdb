"""Which of two questions about a page comes first, and what is done between them."""

import pytest

from tests.harness import codes

CODE = """
static bool mine(struct vm_area_struct *vma, unsigned long addr, pte_t *ptep, pte_t *to, int mode)
{
	pte_t pte = ptep_get(ptep);
	struct page *page = vm_normal_page(vma, addr, pte), *other = vm_normal_page(vma, addr, ptep_get(to));
	struct folio *folio;
	bool x;

	if (!page || !other)
		return false;
	folio = page_folio(page);
	%s
}
"""
FINE = (
    "return folio_test_anon(folio) && PageAnonExclusive(page);",
    "if (!PageAnon(page)) return false; return PageAnonExclusive(page);",
    "if (!folio_test_anon(folio)) return false; note(vma); return PageAnonExclusive(page);",
    "if (vma_is_anonymous(vma)) return PageAnonExclusive(page); return false;",
    "return !(!PageAnon(page) || !PageAnonExclusive(page));",
)
# Nobody else was to ask: the two questions are one.
IN_ONE = (
    "return PageAnonExclusive(page) && folio_test_anon(folio);",
    "return PageAnonExclusive(page) && PageAnon(page);",
    "x = PageAnonExclusive(page); return x && folio_test_anon(folio);",
    "x = PageAnonExclusive(page); if (!folio_test_anon(folio)) return false; return x;",
    "return (mode && folio_test_anon(folio)) || (PageAnonExclusive(page) && folio_test_anon(folio));",
)
# Callers that are not in sight may have asked.
FOR_ITSELF = (
    "if (mode && folio_test_anon(folio)) note(vma); return PageAnonExclusive(page);",
    "if (folio_test_anon(folio)) note(vma); return PageAnonExclusive(page);",
    "x = PageAnonExclusive(page); set_pte_at(vma->vm_mm, addr, to, pte); return x && folio_test_anon(folio);",
    "x = PageAnonExclusive(page); if (pte_write(pte)) note(vma); return x && folio_test_anon(folio);",
)
# Whoever never asks leaves it to others.
NEVER_ASKED = (
    "return PageAnonExclusive(page);",
    "return PageAnonExclusive(page) && folio_test_large(folio);",
    "return PageAnon(other) && PageAnonExclusive(page);",
    "return PageAnonExclusive(page) && PageAnon(other);",
)


def found(body: str, *, exported: bool) -> list[tuple[str, str]]:
    return codes((CODE % body).replace("static ", "" if exported else "static "), rules="AL208")


@pytest.mark.parametrize("body", (*FINE, *NEVER_ASKED))
def test_it_is_asked_of_an_anonymous_page(body: str) -> None:
    assert found(body, exported=False) == found(body, exported=True) == []


@pytest.mark.parametrize("body", IN_ONE)
def test_it_is_asked_first(body: str) -> None:
    assert found(body, exported=False) == found(body, exported=True) == [("AL208", "mine")]


@pytest.mark.parametrize("body", FOR_ITSELF)
def test_it_is_asked_of_any_page(body: str) -> None:
    assert found(body, exported=False) == [("AL208", "mine")]
    assert found(body, exported=True) == []
