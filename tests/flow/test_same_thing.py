"""One thing done in several ways: what a reader takes for the same must be the same to execution."""

import pytest

from tests.harness import codes


def said(code: str, rule: str) -> list[str]:
    """Return a rule's findings at warning or above."""
    return [code for code, _ in codes(code, rules=rule)]


LOSES_EXCLUSIVITY = """
static void protect(struct job *job, int i, struct vm_area_struct *vma, pte_t *ptep, unsigned long addr)
{
	%s
	pte_t old = ptep_get(slot);

	if (!pte_present(old) && is_writable_migration_entry(pte_to_swp_entry(old))) {
		swp_entry_t made = make_readable_migration_entry(swp_offset(pte_to_swp_entry(old)));
		pte_t new = swp_entry_to_pte(made);

		if (pte_swp_soft_dirty(old))
			new = pte_swp_mksoft_dirty(new);
		set_pte_at(vma->vm_mm, addr, %s, new);
	}
}
"""


@pytest.mark.parametrize("slot", ["ptep", "&ptep[i]", "ptep + i", "job->ptes + i", "&job->ptes[i]", "job->slots[i]"])
def test_a_slot_however_it_is_given(slot: str) -> None:
    assert said(LOSES_EXCLUSIVITY % (f"pte_t *slot = {slot};", slot), "AL103") == ["AL103"]


WALK = """
static void walk(struct vm_area_struct *vma, pte_t *ptep, unsigned long addr, unsigned long end)
{
	pte_t pte;

	if (!(vma->vm_flags & VM_WRITE))
		return;
	for (; addr < end; addr += PAGE_SIZE) {
		pte = ptep_get(ptep);
		if (pte_present(pte) && !pte_uffd_wp(pte)) {
			%s
			pte = ptep_get(ptep);
			if (pte_present(pte) && PageAnonExclusive(vm_normal_page(vma, addr, pte)))
				set_pte_at(vma->vm_mm, addr, ptep, pte_mkwrite(pte, vma));
		}
		ptep++;
	}
}
"""


@pytest.mark.parametrize("step", ["ptep++;", "ptep += 1;", "ptep = ptep + 1;"])
def test_who_moves_on_knows_nothing_of_the_next_entry(step: str) -> None:
    assert said(WALK % step, "AL305") == ["AL305"]


SHARE = """
static int share(struct folio *folio, struct page *page, struct vm_area_struct *vma, pte_t *ptep, unsigned long addr)
{
	pte_t old;
	int err;

	if (!folio_trylock(folio))
		return 0;
	old = ptep_clear_flush(vma, addr, ptep);
	if (!folio_test_anon(folio) || !PageAnonExclusive(page))
		return 0;
	err = folio_try_share_anon_rmap_pte(folio, page);
	if (%s) {
		folio_unlock(folio);
		return err;
	}
	set_pte_at(vma->vm_mm, addr, ptep, swp_entry_to_pte(make_readable_migration_entry(page_to_pfn(page))));
	folio_unlock(folio);
	return 0;
}
"""


@pytest.mark.parametrize("failed", ["err", "err != 0", "err < 0", "err == -EBUSY", "-EBUSY == err"])
def test_a_share_that_failed_however_it_is_asked(failed: str) -> None:
    assert said(SHARE % failed, "AL204") == ["AL204"]


ASKED_FIRST = """
static bool mine(struct page *page)
{
	bool anon = folio_test_anon(page_folio(page));

	return %s;
}
"""


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        ("anon && PageAnonExclusive(page)", []),
        ("anon ? PageAnonExclusive(page) : false", []),
        ("!(!anon || !PageAnonExclusive(page))", []),
        ("PageAnonExclusive(page) && anon", ["AL208"]),
    ],
)
def test_a_local_that_only_a_return_asks(answer: str, found: list[str]) -> None:
    assert said(ASKED_FIRST % answer, "AL208") == found


