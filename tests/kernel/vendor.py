"""A vendor's tree: a kernel of ours with renamed helpers, a getter of its own, a wrapper and a new swap type."""

import re
import shutil
from pathlib import Path

PARTS = ("include/linux", "include/asm-generic", "arch/x86/include/asm", "mm")
RENAMED = {
    "pte_present": "acme_pte_present",
    "is_writable_migration_entry": "acme_is_writable_migration_entry",
    "make_readable_exclusive_migration_entry": "acme_make_readable_exclusive_migration_entry",
    "pte_swp_mkuffd_wp": "acme_pte_swp_mkuffd_wp",
    "pte_swp_uffd_wp": "acme_pte_swp_uffd_wp",
    "pte_swp_soft_dirty": "acme_pte_swp_soft_dirty",
    "pte_swp_mksoft_dirty": "acme_pte_swp_mksoft_dirty",
    "pte_to_swp_entry": "acme_pte_to_swp_entry",
    "swp_entry_to_pte": "acme_swp_entry_to_pte",
    "folio_try_share_anon_rmap_pte": "folio_try_share_anon_rmap_pte_acme",
}
OWN_GETTER = ("mm/mprotect.c", "mm/mremap.c", "mm/hmm.c", "mm/mincore.c")
HEADER = """\
#ifndef _LINUX_ACME_MM_H
#define _LINUX_ACME_MM_H
static inline pte_t acme_ptep_read(pte_t *ptep)
{
	return READ_ONCE(*ptep);
}
static inline pte_t acme_mkwrite(struct vm_area_struct *vma, pte_t pte)
{
	return pte_mkwrite(pte, vma);
}
static inline swp_entry_t make_acme_frozen_entry(pgoff_t slot)
{
	return swp_entry(SWP_ACME_FROZEN, slot);
}
static inline bool is_acme_frozen_entry(swp_entry_t entry)
{
	return swp_type(entry) == SWP_ACME_FROZEN;
}
#endif
"""
SOURCE = """\
#include <linux/acme_mm.h>

static bool acme_thaw_pte(struct mm_struct *mm, unsigned long addr, pte_t *ptep, pte_t thawed)
{
	pte_t pte = acme_ptep_read(ptep);
	swp_entry_t entry;

	if (pte_none(pte) || pte_present(pte))
		return false;
	entry = pte_to_swp_entry(pte);
	if (!is_acme_frozen_entry(entry))
		return false;
	set_pte_at(mm, addr, ptep, thawed);
	return true;
}

static void acme_freeze_pte(struct vm_area_struct *vma, unsigned long addr, pte_t *ptep, pgoff_t slot)
{
	if (pte_none(acme_ptep_read(ptep)))
		set_pte_at(vma->vm_mm, addr, ptep, swp_entry_to_pte(make_acme_frozen_entry(slot)));
}
"""


def make(kernel: Path, target: Path) -> Path:
    """Write the vendor's tree."""
    for part in PARTS:
        shutil.copytree(kernel / part, target / part, symlinks=True)
    shutil.copy(kernel / "Makefile", target / "Makefile")
    (target / "include/linux/acme_mm.h").write_text(HEADER)
    (target / "mm/acme.c").write_text(SOURCE)
    word = re.compile(rb"\b(?:" + "|".join(RENAMED).encode() + rb")\b")
    for path in target.rglob("*.[ch]"):
        if path.is_file() and not path.is_symlink():
            data = path.read_bytes()
            changed = word.sub(lambda m: RENAMED[m[0].decode()].encode(), data)
            name = str(path.relative_to(target))
            if name in OWN_GETTER:
                changed = re.sub(rb"\bptep_get\(", b"acme_ptep_read(", changed)
                changed = re.sub(rb"\bpte_mkwrite\((\w+), vma\)", rb"acme_mkwrite(vma, \1)", changed)
            if changed != data:
                path.write_bytes(changed)
    swap = target / "include/linux/swap.h"
    text = swap.read_text()
    text = text.replace("#define MAX_SWAPFILES \\\n\t((1 << MAX_SWAPFILES_SHIFT)", _TYPE + " - SWP_ACME_NUM", 1)
    assert "SWP_ACME_NUM -" in text, "swap.h has another shape"
    swap.write_text(text)
    return target


_TYPE = """\
#define SWP_ACME_NUM 1
#define SWP_ACME_FROZEN (MAX_SWAPFILES + SWP_HWPOISON_NUM + SWP_MIGRATION_NUM + \\
			 SWP_DEVICE_NUM + SWP_PTE_MARKER_NUM)
#define MAX_SWAPFILES \\
	((1 << MAX_SWAPFILES_SHIFT)"""

BUG = """
static void acme_narrow_pte(struct mm_struct *mm, unsigned long addr, pte_t *ptep)
{
	pte_t pte = acme_ptep_read(ptep), new;
	swp_entry_t entry;

	if (pte_none(pte) || pte_present(pte))
		return;
	entry = acme_pte_to_swp_entry(pte);
	if (!acme_is_writable_migration_entry(entry))
		return;
	entry = acme_make_readable_exclusive_migration_entry(swp_offset(entry));
	new = acme_swp_entry_to_pte(entry);
	if (acme_pte_swp_soft_dirty(pte))
		new = acme_pte_swp_mksoft_dirty(new);
	set_pte_at(mm, addr, ptep, new);
}
"""
