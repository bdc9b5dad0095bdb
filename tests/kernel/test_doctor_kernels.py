"""The doctor on Debian's kernels: exact expectations."""

import shutil
from pathlib import Path

import pytest

from anonlint.kernel.doctor import HEADERS, diagnose
from anonlint.kernel.vocabulary import Vocabulary

pytestmark = pytest.mark.kernel
VOCABULARY = Vocabulary.load()

BOTH = {
    "huge_pte_none", "huge_pte_none_mostly", "huge_pte_write", "is_device_exclusive_entry", "is_device_private_entry",
    "is_hugetlb_entry_hwpoisoned", "is_hugetlb_entry_migration", "is_hwpoison_entry", "is_migration_entry",
    "is_migration_entry_dirty", "is_migration_entry_young", "is_pfn_swap_entry", "is_pmd_migration_entry",
    "is_pte_marker", "is_pte_marker_entry", "is_readable_exclusive_migration_entry", "is_readable_migration_entry",
    "is_swap_pmd", "is_swap_pte", "is_writable_device_exclusive_entry", "is_writable_device_private_entry",
    "is_writable_migration_entry", "make_hwpoison_entry", "make_migration_entry_dirty", "make_migration_entry_young",
    "make_pte_marker", "make_pte_marker_entry", "make_readable_device_exclusive_entry",
    "make_readable_device_private_entry", "make_readable_exclusive_migration_entry", "make_readable_migration_entry",
    "make_writable_device_exclusive_entry", "make_writable_device_private_entry", "make_writable_migration_entry",
    "non_swap_entry", "pfn_swap_entry_to_page", "pmd_to_swp_entry", "pte_none_mostly", "pte_to_swp_entry", "swp_entry",
    "swp_entry_to_pmd", "swp_entry_to_pte", "swp_offset", "swp_offset_pfn", "swp_type",
}  # fmt: skip
ONLY = {
    "6.1": {"is_swapin_error_entry", "make_swapin_error_entry"},
    "6.12": {
        "is_poisoned_swp_entry", "make_poisoned_swp_entry", "pfn_swap_entry_folio", "softleaf_from_pte",
        "softleaf_to_pfn",
    },
}  # fmt: skip


@pytest.mark.parametrize("release", ["6.1", "6.12"])
def test_vocabulary_and_tree_agree(kernels: dict[str, str], release: str) -> None:
    diagnosis = diagnose(kernels[release], VOCABULARY)
    assert set(diagnosis.agree) == BOTH | ONLY[release]
    assert (diagnosis.disagree, diagnosis.new, diagnosis.gone) == ((), (), ())


def test_what_6_12_leaves_to_architectures(kernels: dict[str, str]) -> None:
    unevaluated = dict(diagnose(kernels["6.12"], VOCABULARY).unevaluated)
    given = {name for name, reason in unevaluated.items() if reason.startswith("given: the architecture")}
    assert given == {
        "pmd_leaf", "pmd_none", "pmd_present", "pmd_trans_huge", "pmd_write", "pte_none", "pte_present", "pte_write",
    }  # fmt: skip
    constants = {name for name in unevaluated if name.startswith("SWP_")}
    puds = {"pud_leaf", "pud_none", "pud_present"}  # nothing is known of what a machine has there
    assert unevaluated.keys() - given - constants - puds == {"pmd_none_or_clear_bad"}


def test_drift_planted_in_6_12(kernels: dict[str, str], tmp_path: Path) -> None:
    for path in HEADERS:
        if (Path(kernels["6.12"]) / path).exists():
            (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(Path(kernels["6.12"]) / path, tmp_path / path)
    header = tmp_path / "include/linux/swapops.h"
    text = header.read_text()
    edited = text.replace(" || is_hwpoison_entry(entry)", "").replace(
        "SWP_DEVICE_WRITE, offset", "SWP_DEVICE_READ, offset"
    )
    assert len(text) - len(edited) == 29, "both edits hit"
    header.write_text(edited)
    found = {(d.name, d.tree) for d in diagnose(str(tmp_path), VOCABULARY).disagree}
    # What asserts is_pfn_swap_entry() refuses hwpoison entries, too, once that does.
    refuses = "needs=not H,M,S"
    assert found == {
        ("is_pfn_swap_entry", "true=W,RX,R,DW,DR,XW,XR"),
        ("make_writable_device_private_entry", "from=0 kind=DR"),
        ("swp_offset_pfn", refuses),
        ("softleaf_to_pfn", refuses),
        ("pfn_swap_entry_to_page", f"gives=page {refuses}"),
        ("pfn_swap_entry_folio", f"gives=page {refuses}"),
    }
