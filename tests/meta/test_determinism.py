"""Identical bytes for identical input, whatever the hash seed and the number of workers."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CODE = """\
void fork_{n}(struct mm_struct *dst_mm, struct mm_struct *src_mm, pte_t *dst_pte, pte_t *src_pte,
              struct vm_area_struct *vma, unsigned long addr)
{{
    pte_t pte = ptep_get(src_pte);
    swp_entry_t entry = pte_to_swp_entry(pte);
    struct page *page = pfn_swap_entry_to_page(entry);

    if (is_writable_migration_entry(entry) && is_cow_mapping(vma->vm_flags) && PageAnon(page)) {{
        entry = make_readable_migration_entry(swp_offset(entry));
        pte = swp_entry_to_pte(entry);
        set_pte_at(src_mm, addr, src_pte, pte);
    }}
    set_pte_at(dst_mm, addr, dst_pte, pte);
}}
"""


def run(arguments: list[str], seed: str) -> bytes:
    done = subprocess.run(
        [sys.executable, "-m", "anonlint", "check", "--format", "json", *arguments],
        capture_output=True,
        check=False,
        timeout=300,
        env={**os.environ, "PYTHONHASHSEED": seed},
    )
    assert done.returncode in (0, 1), done.stderr
    return done.stdout


def test_small_files_give_identical_bytes(tmp_path: Path) -> None:
    for n in range(6):
        (tmp_path / f"file{n}.c").write_text(CODE.format(n=n))
    first = run([str(tmp_path), "-j1"], "1")
    assert first.count(b'"code": "AL108"') >= 6
    assert run([str(tmp_path), "-j2"], "2") == first


def test_the_example_gives_identical_bytes() -> None:
    mail = str(ROOT / "examples" / "review-mail.txt")
    assert run(["--quoted", mail, "-j1"], "1") == run(["--quoted", mail, "-j2"], "2")


@pytest.mark.kernel
def test_a_kernels_files_give_identical_bytes(kernels: dict[str, str]) -> None:
    names = ("huge_memory", "hugetlb", "khugepaged", "ksm", "migrate_device", "mprotect", "swapfile", "userfaultfd")
    files = [f"{kernels['6.12']}/mm/{name}.c" for name in names]
    assert run([*files, "-j1"], "1") == run([*files, "-j2"], "2")
