"""States are told apart by nothing that no act depends on: the work grows with the text, not with its combinations."""

from collections.abc import Iterator

import pytest

from anonlint.engine.execute import Executor
from anonlint.trace.facts import Facts
from tests.harness import codes

CODE = """
static void set_one(struct vm_area_struct *vma, unsigned long addr, pte_t *ptep, pte_t pte)
{
	if (pte_write(pte))
		pte = pte_wrprotect(pte);
	if (pte_young(pte))
		pte = pte_mkold(pte);
	set_pte_at(vma->vm_mm, addr, ptep, pte);
}

static struct page *looked_up(struct vm_area_struct *vma, unsigned long addr, pte_t pte)
{
	struct page *page = find_it(vma, addr);

	if (!page || PageKsm(page))
		return NULL;
	return page;
}

static int each(struct vm_area_struct *vma, pmd_t *pmd, unsigned long addr, unsigned long end, int mode)
{
	struct found f;
	spinlock_t *ptl;
	pte_t *first = pte_offset_map_lock(vma->vm_mm, pmd, addr, &ptl), *ptep = first;
	int err = 0, %s;
	swp_entry_t %s;

	for (; addr != end; ptep++, addr += PAGE_SIZE) {
		pte_t pte = ptep_get(ptep);

		if (!pte_present(pte))
			continue;
		%s
	}
	pte_unmap_unlock(first, ptl);
	return err + n0;
}
"""
SET = "set_one(vma, addr, ptep, pte);"
NEEDLESS = {
    "a number that is returned": "if (busy(addr, {i})) n{i} = -{i}; if (busy(addr, -{i})) err = n{i}; " + SET,
    "one that is set again after the call": "n{i} = busy(addr, {i}) ? 1 : 2; " + SET + " n{i} = 0;",
    "one that only another is made of": "if (busy(addr, {i})) n{i} = mode + {i}; n0 = n{i}; " + SET,
    "one that is cut down at last": "if (busy(addr, {i})) err |= E_{i}; if (err & E_ALL) err &= E_ALL; " + SET,
    "one that an assertion asks": "if (busy(addr, {i})) n{i} = {i}; VM_WARN_ON_ONCE(n{i} > 99); " + SET,
    "an entry of the last turn": "if (busy(addr, {i})) e{i} = pte_to_swp_entry(pte_swp_clear_flags(pte)); log_it(e{i});"
    + SET,
    "what was found in the last turn": "f.page = looked_up(vma, addr, pte); if (busy(addr, {i})) f.seen{i} = f.page; "
    + SET,
    "what is put where nobody reads it": "if (busy(addr, {i})) vma->last{i} = pmd; " + SET,
    "bits that are only counted": "if (pte_young(pte)) tick({i}); if (pte_dirty(pte)) tick(-{i}); " + SET,
    "what has been written": "if (busy(addr, {i})) " + SET,
}


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """Collect the steps that executions take."""
    seen: list[int] = []
    run = Executor.run

    def counted(self: Executor) -> Facts:
        facts = run(self)
        assert not facts.gave_up, facts.gave_up
        seen.append(self.steps)
        return facts

    monkeypatch.setattr(Executor, "run", counted)
    yield seen


@pytest.mark.parametrize("what", NEEDLESS)
def test_what_no_act_depends_on_multiplies_nothing(what: str, steps: list[int]) -> None:
    taken = []
    for times in (3, 12):
        numbers, entries = (", ".join(f"{letter}{i}" for i in range(times)) for letter in "ne")
        steps.clear()
        codes(CODE % (numbers, entries, "\n".join(NEEDLESS[what].format(i=i) for i in range(times))))
        taken.append(sum(steps))
    assert taken[1] < 12 * taken[0], taken


