"""Small kernel trees whose functions call each other across files."""

from pathlib import Path

from anonlint.intake import Request
from anonlint.model.finding import Severity
from anonlint.model.report import Report
from anonlint.rule import registry
from anonlint.run.runner import Options, check

VMA = "struct vm_area_struct *vma"
MAP_HEAD = f"void map_range({VMA}, pmd_t *pmd, unsigned long addr, struct page *page)"
# Maps a new page writable, and never asks whether the mapping may be written to.
MAP = (
    MAP_HEAD
    + """
{
	spinlock_t *ptl;
	pte_t *pte = pte_offset_map_lock(vma->vm_mm, pmd, addr, &ptl);
	pte_t entry = pte_mkwrite(pte_mkdirty(mk_pte(page, vma->vm_page_prot)), vma);

	if (!pte)
		return;
	folio_add_new_anon_rmap(page_folio(page), vma, addr, RMAP_EXCLUSIVE);
	set_pte_at(vma->vm_mm, addr, pte, entry);
	pte_unmap_unlock(pte, ptl);
}
"""
)
GUARD = "if (!(vma->vm_flags & VM_WRITE))\n\t\treturn;"
CALL = "map_range(vma, pmd, addr, page);"


def caller(name: str, *lines: str, more: str = "") -> str:
    """Return a function that calls map_range() after the given lines."""
    body = "".join(f"\t{line}\n" for line in (*lines, CALL))
    return f"\nstatic void {name}({VMA}, pmd_t *pmd, unsigned long addr, struct page *page{more})\n{{\n{body}}}\n"


class Tree:
    """A kernel tree: what it holds beside the files of a test makes it one."""

    def __init__(self, root: Path, **files: str) -> None:
        self.root = root
        self.write(
            Makefile="VERSION = 6\nPATCHLEVEL = 12\nSUBLEVEL = 0\n",
            include__linux__swap_h="static inline unsigned int in_use(swp_entry_t entry)\n{\n\treturn entry.val;\n}\n",
            kernel__fork_c="int forked;\n",
            mm__internal_h=f"extern {MAP_HEAD};\n",
        )
        self.write(**files)

    def write(self, **files: str) -> None:
        """Write files; in their names ``__`` stands for a slash, ``_c`` and ``_h`` for what they end with."""
        for name, text in files.items():
            path = self.root / (name[:-2].replace("__", "/") + "." + name[-1] if name[-2] == "_" else name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)

    def report(self, *inputs: str, workers: int = 1, rules: str = "AL3", **request: object) -> Report:
        """Check files of the tree, the whole of its mm/ if none is named."""
        chosen = tuple(rule for rule in registry.rules() if rule.code.startswith(tuple(rules.split())))
        paths = tuple(str(self.root / name) for name in inputs)
        asked = Request(inputs=paths, tree=str(self.root))._replace(**request)  # type: ignore[arg-type]
        report = check(Options(asked, chosen, workers=workers), lambda: b"")
        assert not report.errors
        return report

    def found(self, *inputs: str, workers: int = 1, rules: str = "AL3", **request: object) -> list[tuple[str, str]]:
        """Return (code, function) of what is found."""
        report = self.report(*(inputs or ("mm",)), workers=workers, rules=rules, **request)
        assert not report.skipped
        return [(f.code, f.function) for f in report.findings if f.severity >= Severity.WARNING]
