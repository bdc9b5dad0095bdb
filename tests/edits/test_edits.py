"""Single edits of the kernels' own functions: those that break an invariant are caught, others are not.

Every edit changes one function of one file of Debian's sources, in memory. An edit that anonlint gets
wrong today is marked ``known`` in the data: its test asserts that, and fails once it is put right, so
that the mark goes away.
"""

from collections import Counter
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

from anonlint import registry
from anonlint.model.finding import Severity
from anonlint.plugin import Member
from tests.edits.edits import Edit, apply, edits
from tests.harness import analyse_text

pytestmark = pytest.mark.kernel
_ALL = tuple(edits())
_BREAKING = [edit for edit in _ALL if edit.code]
_KEEPING = [edit for edit in _ALL if not edit.code]
_COMPARING = [rule for rule in registry.rules() if rule.compare is not None]


class Found(NamedTuple):
    """What is compared of a finding; ``loud`` is at warning or above."""

    code: str
    function: str
    loud: bool


class Outcome(NamedTuple):
    """What a file gave: findings, functions that were skipped, members for the comparing rules."""

    findings: Counter[Found]
    skipped: frozenset[str]
    members: Sequence[tuple[str, Member]]


def read(root: str, path: str) -> str:
    """Return a file's text; latin-1, so that a place in the text is a place in the file."""
    return Path(root, path).read_bytes().decode("latin-1")


def analyse(code: str, path: str) -> Outcome:
    result = analyse_text(code, path)
    findings = Counter(Found(f.code, f.function, f.severity >= Severity.WARNING) for f in result.findings)
    return Outcome(findings, frozenset(skip.function for skip in result.skipped), result.members)


@cache
def unedited(root: str, path: str) -> Outcome:
    return analyse(read(root, path), path)


@cache
def edited(root: str, edit: Edit) -> Outcome:
    return analyse(apply(edit, read(root, edit.file)), edit.file)


@cache
def siblings(root: str) -> tuple[str, ...]:
    """Return the files of mm/ with functions that are compared."""
    paths = sorted(p for p in Path(root, "mm").glob("*.c") if b"_migration_entry(" in p.read_bytes())
    return tuple(f"mm/{p.name}" for p in paths if unedited(root, f"mm/{p.name}").members)


def findings(root: str, path: str, outcome: Outcome) -> Counter[Found]:
    """Return the findings of one file, and those of comparing its functions with the rest of mm/."""
    others = [m for p in siblings(root) if p != path for m in unedited(root, p).members]
    found = Counter(outcome.findings)
    for rule in _COMPARING:
        assert rule.compare is not None
        for item in rule.compare([member for code, member in (*others, *outcome.members) if code == rule.code]):
            assert item.member.place is not None
            found[Found(rule.code, item.member.place.function, item.severity >= Severity.WARNING)] += 1
    return found


@cache
def known_findings(root: str, path: str) -> Counter[Found]:
    return findings(root, path, unedited(root, path))


def effects(outcome: Outcome, function: str) -> list[tuple[object, ...]]:
    """Return what a function does with each kind of entry, as AL101 compares it."""
    of_it = [m.data for _, m in outcome.members if m.place is not None and m.place.function == function]
    return [(data.role, data.reached, data.results) for data in of_it]


def brought(edit: Edit, root: str) -> Counter[Found]:
    """Return the findings that an edit brings; it must not keep a function from being analysed."""
    before = unedited(root, edit.file)
    after = edited(root, edit)
    assert after.skipped <= before.skipped
    return findings(root, edit.file, after) - known_findings(root, edit.file)


def test_there_are_enough_edits() -> None:
    for kernel in ("6.1", "6.12"):
        caught = {e.name for e in _BREAKING if e.kernel == kernel and not e.known}
        silent = {e.name for e in _KEEPING if e.kernel == kernel and not e.known}
        assert len(caught) >= 100
        assert len(silent) >= 90
    families = tuple(rule.code for rule in registry.rules() if rule.code[2] in "124")
    assert {e.code for e in _BREAKING if not e.known}.issuperset(families)
    paths = [e for e in _BREAKING if e.code >= "AL2" and not e.known]
    assert len(paths) >= 80
    assert {e.kernel for e in paths} == {"6.1", "6.12"}
    assert len({(e.kernel, e.name) for e in _ALL}) == len(_ALL)


@pytest.mark.parametrize("edit", _BREAKING, ids=lambda e: f"{e.name}-{e.kernel}")
def test_a_breaking_edit_is_caught(edit: Edit, kernels: dict[str, str]) -> None:
    root = kernels[edit.kernel]
    wanted = Found(edit.code, edit.where, loud=True)
    found = brought(edit, root)
    assert {item.function for item in found if item.loud} <= {edit.where}
    caught = wanted in found
    if edit.known:
        assert not caught, f"{edit.name} is caught now: promote it"
    else:
        assert caught


@pytest.mark.parametrize("edit", _KEEPING, ids=lambda e: f"{e.name}-{e.kernel}")
def test_an_edit_that_keeps_the_meaning_is_not_reported(edit: Edit, kernels: dict[str, str]) -> None:
    found = brought(edit, kernels[edit.kernel])
    alarms = [item for item in found if item.loud]
    if edit.known:
        assert alarms, f"{edit.name} is silent now: promote it"
    else:
        assert alarms == []
    assert not edit.note or Found(edit.note, edit.where, loud=False) in found


@pytest.mark.parametrize("edit", _KEEPING, ids=lambda e: f"{e.name}-{e.kernel}")
def test_an_edit_that_keeps_the_meaning_is_understood(edit: Edit, kernels: dict[str, str]) -> None:
    """Silence may be blindness: the table of effects has to be that of before."""
    root = kernels[edit.kernel]
    before = effects(unedited(root, edit.file), edit.function)
    after = effects(edited(root, edit), edit.function)
    if before and edit.opaque:
        assert after != before, f"{edit.name} is understood now: promote it"
    elif not edit.known:
        assert after == before