def test_a_helper_is_run_once_from_the_same_state(steps: list[int]) -> None:
    numbers, entries = "n0 = 0", "e0"
    call = SET + " if (busy(addr, {i})) n0 = 1;"
    steps.clear()
    codes(CODE % (numbers, entries, call.format(i=1)))
    once = sum(steps)
    steps.clear()
    codes(CODE % (numbers, entries, "if (busy(addr, 0)) n0 = 2; else n0 = 3;" + call.format(i=1)))
    assert sum(steps) < once * 1.5


AGAIN = """
static int kind_of(struct vm_area_struct *vma, unsigned long addr, pte_t pte, struct found *f)
{
	struct page *page = pte_present(pte) ? vm_normal_page(vma, addr, pte) : NULL;

	f->page = page;
	if (!page)
		return 0;
	for (; busy(addr, 0); addr++) {
		if (PageKsm(page) || page_is_odd(page, addr))
			tick(-1);
		else if (PageTransHuge(page) && !page_is_even(page, addr))
			tick(-2);
	}
	if (busy(addr, 1) && busy(addr, 2))
		return 1;
	return busy(addr, 3) ? 2 : 3;
}

static void count_kinds(struct vm_area_struct *vma, pmd_t *pmd, unsigned long addr, unsigned long end)
{
	spinlock_t *ptl;
	struct found f;
	pte_t *first = pte_offset_map_lock(vma->vm_mm, pmd, addr, &ptl), *ptep = first;

	for (; addr != end; ptep++, addr += PAGE_SIZE) {
		pte_t pte = ptep_get(ptep);
		int kind;

		f.page = %s;
		kind = kind_of(vma, addr, pte, &f);
		if (kind == 1)
			tick(f.page);
	}
	pte_unmap_unlock(first, ptl);
}
"""


def test_a_helper_is_not_run_again_from_where_it_has_been(steps: list[int]) -> None:
    """However often it is called from the same place, and with whatever left over from the last time."""
    taken = []
    for times in (1, 8):
        steps.clear()
        codes(AGAIN % (" ".join(f"busy(addr, {4 + i}) ? vma->page{i} :" for i in range(times)) + "NULL"))
        taken.append(max(steps))
    assert taken[1] < 4 * taken[0], taken


MEMBER = """
static void look(struct vm_area_struct *vma, pmd_t *pmd, unsigned long addr, pte_t *others)
{
	struct found f;
	spinlock_t *ptl;
	pte_t *ptep = pte_offset_map_lock(vma->vm_mm, pmd, addr, &ptl), pte = ptep_get(ptep);
	int %s;

	%s
	f.mapped = pte_present(pte);
	if (f.mapped)
		note_page(vm_normal_page(vma, addr, pte));
	%s
	pte_unmap_unlock(ptep, ptl);
}
"""


def test_what_has_just_been_put_into_a_member_stays_there() -> None:
    """However many states a line of code is reached in."""
    for times in (1, 6):
        names = [f"n{i}" for i in range(times)]
        split = " ".join(f"{name} = busy(addr, {i}) ? 1 : 2;" for i, name in enumerate(names))
        asked = " ".join(f"if ({name} == 1) pte_clear(vma->vm_mm, addr, others + {i});" for i, name in enumerate(names))
        assert codes(MEMBER % (", ".join(names), split, asked), rules="AL211") == []


PAGES = """
static void map_one(struct vm_area_struct *vma, pmd_t *pmd, unsigned long addr, struct page **from)
{
	spinlock_t *ptl;
	pte_t *ptep = pte_offset_map_lock(vma->vm_mm, pmd, addr, &ptl), pte = ptep_get(ptep);
	struct page %s;

	%s
	pte_unmap_unlock(ptep, ptl);
}
"""
ASKED = "if (busy(addr, {i})) {{ if (PageKsm(p{i})) return; }} else {{ if (PageTransHuge(p{i})) return; }}"
MAPPED = "set_pte_at(vma->vm_mm, addr, ptep, mk_pte(p{i}, vma->vm_page_prot));"


