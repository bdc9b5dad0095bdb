"""A finding that the code had before stays old, however a patch rewrites the line that it stands on."""

import difflib
from pathlib import Path

import pytest

from anonlint.intake import Request
from anonlint.rule import registry
from anonlint.run.runner import Options, check

CODE = """\
static void protect_one(struct vm_area_struct *vma, unsigned long addr, pte_t *ptep)
{
	pte_t old = *ptep;
	swp_entry_t entry;
	struct page *page;

	if (!is_swap_pte(old))
		return;
	entry = pte_to_swp_entry(old);
	page = pfn_swap_entry_to_page(entry);
	if (is_writable_migration_entry(entry))
		report_page(vma, page, addr);
}

static void protect_other(struct vm_area_struct *vma, unsigned long addr, pte_t *ptep)
{
	pte_t old = *ptep;
	swp_entry_t entry;

	if (!is_swap_pte(old))
		return;
	entry = pte_to_swp_entry(old);
	if (is_writable_migration_entry(entry))
		report_page(vma, pfn_swap_entry_to_page(entry), addr);
}
"""


def brought(folder: Path, after: str) -> list[tuple[str, str]]:
    """Return what a patch of CODE brings, with the tree that it applies to."""
    tree = folder / "tree"
    (tree / "mm").mkdir(parents=True)
    (tree / "mm" / "one.c").write_text(CODE)
    before, now = CODE.splitlines(keepends=True), after.splitlines(keepends=True)
    patch = folder / "one.patch"
    patch.write_text("".join(difflib.unified_diff(before, now, "a/mm/one.c", "b/mm/one.c")))
    request = Request(inputs=(str(patch),), tree=str(tree))
    report = check(Options(request, registry.rules(), kernel=(6, 1), workers=1), lambda: b"")
    assert not report.errors and not report.alone
    return [(finding.code, finding.function) for finding in report.findings]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("\tpage = pfn_swap_entry_to_page(entry);", "\tpage =\n\t\tpfn_swap_entry_to_page(entry); /* its page */"),
        ("page = pfn_swap_entry_to_page(entry);", "page = (pfn_swap_entry_to_page((entry)));"),
    ],
)
def test_a_line_that_is_written_anew_brings_nothing(tmp_path: Path, old: str, new: str) -> None:
    assert old in CODE
    assert brought(tmp_path, CODE.replace(old, new, 1)) == []


def test_another_name_brings_nothing(tmp_path: Path) -> None:
    head, tail = CODE.split("static void protect_other")
    assert (
        brought(
            tmp_path,
            head.replace("entry;", "leaf;").replace("entry =", "leaf =").replace("(entry)", "(leaf)")
            + "static void protect_other"
            + tail,
        )
        == []
    )


def test_the_same_mistake_in_another_function_is_new(tmp_path: Path) -> None:
    head, tail = CODE.split("static void protect_other")
    mended = head.replace("\tpage = pfn_swap_entry_to_page(entry);\n", "").replace(
        "\t\treport_page(vma, page, addr);", "\t\treport_page(vma, pfn_swap_entry_to_page(entry), addr);"
    )
    broken = tail.replace("\tif (is_wr", "\treport_page(vma, pfn_swap_entry_to_page(entry), addr);\n\tif (is_wr")
    assert brought(tmp_path, f"{mended}static void protect_other{broken}") == [("AL108", "protect_other")]
