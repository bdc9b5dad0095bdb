"""What was taken before a share that fails is given back where it failed: each thing, however the failure is asked."""

import pytest

from tests.harness import lint

CODE = """
static int freeze(struct vm_area_struct *vma, unsigned long addr, pmd_t *pmd, struct folio *folio, struct page *page,
		  swp_entry_t entry)
{
	spinlock_t *ptl;
	pte_t *ptep = pte_offset_map_lock(vma->vm_mm, pmd, addr, &ptl), pte = ptep_get(ptep);
	int err;

	if (!pte_present(pte) || !folio_test_anon(folio) || !PageAnonExclusive(page))
		return 0;
	%(take)s
	pte = ptep_clear_flush(vma, addr, ptep);
	%(fails)s
		%(restore)s
		%(give)s
		return -EBUSY;
	}
	set_pte_at(vma->vm_mm, addr, ptep, pte_wrprotect(pte));
	%(done)s
	return 0;
}
"""
SHARE = "folio_try_share_anon_rmap_pte(folio, page)"
FAILS = (
    f"if ({SHARE}) {{",
    f"if (unlikely({SHARE} != 0)) {{",
    f"err = {SHARE}; if (err) {{",
    f"err = {SHARE}; if (err < 0) {{",
    f"if (!({SHARE} == 0)) {{",
    f"bool failed = {SHARE}; if (failed) {{",
)
RESTORE = "set_pte_at(vma->vm_mm, addr, ptep, pte);"
REFERENCE, LOCK, COUNT = "the reference to the page is kept", "the folio stays locked", "the swap count is kept"
TAKEN = {
    "folio_get(folio);": ("folio_put(folio);", REFERENCE),
    "get_page(page);": ("put_page(page);", REFERENCE),
    "folio_ref_add(folio, 2);": ("folio_ref_sub(folio, 2);", REFERENCE),
    "if (!folio_try_get(folio)) return 0;": ("folio_put(folio);", REFERENCE),
    "folio_lock(folio);": ("folio_unlock(folio);", LOCK),
    "lock_page(page);": ("unlock_page(page);", LOCK),
    "if (!folio_trylock(folio)) return 0;": ("folio_unlock(folio);", LOCK),
    "if (swap_duplicate(entry) < 0) return 0;": ("swap_free(entry);", COUNT),
    "if (swap_duplicate(entry)) return 0;": ("swap_free(entry);", COUNT),
}


def found(take: str, give: str, done: str = "", fails: str = FAILS[0], restore: str = RESTORE) -> list[str]:
    code = CODE % {"take": take, "give": give, "done": done, "fails": fails, "restore": restore}
    return [f.message.rpartition(", ")[2] for f in lint(code, rules="AL204")]


@pytest.mark.parametrize("take", TAKEN)
def test_what_is_taken_is_given_back(take: str) -> None:
    give, kept = TAKEN[take]
    assert found(take, give, give) == found(take, give) == []
    assert found(take, "", give) == found(take, "") == [kept]


@pytest.mark.parametrize("take", TAKEN)
def test_of_two_things_one_is_given_back(take: str) -> None:
    give, kept = TAKEN[take]
    for other, (back, forgotten) in TAKEN.items():
        if kept != forgotten:
            assert found(take + other, give + back) == []
            assert found(take + other, give) == [forgotten]


@pytest.mark.parametrize("fails", FAILS)
def test_however_the_failure_is_asked(fails: str) -> None:
    assert found("folio_get(folio);", "folio_put(folio);", fails=fails) == []
    assert found("folio_get(folio);", "", fails=fails) == [REFERENCE]
    assert found("", "", fails=fails) == []
    assert found("", "", fails=fails, restore="") == ["the cleared entry is not put back"]


def test_what_is_taken_where_it_failed_is_no_ones() -> None:
    assert found("", "folio_get(folio);") == []
    assert found("", "", "folio_get(folio);") == []
