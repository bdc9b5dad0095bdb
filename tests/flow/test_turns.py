"""What a loop, or a helper that is called once more, has looked at before: the same entries, or others."""

import pytest

from tests.harness import codes

TWO_LOOPS = """
static void two_loops(struct vm_area_struct *vma, pmd_t *pmd, unsigned long addr, int *kept)
{
	spinlock_t *ptl;
	pte_t *first = pte_offset_map_lock(vma->vm_mm, pmd, addr, &ptl), *ptep;
	int i;

	for (i = 0, ptep = first; i < PTRS_PER_PTE; i++, ptep++) {
		pte_t pte = ptep_get(ptep);

		if (pte_none(pte))
			continue;
		%s
		kept[i] = 1;
	}
	for (i = 0, ptep = first; i < PTRS_PER_PTE; i++, ptep++) {
		pte_t pte = ptep_get(ptep);

		if (pte_none(pte))
			continue;
		note_page(vm_normal_page(vma, addr, pte));
	}
out:
	pte_unmap_unlock(first, ptl);
}
"""


def test_a_loop_relies_on_what_the_one_before_has_asked_of_the_table() -> None:
    assert codes(TWO_LOOPS % "if (!pte_present(pte)) goto out;") == []


def test_a_loop_relies_on_nothing_where_the_one_before_has_asked_nothing() -> None:
    assert codes(TWO_LOOPS % "cpu_relax();") == [("AL211", "two_loops")]


BY_INDEX = """
static void by_index(struct vm_area_struct *vma, pte_t *ptes, unsigned long addr, unsigned long end)
{
	unsigned long seen[4] = {};
	int i;

	for (i = 0; addr != end; i++, addr += PAGE_SIZE) {
		if (!pte_present(ptes[i]))
			continue;
		__set_bit(i, seen);
	}
	for (i = 0; i < 64; i++)
		if (test_bit(i, seen))
			note_page(pte_page(ptes[i]));
}
"""


def test_elements_of_another_turn_are_other_entries() -> None:
    """What was asked of ``ptes[i]`` in the first loop is no question about those of the second."""
    assert codes(BY_INDEX) == []
    asked = BY_INDEX.replace("note_page(pte_page(ptes[i]));", "if (!pte_none(ptes[i])) drop(is_swap_pte(ptes[i]));")
    assert codes(asked) == []


def test_the_next_element_is_not_what_the_last_one_was() -> None:
    """A counter that nothing else asks of moves on to another entry all the same."""
    code = """
static void step(struct vm_area_struct *vma, pte_t *ptes, unsigned long addr, int i)
{
	%s
	if (!pte_present(ptes[i]))
		return;
	%s
	note_page(pte_page(ptes[i]));
	if (pte_present(ptes[i]))
		note_page(NULL);
}
"""
    assert codes(code % ("", "")) == []
    assert codes(code % ("i++;", "")) == []
    assert codes(code % ("", "i++;")) == [("AL211", "step")]


HELPER = """
static struct page *claimed(struct vm_area_struct *vma, unsigned long addr, pte_t pte)
{
	struct page *page = vm_normal_page(vma, addr, pte);

	if (!page || !PageAnon(page) || !PageAnonExclusive(page))
		return NULL;
	return page;
}

static void each(struct vm_area_struct *vma, pmd_t *pmd, unsigned long addr, unsigned long end)
{
	spinlock_t *ptl;
	pte_t *first = pte_offset_map_lock(vma->vm_mm, pmd, addr, &ptl), *ptep = first;

	for (; addr != end; ptep++, addr += PAGE_SIZE) {
		pte_t pte = ptep_get(ptep);

		if (!pte_present(pte) || pte_write(pte) || userfaultfd_pte_wp(vma, pte) || vma_soft_dirty_enabled(vma))
			continue;
		%s
		set_pte_at(vma->vm_mm, addr, ptep, maybe_mkwrite(pte_mkdirty(pte), vma));
	}
	pte_unmap_unlock(first, ptl);
}
"""


def test_what_a_helper_found_out_is_of_that_call() -> None:
    assert "AL301" not in {code for code, _ in codes(HELPER % "if (!claimed(vma, addr, pte)) continue;")}
    sometimes = "if (addr & SZ_64K) { if (!claimed(vma, addr, pte)) continue; note_page(NULL); }"
    assert ("AL301", "each") in codes(HELPER % sometimes)


