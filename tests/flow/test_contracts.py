"""What all callers have proven by the time they call, and nothing else, holds at a function's beginning."""

import pytest

from tests.harness import analyse_text, codes, lint

# Finds its slots itself, so that it is judged for itself and not where it is called.
MAP = """
%(static)s%(type)s map_range(struct vm_area_struct *vma, pmd_t *pmd, unsigned long addr, struct page *page%(more)s)
{
	spinlock_t *ptl;
	pte_t *pte = pte_offset_map_lock(vma->vm_mm, pmd, addr, &ptl);
	pte_t entry = %(made)s;

	if (!pte)
		return%(none)s;
	%(check)s
	folio_add_new_anon_rmap(page_folio(page), vma, addr, RMAP_EXCLUSIVE);
	set_pte_at(vma->vm_mm, addr, pte, entry);
	pte_unmap_unlock(pte, ptl);
	return%(none)s;
}
"""
PLAIN = {
    "static": "static ",
    "type": "void",
    "more": "",
    "none": "",
    "check": "",
    "made": "pte_mkwrite(pte_mkdirty(mk_pte(page, vma->vm_page_prot)), vma)",
}
CALLER = """
%s%s
{
	%s
	%s;
}
"""
HEAD = "static void %s(struct vm_area_struct *vma, pmd_t *pmd, unsigned long addr, struct page *page)"
GUARD = "if (!(vma->vm_flags & VM_WRITE))\n		return;"
CALL = "map_range(vma, pmd, addr, page)"


def caller(name: str, guard: str, call: str = CALL, head: str = HEAD) -> str:
    return CALLER % ("", head % name, guard, call)


def found(*parts: str, rules: str = "AL304", **fields: str) -> list[tuple[str, str]]:
    return codes(MAP % {**PLAIN, **fields} + "".join(parts), rules=rules)


REPORTED = [("AL304", "map_range")]


def test_nobody_in_sight() -> None:
    assert found() == REPORTED
    assert found(static="") == []  # for other files, and it never asks: they may
    sometimes = f"if (force)\n		{GUARD}"
    assert found(static="", check=sometimes, more=", bool force") == REPORTED


@pytest.mark.parametrize(
    "guard",
    [
        GUARD,
        "if (vma->vm_flags & VM_WRITE)",
        "if (likely(vma->vm_flags & VM_WRITE) && addr)",
        "bool may = vma->vm_flags & VM_WRITE;\n\n	if (!may)\n		return;",
        "VM_BUG_ON(!(vma->vm_flags & VM_WRITE));",
    ],
)
def test_what_every_caller_proves_is_proven(guard: str) -> None:
    assert found(caller("one", guard)) == []
    assert found(caller("one", guard), caller("other", GUARD)) == []
    assert found(caller("one", guard), caller("other", "")) == REPORTED


@pytest.mark.parametrize(
    "guard",
    [
        "",
        "/* VM_WRITE was asked */",
        "if (!(vma->vm_flags & VM_READ))\n		return;",
        "if (!(vma->vm_flags & VM_WRITE))\n		warn_about(vma);",
        "if (!(other_vma->vm_flags & VM_WRITE))\n		return;",
    ],
)
def test_what_is_only_mentioned_is_not(guard: str) -> None:
    head = "static void %s(struct vm_area_struct *vma, pmd_t *pmd, unsigned long addr, struct page *page, struct vm_area_struct *other_vma)"  # noqa: E501
    assert found(caller("one", guard, head=head)) == REPORTED


def test_what_is_proven_of_another_argument() -> None:
    head = "static void %s(struct vm_area_struct *src, struct vm_area_struct *dst, pmd_t *pmd, unsigned long addr, struct page *page)"  # noqa: E501
    guard = "if (!(%s->vm_flags & VM_WRITE))\n		return;"
    for asked, given, expected in (("src", "dst", REPORTED), ("dst", "dst", []), ("src", "src", [])):
        call = f"map_range({given}, pmd, addr, page)"
        assert found(caller("one", guard % asked, call, head)) == expected


def test_the_finding_says_who_calls_so() -> None:
    code = MAP % PLAIN + caller("careful", GUARD) + caller("careless", "")
    (finding,) = lint(code, rules="AL304")
    told = [note.message for note in (*finding.because, *finding.evidence)]
    assert any("careless()" in message for message in told)
    assert not any("careful()" in message for message in told)


