"""Code that is being written calls words with too few or too many operands: that is no reason to give a function up."""

import pytest

from anonlint.graph.ir import Expr
from anonlint.graph.liveness import text
from tests.harness import analyse_text, kernel_words

CODE = """
static void look_{i}(struct vm_area_struct *vma, pte_t *ptep, pte_t pte, struct page *page)
{{
	if ({word}({operands}))
		note(vma);
	{word}({operands});
}}
"""
MANY = ", ".join(["vma", "0", "ptep", "pte", "page"] * 2)
OPERANDS = ("", "pte", "ptep", "page, vma", "vma, 0, ptep, pte", MANY)
WRAPPERS = ("likely", "unlikely", "READ_ONCE", "WRITE_ONCE", "data_race")
ATTRIBUTES = {"__init", "__meminit"}
WORDS = sorted(word for word in kernel_words()[0].words if not word.isupper() and word not in ATTRIBUTES)


@pytest.mark.parametrize("operands", ["", MANY])
@pytest.mark.parametrize("half", [0, 1])
def test_words_with_any_operands(half: int, operands: str) -> None:
    words = WORDS[half::2]
    code = "".join(CODE.format(i=word, word=word, operands=operands) for word in words)
    skipped = {skip.function.removeprefix("look_") for skip in analyse_text(code).skipped}
    assert not skipped


@pytest.mark.parametrize("operands", OPERANDS)
@pytest.mark.parametrize("word", WRAPPERS)
def test_wrappers_with_any_operands(word: str, operands: str) -> None:
    assert analyse_text(CODE.format(i=0, word=word, operands=operands)).skipped == ()


@pytest.mark.parametrize(
    ("start", "end", "expected"), [(2, 5, "b+c"), (5, 2, ""), (-3, 2, ""), (9, 12, ""), (4, 99, "c")]
)
def test_the_text_of_what_no_source_holds_is_empty(start: int, end: int, expected: str) -> None:
    """What is put around a hunk stands before its text, or ends before it begins: mypyc fails on such slices."""
    assert text(Expr("opaque", "", (), start, end), b"a b+c") == expected
