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
Members = Sequence[tuple[str, Member]]


class Outcome(NamedTuple):
    """What a file gave: (code, function) of findings at warning or above, what was skipped, the members."""

    findings: Counter[tuple[str, str]]
    skipped: frozenset[str]
    members: Members


def read(root: str, path: str) -> str:
    """Return a file's text; latin-1, so that a place in the text is a place in the file."""
    return Path(root, path).read_bytes().decode("latin-1")


def analyse(code: str, path: str) -> Outcome:
    result = analyse_text(code, path)
    findings = Counter((f.code, f.function) for f in result.findings if f.severity >= Severity.WARNING)
    return Outcome(findings, frozenset(skip.function for skip in result.skipped), result.members)


@cache
def unedited(root: str, path: str) -> Outcome:
    return analyse(read(root, path), path)


@cache
def siblings(root: str) -> tuple[str, ...]:
    """Return the files of mm/ whose functions AL101 compares."""
    paths = sorted(p for p in Path(root, "mm").glob("*.c") if b"_migration_entry(" in p.read_bytes())
    return tuple(f"mm/{p.name}" for p in paths if unedited(root, f"mm/{p.name}").members)


def compared(root: str, path: str, members: Members) -> Counter[tuple[str, str]]:
    """Return what comparing a file's functions with those of the rest of mm/ gives."""
    others = [m for p in siblings(root) if p != path for m in unedited(root, p).members]
    found: Counter[tuple[str, str]] = Counter()
    for rule in _COMPARING:
        assert rule.compare is not None
        items = rule.compare([member for code, member in (*others, *members) if code == rule.code])
        found.update(
            (rule.code, item.member.place.function)
            for item in items
            if item.member.place is not None and item.severity >= Severity.WARNING
        )
    return found


def findings(root: str, path: str, outcome: Outcome) -> Counter[tuple[str, str]]:
    return outcome.findings + compared(root, path, outcome.members)


def brought(edit: Edit, root: str) -> Counter[tuple[str, str]]:
    """Return the findings that an edit brings; what it makes unreadable is an error."""
    before = unedited(root, edit.file)
    after = analyse(apply(edit, read(root, edit.file)), edit.file)
    assert after.skipped <= before.skipped
    return findings(root, edit.file, after) - findings(root, edit.file, before)


def test_there_are_enough_edits() -> None:
    for kernel in ("6.1", "6.12"):
        caught = {e.name for e in _BREAKING if e.kernel == kernel and not e.known}
        silent = {e.name for e in _KEEPING if e.kernel == kernel and not e.known}
        assert len(caught) >= 25
        assert len(silent) >= 15
    for group in (_BREAKING, _KEEPING):
        assert len({(e.kernel, e.name) for e in group}) == len(group)


@pytest.mark.parametrize("edit", _BREAKING, ids=lambda e: f"{e.name}-{e.kernel}")
def test_a_breaking_edit_is_caught(edit: Edit, kernels: dict[str, str]) -> None:
    root = kernels[edit.kernel]
    assert (edit.code, edit.where) not in findings(root, edit.file, unedited(root, edit.file))
    caught = (edit.code, edit.where) in brought(edit, root)
    if edit.known:
        assert not caught, f"{edit.name} is caught now: promote it"
    else:
        assert caught


@pytest.mark.parametrize("edit", _KEEPING, ids=lambda e: f"{e.name}-{e.kernel}")
def test_an_edit_that_keeps_the_meaning_is_not_reported(edit: Edit, kernels: dict[str, str]) -> None:
    found = brought(edit, kernels[edit.kernel])
    if edit.known:
        assert found, f"{edit.name} is silent now: promote it"
    else:
        assert found == Counter()
