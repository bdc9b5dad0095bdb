"""A helper of the same file is run in place of its call where it can tell or do anything about an entry."""

import pytest

from anonlint.graph.cfg import build
from anonlint.kernel.era import Dating
from anonlint.model.snapshot import Image
from anonlint.model.source import Source
from anonlint.run.analysis import Analyser
from anonlint.syntax.index import FileIndex
from anonlint.words.dictionary import Dictionary
from tests.harness import codes, kernel_words

MAY = "%(type)s may(%(parameter)s)\n{\n%(idle)s	return %(asked)s;\n}\n"
PARAMETERS = {
    "unsigned long flags": ("flags & VM_WRITE", "vma->vm_flags"),
    "long flags": ("flags & VM_WRITE", "vma->vm_flags"),
    "vm_flags_t flags": ("flags & VM_WRITE", "vma->vm_flags"),
    "struct vm_area_struct *vma": ("vma->vm_flags & VM_WRITE", "vma"),
    "const struct vm_area_struct *vma": ("vma->vm_flags & VM_WRITE", "vma"),
}
UPGRADE = """
static void upgrade(struct vm_area_struct *vma, struct vm_area_struct *other, unsigned long addr, pte_t *ptep)
{
	pte_t pte = ptep_get(ptep);

	if (!pte_present(pte) || %s)
		return;
	set_pte_at(vma->vm_mm, addr, ptep, pte_mkwrite(pte, vma));
}
"""
LONG = "".join(f"	if (note_{i}())\n		count_it({i});\n" for i in range(4))
REPORTED = [("AL304", "upgrade")]


def may(parameter: str, idle: str = "", kind: str = "static bool") -> str:
    return MAY % {"type": kind, "parameter": parameter, "idle": idle, "asked": PARAMETERS[parameter][0]}


@pytest.mark.parametrize("parameter", PARAMETERS)
def test_what_a_short_helper_asks_of_a_mapping_is_asked(parameter: str) -> None:
    call = f"may({PARAMETERS[parameter][1]})"
    for kind in ("static bool", "static inline int", "bool"):
        assert codes(may(parameter, kind=kind) + UPGRADE % f"!{call}", rules="AL304") == []
        assert codes(may(parameter, kind=kind) + UPGRADE % call, rules="AL304") == REPORTED
    assert codes(may(parameter) + UPGRADE % f"!{call.replace('vma', 'other')}", rules="AL304") == REPORTED
    assert codes(UPGRADE % f"!{call}", rules="AL304") == REPORTED
    assert codes(may(parameter, LONG) + UPGRADE % f"!{call}", rules="AL304") == REPORTED  # no short one


# Finds its slot itself, so that it is judged for itself, with what its callers have proven.
MAP = """
static void map_one(struct vm_area_struct *vma, pmd_t *pmd, unsigned long addr, struct page *page)
{
	spinlock_t *ptl;
	pte_t *pte = pte_offset_map_lock(vma->vm_mm, pmd, addr, &ptl);

	folio_add_new_anon_rmap(page_folio(page), vma, addr, RMAP_EXCLUSIVE);
	set_pte_at(vma->vm_mm, addr, pte, pte_mkwrite(pte_mkdirty(mk_pte(page, vma->vm_page_prot)), vma));
	pte_unmap_unlock(pte, ptl);
}

static void map_some(struct vm_area_struct *vma, struct vm_area_struct *other, pmd_t *pmd, unsigned long addr,
		     struct page *page)
{
	if (%s)
		map_one(vma, pmd, addr, page);
}
"""


@pytest.mark.parametrize("idle", ["", LONG])
def test_what_a_caller_has_asked_a_helper_is_asked(idle: str) -> None:
    helper = may("struct vm_area_struct *vma", idle)
    assert codes(helper + MAP % "may(vma)", rules="AL304") == []
    assert codes(helper + MAP % "may(vma) && addr", rules="AL304") == []
    for other in ("!may(vma)", "may(other)", "may(vma) || addr"):
        assert codes(helper + MAP % other, rules="AL304") == [("AL304", "map_one")]


FORK = """
%(helper)s
static int share(struct vm_area_struct *dst, struct vm_area_struct *src, pte_t *dst_pte, pte_t *src_pte,
		 unsigned long addr)
{
	pte_t pte = ptep_get(src_pte);
	struct page *page = vm_normal_page(src, addr, pte);

	if (!page || folio_try_dup_anon_rmap_pte(page_folio(page), page, dst, src))
		return -EAGAIN;
	if (is_cow_mapping(src->vm_flags)) {
		%(shut)s
		pte = pte_wrprotect(pte);
	}
	set_pte_at(dst->vm_mm, addr, dst_pte, pte_mkold(pte));
	return 0;
}
"""
SHUT = {
    "a word": ("", "ptep_set_wrprotect(src->vm_mm, addr, src_pte);"),
    "a helper with a word": (
        "static void shut(struct mm_struct *mm, unsigned long at, pte_t *p)\n"
        "{\n	ptep_set_wrprotect(mm, at, p);\n}\n",
        "shut(src->vm_mm, addr, src_pte);",
    ),
    "a helper that stores": (
        "static void shut(struct mm_struct *mm, unsigned long at, pte_t *p)\n"
        "{\n	set_pte_at(mm, at, p, pte_wrprotect(ptep_get(p)));\n}\n",
        "shut(src->vm_mm, addr, src_pte);",
    ),
    "a helper that assigns": (
        "static void shut(pte_t *p)\n{\n	*p = pte_wrprotect(*p);\n}\n",
        "shut(src_pte);",
    ),
    "a helper's helper": (
        "static void shut(struct mm_struct *mm, unsigned long at, pte_t *p)\n{\n	ptep_set_wrprotect(mm, at, p);\n}\n"
        "static void close(struct mm_struct *mm, unsigned long at, pte_t *p)\n{\n	shut(mm, at, p);\n}\n",
        "close(src->vm_mm, addr, src_pte);",
    ),
}


