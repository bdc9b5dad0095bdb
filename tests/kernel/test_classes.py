"""Every class of the vocabulary has a meaning for execution, or is said to have none."""

from anonlint.kernel.classes import CLASSES
from anonlint.kernel.vocabulary import Vocabulary
from anonlint.words.transfers import ELSEWHERE, INERT, TRANSFERS


def test_each_class_has_one_meaning() -> None:
    ways = (set(TRANSFERS), ELSEWHERE, INERT)
    assert sum(map(len, ways)) == len(set().union(*ways)), "a class has two meanings"
    assert set().union(*ways) == CLASSES.keys()


def test_each_class_and_key_is_used() -> None:
    """What no row says is not in the reference, but for classes that are for rows of users."""
    used: dict[str, set[str]] = {}
    for rows in Vocabulary.load().words.values():
        for row in rows:
            used.setdefault(row.cls, set()).update(row.meaning)
    assert used.keys() == CLASSES.keys()
    for name, sort in CLASSES.items():
        assert {*sort.needs, *sort.may} - {"undated"} == used[name] - {"undated"}, name
