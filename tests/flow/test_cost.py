"""What decides nothing about an entry costs nothing: a function full of it is judged like one without."""

from itertools import count

import pytest

from tests.harness import codes

_TIMES = 14  # of each, at each of four places: twice as many states with each one would be more than are looked at
CODE = """
static int level(int mode)
{
	if (mode > 3)
		return 2;
	if (mode < 0)
		return -1;
	return 1;
}

static void protect(struct vm_area_struct *vma, unsigned long addr, pte_t *ptep, pte_t *others, int mode,
		    unsigned long *seen, struct page **pages)
{
	pte_t pte = ptep_get(ptep);
	swp_entry_t entry;
	unsigned long flags = 0, spare = 0;
	int count = 0, err = 0;
	bool once = false;

	if (!is_swap_pte(pte))
		return;
	%s
	entry = pte_to_swp_entry(pte);
	%s
	if (is_writable_migration_entry(entry)) {
		entry = make_readable_migration_entry(swp_offset(entry));
		%s
		set_pte_at(vma->vm_mm, addr, ptep, swp_entry_to_pte(entry));
	}
	%s
}
"""
IDLE = {
    "a message": "if (mode > {i} && noisy(addr)) log_it(addr, {i});",
    "a number": "int n{i}; if (busy(addr, {i})) n{i} = 1; else n{i} = {i} + mode; log_it(addr, n{i});",
    "a counter": "if (mode == {i}) count++; log_it(addr, count);",
    "a sum": "if (mode == {i}) count += {i}; log_it(addr, count);",
    "a for": "for (int i = 0; i < mode; i++) if (busy(i, {i})) log_it(addr, i);",
    "a while": "while (busy(addr, {i})) {{ if (mode) break; cpu_relax(); }}",
    "a do": "do {{ log_it(addr, {i}); }} while (busy(addr, {i}));",
    "a switch": "switch (mode) {{ case {i}: log_it(addr, 1); break; default: log_it(addr, 2); }}",
    "a nest": "if (busy(addr, {i})) {{ if (mode > {i}) log_it(addr, 1); else if (noisy(addr)) log_it(addr, 2); }}",
    "a goto": "if (mode == {i}) goto l{i}; log_it(addr, {i});\nl{i}: cpu_relax();",
    "an element": "if (busy(addr, {i})) seen[{i}] = addr;",
    "an element's bits": "if (busy(addr, {i})) seen[{i}] |= addr;",
    "what a pointer leads to": "if (busy(addr, {i})) *seen = addr + {i};",
    "a flag": "if (busy(addr, {i})) once = true; log_it(addr, once);",
    "a global": "if (busy(addr, {i})) last_seen = addr;",
    "a member": "if (busy(addr, {i})) stats.hits++;",
    "named bits": "if (mode == {i}) flags |= F_{i}; log_it(addr, flags);",
    "an error": "if (mode == {i}) err = -EBUSY; log_it(addr, err);",
    "an address": "fill(&spare, {i}); if (spare > {i}) log_it(addr, spare);",
    "a comma": "if (count++, mode == {i}) log_it(addr, {i});",
    "a comparison": "if (addr != {i} * PAGE_SIZE) log_it(addr, {i});",
    "a way out": "if (busy(addr, {i})) {{ log_it(addr, {i}); return; }}",
    "a helper": "if (level(mode + {i})) log_it(addr, {i});",
    "a helper's number": "int n{i} = level(mode + {i}); if (n{i}) log_it(addr, n{i});",
    "a mapping's flag": "if (vma->vm_flags & VM_LOCKED) log_it(addr, {i});",
    "another slot": "if (pte_present(ptep_get(others + {i}))) log_it(addr, {i});",
    "the next slot": "others++; if (pte_none(ptep_get(others))) log_it(addr, {i});",
    "a page": "if (PageReferenced(pages[{i}])) log_it(addr, {i});",
    "a page's lock": "if (trylock_page(pages[{i}])) unlock_page(pages[{i}]);",
    "a reference": "if (get_page_unless_zero(pages[{i}])) put_page(pages[{i}]);",
    "a count": "if (page_count(pages[{i}]) > 1) log_it(addr, {i});",
    "a new page": "struct page *np{i} = alloc_page(GFP_KERNEL); if (!np{i}) log_it(addr, {i});",
    "a bit of the entry": "if (pte_swp_soft_dirty(pte)) log_it(addr, {i});",
    "a stranger's answer": "if (odd_entry(pte, {i})) log_it(addr, {i});",
}
# What is proven, asked or done of something, on some paths and on others not: the one that has less stands for both.
LESS = {
    "a proof of a page": "if (folio_test_ksm(f{i})) look_at(pte);",
    "a proof of a folio": "if (folio_test_anon(f{i})) folio_mark_dirty(f{i}); else folio_mark_accessed(f{i});",
    "a proof of its lock": "if (folio_trylock(f{i})) set_page_dirty(pages[{i}]);",
    "a proof of a mapping": "if (userfaultfd_wp(v{i})) set_page_dirty(pages[{i}]);",
    "a question asked twice": "if (folio_test_large(f{i})) folio_mark_dirty(f{i}); "
    "if (folio_test_large(f{i})) folio_mark_accessed(f{i});",
}


def filled(what: str) -> str:
    number = count()  # no question is asked twice: its answer would be remembered
    return CODE % tuple(
        "\n	".join("{ " + what.format(i=next(number)) + " }" for _ in range(_TIMES)) for _ in range(4)
    )


@pytest.mark.parametrize("what", IDLE)
def test_what_is_idle_multiplies_nothing(what: str) -> None:
    assert codes(filled(IDLE[what]), rules="AL103") == [("AL103", "protect")]


@pytest.mark.parametrize("what", LESS)
def test_who_proves_and_asks_less_stands_for_who_does_more(what: str) -> None:
    assert codes(filled(LESS[what]), rules="AL103") == [("AL103", "protect")]
