from collections.abc import Callable
from pathlib import Path

import pytest

from anonlint.errors import VocabularyError
from anonlint.kernel.classes import check, kinds, ordered
from anonlint.kernel.prototypes import faults
from anonlint.kernel.vocabulary import Vocabulary

VOCABULARY = Vocabulary.load()

# The tokens of the kernel's history that everything else rests on: (name, release, meaning or None).
HISTORY = [
    ("is_write_migration_entry", (5, 11), "arg=0 true=W"),
    ("is_write_migration_entry", (5, 14), None),
    ("is_writable_migration_entry", (5, 13), None),
    ("is_writable_migration_entry", (6, 18), "arg=0 true=W"),
    ("is_writable_migration_entry", (6, 19), None),
    ("is_readable_migration_entry", (5, 18), None),
    ("is_readable_migration_entry", (5, 19), "arg=0 true=R"),
    ("is_pfn_swap_entry", (5, 15), "arg=0 true=migration,DW,DR,XW,XR"),
    ("is_pfn_swap_entry", (6, 12), "arg=0 true=migration,DW,DR,XW,XR,H"),
    ("make_migration_entry", (4, 18), "kind=W else=R select=1 from=0"),
    ("make_migration_entry_read", (5, 13), "kind=R inplace=0"),
    ("make_readable_exclusive_migration_entry", (5, 18), None),
    ("make_readable_exclusive_migration_entry", (7, 0), "kind=RX from=0"),
    ("make_device_exclusive_entry", (6, 15), "kind=XW,XR from=0"),
    ("softleaf_is_migration_read", (6, 18), None),
    ("softleaf_is_migration_read", (6, 19), "arg=0 true=R"),
    ("softleaf_is_none", (6, 19), "arg=0 true=none,present"),
    ("pte_to_swp_entry", (6, 19), None),
    ("pte_mkwrite", (6, 5), "arg=0 bit=write where=present on=present"),
    ("pte_mkwrite", (6, 6), "arg=0 bit=write where=present vma=1 on=present"),
    ("huge_ptep_get", (6, 1), "ptr=0 level=huge"),
    ("huge_ptep_get", (6, 12), "ptr=2 level=huge"),
    ("set_huge_pte_at", (6, 1), "ptr=2 value=3 mm=0 level=huge"),
    ("gup_must_unshare", (6, 1), "flags=0 page=1 for=FOLL_PIN"),
    ("gup_must_unshare", (6, 12), "vma=0 flags=1 page=2 for=FOLL_PIN"),
    ("page_add_anon_rmap", (5, 18), "page=0 exclusive=never level=pte"),
    ("page_add_anon_rmap", (6, 1), "page=0 flags=3 exclusive=flags level=pte"),
    ("page_move_anon_rmap", (6, 1), "page=0 exclusive=always"),
    ("folio_move_anon_rmap", (6, 12), "page=0 exclusive=never"),
    ("folio_add_new_anon_rmap", (6, 10), "page=0 exclusive=always new=1 level=pte"),
    ("folio_add_new_anon_rmap", (6, 12), "page=0 flags=3 exclusive=flags new=1 level=pte"),
    ("pte_swp_mkuffd_wp", (7, 3), None),
    ("pte_swp_mkuffd", (7, 3), "arg=0 bit=uffd-wp where=swap on=nonpresent"),
]


@pytest.mark.parametrize(("name", "release", "meaning"), HISTORY)
def test_history(name: str, release: tuple[int, int], meaning: str | None) -> None:
    word = VOCABULARY.at(release).get(name)
    assert (" ".join(f"{k}={v}" for k, v in word.meaning.items()) if word else None) == meaning


def test_rows_are_valid_and_their_eras_disjoint() -> None:
    for name, rows in VOCABULARY.words.items():
        assert ordered(rows, name) == rows, "rows stand oldest first"
        for row in rows:
            check(row, name)


def test_prototypes_parse() -> None:
    assert faults(VOCABULARY) == []


@pytest.mark.parametrize(
    ("prototype", "fault"),
    [
        ("int my_test(swp_entry_t e", "prototype is not C"),
        ("int other(swp_entry_t e)", "prototype is of other"),
        ("int my_test", "prototype declares no function"),
        ("int my_test(void)", "argument 0 of a function of 0"),
    ],
)
def test_faulty_prototypes_are_found(prototype: str, fault: str) -> None:
    own = Vocabulary({}).extend([f"my_test  predicate  6.1-  arg=0 true=W  {prototype}"], "x")
    assert faults(own)[0].startswith(f"my_test: {fault}")


