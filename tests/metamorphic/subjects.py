"""What meaning-keeping changes are applied to, and what each of them changes in the verdict.

``python -m tests.metamorphic.subjects`` writes known.tsv anew: what is wrong today, to be reviewed line by line.
"""

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from anonlint.kit.changes import TRANSFORMATIONS
from anonlint.kit.proof import Verdict, difference, verdict
from anonlint.kit.transform import ALL, Names
from anonlint.run.result import ImageResult
from tests.edits.narrow import narrow, relatives
from tests.harness import lint

KNOWN = Path(__file__).with_name("known.tsv")
_FIXTURES = Path(__file__).parents[2] / "fixtures"
# Functions of both kernels, with findings and without, that take part: those that cost little.
_FUNCTIONS = (
    ("mm/huge_memory.c", "change_huge_pmd"),
    ("mm/huge_memory.c", "copy_huge_pmd"),
    ("mm/huge_memory.c", "remove_migration_pmd"),
    ("mm/huge_memory.c", "set_pmd_migration_entry"),
    ("mm/hugetlb.c", "hugetlb_change_protection"),
    ("mm/hugetlb.c", "move_huge_pte"),
    ("mm/hmm.c", "hmm_vma_handle_pte"),
    ("mm/mapping_dirty_helpers.c", "clean_record_pte"),
    ("mm/mprotect.c", "prot_none_pte_entry"),
    ("mm/migrate_device.c", "migrate_vma_insert_page"),
    ("mm/rmap.c", "page_vma_mkclean_one"),
    ("fs/proc/task_mmu.c", "clear_soft_dirty"),
    ("fs/proc/task_mmu.c", "clear_soft_dirty_pmd"),
    ("fs/proc/task_mmu.c", "smaps_pte_entry"),
)


class Subject(NamedTuple):
    """A text; ``rules`` is the family to ask; ``function`` and ``kernel`` are set for one function of a kernel."""

    name: str
    rules: str
    code: str = ""
    kernel: str = ""
    path: str = ""
    function: str = ""


def texts() -> Iterator[Subject]:
    """Yield the fixtures, the examples of all rules among them."""
    for path in sorted(_FIXTURES.glob("*/*.c")):
        yield Subject(f"{path.parent.name[:5]}/{path.name}", path.parent.name[:3], path.read_text())


def sampled() -> Iterator[Subject]:
    """Yield the functions of the kernels."""
    for kernel in ("6.1", "6.12"):
        for path, function in _FUNCTIONS:
            yield Subject(f"{kernel} {path} {function}", "AL", "", kernel, path, function)


def changes(subject: Subject, root: str = "") -> dict[str, str]:
    """Return what each change of the text changes in the verdict, by the change's name; nothing where all is well."""
    code = Path(root, subject.path).read_bytes().decode("latin-1") if subject.kernel else subject.code
    encoding = "latin-1" if subject.kernel else "utf-8"
    only: Names = frozenset((subject.function,)) if subject.function else ALL
    before = _verdict(subject, code)
    found = {}
    for name, transform in TRANSFORMATIONS.items():
        data = transform(code.encode(encoding), only)
        if data != code.encode(encoding):
            change = difference(before, _verdict(subject, data.decode(encoding)), codes_only=name == "inlined")
            if change:
                found[name] = change
    return found


def _verdict(subject: Subject, code: str) -> Verdict:
    if not subject.kernel:
        return verdict(lint(code, rules=subject.rules))
    result: ImageResult = narrow(code, subject.path, relatives(code, subject.function))
    assert not result.skipped, result.skipped
    return verdict(result.findings)


def known() -> dict[str, dict[str, str]]:
    """Return what known.tsv states: by subject, by change of the text, what it changes."""
    stated: dict[str, dict[str, str]] = {}
    for line in KNOWN.read_text().splitlines():
        if not line.startswith("#"):
            subject, transformation, change = line.split("\t")
            stated.setdefault(subject, {})[transformation] = change
    return stated


def _record() -> None:
    root = os.environ.get("ANONLINT_KERNELS")
    old = known() if KNOWN.exists() else {}
    lines = []
    for subject in (*texts(), *sampled()):
        if subject.kernel and not root:
            found = old.get(subject.name, {})
        else:
            found = changes(subject, f"{root}/linux-source-{subject.kernel}")
        lines += [f"{subject.name}\t{name}\t{change}\n" for name, change in found.items()]
        sys.stderr.write("x" if found else ".")
        sys.stderr.flush()
    head = (
        "# Verdicts that change with a change of the text that keeps its meaning: subject, change, less or more\n"
        "# AL110: a helper is judged for whoever may call it; that its test cannot hold for one is no fault of its\n"
    )
    KNOWN.write_text(head + "".join(sorted(lines)))


if __name__ == "__main__":
    _record()
