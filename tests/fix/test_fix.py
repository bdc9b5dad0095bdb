"""Fixes: what is proposed, what is proven, and what is left alone because it is not exact."""

from collections.abc import Mapping, Sequence

import pytest

from anonlint.fix.proposals import proposals
from anonlint.fix.prove import mend
from anonlint.intake import Request
from anonlint.model.edit import Edit, edited
from anonlint.model.finding import Finding
from anonlint.rule import registry
from anonlint.run import runner
from tests.cli.clones import BROKEN, SOUND
from tests.harness import examples
from tests.programs import ROOT

PATH = "mm/test.c"
SOFT_DIRTY = b"\tif (pte_swp_soft_dirty(old))\n\t\tnew = pte_swp_mksoft_dirty(new);\n"


def judged(data: bytes, kernel: tuple[int, int] | None = None) -> Sequence[Finding]:
    request = Request(inputs=(PATH,), instead={PATH: data})
    report = runner.check(runner.Options(request, registry.rules(), kernel, workers=1), lambda: b"")
    assert not report.errors
    return report.findings


def mended(data: bytes, code: str, kernel: tuple[int, int] | None = None) -> tuple[bytes | None, list[str]]:
    """Return the text that is left of a file once findings of one rule are mended, and what was done."""

    def judge(texts: Mapping[str, bytes]) -> Sequence[Finding]:
        return judged(texts.get(PATH, data), kernel)

    found = [finding for finding in judged(data, kernel) if finding.code == code]
    assert found
    result = mend(found, {PATH: data}, judge)
    return result.texts.get(PATH), [fix.title for fix in result.fixes]


def test_edits_are_made_from_the_end() -> None:
    assert edited(b"abcdef", (Edit(1, 2, b"BB"), Edit(4, 4, b"-"))) == b"aBBcd-ef"


def test_a_constructor_is_replaced() -> None:
    text, titles = mended(BROKEN, "AL103")
    assert text == SOUND
    assert titles == ["make it with make_readable_exclusive_migration_entry()"]


def test_two_lines_that_carry_a_bit_are_put_before_the_store() -> None:
    text, titles = mended(SOUND.replace(SOFT_DIRTY, b""), "AL401")
    assert titles == ["take over soft_dirty of old"]
    store = b"\tset_pte_at(vma->vm_mm, addr, ptep, new);\n"
    assert text == SOUND.replace(SOFT_DIRTY, b"").replace(store, SOFT_DIRTY + store)


def test_the_siblings_predicate_is_taken() -> None:
    data = (ROOT / "examples/siblings.c").read_bytes()
    text, titles = mended(data, "AL101")
    assert titles == ["use is_writable_migration_entry(), as the sibling does"]
    assert text == data.replace(b"!is_readable_migration_entry(", b"is_writable_migration_entry(")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        # the store hangs on a condition: two lines before it would take it out from there
        (b"\tset_pte_at(vma", b"\tif (!pte_same(old, new))\n\t\tset_pte_at(vma"),
        # what is stored has no name
        (b"ptep, new);", b"ptep, swp_entry_to_pte(entry));"),
        # two entries that the bit could be of
        (b"pte_t old = ptep_get(ptep), new;", b"pte_t old = ptep_get(ptep), was = old, new;"),
    ],
    ids=["no room", "no name", "two"],
)
def test_what_is_not_exact_is_not_done(old: bytes, new: bytes) -> None:
    data = SOUND.replace(SOFT_DIRTY, b"")
    assert data.count(old) == 1
    text, titles = mended(data.replace(old, new), "AL401")
    assert (text, titles) == (None, [])


def test_a_variable_that_may_have_no_value_is_not_asked() -> None:
    data = SOUND.replace(SOFT_DIRTY, b"")
    data = data.replace(b"old = ptep_get(ptep), new;", b"old, new;")
    data = data.replace(
        b"swp_entry_t entry = pte_to_swp_entry(old);\n",
        b"swp_entry_t entry;\n\n\tif (vma) {\n\t\told = ptep_get(ptep);\n\t\tentry = pte_to_swp_entry(old);\n\t}\n",
    )
    for finding in judged(data):
        assert not proposals(finding, data) or finding.code != "AL401"


def test_what_brings_something_new_is_no_fix() -> None:
    data = b"""\
static void protect(struct mm_struct *mm, pte_t *ptep, unsigned long addr)
{
	pte_t old = ptep_get(ptep), new;
	swp_entry_t entry = pte_to_swp_entry(old);

	if (is_writable_migration_entry(entry)) {
		entry = make_readable_migration_entry(swp_offset(entry));
		new = swp_entry_to_pte(entry);
		if (pte_swp_soft_dirty(old))
			new = pte_swp_mksoft_dirty(new);
		set_pte_at(mm, addr, ptep, new);
	}
}
"""
    (finding,) = [finding for finding in judged(data, (6, 12)) if finding.code == "AL103"]
    tried = [proposal.title for proposal in proposals(finding, data)]
    assert "make it with make_readable_exclusive_migration_entry()" in tried  # right for anonymous pages only
    assert mended(data, "AL103", (6, 12)) == (None, [])


@pytest.mark.parametrize("code", ["AL401", "AL402"])
def test_the_rules_own_examples_are_mended(code: str) -> None:
    done = 0
    for example in examples():
        if example.bad and example.rule.code == code:
            first = example.kernels.partition("-")[0]
            major, _, minor = first.partition(".")
            data = (example.code + "\n").encode()
            text, titles = mended(data, code, (int(major), int(minor)))
            assert text is not None and len(titles) == 1
            assert [finding for finding in judged(text, (int(major), int(minor))) if finding.code == code] == []
            done += 1
    assert done == 2
