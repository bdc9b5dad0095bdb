"""Single edits of the kernels' own functions: those that break an invariant are caught, others are not.

Every edit changes one function of one file of Debian's sources, in memory. An edit that anonlint gets
wrong today is marked ``known`` in the data: its test asserts that, and fails once it is put right, so
that the mark goes away.

One edit in eight is tried, on one kernel, both chosen by its name, so that the suite stays within its time;
with ``ANONLINT_EDITS=all`` all are, on both.
"""

import os
from collections import Counter
from collections.abc import Sequence
from functools import cache, lru_cache
from pathlib import Path
from typing import NamedTuple
from zlib import crc32

import pytest

from anonlint.model.finding import Severity
from anonlint.rule import registry
from anonlint.rule.plugin import Member
from anonlint.run.result import ImageResult
from tests.edits.edits import KINDS, DoesNotApply, Edit, apply, edits
from tests.edits.narrow import asking, narrow, relatives

pytestmark = pytest.mark.kernel
# By file and function: neighbours share what they are held against, in one worker.
_ALL = tuple(sorted(edits(), key=lambda e: (e.kernel, e.file, e.function)))
_BREAKING = [edit for edit in _ALL if edit.code]
_KEEPING = [edit for edit in _ALL if not edit.code]
_KERNELS = Counter(edit.name for edit in _ALL)
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


def tried(edit: Edit) -> bool:
    """Say whether this run tries an edit."""
    turn = crc32(edit.name.encode()) % 16
    mine = turn == ("6.1", "6.12").index(edit.kernel) or (_KERNELS[edit.name] == 1 and turn < 2)
    return mine or os.environ.get("ANONLINT_EDITS") == "all"


def read(root: str, path: str) -> str:
    """Return a file's text; latin-1, so that a place in the text is a place in the file."""
    return Path(root, path).read_bytes().decode("latin-1")


def outcome(result: ImageResult) -> Outcome:
    findings = Counter(Found(f.code, f.function, f.severity >= Severity.WARNING) for f in result.findings)
    return Outcome(findings, frozenset(skip.function for skip in result.skipped), compared_of(result))


def compared_of(result: ImageResult) -> tuple[tuple[str, Member], ...]:
    """Return the members that are compared with those of other files, not with those before a patch."""
    codes = {rule.code for rule in _COMPARING}
    return tuple((code, member) for code, member in result.members if code in codes)


@cache
def unedited(root: str, path: str, function: str) -> Outcome:
    """Return what the functions give that an edit of one function can matter to."""
    code = read(root, path)
    return outcome(narrow(code, path, relatives(code, function)))


@lru_cache(1)
def edited(root: str, edit: Edit) -> Outcome:
    """Return what the same functions give after an edit, and its helper."""
    code = read(root, edit.file)
    after = apply(edit, code)
    chosen = relatives(code, edit.function) | relatives(after, edit.function)
    return outcome(narrow(after, edit.file, chosen))


@cache
def siblings(root: str) -> tuple[tuple[str, Member], ...]:
    """Return the functions of mm/ that are compared."""
    found: list[tuple[str, Member]] = []
    for path in sorted(p for p in Path(root, "mm").glob("*.c") if b"_migration_entry(" in p.read_bytes()):
        code = read(root, f"mm/{path.name}")
        found += compared_of(narrow(code, f"mm/{path.name}", asking(code, b"_migration_entry(")))
    return tuple(found)


def findings(root: str, edit: Edit, outcome: Outcome) -> Counter[Found]:
    """Return the findings of what an edit can matter to, and those of comparing it with the rest of mm/."""
    if not compared(root, edit):
        return outcome.findings
    replaced = unedited(root, edit.file, edit.function).members
    members = [m for m in siblings(root) if m not in replaced]
    found = Counter(outcome.findings)
    for rule in _COMPARING:
        assert rule.compare is not None
        for item in rule.compare([member for code, member in (*members, *outcome.members) if code == rule.code]):
            assert item.member.place is not None
            found[Found(rule.code, item.member.place.function, item.severity >= Severity.WARNING)] += 1
    return found


def compared(root: str, edit: Edit) -> bool:
    """Return whether an edit changes what is compared with other functions."""
    before, after = (
        [(m.data.role, m.data.reached, m.data.results, m.data.predicate) for _, m in got.members]
        for got in (unedited(root, edit.file, edit.function), edited(root, edit))
    )
    return before != after


