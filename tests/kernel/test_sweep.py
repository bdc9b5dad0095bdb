"""doctor --words: helpers on entries that headers declare and the vocabulary does not know."""

from pathlib import Path

import pytest

from anonlint.kernel.sweep import unknown
from anonlint.kernel.vocabulary import Vocabulary

_MM = """
static inline int pte_dirty(pte_t pte) { return 0; }
static inline bool pte_is_odd(pte_t pte) { return false; }
extern int count_slots(swp_entry_t entry,
\t\t       int nr);
/* static inline int pte_in_a_comment(pte_t pte) */
#define pte_shiny(pte)\t(!!(pte_val(pte) & PTE_SHINY))
int nothing_of_ours(struct page *page);
pmd_t pmd_of_somebody(struct thing *thing);
"""


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    (tmp_path / "include/linux").mkdir(parents=True)
    (tmp_path / "include/linux/mm.h").write_text(_MM)
    (tmp_path / "arch/odd/include/asm").mkdir(parents=True)
    (tmp_path / "arch/odd/include/asm/pgtable.h").write_text("int pud_odd(pud_t pud);\n")
    return tmp_path


def test_what_is_not_known_is_listed_with_its_place(tree: Path) -> None:
    found = unknown(str(tree), Vocabulary.load())
    assert [(s.name, s.path, s.line) for s in found] == [
        ("count_slots", "include/linux/mm.h", 4),
        ("pmd_of_somebody", "include/linux/mm.h", 9),
        ("pte_is_odd", "include/linux/mm.h", 3),
        ("pte_shiny", "include/linux/mm.h", 7),
        ("pud_odd", "arch/odd/include/asm/pgtable.h", 1),
    ]
    assert found[0].params == "swp_entry_t entry, int nr"


@pytest.mark.kernel
@pytest.mark.parametrize("release", ["6.1", "6.12"])
def test_of_a_kernel_what_has_a_meaning_is_known(release: str, kernels: dict[str, str]) -> None:
    names = {s.name for s in unknown(kernels[release], Vocabulary.load())}
    assert names.isdisjoint({"pte_cont", "swap_free_nr", "pud_leaf", "is_ksm_zero_pte", "swap_swapcount"})
    assert "pte_pgprot" in names  # what a page table is made of is no business of entry kinds
