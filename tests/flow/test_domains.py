"""Words have a domain, and whoever finds an entry answers for it."""

import pytest

from tests.harness import codes

_HEAD = "static int look(struct vm_area_struct *vma, pmd_t *pmd, unsigned long addr, pte_t *given, pte_t by_value)\n"
_FINDS = "\tspinlock_t *ptl;\n\tpte_t *slot = pte_offset_map_lock(vma->vm_mm, pmd, addr, &ptl);\n\tpte_t pte = ptep_get(slot);\n"  # noqa: E501


def judged(body: str) -> list[str]:
    return [code for code, function in codes(f"{_HEAD}{{\n{body}\n}}\n", rules="AL211") if function == "look"]


@pytest.mark.parametrize(
    "body",
    [
        f"{_FINDS}\treturn pte_young(pte);",
        f"{_FINDS}\tif (pte_none(pte))\n\t\treturn 0;\n\treturn pte_dirty(pte);",
        f"{_FINDS}\tif (addr && pte_present(pte))\n\t\treturn 1;\n\treturn pte_young(pte);",
        f"{_FINDS}\tvma->note = pte_pfn(pte);\n\treturn pte_present(pte);",
        "\tpte_t pte = ptep_get(given);\n\tint young = pte_young(pte);\n\treturn pte_present(pte) && young;",
        "\tif (pte_present(by_value))\n\t\treturn 0;\n\treturn pte_dirty(by_value);",
        "\tint dirty = pte_dirty(by_value);\n\treturn is_swap_pte(by_value) ? 2 : dirty;",
        "\tpmd_t *table = pmd_offset(vma->pud, addr);\n\tif (pmd_none(*table))\n\t\treturn 0;\n\treturn pmd_leaf(*table);",  # noqa: E501
        f"{_FINDS}\tptep_test_and_clear_young(vma, addr, slot);\n\treturn 0;",
        f"{_FINDS}\tpte_unmap_unlock(slot, ptl);\n\treturn pte_cont(slot[1]);",
    ],
)
def test_a_use_outside_the_domain_is_reported(body: str) -> None:
    assert set(judged(body)) == {"AL211"}


@pytest.mark.parametrize(
    "body",
    [
        f"{_FINDS}\treturn pte_present(pte) && pte_young(pte);",
        f"{_FINDS}\tunsigned long pfn = pte_pfn(pte);\n\tif (!pte_present(pte))\n\t\treturn 0;\n\tvma->note = pfn;\n\treturn 1;",  # noqa: E501
        "\treturn pte_young(by_value);",
        "\treturn pte_young(ptep_get(given));",
        "\tif (pte_none(by_value))\n\t\treturn 0;\n\treturn pte_dirty(by_value);",
        "\tint young = pte_young(by_value);\n\tVM_BUG_ON(!pte_present(by_value));\n\treturn young;",
        f"{_FINDS}\tif (!pte_same(pte, by_value))\n\t\treturn 0;\n\treturn pte_young(pte);",
        "\tpmd_t *table = pmd_offset(vma->pud, addr);\n\treturn pmd_present(*table) && pmd_leaf(*table);",
        f"{_FINDS}\tstruct page *page = pte_present(pte) ? vm_normal_page(vma, addr, pte) : NULL;\n"
        "\tif (!page)\n\t\treturn 0;\n\treturn pte_dirty(pte);",
        "\tpte_t *slot = pte_offset_map(pgd_offset_k(addr), addr);\n\treturn pte_young(*slot);",
    ],
)
def test_a_use_that_somebody_answers_for_is_not(body: str) -> None:
    assert judged(body) == []


def test_an_entry_is_read_again_under_the_lock() -> None:
    body = (
        "\tpmd_t was = pmdp_get(pmd);\n\tspinlock_t *ptl;\n\tunsigned long pfn = 0;\n\tif (!pmd_present(was))\n\t\treturn 0;\n"  # noqa: E501
        "\tptl = pmd_lock(vma->vm_mm, pmd);\n%s\tspin_unlock(ptl);\n\treturn pfn;"
    )
    assert judged(body % "\tpfn = page_to_pfn(pmd_page(was));\n") == ["AL211"]
    again = "\twas = pmdp_get(pmd);\n\tif (pmd_present(was))\n\t\tpfn = pmd_pfn(was);\n"
    assert judged(body % again) == []
    same = "\tif (pmd_same(was, pmdp_get(pmd)))\n\t\tpfn = page_to_pfn(pmd_page(was));\n"
    assert judged(body % same) == []


def test_a_macro_is_read_where_it_is_used() -> None:
    macro = "#define SEEN(e) \\\n\t(pte_young(e) || \\\n\t pte_dirty(e))\n"
    code = macro + _HEAD + "{\n" + _FINDS + "\treturn %s;\n}\n"
    assert set(codes(code % "SEEN(pte)", rules="AL211")) == {("AL211", "look")}
    assert codes(code % "pte_present(pte) && SEEN(pte)", rules="AL211") == []