def test_newest_row_without_an_era() -> None:
    newest = VOCABULARY.at(None)
    assert newest["pte_mkwrite"].meaning["vma"] == "1"
    assert "is_write_migration_entry" in newest, "words of all eras are known"


def test_names_of_classes() -> None:
    assert VOCABULARY.names(["type"]) == {b"swp_type", b"softleaf_type"}


def test_users_rows_replace_ours_and_leave_the_tables_alone() -> None:
    rows = ["", "# comment", "pte_young  bit-test  6.1-  arg=0 bit=young where=swap  int pte_young(pte_t pte)",
            "my_pred\tpredicate\t6.0-6.5\targ=0 true=W,H\t-", "my_pred  predicate  6.6-  arg=0 true=W  -"]  # fmt: skip
    own = VOCABULARY.extend(rows, "pyproject.toml")
    assert [row.meaning["true"] for row in own.words["my_pred"]] == ["W,H", "W"]
    assert own.at((6, 6))["pte_young"].meaning["where"] == "swap"
    assert VOCABULARY.at((6, 6))["pte_young"].meaning["where"] == "present"


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("a b c", "set.toml:3: 1 columns instead of 5"),
        ("p  predicate  6.1  arg=0 true=W  -", "set.toml:3: '6.1' is no span of releases"),
        ("p  predicate  6.1-  arg true=W  -", "set.toml:3: 'arg true=W' is no list of key=value"),
        ("p  predicat  6.1-  arg=0  -", "set.toml:3: there is no class 'predicat'"),
        ("p  predicate  6.1-  arg=0  -", "set.toml:3: a predicate needs true="),
        ("p  predicate  6.1-  arg=0 true=Q  -", "set.toml:3: true= has no kind 'Q'"),
        ("p  predicate  6.1-  arg=0 true=W tru=R  -", "set.toml:3: a predicate says nothing of tru="),
        ("p  take  6.1-  ptr=ptep  -", "set.toml:3: ptr= is the position of an argument, from 0"),
        ("p()  predicate  6.1-  arg=0 true=W  -", "set.toml:3: 'p()' is no C identifier"),
        ("p  predicate  6.5-6.1  arg=0 true=W  -", "set.toml:3: the last release is before the first"),
    ],
)
def test_faulty_rows_are_named_with_their_line(tmp_path: Path, row: str, message: str) -> None:
    (tmp_path / "set.toml").write_text(f'vocabulary = [\n    "# first line",\n    "{row}",\n]\n')
    with pytest.raises(VocabularyError) as error:
        VOCABULARY.extend(["# first line", row], str(tmp_path / "set.toml"))
    assert str(error.value).startswith(f"{tmp_path}/{message}")


def test_rows_may_come_from_files(tmp_path: Path) -> None:
    (tmp_path / "vendor.tsv").write_text("# ours\n\nmy_pred\tpredicate\t6.1-\targ=0 true=W\t-\n")
    own = VOCABULARY.extend(["vendor.tsv", "other  predicate  6.1-  arg=0 true=R  -"], str(tmp_path / "anonlint.toml"))
    assert own.words["my_pred"][0].meaning["true"] == "W" and "other" in own.words


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"# ours\nmy_pred  predicate  6.1-  arg=0  -\n", "vendor.tsv:2: a predicate needs true="),
        (b"\xff\n", "vendor.tsv: 'utf-8' codec"),
        (None, "vendor.tsv: cannot be read: "),
    ],
)
def test_a_faulty_file_of_rows_is_named(tmp_path: Path, data: bytes | None, message: str) -> None:
    if data is not None:
        (tmp_path / "vendor.tsv").write_bytes(data)
    with pytest.raises(VocabularyError) as error:
        VOCABULARY.extend(["vendor.tsv"], str(tmp_path / "anonlint.toml"))
    assert str(error.value).startswith(f"{tmp_path}/{message}")


def test_overlapping_rows_are_refused() -> None:
    rows = ["p  predicate  6.1-  arg=0 true=W  -", "p  predicate  6.6-  arg=0 true=R  -"]
    with pytest.raises(VocabularyError, match=r"set\.toml: p has two rows for one release"):
        VOCABULARY.extend(rows, "set.toml")


def test_kinds() -> None:
    assert kinds("migration,H") == {"W", "RX", "R", "H"}


def test_loading_imports_nothing_heavy(run_python: Callable[[str], str]) -> None:
    code = (
        "import sys; from anonlint.kernel.vocabulary import Vocabulary; Vocabulary.load();"
        "print(sorted({'pycparser', 'argparse', 'dataclasses', 'pathlib', 'inspect', 'logging'} & set(sys.modules)))"
    )
    assert run_python(code) == "[]"
