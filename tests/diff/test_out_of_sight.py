"""What hunks do not show takes nothing away: arms above the first line, questions that are no words, other files."""

from pathlib import Path

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


ASKED = """\
 \tif (out_of_range(at))
 \t\treturn 0;
-\tif (!{present}(*slot))
+\tif ({after})
 \t\treturn 0;
 \tif ({young}(*slot))
 \t\treturn at;
"""


@pytest.mark.parametrize("words", [PTE, PMD], ids=("pte", "pmd"))
def test_what_is_present_may_be_asked_by_what_is_no_word(words: dict[str, str]) -> None:
    context = f"static int can_read({words['type']} *slot, unsigned long at)"
    for after in ("!OUR_PRESENT(*slot)", "!(our_flags(*slot) & _PAGE_PRESENT)"):
        assert told(hunk("fs/own.c", context, ASKED.format(**words, after=after))) == []
    for after in (f"{words['none']}(*slot)", "at & 1"):
        assert told(hunk("fs/own.c", context, ASKED.format(**words, after=after))) == [("AL211", "fs/own.c")]


TAKEN = """\
 \tspin_lock(&init_mm.page_table_lock);
-\tentry = {take}(&init_mm, at, slot);
+\tentry = {read}(slot);
 \tnote_it(entry);
 \tnote_it(entry);
"""
STORED = """\
 \tentry = {protect}(entry);
 \tcount_it(at);
-\t{store}(&init_mm, at, slot, entry);
+\texchange_it(&init_mm, at, slot, entry);
 \tspin_unlock(&init_mm.page_table_lock);
"""
PTE_TAKEN = {"take": "ptep_get_and_clear", "read": "ptep_get", "protect": "pte_wrprotect", "store": "set_pte_at"}
PMD_TAKEN = {"take": "pmdp_huge_get_and_clear", "read": "pmdp_get", "protect": "pmd_wrprotect", "store": "set_pmd_at"}


@pytest.mark.parametrize("words", [PTE_TAKEN, PMD_TAKEN], ids=("pte", "pmd"))
def test_an_entry_that_is_not_stored_any_more_need_not_be_taken(words: dict[str, str]) -> None:
    """What changes it at once may stand in another hunk."""
    path, context = "arch/own/mm/pageattr.c", "static int change_it(void *slot, unsigned long at)"
    taken = hunk(path, context, TAKEN.format(**words))
    stored = hunk(path, context, STORED.format(**words), start=90).split("\n", 2)[2]
    assert told(taken) == [("AL403", path)]
    assert told(taken + stored) == []


def test_a_large_pmd_is_a_leaf_by_its_older_name() -> None:
    lines = """\
 \tif (pmd_none(*slot))
 \t\treturn false;
-\tif (pmd_large(*slot))
+\tif (pmd_leaf(*slot))
 \t\treturn pfn_valid(pmd_pfn(*slot));
 \tlast_of_it(slot);
"""
    assert told(hunk("arch/own/mm/init.c", "bool is_there(pmd_t *slot)", lines)) == []


DROPPED = """\
 \t
 \tif (early && old_at_first())
 \t\tentry = {old}(entry);
-\telse
-\t\tentry = {word}(entry);
 \t
 \tif (write)
 \t\tnote_write(area);
"""
FUNCTION = """\
-static inline {type} {word}({type} entry)
-{{
-\treturn entry;
-}}
-
 static inline bool something_else({type} entry)
 {{
 \treturn true;
"""
MACRO = "-#define {word}(entry) (entry)\n-\n #define OTHER 1\n"
CHANGED = """\
 static inline {type} {word}({type} entry)
 {{
-\treturn entry;
+\treturn set_it(entry);
 }}
"""
WORDS = [
    {"type": "pte_t", "word": "pte_sw_mkyoung", "old": "pte_mkold"},
    {"type": "pte_t", "word": "pte_mkdirty", "old": "pte_mkclean"},
    {"type": "pmd_t", "word": "pmd_mkyoung", "old": "pmd_mkold"},
    {"type": "pte_t", "word": "huge_pte_mkdirty", "old": "pte_mkold"},
]
named = pytest.mark.parametrize("words", WORDS, ids=lambda words: str(words["word"]))


@named
@pytest.mark.parametrize("definition", [FUNCTION, MACRO, CHANGED], ids=("function", "macro", "changed"))
@pytest.mark.parametrize("path", ["mm/own.c", "arch/own/include/asm/pgtable.h", "include/linux/own.h"])
def test_a_word_that_goes_with_its_definition_is_not_lost(words: dict[str, str], definition: str, path: str) -> None:
    use = hunk("mm/own.c", f"void map_it(struct vm_area_struct *area, {words['type']} entry)", DROPPED.format(**words))
    assert told(use) == [("AL403", "mm/own.c")]
    defined = hunk(path, "", definition.format(**words), start=20)
    both = defined + use.split("\n", 2)[2] if path == "mm/own.c" else defined + use
    assert told(both) == []


@named
def test_what_a_file_loses_another_file_of_the_patch_may_have_got(words: dict[str, str], tmp_path: Path) -> None:
    lost = hunk("mm/own.c", f"void map_it(struct vm_area_struct *area, {words['type']} entry)", DROPPED.format(**words))
    lines = """\
 \tif (write)
 \t\tnote_write(area);
+\telse if (was_so(area))
+\t\tentry = {word}(entry);
 \tput_it(area, entry);
"""
    got = hunk("arch/own/mm/fault.c", f"void set_it({words['type']} entry)", lines.format(**words))
    cache = str(tmp_path / "cache")
    for _ in range(2):  # what was found out of one is not said of the other
        assert told(lost, cache) == [("AL403", "mm/own.c")]
        assert told(lost + got, cache) == []
        assert told(got + lost, cache) == []


def test_what_another_file_loses_too_is_lost() -> None:
    words = WORDS[1]
    lost = hunk("mm/own.c", "void map_it(struct vm_area_struct *area, pte_t entry)", DROPPED.format(**words))
    other = lost.replace("mm/own.c", "mm/other.c")
    assert told(lost + other) == [("AL403", "mm/other.c"), ("AL403", "mm/own.c")]


def test_of_a_patch_of_very_many_files_nothing_is_said_to_be_lost() -> None:
    """Where something has gone would have to be looked for in all of them."""
    words = WORDS[1]
    lost = hunk("mm/own.c", "void map_it(struct vm_area_struct *area, pte_t entry)", DROPPED.format(**words))
    lines = " \tfirst(entry);\n-\tentry = pte_mkold(entry);\n+\tentry = pte_mkyoung(entry);\n \tlast(entry);\n"
    others = [hunk(f"mm/other{number}.c", "void other(pte_t entry)", lines) for number in range(65)]
    assert ("AL403", "mm/own.c") in told("".join([lost, *others[:64]]))
    assert ("AL403", "mm/own.c") not in told("".join([lost, *others]))
