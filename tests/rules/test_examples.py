"""Every example of a rule's documentation does what it says."""

from collections import Counter

import pytest

from anonlint.rule import registry
from tests.harness import Example, examples, lint

ALL = list(examples())


@pytest.mark.parametrize("example", ALL, ids=lambda e: f"{e.rule.code}-{'bad' if e.bad else 'good'}-{e.era}")
def test_example(example: Example) -> None:
    found = {finding.code for finding in lint(example.code, rules=example.rule.code[:3])}
    if example.bad:
        assert example.rule.code in found
    else:
        assert not found


def test_every_rule_has_examples_of_two_eras() -> None:
    counts = Counter((example.rule.code, example.bad) for example in ALL)
    exempt = {"AL001", "AL101"}  # its examples are pairs of functions; its second era is in test_siblings.py
    for rule in registry.rules():
        if rule.code not in exempt:
            assert counts[rule.code, True] >= 2, rule.code
            assert counts[rule.code, False] >= 2, rule.code


def test_siblings_that_test_the_same_are_not_told_apart_by_it() -> None:
    code = "".join(example.code for example in ALL if example.rule.code == "AL101" and not example.bad)
    (finding,) = lint(code.replace("make_readable_exclusive_", "make_readable_", 1), rules="AL101")
    assert "both test is_writable_migration_entry()" in finding.message