def test_what_was_proven_of_a_page_goes_with_it_when_its_variable_gets_another(steps: list[int]) -> None:
    taken = []
    for times in (2, 6):
        numbers = range(times)
        lines = [
            f"p{i} = take_one(from, {i}); {ASKED.format(i=i)} p{i} = vm_normal_page(vma, addr, pte);" for i in numbers
        ]
        lines += [MAPPED.format(i=i) for i in numbers]
        steps.clear()
        codes(PAGES % (", ".join(f"*p{i}" for i in numbers), "\n".join(lines)))
        taken.append(sum(steps))
    assert taken[1] < 6 * taken[0], taken


COPIES = """
static void copy_some(struct vm_area_struct *src_vma, struct vm_area_struct *dst_vma, pmd_t *src_pmd, pmd_t *dst_pmd,
		      unsigned long addr, unsigned long end)
{
	spinlock_t *src_ptl, *dst_ptl;
	pte_t *src, *dst;
	struct page %s;

again:
	src = pte_offset_map_lock(src_vma->vm_mm, src_pmd, addr, &src_ptl);
	dst = pte_offset_map_lock(dst_vma->vm_mm, dst_pmd, addr, &dst_ptl);
	for (; addr != end; src++, dst++, addr += PAGE_SIZE) {
		pte_t pte = ptep_get(src);

		if (!pte_present(pte))
			continue;
		%s
		set_pte_at(dst_vma->vm_mm, addr, dst, pte_wrprotect(pte));
	}
	if (busy(addr, end))
		goto again;
}
"""


def test_from_which_entry_a_page_was_copied_is_forgotten_with_the_entry(steps: list[int]) -> None:
    taken = []
    for times in (1, 4):
        numbers = range(times)
        lines = [
            f"if (busy(addr, {i})) copy_mc_user_highpage(p{i}, vm_normal_page(src_vma, addr, pte), addr, src_vma);"
            for i in numbers
        ]
        steps.clear()
        codes(COPIES % (", ".join(f"*p{i} = spare({i})" for i in numbers), "\n".join(lines)))
        taken.append(sum(steps))
    assert taken[1] < 16 * taken[0], taken


CALLER = """
static void map_new(struct vm_area_struct *vma, pmd_t *pmd, unsigned long addr, struct page *page)
{
	spinlock_t *ptl;
	pte_t *ptep = pte_offset_map_lock(vma->vm_mm, pmd, addr, &ptl);

	if (!ptep)
		return;
	folio_add_new_anon_rmap(page_folio(page), vma, addr, RMAP_EXCLUSIVE);
	set_pte_at(vma->vm_mm, addr, ptep, pte_mkwrite(pte_mkdirty(mk_pte(page, vma->vm_page_prot)), vma));
	pte_unmap_unlock(ptep, ptl);
}

static void only_caller(struct vm_area_struct *vma, pmd_t *pmd, unsigned long addr, struct page *page, pte_t *others)
{
	pte_t %s;

	map_new(vma, pmd, addr, page);
	%s
}
"""


def test_what_a_caller_does_behind_his_call_costs_nothing(steps: list[int]) -> None:
    """He is run for himself, and again for what he has proven when he calls."""
    taken = []
    for times in (1, 4):
        names = [f"e{i}" for i in range(times)]
        lines = [f"{name} = ptep_get(others + {i});" for i, name in enumerate(names)]
        lines += [f"if (pte_dirty({name})) {name} = pte_mkclean({name});" for name in names]
        lines += [f"set_pte_at(vma->vm_mm, addr, others + {i}, {name});" for i, name in enumerate(names)]
        steps.clear()
        assert codes(CALLER % (", ".join(names), "\n".join(lines)), rules="AL304") == [("AL304", "map_new")]
        taken.append(list(steps))
    (_, alone, watched) = taken[1]
    assert watched < alone / 4, taken
