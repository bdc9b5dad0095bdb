"""The body of a function that the vocabulary names is what the word stands for: rules about its use do not judge it."""

import pytest

from tests.harness import codes

DECODERS = {
    "pfn_swap_entry_to_page": "struct page *%s(swp_entry_t entry)",
    "softleaf_to_page": "struct page *%s(softleaf_t entry)",
    "swp_offset_pfn": "unsigned long %s(swp_entry_t entry)",
}
DUPS = ("page_try_dup_anon_rmap", "hugetlb_try_dup_anon_rmap", "page_try_share_anon_rmap")
DUP = """
static inline int %s(struct page *page, struct vm_area_struct *vma)
{
	if (!PageAnonExclusive(page))
		return 0;
	if (is_busy(page, vma))
		return -EBUSY;
	ClearPageAnonExclusive(page);
	return 0;
}
"""


def decoder(name: str, head: str) -> str:
    asks = "softleaf_is_migration" if "softleaf" in head else "is_migration_entry"
    return f"""
static inline {head % name}
{{
	unsigned long pfn = {"softleaf_to_pfn" if "softleaf" in head else "swp_offset_pfn"}(entry);

	if ({asks}(entry))
		note_locked(pfn);
	return pfn_to_page(pfn);
}}
"""


@pytest.mark.parametrize("name", DECODERS)
def test_decoders(name: str) -> None:
    head = DECODERS[name]
    assert codes(decoder(name, head), rules="AL108") == []
    assert codes(decoder("page_of_entry", head), rules="AL108") == []  # whoever hands an entry in knows its kind
    asks = decoder("page_of_entry", head).replace("softleaf_is_migration(", "softleaf_has_pfn(")
    asks = asks.replace("is_migration_entry(", "is_pfn_swap_entry(")
    assert codes(asks, rules="AL108") == [("AL108", "page_of_entry")]


@pytest.mark.parametrize("name", DUPS)
def test_share_and_dup_helpers(name: str) -> None:
    assert codes(DUP % name, rules="AL210") == []
    assert codes(DUP % "let_go", rules="AL210") == [("AL210", "let_go")]


@pytest.mark.parametrize(
    ("level", "name"), [("pte", "maybe_mkwrite"), ("pte", "huge_pte_mkwrite"), ("pmd", "maybe_pmd_mkwrite")]
)
def test_what_makes_an_entry_writable(level: str, name: str) -> None:
    code = """
static void %(name)s(struct vm_area_struct *vma, unsigned long addr, %(level)s_t *ptep, struct page *page)
{
	%(level)s_t entry = %(level)s_mkwrite(%(level)s_mkdirty(*ptep));

	if (PageAnon(page) && !PageAnonExclusive(page))
		return;
	set_%(level)s_at(vma->vm_mm, addr, ptep, entry);
}
"""
    assert codes(code % {"level": level, "name": name}, rules="AL3") == []
    assert codes(code % {"level": level, "name": "open_up"}, rules="AL304") == [("AL304", "open_up")]
