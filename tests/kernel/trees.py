"""Small kernel trees, written for the tests: what a header needs to say, in words of our own."""

from pathlib import Path

SWAP_H = """
#define MAX_SWAPFILES_SHIFT 5
#define SWP_MIGRATION_READ (MAX_SWAPFILES + 1)
#define SWP_MIGRATION_READ_EXCLUSIVE (MAX_SWAPFILES + 2)
#define SWP_MIGRATION_WRITE (MAX_SWAPFILES + 3)
#ifdef CONFIG_DEVICE_PRIVATE
# define SWP_DEVICE_READ (MAX_SWAPFILES + 4)
# define SWP_DEVICE_WRITE \\
	(MAX_SWAPFILES + 5)
#endif
#ifndef CONFIG_MEMORY_FAILURE
#define SWP_HWPOISON 0
#else
#define SWP_HWPOISON MAX_SWAPFILES
#endif
#define SWP_PTE_MARKER (MAX_SWAPFILES + 6) /* the last one */
#define MAX_SWAPFILES ((1 << MAX_SWAPFILES_SHIFT) - 7)
"""

RAW = """
#define SHIFT (BITS_PER_XA_VALUE - MAX_SWAPFILES_SHIFT)
#define PTE_MARKER_UFFD_WP BIT(0)
#define PTE_MARKER_POISONED BIT(1)
static inline swp_entry_t swp_entry(unsigned long kind, pgoff_t where)
{
	swp_entry_t made;

	made.val = kind << SHIFT;
	made.val |= where & ((1UL << SHIFT) - 1);
	return made;
}
static inline unsigned swp_type(swp_entry_t e) { return e.val >> SHIFT; }
static inline pgoff_t swp_offset(swp_entry_t e) { return e.val & ((1UL << SHIFT) - 1); }
"""

CLASSIC = """
static inline bool is_writable_migration_entry(swp_entry_t e)
{
	return unlikely(swp_type(e) == SWP_MIGRATION_WRITE);
}
static inline bool is_readable_migration_entry(swp_entry_t e)
{
	return swp_type(e) == SWP_MIGRATION_READ;
}
static inline bool is_migration_entry(swp_entry_t e)
{
	switch (swp_type(e)) {
	case SWP_MIGRATION_READ:
	case SWP_MIGRATION_READ_EXCLUSIVE:
		return true;
	default:
		return is_writable_migration_entry(e);
	}
}
static inline int is_hwpoison_entry(swp_entry_t e)
{
	int kind = swp_type(e);
	return kind == SWP_HWPOISON ? 1 : 0;
}
static inline int non_swap_entry(swp_entry_t e) { return swp_type(e) >= MAX_SWAPFILES; }
static inline swp_entry_t make_readable_migration_entry(pgoff_t where)
{
	return swp_entry(SWP_MIGRATION_READ, where);
}
static inline swp_entry_t make_hwpoison_entry(struct page *page)
{
	BUG_ON(!PageLocked(page));
	return swp_entry(SWP_HWPOISON, page_to_pfn(page));
}
static inline swp_entry_t pte_to_swp_entry(pte_t pte)
{
	swp_entry_t arch;

	if (pte_swp_exclusive(pte))
		pte = pte_swp_clear_exclusive(pte);
	if (pte_swp_soft_dirty(pte))
		pte = pte_swp_clear_soft_dirty(pte);
	if (pte_swp_uffd_wp(pte))
		pte = pte_swp_clear_uffd_wp(pte);
	arch = __pte_to_swp_entry(pte);
	return swp_entry(__swp_type(arch), __swp_offset(arch));
}
static inline int is_swap_pte(pte_t pte) { return !pte_none(pte) && !pte_present(pte); }
static inline bool is_pte_marker(pte_t pte)
{
	return is_swap_pte(pte) && swp_type(pte_to_swp_entry(pte)) == SWP_PTE_MARKER;
}
#ifndef CONFIG_MIGRATION
static inline bool is_pfn_swap_entry(swp_entry_t e) { return false; }
#endif
"""

OLD = """
static inline swp_entry_t make_migration_entry(struct page *page, int write)
{
	return swp_entry(write ? SWP_MIGRATION_WRITE : SWP_MIGRATION_READ, page_to_pfn(page));
}
static inline void make_migration_entry_read(swp_entry_t *e)
{
	*e = swp_entry(SWP_MIGRATION_READ, swp_offset(*e));
}
static inline int is_write_migration_entry(swp_entry_t e) { return swp_type(e) == SWP_MIGRATION_WRITE; }
"""

LEAF = """
enum softleaf_type { SOFTLEAF_NONE, SOFTLEAF_SWAP, SOFTLEAF_MIGRATION_READ,
	SOFTLEAF_MIGRATION_READ_EXCLUSIVE, SOFTLEAF_MIGRATION_WRITE, SOFTLEAF_MARKER,
	SOFTLEAF_DEVICE_PRIVATE_READ = 20, SOFTLEAF_DEVICE_PRIVATE_WRITE, SOFTLEAF_HWPOISON };
static inline softleaf_t softleaf_mk_none(void) { return ((softleaf_t) { 0 }); }
static inline bool softleaf_is_none(softleaf_t e) { return e.val == 0; }
static inline enum softleaf_type softleaf_type(softleaf_t e)
{
	if (softleaf_is_none(e))
		return SOFTLEAF_NONE;
	if (e.val >> SHIFT < MAX_SWAPFILES)
		return SOFTLEAF_SWAP;
	switch (e.val >> SHIFT) {
	case SWP_MIGRATION_READ: return SOFTLEAF_MIGRATION_READ;
	case SWP_MIGRATION_READ_EXCLUSIVE: return SOFTLEAF_MIGRATION_READ_EXCLUSIVE;
	case SWP_MIGRATION_WRITE: return SOFTLEAF_MIGRATION_WRITE;
	case SWP_PTE_MARKER: return SOFTLEAF_MARKER;
	case SWP_DEVICE_READ: return SOFTLEAF_DEVICE_PRIVATE_READ;
	case SWP_DEVICE_WRITE: return SOFTLEAF_DEVICE_PRIVATE_WRITE;
	default: VM_WARN_ON_ONCE(e.val >> SHIFT != SWP_HWPOISON);
	}
	return SOFTLEAF_HWPOISON;
}
static inline bool softleaf_is_migration_write(softleaf_t e)
{
	return softleaf_type(e) == SOFTLEAF_MIGRATION_WRITE;
}
static inline bool softleaf_is_poison_marker(softleaf_t e)
{
	if (softleaf_type(e) != SOFTLEAF_MARKER)
		return false;
	return swp_offset(e) & PTE_MARKER_POISONED;
}
static inline softleaf_t softleaf_from_pte(pte_t pte)
{
	softleaf_t arch;

	if (pte_present(pte) || pte_none(pte))
		return softleaf_mk_none();
	pte = pte_swp_clear_exclusive(pte_swp_clear_soft_dirty(pte_swp_clear_uffd_wp(pte)));
	arch = __pte_to_swp_entry(pte);
	return swp_entry(__swp_type(arch), __swp_offset(arch));
}
"""


def write(root: Path, release: tuple[int, int], **headers: str) -> str:
    """Write a tree; each keyword names a header of include/linux/ and gives its text."""
    folder = root / "include" / "linux"
    folder.mkdir(parents=True, exist_ok=True)
    (root / "Makefile").write_text(f"VERSION = {release[0]}\nPATCHLEVEL = {release[1]}\nSUBLEVEL = 1\n")
    for name, text in headers.items():
        (folder / f"{name}.h").write_text(text)
    return str(root)
