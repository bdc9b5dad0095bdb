"""Hunks that show a window of a sound function: what is not in sight must not be held against what is.

The windows are drawn at random, with a fixed seed, from functions that have no finding as a whole.
"""

import random
import re
from pathlib import Path

import pytest

from anonlint.intake import Request
from anonlint.model.finding import Severity
from anonlint.rule import registry
from anonlint.run.runner import Options, check

pytestmark = pytest.mark.kernel
FUNCTIONS = (
    ("mm/memory.c", "copy_nonpresent_pte"),
    ("mm/memory.c", "do_swap_page"),
    ("mm/memory.c", "zap_pte_range"),
    ("mm/mprotect.c", "change_pte_range"),
    ("mm/huge_memory.c", "copy_huge_pmd"),
    ("mm/huge_memory.c", "change_huge_pmd"),
    ("mm/huge_memory.c", "__split_huge_pmd_locked"),
    ("mm/huge_memory.c", "set_pmd_migration_entry"),
    ("mm/huge_memory.c", "remove_migration_pmd"),
    ("mm/migrate.c", "remove_migration_pte"),
    ("mm/migrate_device.c", "migrate_vma_collect_pmd"),
    ("mm/rmap.c", "try_to_unmap_one"),
    ("mm/hmm.c", "hmm_vma_handle_pte"),
    ("mm/swapfile.c", "unuse_pte"),
)
SIZES = (6, 9, 12, 20, 35, 60)
WINDOWS = 12  # of each function


def body(lines: list[str], name: str) -> tuple[int, int]:
    """Return the first and last line (from 0) of the longest function of that name."""
    spans = []
    for first, line in enumerate(lines):
        if re.match(rf"(\S.*[ *])?{name}\(", line) and not line.rstrip().endswith(";"):
            last = next(i for i in range(first, len(lines)) if lines[i].startswith("}"))
            spans.append((last - first, first, last))
    return max(spans)[1:]


def hunk(path: str, first: int, lines: list[str], added: set[int]) -> str:
    """Return a patch of one hunk; ``added`` are the lines that it brings."""
    text = "".join(("+" if i in added else " ") + line + "\n" for i, line in enumerate(lines))
    ranges = f"-{first + 1},{len(lines) - len(added)} +{first + 1},{len(lines)}"
    return f"--- a/{path}\n+++ b/{path}\n@@ {ranges} @@\n{text}"


@pytest.mark.parametrize("release", ["6.1", "6.12"])
@pytest.mark.parametrize(("path", "name"), FUNCTIONS, ids=lambda part: str(part).rpartition("/")[2])
def test_a_window_is_not_reported(kernels: dict[str, str], tmp_path: Path, release: str, path: str, name: str) -> None:
    lines = Path(kernels[release], path).read_text("latin-1").split("\n")
    first, last = body(lines, name)
    dice = random.Random(f"{release} {name}")
    for _ in range(WINDOWS):
        start = dice.randint(first + 1, max(first + 1, last - 6))
        shown = lines[start : min(last, start + dice.choice(SIZES))]
        added = set(dice.sample(range(len(shown)), max(1, len(shown) // 3)))
        patch = tmp_path / "window.patch"
        patch.write_text(hunk(path, start, shown, added), "latin-1")
        report = check(Options(Request(inputs=(str(patch),)), registry.rules(), workers=1), lambda: b"")
        assert not report.errors
        assert [f for f in report.findings if f.severity >= Severity.WARNING] == []