def test_callers_of_callers() -> None:
    middle = caller("middle", "if (!addr)\n		return;")
    top = caller("top", GUARD, "middle(vma, pmd, addr, page)")
    assert found(middle, top) == []
    assert found(middle, top, caller("second", "", "middle(vma, pmd, addr, page)")) == REPORTED
    exported = middle.replace("static void middle", "void middle")
    assert found(exported) == []  # whoever calls that may have asked
    assert found(exported, top) == []
    fault = CALLER % (
        "",
        "vm_fault_t handle(struct vm_fault *vmf, struct page *page)",
        "struct vm_area_struct *vma = vmf->vma;",
        "map_range(vma, vmf->pmd, vmf->address, page);\n	return 0",
    )
    assert found(fault) == REPORTED  # whoever handles a fault decides what it gives


def test_a_number_that_a_caller_hands_in() -> None:
    fields = {"more": ", bool writable", "made": "mk_pte(page, vma->vm_page_prot)"}
    fields["check"] = "if (writable)\n		entry = pte_mkwrite(pte_mkdirty(entry), vma);"
    assert found(caller("one", "", "map_range(vma, pmd, addr, page, false)"), **fields) == []
    assert found(caller("one", "", "map_range(vma, pmd, addr, page, !addr)"), **fields) == REPORTED
    both = caller("one", "", "map_range(vma, pmd, addr, page, false)") + caller(
        "two", GUARD, "map_range(vma, pmd, addr, page, true)"
    )
    assert found(both, **fields) == []


def test_a_function_that_is_handed_out_has_other_callers() -> None:
    one = caller("one", GUARD)
    assert found(one, "\nstatic const struct map_ops ops = { .map = map_range };\n") == REPORTED
    assert found(one, caller("two", "", "register_map(map_range)")) == REPORTED
    assert found("\n/* like map_range, or &map_range */\n", one) == []
    assert found("\n/**\n * map_range - map a page\n * It is map_range, who else?\n */\n", one) == []
    assert found("\n#define MAP_OP map_range\n", one) == REPORTED
    assert (
        found("\nstatic void map_range(struct vm_area_struct *, pmd_t *, unsigned long, struct page *);\n", one) == []
    )


def test_names_do_not_decide() -> None:
    swapped = "map_range(page, vma)"
    head = "static void one(struct vm_area_struct *page, struct page *vma, pmd_t *pmd, unsigned long addr)"
    guard = "if (!(page->vm_flags & VM_WRITE))\n		return;"
    assert swapped
    assert found(CALLER % ("", head, guard, "map_range(page, pmd, addr, vma)")) == []
    assert found(CALLER % ("", head, "", "map_range(page, pmd, addr, vma)")) == REPORTED


def test_a_caller_that_is_too_much_proves_nothing() -> None:
    deep = "(" * 400 + "addr" + ")" * 400
    result = analyse_text(MAP % PLAIN + caller("one", f"{GUARD}\n	if ({deep})\n		return;"), rules="AL304")
    assert [(f.code, f.function) for f in result.findings] == REPORTED
    assert [skip.function for skip in result.skipped] == ["one"]


UFFD = """
static void reuse(struct vm_area_struct *vma, pmd_t *pmd, unsigned long addr)
{
	spinlock_t *ptl;
	pte_t *pte = pte_offset_map_lock(vma->vm_mm, pmd, addr, &ptl);
	pte_t entry = ptep_get(pte);
	struct page *page = vm_normal_page(vma, addr, entry);

	if (page && folio_test_anon(page_folio(page)) && PageAnonExclusive(page) && (vma->vm_flags & VM_WRITE)) {
		entry = pte_mkwrite(pte_mkdirty(entry), vma);
		ptep_set_access_flags(vma, addr, pte, entry, 1);
	}
	pte_unmap_unlock(pte, ptl);
}

static void reuse_range(struct vm_area_struct *vma, pmd_t *pmd, unsigned long addr)
{
	%s
	reuse(vma, pmd, addr);
}
"""


@pytest.mark.parametrize(
    "guard", ["if (userfaultfd_wp(vma))\n		return;", "if (vma->vm_flags & VM_UFFD_WP)\n		return;"]
)
def test_of_userfaultfd(guard: str) -> None:
    assert codes(UFFD % guard, rules="AL305") == []
    assert codes(UFFD % "/* userfaultfd_wp(vma) */", rules="AL305") == [("AL305", "reuse")]
    assert codes(UFFD % guard.replace("return", "count_it(vma)"), rules="AL305") == [("AL305", "reuse")]
