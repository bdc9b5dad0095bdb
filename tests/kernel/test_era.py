from pathlib import Path

import pytest

from anonlint.kernel.era import Dating, date, tree_above, tree_era
from anonlint.kernel.vocabulary import Era, Vocabulary

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


def test_what_is_told_narrows_what_words_tell_but_does_not_overrule_them() -> None:
    names = {"is_writable_migration_entry", "make_readable_migration_entry"}
    assert date(names, VOCABULARY)[:2] == ((5, 14), (6, 18))
    assert date(names, VOCABULARY, Dating((6, 1), (6, 1)))[:2] == ((6, 1), (6, 1))
    assert date(names, VOCABULARY, Dating(None, (5, 18)))[:2] == ((5, 14), (5, 18))
    assert date(names, VOCABULARY, Dating((5, 10), (5, 10)))[:2] == ((5, 14), (6, 18))
    assert date(set(), VOCABULARY, Dating((5, 10), (5, 10)))[:2] == ((5, 10), (5, 10))
    assert date(set(), VOCABULARY, Dating(None, None)) == Dating(None, None)


def test_a_stray_word_does_not_outweigh_the_tree() -> None:
    names = {"is_write_migration_entry", "pte_present", "set_pte_at", "folio_test_anon"}
    assert date(names, VOCABULARY, Dating((5, 10), (5, 10)), stray=1)[:2] == ((5, 10), (5, 10))


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