FORK = """
static int copy_one(struct vm_area_struct *child, struct vm_area_struct *parent, pte_t *to, pte_t *from,
		    unsigned long addr, struct folio *folio, struct folio *copy)
{
	struct page *page = folio_page(folio, 0);
	pte_t pte;

	%s
	pte = mk_pte(folio_page(copy, 0), child->vm_page_prot);
	pte = maybe_mkwrite(pte_mkdirty(pte), parent);
	if (userfaultfd_pte_wp(child, ptep_get(from)))
		pte = pte_mkuffd_wp(pte);
	set_pte_at(child->vm_mm, addr, to, pte);
	return 0;
}
"""


@pytest.mark.parametrize("order", [("child", "parent"), ("parent", "child")])
def test_a_forks_mappings_are_alike(order: tuple[str, str]) -> None:
    """The child's mapping is a copy of its parent's: what may be written to in one may be in the other."""
    one, other = order
    code = FORK.replace("child", "@").replace("parent", other if one == "child" else "child")
    code = code.replace("@", one if one == "child" else "parent")
    fork = "if (!folio_try_dup_anon_rmap_pte(folio, page, parent)) return 1;"
    assert "AL304" not in {found for found, _ in codes(code % fork)}


def test_the_flag_of_a_mapping_says_that_it_wants_the_bit() -> None:
    code = """
static void fork_one(struct vm_area_struct *child, struct vm_area_struct *parent, pte_t *to, pte_t *from,
		     unsigned long addr)
{
	pte_t pte = ptep_get(from);

	if (!pte_present(pte))
		return;
	%s
		pte = pte_clear_uffd_wp(pte);
	set_pte_at(child->vm_mm, addr, to, pte_wrprotect(pte));
}
"""
    assert "AL405" not in {found for found, _ in codes(code % "if (!userfaultfd_wp(child))")}
    assert "AL405" not in {found for found, _ in codes(code % "if (!(child->vm_flags & VM_UFFD_WP))")}
    assert ("AL405", "fork_one") in codes(code % "if (!(parent->vm_flags & VM_UFFD_WP))")


PLACED = """
static void aa_present(struct vm_area_struct *child, struct vm_area_struct *parent, pte_t *to, unsigned long addr,
		       pte_t pte)
{
	set_pte_at(child->vm_mm, addr, to, pte);
}

static void zz_absent(struct vm_area_struct *child, struct vm_area_struct *parent, pte_t *to, pte_t *from,
		      unsigned long addr)
{
	pte_t pte = ptep_get(from);
	swp_entry_t entry = pte_to_swp_entry(pte);

	if (is_migration_entry(entry)) {
		if (is_cow_mapping(parent->vm_flags) && !is_readable_migration_entry(entry)) {
			entry = make_readable_migration_entry(swp_offset(entry));
			pte = swp_entry_to_pte(entry);
		}
		set_pte_at(child->vm_mm, addr, to, pte);
	}
}

static void fork_each(struct vm_area_struct *child, struct vm_area_struct *parent, pte_t *to, pte_t *from,
		      unsigned long addr)
{
	pte_t pte = ptep_get(from);

	if (pte_none(pte))
		return;
	if (!pte_present(pte)) {
		zz_absent(child, parent, to, from, addr);
		return;
	}
	aa_present(child, parent, to, addr, pte_wrprotect(pte));
}
"""


def test_where_a_finding_stands_hangs_on_no_name() -> None:
    found = [item for item in codes(PLACED) if item[0] == "AL102"]
    renamed = PLACED.replace("aa_present", "present").replace("zz_absent", "absent")
    assert found == [("AL102", "zz_absent")]
    assert [item for item in codes(renamed) if item[0] == "AL102"] == [("AL102", "absent")]


SHARED = """
static bool freeze(struct vm_area_struct *vma, pmd_t *pmdp, unsigned long addr, bool early)
{
	spinlock_t *ptl;
	pte_t *ptep, pte;
	struct page *page;
	struct folio *folio;

	if (!pmd_present(*pmdp) || pmd_trans_huge(*pmdp))
		return false;
	ptep = pte_offset_map_lock(vma->vm_mm, pmdp, addr, &ptl);
	pte = ptep_get(ptep);
	if (!pte_present(pte))
		goto out;
	page = vm_normal_page(vma, addr, pte);
	folio = page_folio(page);
	if (!folio_test_anon(folio) || !PageAnonExclusive(page))
		goto out;
	%s
	if (folio_try_share_anon_rmap_pte(folio, page))
		set_pte_at(vma->vm_mm, addr, ptep, pte);
out:
	pte_unmap_unlock(ptep, ptl);
	return true;
}
"""


def test_the_entry_that_maps_the_shared_page_is_not_that_of_another_level() -> None:
    assert "AL203" not in {code for code, _ in codes(SHARED % "pte = ptep_clear_flush(vma, addr, ptep);")}
    assert ("AL203", "freeze") in codes(SHARED % "flush_cache_page(vma, addr, pte_pfn(pte));")
