"""Whether two effect tables say the same, in one sentence."""

from typing import NamedTuple

from anonlint.domain.kinds import ENTRY_STATES
from anonlint.trace.difference import spell
from anonlint.trace.effects import EffectTable, cell_text, result_kind


class Likeness(NamedTuple):
    """``same`` are the entry states that two tables treat alike, ``differ`` the others that both handle.

    ``idle`` are those that one of them rewrites as what they were, and the other leaves alone; ``only`` are those that
    just the first, or just the second handles. ``texts`` are the cells of both, by entry state.
    """

    same: int
    differ: int
    idle: tuple[int, int]
    only: tuple[int, int]
    texts: dict[int, tuple[str, str]]


def likeness(one: EffectTable, other: EffectTable) -> Likeness:
    """Compare two tables, state by state; of a mapping that both ask of, a COW mapping's counts."""
    same = differ = 0
    idle, only = [0, 0], [0, 0]
    texts: dict[int, tuple[str, str]] = {}
    for index in range(len(ENTRY_STATES)):
        bit = 1 << index
        mine, theirs = one.settled(index), other.settled(index)
        if not mine or not theirs:
            only[0] |= bit if mine and one.reached & bit else 0
            only[1] |= bit if theirs and other.reached & bit else 0
            continue
        kinds = [{(result_kind(index, e), e.other) for e in effects} for effects in (mine, theirs)]
        texts[index] = cell_text(mine), cell_text(theirs)
        if kinds[0] != kinds[1]:
            differ |= bit
            continue
        same |= bit
        kept = [all(effect.as_is for effect in effects) for effects in (mine, theirs)]
        if kept[0] is not kept[1]:
            idle[kept.index(False)] |= bit
    return Likeness(same, differ, (idle[0], idle[1]), (only[0], only[1]), texts)


def sentence(one: EffectTable, other: EffectTable, names: tuple[str, str]) -> str:
    """Say whether two functions do the same to every entry, and if not, to which they do not."""
    found = likeness(one, other)
    first, second = names
    if found.differ:
        said = f"{first} and {second} differ for {'; '.join(_cells(found))}"
    elif found.same:
        said = f"{first} and {second} do the same to every entry that both handle"
    else:
        said = f"{first} and {second} handle no entry alike"
    for name, entry_states in zip(names, found.idle, strict=True):
        said += f"; only {name} rewrites {spell(entry_states)}, and leaves it what it was" if entry_states else ""
    return said


def _cells(found: Likeness) -> list[str]:
    """Return the states that differ, those that differ alike together."""
    groups: dict[tuple[str, str], int] = {}
    for index, texts in found.texts.items():
        if found.differ >> index & 1:
            groups[texts] = groups.get(texts, 0) | 1 << index
    return [
        f"{spell(entry_states)}: {mine} in the one, {theirs} in the other"
        for (mine, theirs), entry_states in groups.items()
    ]
