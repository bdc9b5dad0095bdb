/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * What clang's analyzer is told of the kernel: a toy page table in which one
 * bit says whether an entry is present, and another whether an entry that is
 * not present has a page. To take the page of one that has none is to follow
 * a null pointer: that is how the analyzer is asked the question.
 */

typedef _Bool bool;
typedef struct {
	unsigned long pte;
} pte_t;
typedef struct {
	unsigned long val;
} swp_entry_t;
typedef struct pmd pmd_t;
typedef struct spinlock spinlock_t;
struct page;
struct mm_struct;
struct vm_area_struct {
	struct mm_struct *vm_mm;
};

#define PAGE_SIZE 4096UL
#define MODEL_PRESENT 1UL
#define MODEL_MIGRATION 2UL
#define MODEL_DEVICE 4UL
#define MODEL_FAULT (*(volatile unsigned long *)0)

pte_t ptep_get(pte_t *ptep);
pte_t *pte_offset_map_lock(struct mm_struct *mm, pmd_t *pmd, unsigned long addr, spinlock_t **ptl);
void pte_unmap_unlock(pte_t *ptep, spinlock_t *ptl);
void cond_resched(void);
void note_page(unsigned long page);
void note_pfn(unsigned long pfn);
void note_hole(unsigned long addr);
void note_move(swp_entry_t entry);

#define pte_present(e) (((e).pte & MODEL_PRESENT) != 0)
#define pte_none(e) ((e).pte == 0)
#define pte_pfn(e) (pte_present(e) ? (e).pte >> 12 : MODEL_FAULT)
#define pte_page(e) pte_pfn(e)

static inline swp_entry_t pte_to_swp_entry(pte_t pte)
{
	swp_entry_t entry = { pte.pte };

	return entry;
}

#define is_migration_entry(e) (((e).val & MODEL_MIGRATION) != 0)
#define is_device_private_entry(e) (((e).val & MODEL_DEVICE) != 0)
#define is_pfn_swap_entry(e) (is_migration_entry(e) || is_device_private_entry(e))
#define pfn_swap_entry_to_page(e) (is_pfn_swap_entry(e) ? (e).val >> 12 : MODEL_FAULT)
