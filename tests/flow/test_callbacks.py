"""A callback of a walk finds its slot itself; what is merely handed a slot leaves it to its caller."""

import pytest

from tests.harness import codes

CODE = """
static int look(%s)
{
	struct vm_area_struct *vma = walk->vma;

	note_page(vma, %s);
	return 0;
}
"""
NEXT = "unsigned long addr, unsigned long next"
CALLBACKS = {
    "PTE": (f"pte_t *p, {NEXT}, struct mm_walk *walk", "pte_page(ptep_get(p))"),
    "PMD": (f"pmd_t *p, {NEXT}, struct mm_walk *walk", "pmd_page(*p)"),
    "hugetlb": (f"pte_t *p, unsigned long hmask, {NEXT}, struct mm_walk *walk", "pte_page(huge_ptep_get(p))"),
}
OTHERS = {
    "a PMD and a mask": (f"pmd_t *p, unsigned long hmask, {NEXT}, struct mm_walk *walk", "pmd_page(*p)"),
    "a number": ("pte_t *p, int addr, unsigned long next, struct mm_walk *walk", "pte_page(ptep_get(p))"),
    "one address": ("pte_t *p, unsigned long addr, struct mm_walk *walk", "pte_page(ptep_get(p))"),
    "another walk": (f"pte_t *p, {NEXT}, struct my_walk *walk", "pte_page(ptep_get(p))"),
    "another order": (f"struct mm_walk *walk, {NEXT}, pte_t *p", "pte_page(ptep_get(p))"),
    "an entry": (f"pte_t p, {NEXT}, struct mm_walk *walk", "pte_page(p)"),
}
KERNEL = """
static void look_at_all(void)
{
	%s(%s);
}
"""
WALKS = {
    "walk_page_range_novma": "&init_mm, 0, end, &ops, NULL, NULL",
    "walk_kernel_page_table_range": "0, end, &ops, NULL, NULL",
}


@pytest.mark.parametrize("level", CALLBACKS)
def test_a_callback_asks_for_itself(level: str) -> None:
    code = CODE % CALLBACKS[level]
    assert codes(code, rules="AL211") == [("AL211", "look")]
    name, ask = ("*p", "pmd_present") if level == "PMD" else (CALLBACKS[level][1][9:-1], "pte_present")
    asked = code.replace("	note_page", f"	if (!{ask}({name}))\n		return 0;\n	note_page")
    assert codes(asked, rules="AL211") == []
    for walk, args in WALKS.items():
        assert codes(code + KERNEL % (walk, args), rules="AL211") == []  # nothing there is a process's
    assert codes(code + KERNEL % ("walk_page_range", "mm, 0, end, &ops, NULL"), rules="AL211") == [("AL211", "look")]


@pytest.mark.parametrize("what", OTHERS)
def test_others_leave_it_to_their_callers(what: str) -> None:
    assert codes(CODE % OTHERS[what], rules="AL211") == []