@pytest.mark.parametrize("how", SHUT)
def test_what_a_helper_does_to_a_slot_is_done(how: str) -> None:
    helper, shut = SHUT[how]
    assert codes(FORK % {"helper": helper, "shut": shut}, rules="AL308") == []
    assert ("AL308", "share") in codes(FORK % {"helper": helper, "shut": ""}, rules="AL308")
    if "pte_wrprotect(" in helper:
        idle = helper.replace("pte_wrprotect(", "(")
        assert ("AL308", "share") in codes(FORK % {"helper": idle, "shut": shut}, rules="AL308")


ANSWERS = {
    "an answer": "static bool odd(pte_t pte)\n{\n	return !pte_present(pte);\n}\n",
    "a number": "static int odd(pte_t pte)\n{\n	if (pte_present(pte))\n		return 0;\n	return 1;\n}\n",
    "an error": "static int odd(pte_t pte)\n{\n	if (!pte_present(pte))\n		return -ENOENT;\n	return 0;\n}\n",
    "a local": "static bool odd(pte_t pte)\n{\n	bool there = pte_present(pte);\n\n	return !there;\n}\n",
    "a macro": "#define odd(pte) (!pte_present(pte))\n",
    "a pointer": "static bool odd(pte_t pte, bool *no)\n{\n	*no = !pte_present(pte);\n	return *no;\n}\n",
}
LOOK = """
static void look(struct vm_area_struct *vma, pmd_t *pmd, unsigned long addr)
{
	spinlock_t *ptl;
	pte_t *ptep = pte_offset_map_lock(vma->vm_mm, pmd, addr, &ptl);
	pte_t pte = ptep_get(ptep);
	bool no;

	if (%s)
		note_page(vma, pte_page(pte));
	pte_unmap_unlock(ptep, ptl);
}
"""


@pytest.mark.parametrize("how", ANSWERS)
def test_what_a_helper_tells_of_an_entry_is_told(how: str) -> None:
    call = "odd(pte, &no)" if how == "a pointer" else "odd(pte)"
    assert codes(ANSWERS[how] + LOOK % f"!{call}", rules="AL211") == []
    assert codes(ANSWERS[how] + LOOK % call, rules="AL211") == [("AL211", "look")]
    assert codes(ANSWERS[how] + LOOK % f"{call} == 0", rules="AL211") == []
    assert codes(ANSWERS[how] + LOOK % f"{call} != 0", rules="AL211") == [("AL211", "look")]


PUT_BACK = """
static void put_back(struct mm_struct *mm, unsigned long addr, pte_t *slots, int i)
{
	swp_entry_t entry = pte_to_swp_entry(ptep_get(&slots[i]));
	pte_t pte = swp_entry_to_pte(make_readable_migration_entry(swp_offset(entry)));

	set_pte_at(mm, addr, &slots[i], pte);
}

static void protect(struct mm_struct *mm, unsigned long addr, pte_t *ptep, int i)
{
	pte_t pte = ptep_get(&ptep[i]);

	if (pte_none(pte) || pte_present(pte))
		return;
	if (!is_writable_migration_entry(pte_to_swp_entry(pte)))
		return;
	put_back(mm, addr, ptep, i);
}
"""


@pytest.mark.parametrize("name", ["slots", "ptep"])
def test_what_a_helper_calls_its_own_parameter_tells_nothing(name: str) -> None:
    found = codes(PUT_BACK.replace("slots", name))
    assert found == [("AL103", "put_back"), ("AL401", "put_back")]


WALK = """
static void protect(struct folio *folio, struct vm_area_struct *vma, unsigned long address)
{
	DEFINE_FOLIO_VMA_WALK(pvmw, folio, vma, address, 0);

	while (page_vma_mapped_walk(&pvmw))
		set_pte_at(vma->vm_mm, pvmw.address, pvmw.pte, pte_wrprotect(ptep_get(pvmw.pte)));
}
"""


def test_to_run_a_function_leaves_its_graph_as_it_was() -> None:
    vocabulary, wake = kernel_words()
    index = FileIndex(Image(Source("mm/x.c", WALK.encode())))
    analyser = Analyser(index, Dictionary(vocabulary, Dating(None, None)), wake)
    (execution,) = analyser.executions(analyser.awake())
    assert not execution.facts.gave_up
    assert analyser.graph(execution.function) is analyser.graph(execution.function)
    assert analyser.graph(execution.function).types == build(execution.variant).types
