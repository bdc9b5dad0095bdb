"""``anonlint diff`` as a person or a program meets it."""

import json
from html.parser import HTMLParser
from pathlib import Path

import pytest

from anonlint.cli.main import main
from anonlint.model.change import FunctionChange
from tests.diff.conversions import compared, of

ROOT = Path(__file__).resolve().parents[2]
MAIL = str(ROOT / "examples" / "review-mail.txt")
BEFORE = """\
static void tell(struct page *page);

static bool is_theirs(swp_entry_t leaf)
{
	return is_writable_migration_entry(leaf);
}

static long keep_kind(struct vm_area_struct *vma, unsigned long addr, pte_t *slot)
{
	pte_t old = *slot;
	pte_t fresh;
	swp_entry_t leaf;

	if (!is_swap_pte(old))
		return 0;
	leaf = pte_to_swp_entry(old);
	if (!is_theirs(leaf))
		return -EAGAIN;
	leaf = make_readable_exclusive_migration_entry(swp_offset(leaf));
	fresh = swp_entry_to_pte(leaf);
	if (pte_swp_soft_dirty(old))
		fresh = pte_swp_mksoft_dirty(fresh);
	if (pte_swp_uffd_wp(old))
		fresh = pte_swp_mkuffd_wp(fresh);
	set_pte_at(vma->vm_mm, addr, slot, fresh);
	return 1;
}
"""


def differs(old: str, new: str, name: str = "keep_kind") -> FunctionChange:
    assert old in BEFORE
    return of(compared("mm/kinds.c", BEFORE, BEFORE.replace(old, new), "6.12"), name)


def test_what_is_only_spelled_otherwise_is_no_difference() -> None:
    change = differs("leaf", "entry")
    assert (change.verdict, change.rows) == ("same", ())
    assert "entry states" in change.basis


def test_a_comment_is_not_even_looked_at() -> None:
    assert list(compared("mm/kinds.c", BEFORE, BEFORE.replace("\treturn 1;", "\treturn 1; /* done */"), "6.12")) == []


def test_a_bit_that_is_left_behind_is_told_for_the_states_that_had_it() -> None:
    change = differs("\tif (pte_swp_soft_dirty(old))\n\t\tfresh = pte_swp_mksoft_dirty(fresh);\n", "")
    assert change.verdict == "changed"
    [row] = [row for row in change.rows if row.sort == "bits"]
    assert row.text.startswith("soft-dirty")
    assert [(cell.states, cell.before, cell.after) for cell in row.cells] == [("writable", "kept", "lost")]


SOFT = "\tif (pte_swp_soft_dirty(old))\n\t\tfresh = pte_swp_mksoft_dirty(fresh);\n"
ASKED = f"#ifdef CONFIG_A\n{SOFT}#endif\n"


@pytest.mark.parametrize(
    ("now", "verdict"),
    [
        (f"#if defined(CONFIG_A)\n{SOFT}#endif\n", "same"),
        (f"\tif (IS_ENABLED(CONFIG_A)) {{\n{SOFT}\t}}\n", "same"),
        (f"#ifndef CONFIG_A\n#else\n{SOFT}#endif\n", "same"),
        (f"#ifndef CONFIG_A\n\treturn 1;\n#endif\n{SOFT}", "changed"),
        (SOFT, "changed"),
        ("", "changed"),
    ],
)
def test_what_an_option_decides(now: str, verdict: str) -> None:
    before, after = BEFORE.replace(SOFT, ASKED), BEFORE.replace(SOFT, now)
    assert of(compared("mm/kinds.c", before, after, "6.12"), "keep_kind").verdict == verdict


def test_what_is_returned_is_told_by_state() -> None:
    change = differs("if (!is_theirs(leaf))", "if (!is_migration_entry(leaf))")
    [row] = [row for row in change.rows if row.sort == "returns"]
    told = {cell.states: (cell.before, cell.after) for cell in row.cells}
    assert told == {"readable-exclusive, readable": ("-EAGAIN", "1")}


@pytest.mark.parametrize(
    ("now", "states"),
    [
        ("return is_migration_entry(leaf);", {"readable-exclusive, readable": ("0", "1")}),
        ("return !is_writable_migration_entry(leaf);", {}),  # every entry, in two groups
        ("if (!is_migration_entry(leaf))\n\t\treturn false;\n\treturn is_writable_migration_entry(leaf);", None),
    ],
)
def test_a_question_that_is_returned(now: str, states: dict[str, tuple[str, str]] | None) -> None:
    """Which entries it holds for is told, not that there is a question."""
    change = differs("return is_writable_migration_entry(leaf);", now, "is_theirs")
    assert change.verdict == ("same" if states is None else "changed")
    told = {cell.states: (cell.before, cell.after) for row in change.rows for cell in row.cells}
    assert told == states or (told if states == {} else not told)