COPY = """
static int copy(struct mm_struct *dst, struct mm_struct *src, struct vm_area_struct *vma, unsigned long step)
{
	%s
	unsigned long addr;

	for (addr = vma->vm_start; addr < vma->vm_end; addr += step) {
		pte_t *from = huge_pte_offset(src, addr, step), *to = huge_pte_alloc(dst, vma, addr, step);
		pte_t old, *given = &old;

		if (!from || !to)
			continue;
		old = huge_ptep_get(from);
		if (is_hugetlb_entry_migration(old)) {
			swp_entry_t entry = pte_to_swp_entry(old);

			if (!is_readable_migration_entry(entry) && %s) {
				entry = make_readable_migration_entry(swp_offset(entry));
				*given = swp_entry_to_pte(entry);
				set_huge_pte_at(src, addr, from, old);
			}
			set_huge_pte_at(dst, addr, to, old);
		}
		%s
	}
	return 0;
}
"""


def test_a_mapping_that_a_loop_leaves_alone_is_what_it_was() -> None:
    """Whether it is a COW mapping was asked before the loop; the entries of its turns are told with the answer."""
    assert said(COPY % ("bool cow = is_cow_mapping(vma->vm_flags);", "cow", ""), "AL102") == []


def test_a_fork_that_never_asks_keeps_exclusive_entries() -> None:
    kept = COPY % ("", "is_writable_migration_entry(entry)", "")
    assert said(kept, "AL102") == ["AL102"]


CLAIM = """
static void take(struct folio *folio, struct vm_area_struct *vma)
{
	folio_move_anon_rmap(folio, vma);
	SetPageAnonExclusive(&folio->page);
}

static void reuse(struct folio *folio, struct vm_area_struct *vma)
{
	if (!folio_trylock(folio))
		return;
	if (folio_test_anon(folio) && !folio_test_ksm(folio) && folio_ref_count(folio) %s)
		take(folio, vma);
	folio_unlock(folio);
}
"""


@pytest.mark.parametrize(("count", "found"), [("== 1", []), ("<= 3", ["AL209"])])
def test_who_hands_a_page_to_a_helper_that_claims_it_answers_for_it(count: str, found: list[str]) -> None:
    assert said(CLAIM % count, "AL209") == found


MAPPINGS = """
static void each(struct vm_area_struct *first, pmd_t *pmd, unsigned long addr)
{
	struct vm_area_struct *vma;
	bool seen = false;

	for (vma = first; vma; %s) {
		if (is_cow_mapping(vma->vm_flags)) {
			seen = true;
		} else if (seen) {
			pte_t *ptep = pte_offset_map(pmd, addr);

			note_page(pte_page(ptep_get(ptep)));
			pte_unmap(ptep);
		}
	}
}
"""


@pytest.mark.parametrize(("step", "found"), [("vma = vma->vm_next", ["AL211"]), ("addr += PAGE_SIZE", [])])
def test_what_one_mapping_is_the_next_need_not_be(step: str, found: list[str]) -> None:
    assert said(MAPPINGS % step, "AL211") == found


PARENTS_HALF = """
static pte_t child_of(struct mm_struct *mm, struct vm_area_struct *vma, pte_t *from, unsigned long addr)
{
	pte_t pte = ptep_get(from);
	swp_entry_t entry = pte_to_swp_entry(pte);

	if (is_migration_entry(entry) && %s && is_cow_mapping(vma->vm_flags)) {
		entry = make_readable_migration_entry(swp_offset(entry));
		pte = swp_entry_to_pte(entry);
		set_pte_at(mm, addr, from, pte);
	}
	return pte;
}
"""


@pytest.mark.parametrize(
    ("asked", "found"), [("!is_readable_migration_entry(entry)", []), ("is_writable_migration_entry(entry)", ["AL102"])]
)
def test_a_fork_that_hands_the_copy_back(asked: str, found: list[str]) -> None:
    """What is done to entries of COW mappings alone is a fork's doing, wherever the copy goes."""
    code = PARENTS_HALF % asked + "/* make_readable_exclusive_migration_entry */"
    assert said(code, "AL102") == found
    assert said(code, "AL103") == []
