"""What a run reports: what a patch brings, no more; and one failure never hides the rest."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from anonlint.intake import Request
from anonlint.model.finding import Severity
from anonlint.rule import plugin, registry
from anonlint.rule.plugin import Diagnostic, Pass
from anonlint.run import runner

OLD = """\
static void protect_one(struct mm_struct *mm, unsigned long addr, pte_t *ptep)
{
	swp_entry_t entry = pte_to_swp_entry(ptep_get(ptep));

	if (is_writable_migration_entry(entry)) {
		entry = make_readable_migration_entry(swp_offset(entry));
		set_pte_at(mm, addr, ptep, swp_entry_to_pte(entry));
	}
}
"""
GOOD = OLD.replace(
    "\t\tentry = make_readable",
    "\t\tif (PageAnon(pfn_swap_entry_to_page(entry)))\n"
    "\t\t\tentry = make_readable_exclusive_migration_entry(swp_offset(entry));\n"
    "\t\telse\n\t\t\tentry = make_readable",
)


def run(*inputs: str, tree: str | None = None, workers: int = 1) -> list[tuple[str, str, str]]:
    request = Request(inputs=inputs, tree=tree)
    rules = [rule for rule in registry.rules() if rule.code < "AL2"]
    report = runner.check(runner.Options(request, rules, workers=workers), lambda: b"")
    assert report.errors == ()
    return [(f.code, f.path, f.function) for f in report.findings]


def diff(path: str, before: str, after: str) -> str:
    import difflib

    lines = difflib.unified_diff(
        before.splitlines(keepends=True), after.splitlines(keepends=True), f"a/{path}", f"b/{path}"
    )
    return f"diff --git a/{path} b/{path}\n" + "".join(lines)


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    (tmp_path / "tree/mm").mkdir(parents=True)
    (tmp_path / "tree/mm/one.c").write_text(OLD)
    (tmp_path / "tree/mm/two.c").write_text(GOOD.replace("protect_one", "protect_two"))
    return tmp_path / "tree"


def test_an_old_bug_is_not_the_patch_author_s(tree: Path) -> None:
    patch = tree / "p.patch"
    patch.write_text(diff("mm/one.c", OLD, OLD.replace("addr", "address")))
    assert run(str(patch), tree=str(tree)) == []


def test_a_second_bug_like_an_old_one_is_reported_once(tree: Path) -> None:
    patch = tree / "p.patch"
    patch.write_text(diff("mm/one.c", OLD, OLD + "\n" + OLD.replace("protect_one", "protect_more")))
    found = run(str(patch), tree=str(tree))
    assert ("AL103", "mm/one.c", "protect_more") in found
    assert ("AL103", "mm/one.c", "protect_one") not in found


def test_a_patch_that_breaks_an_untouched_line(tree: Path) -> None:
    helper = "static bool anon_entry(swp_entry_t e)\n{\n\treturn %s;\n}\n\n"
    good = helper % "PageAnon(pfn_swap_entry_to_page(e))" + GOOD.replace(
        "PageAnon(pfn_swap_entry_to_page(entry))", "anon_entry(entry)"
    )
    broken = good.replace("return PageAnon", "return !PageAnon")
    (tree / "mm/three.c").write_text(good)
    patch = tree / "p.patch"
    patch.write_text(diff("mm/three.c", good, broken))
    assert {code for code, _, _ in run(str(patch), tree=str(tree))} >= {"AL103", "AL104"}


def test_a_patch_is_compared_with_the_tree_s_siblings(tree: Path) -> None:
    (tree / "mm/one.c").write_text(GOOD)
    patch = tree / "p.patch"
    worse = GOOD.replace("is_writable_migration_entry", "!is_readable_migration_entry")
    worse = worse.replace("if (!is", "if (is_migration_entry(entry) && !is")
    patch.write_text(diff("mm/one.c", GOOD, worse))
    assert run(str(patch), tree=str(tree)) == [("AL101", "mm/one.c", "protect_one")]
    patch.write_text(diff("mm/one.c", worse, GOOD))
    (tree / "mm/one.c").write_text(worse)
    assert run(str(patch), tree=str(tree)) == []


def test_workers_change_nothing(tree: Path) -> None:
    for i in range(6):
        (tree / f"mm/more{i}.c").write_text(OLD.replace("protect_one", f"protect_{i}x"))
    assert run(str(tree), workers=1) == run(str(tree), workers=3)


def test_a_rule_that_crashes_is_one_line_and_the_rest_goes_on(tree: Path) -> None:
    @plugin.rule(code="AL999", name="bad-rule", severity=Severity.ERROR, since="0", words=frozenset())
    def bad(p: Pass) -> Iterator[Diagnostic]:
        if p.name == "protect_two":
            raise ValueError("planted")
        yield from ()

    rules = (*registry.rules(), bad)
    report = runner.check(runner.Options(Request(inputs=(str(tree),)), rules), lambda: b"")
    assert len(report.errors) == 1
    assert "two.c" in report.errors[0]
    assert "planted" in report.errors[0]
    assert any(f.function == "protect_one" for f in report.findings)
    assert [(s.function, "internal error" in s.reason) for s in report.skipped] == [("protect_two", True)]


def test_two_owners_of_a_code_are_refused() -> None:
    first = registry.rules()[0]
    copy = plugin.rule(code=first.code, name="other-name", severity=Severity.NOTE, since="0", words=frozenset())(
        first.check
    )
    with pytest.raises(registry.RuleConflict):
        registry.validate([first, copy])
