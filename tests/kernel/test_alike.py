"""What stands for what where two images are compared."""

from importlib import resources

from anonlint.kernel.alike import alike
from anonlint.kernel.vocabulary import Vocabulary


def test_a_name_stands_for_one_that_stands_for_itself() -> None:
    found = alike()
    assert found["lru_cache_add"] == "folio_add_lru"
    assert found["compound_nr"] == ""
    assert not found.keys() & set(found.values())


def test_the_vocabulary_says_what_its_own_words_do() -> None:
    """A row of these would never be asked, and what stands for a word would not be told as that word."""
    assert not {*alike(), *alike().values()} & Vocabulary.load().words.keys()


def test_each_name_has_one_place() -> None:
    text = resources.files("anonlint.kernel").joinpath("data/alike.tsv").read_text("ascii")
    lines = [line.partition("\t") for line in text.splitlines() if "\t" in line]
    names = [name for _, _, others in lines for name in others.split()]
    firsts = [first for first, _, _ in lines if first != "-"]
    assert len(names) == len(set(names)) and len(firsts) == len(set(firsts))
    assert not set(names) & set(firsts)