def effects(outcome: Outcome, function: str) -> list[tuple[object, ...]]:
    """Return what a function does with each kind of entry, as AL101 compares it."""
    of_it = [m.data for _, m in outcome.members if m.place is not None and m.place.function == function]
    return [(data.role, data.reached, data.results) for data in of_it]


def brought(edit: Edit, root: str) -> Counter[Found]:
    """Return the findings that an edit brings; it must not keep a function from being analysed."""
    before = unedited(root, edit.file, edit.function)
    try:
        after = edited(root, edit)
    except DoesNotApply as error:
        pytest.skip(f"Debian's point release is another one: {error}")
    assert after.skipped <= before.skipped
    return findings(root, edit, after) - findings(root, edit, before)


def test_there_are_enough_edits() -> None:
    for kernel in ("6.1", "6.12"):
        caught = {e.name for e in _BREAKING if e.kernel == kernel and not e.known}
        silent = {e.name for e in _KEEPING if e.kernel == kernel and not e.known}
        assert len(caught) >= 100
        assert len(silent) >= 90
    # AL111 is of patches (its own tests make some), AL413 of code that came later: neither kernel changes a batch of
    # entries and stores them like the first.
    families = {rule.code for rule in registry.rules() if rule.code[2] in "124"} - {"AL111", "AL413"}
    assert {e.code for e in _BREAKING if not e.known}.issuperset(families)
    paths = [e for e in _BREAKING if e.code >= "AL2" and not e.known]
    assert len(paths) >= 80
    assert {e.kernel for e in paths} == {"6.1", "6.12"}
    assert len({(e.kernel, e.name) for e in _ALL}) == len(_ALL)


def test_there_are_enough_edits_of_each_kind() -> None:
    """What is asked of proofs that hold for something else, and of sound code that looks as if they did."""
    for mine, least in ((_BREAKING, 4), (_KEEPING, 3)):
        right = {(e.name, e.kind) for e in mine if e.kind and not e.known}
        assert len({name for name, _ in right}) >= 40
        of_kind = Counter(kind for _, kind in right)
        assert {kind: of_kind[kind] for kind in KINDS if of_kind[kind] < least} == {}
        assert {e.kernel for e in mine if e.kind and not e.known} == {"6.1", "6.12"}


@pytest.mark.parametrize("kernel", ["6.1", "6.12"])
def test_nearly_all_edits_apply(kernel: str, kernels: dict[str, str]) -> None:
    """Debian's point releases move on; what no longer fits them is skipped, but must not get much."""
    mine = [edit for edit in _ALL if edit.kernel == kernel]
    lost = []
    for edit in mine:
        try:
            apply(edit, read(kernels[kernel], edit.file))
        except DoesNotApply as error:
            lost.append(str(error))
    assert len(lost) <= len(mine) * 0.04, "\n".join(lost)


@pytest.mark.parametrize("edit", [e for e in _BREAKING if tried(e)], ids=lambda e: f"{e.name}-{e.kernel}")
def test_a_breaking_edit_is_caught(edit: Edit, kernels: dict[str, str]) -> None:
    root = kernels[edit.kernel]
    wanted = Found(edit.code, edit.where, loud=True)
    found = brought(edit, root)
    assert edit.known or {item.function for item in found if item.loud} <= {edit.where, *edit.also}
    caught = wanted in found
    if edit.known:
        assert not caught, f"{edit.name} is caught now: promote it"
    else:
        assert caught


@pytest.mark.parametrize("edit", [e for e in _KEEPING if tried(e)], ids=lambda e: f"{e.name}-{e.kernel}")
def test_an_edit_that_keeps_the_meaning_is_understood_and_not_reported(edit: Edit, kernels: dict[str, str]) -> None:
    root = kernels[edit.kernel]
    found = brought(edit, root)
    alarms = [item for item in found if item.loud]
    if edit.known:
        assert alarms, f"{edit.name} is silent now: promote it"
    else:
        assert alarms == []
    assert not edit.note or Found(edit.note, edit.where, loud=False) in found
    # Silence may be blindness: the table of effects has to be that of before.
    before = effects(unedited(root, edit.file, edit.function), edit.function)
    after = effects(edited(root, edit), edit.function)
    if before and edit.opaque:
        assert after != before, f"{edit.name} is understood now: promote it"
    elif not edit.known:
        assert after == before
