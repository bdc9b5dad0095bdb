"""The reference of the vocabulary names each class, key and kind, and its page is what it says."""

from pathlib import Path

import pytest

from anonlint.cli.main import main
from anonlint.dev import gen_vocabulary
from anonlint.kernel import reference
from anonlint.kernel.classes import CLASSES, DOMAINS, KINDS, check
from anonlint.kernel.vocabulary import Vocabulary

ROOT = Path(__file__).resolve().parents[2]


def test_each_class_key_and_kind_is_told() -> None:
    assert reference.CLASSES.keys() == CLASSES.keys()
    assert reference.KEYS.keys() == {key for sort in CLASSES.values() for key in (*sort.needs, *sort.may)}
    assert tuple(reference.KINDS) == KINDS
    assert tuple(reference.DOMAINS) == DOMAINS


def test_the_page_is_what_the_rows_say() -> None:
    assert (ROOT / gen_vocabulary.PATH).read_text() == gen_vocabulary.page(), "stale: run ./run docs"


def test_the_rows_of_the_page_load() -> None:
    page = gen_vocabulary.page()
    (row,) = (line.strip().strip('",') for line in page.splitlines() if line.startswith('        "acme_mkwrite'))
    word = Vocabulary.load().extend([row], "anonlint.toml").words["acme_mkwrite"][0]
    check(word, "the page")


def test_a_word_is_told_release_by_release(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(("vocabulary", "pte_mkwrite")) == 0
    text = capsys.readouterr().out
    assert "4.18-6.5  bit-set" in text and "6.6-  bit-set" in text
    assert "pte_t pte_mkwrite(pte_t pte, struct vm_area_struct *vma)" in text
    lines = (ROOT / "anonlint/kernel/data/tables.tsv").read_text().splitlines()
    number = next(i for i, line in enumerate(lines, 1) if line.startswith("pte_mkwrite\t"))
    assert f"declared in anonlint/kernel/data/tables.tsv:{number}\n" in text


def test_a_row_of_ones_own_is_told_from_where_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    row = "pte_mkwrite\tbit-set\t6.1-\targ=0 bit=write where=present\tpte_t pte_mkwrite(pte_t pte)\n"
    (tmp_path / "own.tsv").write_text("# mine\n\n" + row)
    (tmp_path / "anonlint.toml").write_text('vocabulary = ["own.tsv"]\n')
    monkeypatch.chdir(tmp_path)
    assert main(("vocabulary", "pte_mkwrite")) == 0
    text = capsys.readouterr().out
    assert "6.1-  bit-set" in text and "6.6-" not in text
    assert f"declared in {tmp_path / 'own.tsv'}:3\n" in text


def test_classes_and_their_words_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(("vocabulary",)) == 0
    assert "  predicate        asks for the kind of an entry" in capsys.readouterr().out
    assert main(("vocabulary", "young-clear")) == 0
    assert "\nptep_test_and_clear_young  4.18-\n" in capsys.readouterr().out


def test_an_unknown_word_has_a_near_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(("vocabulary", "pte_mkwrit")) == 2
    assert "did you mean pte_mkwrite?" in capsys.readouterr().err