def test_a_question_that_is_handed_on() -> None:
    old = "return is_writable_migration_entry(leaf);"
    handed = BEFORE.replace(old, "return tell(NULL, is_writable_migration_entry(leaf));")
    change = of(compared("mm/kinds.c", handed, handed.replace("is_writable_m", "is_m"), "6.12"), "is_theirs")
    told = {cell.states: (cell.before, cell.after) for row in change.rows for cell in row.cells}
    assert told == {"readable-exclusive, readable": ("0", "0, 1")}  # NULL is the first


def test_a_caller_is_told_of_where_its_helper_changed() -> None:
    text = BEFORE.replace("return is_writable_migration_entry(leaf);", "return !is_readable_migration_entry(leaf);")
    changes = list(compared("mm/kinds.c", BEFORE, text, "6.12"))
    [caller] = [change for change in changes if change.name == "keep_kind"]
    assert caller.because == "is_theirs"
    assert any("readable-exclusive" in cell.states for row in caller.rows for cell in row.cells)


def test_what_depends_on_a_stranger_is_not_compared() -> None:
    change = differs("if (!is_theirs(leaf))", "if (!may_be_theirs(leaf))")
    assert any("may_be_theirs()" in gap for gap in change.gaps)
    assert change.verdict != "same"


def test_a_condition_that_says_nothing_of_an_entry_is_not_compared() -> None:
    change = differs("if (!is_theirs(leaf))", "if (!is_theirs(leaf) || addr > 4096)")
    assert change.verdict != "same"
    assert any("4096" in gap for gap in change.gaps)


def test_a_function_that_got_another_name_is_the_same_one() -> None:
    change = of(compared("mm/kinds.c", BEFORE, BEFORE.replace("keep_kind", "keep_the_kind"), "6.12"), "keep_the_kind")
    assert (change.verdict, change.old) == ("same", "keep_kind")


def test_what_a_store_rests_on() -> None:
    locked = BEFORE.replace("\tset_pte_at(", "\tspin_lock(ptl);\n\tset_pte_at(")
    change = of(compared("mm/kinds.c", locked, BEFORE, "6.12"), "keep_kind")
    [row] = [row for row in change.rows if row.sort == "rests"]
    assert (row.mark, row.cells[0].before) == ("-", "page table lock")


GRAB = """\
static struct page *grab_one(struct vm_area_struct *vma, pmd_t *pmd, unsigned long addr, unsigned int flags)
{
	spinlock_t *ptl;
	pte_t *ptep = pte_offset_map_lock(vma->vm_mm, pmd, addr, &ptl);
	pte_t pte = ptep_get(ptep);
	struct page *page = vm_normal_page(vma, addr, pte);

	if (!pte_write(pte) && gup_must_unshare(vma, flags, page))
		page = NULL;
	pte_unmap_unlock(ptep, ptl);
	return page;
}
"""


@pytest.mark.parametrize(
    ("old", "new", "gap"),
    [
        (" && gup_must_unshare(vma, flags, page)", "", "asked only before: gup_must_unshare()"),
        (
            "flags, page)",
            "flags, &page_folio(page)->page)",
            "decides about something else than before: gup_must_unshare()",
        ),
        ("!pte_write(pte)", "!pte_write(pte) && pte_dirty(pte)", "asked only after: pte_dirty()"),
    ],
)
def test_a_question_that_tells_no_entries_apart(old: str, new: str, gap: str) -> None:
    assert old in GRAB
    change = of(compared("mm/grab.c", GRAB, GRAB.replace(old, new, 1), "6.12"), "grab_one")
    assert change.verdict != "same"
    assert gap in change.gaps


COPY = """static void map_copy(struct vm_area_struct *vma, u64 addr, pte_t *slot, struct page *page, struct page *copy)
{
	pte_t pte = mk_pte(copy, vma->vm_page_prot);

	set_pte_at(vma->vm_mm, addr, slot, pte);
}
"""


@pytest.mark.parametrize(
    ("old", "new", "verdict"),
    [
        ("mk_pte(copy,", "mk_pte(page,", "changed"),
        ("(copy", "(&page_folio(copy)->page", "same"),  # which part of it is not told
        ("struct page *copy)\n{\n", "struct page *other)\n{\n\tstruct page *copy = other;\n\n", "same"),
    ],
)
def test_which_page_is_mapped(old: str, new: str, verdict: str) -> None:
    change = of(
        compared("mm/copy.c", COPY, COPY.replace(old, new), "6.12"), COPY.replace(old, new).split("(")[0].split()[-1]
    )
    assert change.verdict == verdict


WALK = """\
static bool walk_one(struct folio *folio, struct vm_area_struct *vma, unsigned long addr, void *arg)
{
	DEFINE_FOLIO_VMA_WALK(pvmw, folio, vma, addr, 0);

	while (page_vma_mapped_walk(&pvmw)) {
		set_pte_at(vma->vm_mm, pvmw.address, pvmw.pte, pte_mkold(ptep_get(pvmw.pte)));
		@IN@
	}
	@BEHIND@
	return true;
}
"""


