"""What hunks do not show takes nothing away: questions that are no words."""

import pytest

from anonlint.intake import Request
from anonlint.rule import registry
from anonlint.run.runner import Options, check

RULES = registry.rules()

# Words for an entry of a table, of a PMD, and of hugetlb.
PTE = {"type": "pte_t", "present": "pte_present", "none": "pte_none", "young": "pte_young", "write": "pte_write"}
PMD = {"type": "pmd_t", "present": "pmd_present", "none": "pmd_none", "young": "pmd_young", "write": "pmd_write"}
HUGE = {**PTE, "none": "huge_pte_none", "write": "huge_pte_write"}


def told(patch: str, cache: str = "") -> list[tuple[str, str]]:
    """Return rule and path of what a patch is said to bring."""
    report = check(Options(Request(inputs=("-",)), RULES, workers=1, cache=cache), lambda: patch.encode())
    assert not report.errors
    return [(found.code, found.path) for found in report.findings]


def hunk(path: str, context: str, lines: str, start: int = 70) -> str:
    """Return a file's part of a patch, of lines that begin as in a patch."""
    old, new = (sum(line[:1] != sign for line in lines.splitlines()) for sign in "+-")
    return f"--- a/{path}\n+++ b/{path}\n@@ -{start},{old} +{start},{new} @@ {context}\n{lines}"


RENAMED = """\
 \tif ({none}(entry))
 \t\treturn true;
-\tif ({before}(entry))
+\tif ({after}(entry))
 \t\treturn true;
 \tif (!{write}(entry) && (reason & VM_UFFD_WP))
 \t\treturn true;
"""


@pytest.mark.parametrize("words", [PTE, HUGE], ids=("pte", "hugetlb"))
@pytest.mark.parametrize(
    ("before", "after"),
    [("is_our_marker", "pte_is_uffd_marker"), ("pte_is_uffd_marker", "is_our_marker"), ("is_our_marker", "our_marker")],
)
def test_a_question_that_is_no_word_is_not_known_to_be_narrower(words: dict[str, str], before: str, after: str) -> None:
    lines = RENAMED.format(**words, before=before, after=after)
    assert told(hunk("fs/own.c", "static bool has_to_wait(pte_t entry, unsigned long reason)", lines)) == []
