"""What hunks do not show takes nothing away: arms above the first line, questions that are no words."""

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


SORTED = """\
 \t\told = {young}(entry);
 \t\tis_there = true;
-\t}} else if ({before}) {{
+\t}} else if ({none}(entry)) {{
+\t\tnote_hole(at);
+\t}} else {{
 \t\tswp_entry_t swap = {decode}(entry);
 \t
 \t\tcount_it(swp_type(swap));
"""


@pytest.mark.parametrize(
    ("words", "before", "decode"),
    [(PTE, "is_swap_pte(entry)", "pte_to_swp_entry"), (PMD, "is_swap_pmd(entry)", "pmd_to_swp_entry")],
    ids=("pte", "pmd"),
)
def test_an_arm_out_of_sight_may_have_sorted_entries_out(words: dict[str, str], before: str, decode: str) -> None:
    lines = SORTED.format(**words, before=before, decode=decode)
    context = f"static void look({words['type']} entry, unsigned long at)"
    assert told(hunk("fs/own.c", context, lines)) == []
    shown = f" {context}\n {{\n \tif ({words['present']}(entry)) {{\n" + lines
    assert told(hunk("fs/own.c", "", shown)) == []


def test_an_arm_in_sight_that_asks_something_else_sorts_nothing_out() -> None:
    lines = SORTED.format(**PTE, before="is_swap_pte(entry)", decode="pte_to_swp_entry")
    context = "static void look(pte_t entry, unsigned long at)"
    shown = f" {context}\n {{\n \tif (at & 1) {{\n" + lines
    assert told(hunk("fs/own.c", "", shown)) == [("AL211", "fs/own.c")]


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