@pytest.mark.parametrize(
    ("inside", "behind"),
    [
        ("", "flush_tlb_page(vma, addr);"),  # the walk is over
        ("page_vma_mapped_walk_done(&pvmw);\n\t\tflush_tlb_page(vma, addr);\n\t\tbreak;", ""),  # and was ended
    ],
)
def test_a_walk_lets_its_lock_go(inside: str, behind: str) -> None:
    locked = WALK.replace("@IN@", "flush_tlb_page(vma, addr);").replace("@BEHIND@", "")
    text = WALK.replace("@IN@", inside).replace("@BEHIND@", behind)
    change = of(compared("mm/walk.c", locked, text, "6.12"), "walk_one")
    told = [(row.mark, row.text, row.cells[0].before) for row in change.rows if row.sort == "rests"]
    assert ("-", "flushes the TLB", "page table lock") in told


def test_a_reviewers_question_is_answered_first(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    assert main(["diff", "--quoted", MAIL]) == 0
    lines = capsys.readouterr().out.splitlines()
    first = " ".join(" ".join(lines[:10]).split())
    assert "?" in first.partition("answered by the tables")[0]
    assert "do the same to every entry that both handle" in first
    assert all(len(line) <= 80 for line in lines)


def test_full_shows_the_reviewers_words_beside_the_function(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["diff", "--quoted", "--format", "full", MAIL]) == 0
    out = capsys.readouterr().out
    assert out.count("asked at ") >= 2
    assert "rests on: " in out


class Page(HTMLParser):
    """Which tags a page has, and that all are closed."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: set[str] = set()
        self.addresses: list[str | None] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)
        self.addresses += [value for name, value in attrs if name in ("src", "href")]
        if tag not in ("meta", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def pair_of(folder: Path, before: str, after: str) -> tuple[str, str]:
    for name, text in (("before.c", before), ("after.c", after)):
        (folder / name).write_text(text)
    return str(folder / "before.c"), str(folder / "after.c")


def test_each_format(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    hostile = BEFORE.replace("if (!is_theirs(leaf))", "if (!odd(leaf, '<script>|\\x1b'))")
    pair = pair_of(tmp_path, BEFORE, hostile)
    assert main(["diff", *pair, "--format", "json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["schema"] == 1
    [change] = document["changes"]
    assert (change["function"], change["verdict"]) == ("keep_kind", "changed")
    assert {row["mark"] for row in change["rows"]} <= {"+", "-", "~"}
    assert main(["diff", *pair, "--format", "html"]) == 0
    text = capsys.readouterr().out
    page = Page()
    page.feed(text)
    assert not page.open
    assert "script" not in page.seen
    assert not page.addresses
    assert "\x1b" not in text
    assert main(["diff", *pair, "--format", "markdown"]) == 0
    text = capsys.readouterr().out
    assert "| | what | entry states |" in text
    assert "<script>" not in text
    assert main(["diff", *pair]) == 0
    assert "\x1b" not in capsys.readouterr().out


def test_exit_statuses(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    same = pair_of(tmp_path, BEFORE, BEFORE.replace("leaf", "entry"))
    assert main(["diff", "--exit-code", *same]) == 0
    assert "no difference in effect" in capsys.readouterr().out
    other = pair_of(tmp_path, BEFORE, BEFORE.replace("-EAGAIN", "-EBUSY"))
    assert main(["diff", "--exit-code", *other]) == 1
    assert main(["diff", *other]) == 0
    capsys.readouterr()
    assert main(["diff"]) == 2
    assert main(["diff", str(tmp_path / "none.patch")]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert "none.patch: cannot be read" in err


def test_two_trees(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name, text in (("old", BEFORE), ("new", BEFORE.replace("is_writable_migration_entry", "is_migration_entry"))):
        (tmp_path / name / "mm").mkdir(parents=True)
        (tmp_path / name / "mm" / "kinds.c").write_text(text)
    (tmp_path / "new" / "mm" / "more.c").write_text(BEFORE.replace("keep_kind", "hold_kind"))
    assert main(["diff", str(tmp_path / "old"), str(tmp_path / "new")]) == 0
    out, err = capsys.readouterr()
    assert "patch" not in out + err
    assert "mm/kinds.c:8: keep_kind(): different in effect, because of is_theirs()" in out
    assert "hold_kind(): new: nothing to compare it with" in out


def test_what_is_no_patch_is_said_not_to_be_compared(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["diff", str(ROOT / "examples" / "siblings.c")]) == 0
    assert "is no patch: nothing to compare" in capsys.readouterr().err


FLAG = """\
--- a/mm/some.c
+++ b/mm/some.c
@@ -22,3 +22,4 @@
 \t\tif (anon_exclusive)
 \t\t\tWARN_ON_ONCE(folio_try_share_anon_rmap_pte(folio, subpage));
+\t\tanon_exclusive = PageAnonExclusive(subpage);
\x20
"""


def test_a_hunk_that_shows_no_entry_is_not_called_the_same(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "flag.patch").write_text(FLAG)
    main(["diff", "--no-tree", str(tmp_path / "flag.patch")])
    told = capsys.readouterr().out
    assert "not compared" in told and "no difference" not in told
