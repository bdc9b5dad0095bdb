from pathlib import Path

import pytest

from anonlint.kernel.era import Dating, date, date_sides, tree_above, tree_era
from anonlint.kernel.vocabulary import Vocabulary
from anonlint.kernel.word import Era

VOCABULARY = Vocabulary.load()


@pytest.mark.parametrize(
    ("names", "since", "until"),
    [
        ({"is_write_migration_entry", "pte_present", "make_migration_entry"}, None, (5, 13)),
        ({"is_writable_migration_entry", "page_dup_rmap"}, (5, 14), (5, 18)),
        ({"is_readable_migration_entry", "page_try_dup_anon_rmap"}, (5, 19), (6, 7)),
        ({"softleaf_is_migration_write", "pte_swp_uffd_wp"}, (6, 19), (7, 2)),
        ({"is_writable_migration_entry", "softleaf_from_pte", "softleaf_to_pfn", "softleaf_t"}, (5, 14), (6, 18)),
        ({"pte_present", "no_word_of_ours"}, None, None),
        (set(), None, None),
    ],
)
def test_names_date_a_file(names: set[str], since: tuple[int, int], until: tuple[int, int]) -> None:
    assert date(names, VOCABULARY)[:2] == (since, until)


def test_evidence_names_what_set_the_bounds() -> None:
    dating = date({"is_readable_migration_entry", "is_migration_entry", "page_try_dup_anon_rmap"}, VOCABULARY)
    assert dating.evidence == (
        "is_readable_migration_entry: since 5.19",
        "page_try_dup_anon_rmap: since 5.19",
        "page_try_dup_anon_rmap: until 6.7",
    )


def test_most_words_win_over_a_stray_one() -> None:
    names = {"softleaf_is_migration", "is_write_migration_entry", "make_migration_entry", "migration_entry_to_page"}
    assert date(names, VOCABULARY)[:2] == (None, (5, 13))


@pytest.mark.parametrize(
    ("since", "until", "before", "after"),
    [
        ((5, 19), None, False, True),
        ((6, 1), (6, 1), False, True),
        (None, (5, 18), True, False),
        ((5, 14), (6, 18), False, False),
        (None, None, False, False),
    ],
)
def test_a_release_may_be_before_or_after(since: Era | None, until: Era | None, before: bool, after: bool) -> None:
    dating = Dating(since, until)
    assert (dating.before((5, 19)), dating.after((5, 19))) == (before, after)


def test_what_is_told_narrows_what_words_tell_and_moves_to_them() -> None:
    names = {"is_writable_migration_entry", "make_readable_migration_entry"}
    assert date(names, VOCABULARY)[:2] == ((5, 14), (6, 18))
    assert date(names, VOCABULARY, Dating((6, 1), (6, 1)))[:2] == ((6, 1), (6, 1))
    assert date(names, VOCABULARY, Dating(None, (5, 18)))[:2] == ((5, 14), (5, 18))
    assert date(names, VOCABULARY, Dating((5, 10), (5, 10)))[:2] == ((5, 14), (5, 14))
    assert date(names, VOCABULARY, Dating((7, 0), (7, 0)))[:2] == ((6, 18), (6, 18))
    assert date(set(), VOCABULARY, Dating((5, 10), (5, 10)))[:2] == ((5, 10), (5, 10))
    assert date(set(), VOCABULARY, Dating(None, None)) == Dating(None, None)


def test_a_stray_word_does_not_outweigh_the_tree() -> None:
    names = {"is_write_migration_entry", "pte_present", "set_pte_at", "folio_test_anon"}
    assert date(names, VOCABULARY, Dating((5, 10), (5, 10)), stray=1)[:2] == ((5, 10), (5, 10))


@pytest.mark.parametrize("release", [(2, 6), (4, 14), (4, 17), (4, 18)])
def test_a_release_older_than_the_vocabulary_is_the_oldest(release: Era) -> None:
    for names in (set[str](), {"is_write_migration_entry"}, {"pte_present"}):
        dating = date(names, VOCABULARY, Dating(release, release))
        assert dating[:2] == (None, (4, 18))
        assert dating.before((5, 7))


