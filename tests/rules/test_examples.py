"""Every rule has examples, and they show what their names say (that they do is tested with all other fixtures)."""

import re
from collections import Counter
from pathlib import Path

import pytest

from anonlint.kernel.era import date
from anonlint.kernel.vocabulary import span
from anonlint.kit.lint import kernel_words
from anonlint.kit.notes import notes
from anonlint.rule import registry
from anonlint.rule.examples import page
from anonlint.rule.page import sections
from anonlint.syntax.functions import find_in_file
from anonlint.syntax.lex import words
from tests.harness import Example, examples, lint

ALL = list(examples())
FIXTURES = Path(__file__).parents[2] / "fixtures"
_REMARK = re.compile(rb"/\*.*?\*/", re.S)


def name(example: Example) -> str:
    return f"{example.rule.code}-{'bad' if example.bad else 'good'}-{example.kernels}"


@pytest.mark.parametrize("example", ALL, ids=name)
def test_an_example_shows_what_its_name_says(example: Example) -> None:
    if example.code.startswith("--- "):  # a patch
        assert bool(lint(example.code, rules=example.rule.code)) is example.bad
        return
    wanted = {note.code for note in notes(list(enumerate(example.code.splitlines(), 1))) if note.want and not note.todo}
    if example.bad:
        assert example.rule.code in wanted
    else:
        assert not wanted


@pytest.mark.parametrize("example", ALL, ids=name)
def test_an_example_is_of_the_kernels_that_its_name_says(example: Example) -> None:
    vocabulary, _ = kernel_words()
    found = date({word.decode() for word in words(example.code.encode())} & vocabulary.words.keys(), vocabulary)
    since, until = span(example.kernels)
    assert found.until is None or found.until >= since
    assert until is None or found.since is None or found.since <= until


def test_every_rule_has_examples_of_two_eras() -> None:
    counts = Counter((example.rule.code, example.bad) for example in ALL)
    exempt = {"AL001", "AL101"}  # its examples are pairs of functions; its second era is in siblings.c
    for rule in registry.rules():
        if rule.code not in exempt:
            assert counts[rule.code, True] >= 2, rule.code
            assert counts[rule.code, False] >= 2, rule.code


def test_a_fixture_does_not_say_again_what_an_example_shows() -> None:
    """Examples are fixtures: no second text, under whatever name. (A bad and a good one may share a function.)"""
    for directory in sorted(FIXTURES.iterdir()):
        stand: dict[tuple[bytes, ...], str] = {}
        shown = sorted(path for word in ("bad*.c", "good*.c") for path in directory.glob(word))
        for path in [*shown, *sorted(set(directory.glob("*.c")) - set(shown))]:
            data = path.read_bytes()
            for extent in find_in_file(data):
                said = re.findall(rb"\w+|\S", _REMARK.sub(b"", data[extent.span.start : extent.span.end]))
                text = tuple(b"it" if word == extent.name.encode() else word for word in said)
                here = f"{directory.name}/{path.name}: {extent.name}()"
                assert text not in stand or path in shown, f"{here} is {stand[text]}"
                stand[text] = here


def test_what_is_shown_of_an_example_is_the_text_without_its_notes() -> None:
    text = page(registry.rule("AL203"))
    assert (
        "Bad (5.19-6.7)::\n\n    static int freeze_one(struct vm_area_struct *vma, unsigned long addr, pte_t *ptep,\n"
        in text
    )
    assert "want AL203" not in text and "\t" not in text
    titles = [section.title for section in sections(text)]
    assert titles == ["", "Why", "Bad (5.19-6.7)", "Good (5.19-6.7)", "Bad (6.8-6.18)", "Good (6.8-6.18)", "Misses"]


def test_siblings_that_test_the_same_are_not_told_apart_by_it() -> None:
    code = "".join(example.code for example in ALL if example.rule.code == "AL101" and not example.bad)
    (finding,) = lint(code.replace("make_readable_exclusive_", "make_readable_", 1), rules="AL101")
    assert "both test is_writable_migration_entry()" in finding.message
