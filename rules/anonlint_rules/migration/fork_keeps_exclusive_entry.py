"""A fork leaves a writable or readable-exclusive entry in the parent or in the child.

Why: a writable or readable-exclusive migration entry of an anonymous page says that one process
alone maps the page. When a COW mapping is copied and either copy still says so, both processes
come to map the same page as exclusive once migration is over, and one sees the other's writes.

Misses: forks whose two stores lie in different functions of different files; device-exclusive
entries, which a fork restores instead of copying.
"""

from collections.abc import Iterator

from anonlint.rule.plugin import (
    ANON,
    DEVICE_PRIVATE,
    ENTRY_STATES,
    EXCLUSIVE_ENTRY,
    WORDS,
    Diagnostic,
    EffectTable,
    Pass,
    Role,
    Severity,
    exclusive_after,
    rule,
)


@rule(
    code="AL102",
    name="fork-keeps-exclusive-entry",
    severity=Severity.ERROR,
    since="0.1.0",
    breaks="after migration parent and child both map the page as their own: one process sees what the other writes",
    help=(
        "make the entry readable in both page tables: test !is_readable_migration_entry() "
        "(softleaf_is_migration_read()) under is_cow_mapping()"
    ),
    words=frozenset(("predicate", "convert", "constructor")),
    fixes=('6c287605fd56 ("mm: remember exclusively mapped anonymous pages with PG_anon_exclusive")',),
    references=("include/linux/swap.h: SWP_MIGRATION_READ_EXCLUSIVE", "mm/memory.c: copy_nonpresent_pte()"),
)
def check(p: Pass) -> Iterator[Diagnostic]:
    for table in p.effects:
        if table.role is not Role.FORK:
            continue
        for index in range(len(ENTRY_STATES)):
            if not _to_demote(p, table, index):
                continue
            where = _left_exclusive(table, index)
            if where:
                yield _report(p, table, index, where)
                break


def _to_demote(p: Pass, table: EffectTable, index: int) -> bool:
    """Return whether an entry state must not survive a fork (device-private: where the function has any)."""
    kind = ENTRY_STATES[index].kind
    if not (EXCLUSIVE_ENTRY & ANON) >> index & 1:
        return False
    return kind != "DW" or p.asks_for(table.root, DEVICE_PRIVATE)


def _left_exclusive(table: EffectTable, index: int) -> str:
    """Return which copies may stay writable or exclusive after a COW mapping's fork, "" if none."""
    copied = any(effect.other for effects in table.cells.values() for effect in effects)
    parent = child = False
    for effect in table.effects(index):
        if (copied and not effect.other) or not table.sure(index, effect):
            continue  # nothing was copied on this path, or it may be another one that did more
        parent |= exclusive_after(index, effect.own)
        child |= any(exclusive_after(index, word) for word in effect.other)
    if parent and child:
        return "parent and child"
    return "parent" if parent else "child" if child else ""


def _report(p: Pass, table: EffectTable, index: int, where: str) -> Diagnostic:
    kind = WORDS[ENTRY_STATES[index].kind]
    return Diagnostic(
        p.span_of(table),
        f"fork leaves a {kind} entry of an anonymous page {'in' if 'and' in where else 'in the'} {where}; "
        "both copies must become readable",
        notes=p.story(table, index),
        tables=(p.table(table),),
    )
