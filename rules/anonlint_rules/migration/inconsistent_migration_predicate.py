"""Siblings of one role (fork, protect, build, restore, split) admit different entry kinds.

Why: the same operation is written once for each page table level. Where the copies test different
predicates, a reader has to work out whether that is intended. anonlint does: it compares what the
siblings leave behind for every kind that can occur. The same effect is a note that names the
simpler predicate; another effect is a warning that names the kind and the difference.

Misses: siblings of which only one is in sight; functions whose role does not show.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from anonlint.rule.plugin import (
    ENTRY_STATES,
    MIGRATION,
    PRESENT,
    WORDS,
    Comparison,
    Diagnostic,
    EffectTable,
    Evidence,
    Member,
    Pass,
    Role,
    Severity,
    Table,
    kinds_of,
    result_kind,
    rule,
)

_COMPARED = {
    Role.FORK: MIGRATION,
    Role.PROTECT: MIGRATION,
    Role.RESTORE: MIGRATION,
    Role.BUILD: PRESENT,
    Role.SPLIT: MIGRATION,
}
# A guard that means "may be written" covers writable entries only; one that means "is not shared"
# covers readable-exclusive entries too. Of two siblings the first kind's narrower one is the measure.
_NARROW = frozenset((Role.PROTECT,))


class Behaviour(NamedTuple):
    """What one function does: results per entry state index, and the entry kinds that its guard lets in."""

    role: Role
    reached: int
    admitted: int
    results: tuple[tuple[int, frozenset[str]], ...]
    predicate: str
    table: Table


def compare(members: Sequence[Member]) -> Iterator[Comparison]:
    """Compare the members of each role with the way that most of them go."""
    for role in _COMPARED:
        siblings = [m for m in members if m.data.role is role]
        if len(siblings) > 1:
            measure = _measure(siblings, role)
            for member in siblings:
                found = _difference(member, measure) if member is not measure else None
                if found is not None:
                    yield found


def _measure(siblings: Sequence[Member], role: Role) -> Member:
    """Return the sibling that the others are held against: of the largest like-minded group."""

    def like(member: Member) -> int:
        return sum(member.data.admitted == other.data.admitted for other in siblings)

    def breadth(member: Member) -> int:
        width: int = member.data.admitted.bit_count()
        return -width if role in _NARROW else width

    return max(siblings, key=lambda m: (like(m), breadth(m)))


def _difference(member: Member, measure: Member) -> Comparison | None:
    mine, theirs = member.data, measure.data
    common = mine.reached & theirs.reached & _COMPARED[mine.role]
    differ = _differing(mine, theirs, common)
    guards = (mine.admitted ^ theirs.admitted) & common
    assert member.place is not None
    assert measure.place is not None
    sibling = f"{measure.place.function or 'its sibling'}()"
    evidence = (
        Evidence(
            measure.place.path,
            measure.place.line,
            measure.place.column,
            f"{sibling} tests {theirs.predicate}",
            measure.place.text,
        ),
    )
    tables = (mine.table, theirs.table)
    if differ:
        return Comparison(member, _what_differs(mine, theirs, differ, sibling), Severity.WARNING, evidence, tables)
    if guards & MIGRATION and mine.predicate != theirs.predicate:
        return Comparison(member, _harmless(mine, theirs, guards, sibling), Severity.NOTE, evidence, tables)
    return None


def _differing(mine: Behaviour, theirs: Behaviour, common: int) -> list[tuple[int, str, str]]:
    """Return (entry state index, mine, theirs) wherever the two leave something else behind."""
    other = dict(theirs.results)
    found = []
    for index, results in mine.results:
        against = other.get(index, frozenset())
        if common >> index & 1 and results and against and results != against:
            found.append((index, _spell(results), _spell(against)))
    return found


def _what_differs(mine: Behaviour, theirs: Behaviour, differ: list[tuple[int, str, str]], sibling: str) -> str:
    index, here, there = differ[0]
    kind, page, _ = ENTRY_STATES[index]
    whose = f" of {'an anonymous' if page == 'anon' else 'a file'} page" if page else ""
    tested = f"{mine.predicate} here, {theirs.predicate} there"
    if mine.predicate == theirs.predicate:
        tested = f"both test {mine.predicate}"
    return (
        f"{mine.role} siblings differ in effect: a {WORDS[kind]} entry{whose} becomes {here} here, "
        f"{there} in {sibling} ({tested})"
    )


def _harmless(mine: Behaviour, theirs: Behaviour, guards: int, sibling: str) -> str:
    kinds = kinds_of(guards)
    stays = ", ".join(f"{WORDS[kind]} stays {WORDS[kind]}" for kind in kinds)
    simpler = theirs.predicate if theirs.predicate.count("!") <= mine.predicate.count("!") else mine.predicate
    return (
        f"{mine.role} siblings test different predicates, to the same effect: {mine.predicate} here, "
        f"{theirs.predicate} in {sibling}; {stays} either way, {simpler} is enough"
    )


def _spell(results: frozenset[str]) -> str:
    return " or ".join(sorted(WORDS.get(r, {"P": "mapped", "Pw": "mapped writable"}.get(r, r)) for r in results))


@rule(
    code="AL101",
    name="inconsistent-migration-predicate",
    severity=Severity.WARNING,
    since="0.1.0",
    breaks=(
        "whoever reads the siblings cannot tell which of them is right; where their effects differ, one of them "
        "loses or invents exclusivity"
    ),
    help="use the predicate that the siblings use, or say in the code why this one differs",
    words=frozenset(("predicate", "constructor", "type")),
    compare=compare,
    references=("https://lore.kernel.org/all/20220428083441.37290-13-david@redhat.com/",),
)
def check(p: Pass) -> Iterator[Diagnostic | Member]:
    for table in p.effects:
        if table.role in _COMPARED:
            yield Member(p.span_of(table), _behaviour(p, table))


def _behaviour(p: Pass, table: EffectTable) -> Behaviour:
    relevant = _COMPARED[table.role] & _done(table)
    results = [(index, _results(p, table, index)) for index in range(len(ENTRY_STATES)) if relevant >> index & 1]
    admitted = table.rewritten() & relevant
    predicate = _predicate(p, table, admitted, relevant)
    return Behaviour(table.role, relevant, admitted, tuple(results), predicate, p.table(table))


def _done(table: EffectTable) -> int:
    """Return the entry states that the function deals with: of a fork, those that it copies."""
    if table.role is not Role.FORK:
        return table.reached
    copied = {index for (index, _), effects in table.cells.items() if any(e.other for e in effects)}
    return sum(1 << index for index in copied)


def _results(p: Pass, table: EffectTable, index: int) -> frozenset[str]:
    """Return what an entry state may become; empty where that is not understood or nothing is done."""
    effects = table.settled(index)
    if table.role is Role.BUILD and not table.rewritten() & PRESENT and PRESENT >> index & 1:
        return frozenset()  # it builds of device-private entries only: mapped ones are none of its business
    if table.role is Role.FORK:
        kinds = {ENTRY_STATES[index].kind if w == "kept" else w for e in effects if e.other for w in (e.own, *e.other)}
    elif table.role is Role.SPLIT:  # what counts is the PTEs; the PMD goes on to be replaced
        kinds = {w for e in effects for w in e.other}
    else:
        kinds = {result_kind(index, effect) for effect in effects}
    if "?" in kinds or "P?" in kinds:
        return frozenset()
    if table.role is Role.RESTORE:  # a device-private page is mapped by an entry of its own
        kinds = {{"DW": "Pw", "DR": "P"}.get(k, k) + _flag(p, table, index) for k in kinds}
    if table.role is Role.BUILD:  # a poisoned page has an entry of its own
        kinds -= {"H"}
    return frozenset(kinds - {"none"})  # cleared: another path's business


def _flag(p: Pass, table: EffectTable, index: int) -> str:
    flags = {
        r.exclusive for r, entry_states in p.facts.rmaps.items() if r.root == table.root and entry_states >> index & 1
    }
    return " exclusive" if flags == {1} else ""


def _predicate(p: Pass, table: EffectTable, admitted: int, compared: int) -> str:
    """Return the test that lets the admitted kinds in, as it stands in the source."""
    tests = [t for t in p.facts.tests if t.root == table.root]
    matching = []
    for test in tests:
        for sign, entry_states in (("", test.yes), ("!", test.no)):
            if admitted and entry_states & compared == admitted & compared:
                matching.append(((entry_states & MIGRATION).bit_count(), f"{sign}{test.text}()"))
    if matching:
        return min(matching, key=lambda m: m[0])[1]  # the test that lets in no more than that
    telling = [t.text for t in tests if t.yes & compared not in (0, compared)]
    return ", ".join(f"{name}()" for name in dict.fromkeys(telling)) or "no kind"
