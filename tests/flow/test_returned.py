"""What a helper returns says what it has done: its caller goes on accordingly."""

import pytest

from tests.harness import lint

CODE = """
static int copy_pinned(struct vm_area_struct *vma, unsigned long addr, pte_t *to, pte_t entry, struct page **spare)
{
	if (!page_is_pinned(entry))
		return %s;
	if (!*spare)
		return -EAGAIN;
	set_pte_at(vma->vm_mm, addr, to, mk_pte(*spare, vma->vm_page_prot));
	return 0;
}

static int copy_one(struct vm_area_struct *vma, unsigned long addr, pte_t *to, pte_t entry, struct page **spare)
{
	int ret = copy_pinned(vma, addr, to, entry, spare);

	if (%s)
		return ret;
	set_pte_at(vma->vm_mm, addr, to, pte_mkold(entry));
	return 0;
}
"""


@pytest.mark.parametrize(
    ("done", "asked", "codes"),
    [
        ("1", "ret <= 0", []),
        ("1", "ret < 1", []),
        ("1", "!(ret > 0)", []),
        ("1", "ret < 0", ["AL412"]),
        ("-ENOENT", "ret != -ENOENT", []),
        ("-ENOENT", "ret == -EAGAIN", ["AL412"]),
    ],
)
def test_a_number_that_is_returned_is_compared(done: str, asked: str, codes: list[str]) -> None:
    assert [finding.code for finding in lint(CODE % (done, asked), rules="AL412")] == codes
