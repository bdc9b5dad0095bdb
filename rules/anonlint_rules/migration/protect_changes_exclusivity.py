"""A protection change leaves a migration entry writable, or loses or invents exclusivity.

Why: taking write permission away must turn a writable entry into a readable one, but of an
anonymous page into a readable-exclusive one: the page stays mapped by one process alone, and a
page that forgets that is copied at the next write fault, under the feet of a pinning device.
Readable-exclusive and readable entries hold no write permission and must stay what they are.

Misses: a protection change that handles no entry kind at all. In kernels before 5.19, which know
no readable-exclusive entries, only writable entries that stay writable are reported.
"""

from collections.abc import Iterator

from anonlint.rule.plugin import (
    DEVICE_PRIVATE,
    ENTRY_STATES,
    WORDS,
    Diagnostic,
    EffectTable,
    Pass,
    Role,
    Severity,
    result_kind,
    rule,
)


@rule(
    code="AL103",
    name="protect-changes-exclusivity",
    severity=Severity.ERROR,
    since="0.1.0",
    breaks=(
        "a write fault copies a page that was exclusive, so that a pin and the mapping see different pages; or a "
        "shared page is taken for exclusive and written to"
    ),
    help=(
        "turn a writable entry of an anonymous page into a readable-exclusive one, of any other page into a "
        "readable one, and leave all other entries as they are"
    ),
    words=frozenset(("constructor", "raw-constructor")),
    fixes=('6c287605fd56 ("mm: remember exclusively mapped anonymous pages with PG_anon_exclusive")',),
    references=("mm/mprotect.c: change_pte_range()", "mm/huge_memory.c: change_huge_pmd()"),
)
def check(p: Pass) -> Iterator[Diagnostic]:
    for table in p.effects:
        if table.role is Role.PROTECT:
            for index in range(len(ENTRY_STATES)):
                wrong = _wrong(p, table, index)
                if wrong:
                    yield Diagnostic(p.span_of(table), wrong, notes=p.story(table, index), tables=(p.table(table),))
                    break


def _wrong(p: Pass, table: EffectTable, index: int) -> str:
    """Return what is wrong with the effect on one entry state, "" if nothing is."""
    kind, page, _ = ENTRY_STATES[index]
    if p.facts.complained.get(table.root, 0) >> index & 1:
        return ""  # the function complains of such an entry: nobody hands it in
    if not p.plausible(table.root, 1 << index):
        return ""  # of a family that it does not ask about
    results = {result_kind(index, effect) for effect in table.settled(index) if table.sure(index, effect)}
    left = kind in results or table.left >> index & 1
    if left and (kind == "W" or (kind == "DW" and p.asks_for(table.root, DEVICE_PRIVATE))):
        return f"protection change leaves a {WORDS[kind]} entry writable"
    if page != "anon" or not p.read_exclusive:
        return ""
    if kind in ("W", "RX") and "R" in results:
        return (
            f"protection change turns the {WORDS[kind]} entry of an anonymous page into a readable one: "
            "its exclusivity is lost"
        )
    if kind == "R" and "RX" in results:
        return (
            "protection change turns the readable entry of a possibly shared anonymous page into a "
            "readable-exclusive one"
        )
    return ""