RENAMED = (
    {"is_write_migration_entry", "make_migration_entry_read", "pte_present"},
    {"is_writable_migration_entry", "make_readable_migration_entry", "pte_present"},
)


@pytest.mark.parametrize(
    ("told", "before", "after"),
    [
        (Dating(None, None), (None, (5, 13)), ((5, 14), (5, 14))),
        (Dating((5, 13), (5, 13)), ((5, 13), (5, 13)), ((5, 14), (5, 14))),
        (Dating((5, 14), (5, 14)), ((5, 13), (5, 13)), ((5, 14), (5, 14))),
        (Dating(None, (5, 18)), (None, (5, 13)), ((5, 14), (5, 14))),
        (Dating((4, 14), (4, 14)), (None, (4, 18)), ((5, 14), (5, 14))),
        (Dating((6, 12), (6, 12)), ((5, 13), (5, 13)), ((5, 14), (5, 14))),
    ],
)
def test_each_side_of_a_renaming_patch_is_dated_for_itself(told: Dating, before: object, after: object) -> None:
    old, new = date_sides(*RENAMED, VOCABULARY, told)
    assert (old[:2], new[:2]) == (before, after)
    there, back = date_sides(RENAMED[1], RENAMED[0], VOCABULARY, told)
    assert there.after((5, 14))
    assert back.before((5, 14))


def test_names_of_either_side_date_both_where_no_api_is_renamed() -> None:
    few, more = {"pte_present"}, {"pte_present", "is_readable_migration_entry", "page_try_dup_anon_rmap"}
    for sides in ((few, more), (more, few)):
        assert [d[:2] for d in date_sides(*sides, VOCABULARY, Dating(None, None))] == [((5, 19), (6, 7))] * 2
    assert date_sides(None, more, VOCABULARY, Dating(None, None))[1][:2] == ((5, 19), (6, 7))
    assert date_sides(more, None, VOCABULARY, Dating(None, None))[0][:2] == ((5, 19), (6, 7))


def test_late_backports_of_a_tree_do_not_make_the_patched_file_newer() -> None:
    backports = {"softleaf_is_migration", "softleaf_is_swap"}
    names = {"is_writable_migration_entry", "make_readable_migration_entry", "pte_present"} | backports
    told = Dating((6, 12), (6, 12))
    sides = date_sides(names, names | {"folio_try_dup_anon_rmap_pte"}, VOCABULARY, told, stray=2)
    assert [d[:2] for d in sides] == [((6, 12), (6, 12))] * 2


def test_the_tree_that_a_file_stands_in(tmp_path: Path) -> None:
    (tmp_path / "include/linux").mkdir(parents=True)
    (tmp_path / "include/linux/swap.h").touch()
    (tmp_path / "mm").mkdir()
    assert tree_above(str(tmp_path / "mm" / "memory.c")) == tree_above(str(tmp_path)) == str(tmp_path.resolve())
    assert tree_above("/nonexistent/memory.c") == ""


def test_tree_by_its_makefile(tmp_path: Path) -> None:
    (tmp_path / "Makefile").write_text("# comment\nVERSION = 6\nPATCHLEVEL = 9\nSUBLEVEL = 0\n")
    assert tree_era(str(tmp_path)) == Dating((6, 9), (6, 9), ("Makefile",))


def test_tree_by_its_headers_without_their_comments(tmp_path: Path) -> None:
    headers = tmp_path / "include" / "linux"
    headers.mkdir(parents=True)
    (headers / "swapops.h").write_text("/* see softleaf_is_migration() */ int is_write_migration_entry(int);")
    assert tree_era(str(tmp_path), VOCABULARY)[:2] == (None, (5, 13))


def test_no_tree() -> None:
    assert tree_era("/nonexistent") == Dating(None, None, ())


@pytest.mark.kernel
def test_kernels(kernels: dict[str, str]) -> None:
    assert tree_era(kernels["6.1"])[:2] == ((6, 1), (6, 1))
    assert tree_era(kernels["6.12"])[:2] == ((6, 12), (6, 12))
