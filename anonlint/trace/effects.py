"""Effect tables: what a function leaves behind for each entry state, and what role that makes it play."""

from enum import StrEnum
from typing import NamedTuple

from anonlint.domain.kinds import (
    DEVICE_PRIVATE,
    ENTRY_STATES,
    MIGRATION,
    NONPRESENT,
    ON_A_PAGE,
    PRESENT,
    SHORT,
    mask,
)
from anonlint.domain.softbits import bare
from anonlint.domain.subjects import ZERO_PAGE
from anonlint.domain.values import Cell, Cleared, MadeEntry, PresentEntry, Unknown, Value
from anonlint.trace.facts import Facts
from anonlint.trace.records import Cond, Outcome

# Entries that say that one process alone maps the page (a device-private one too: it is writable).
EXCLUSIVE_ENTRY = mask("W,RX,DW")
KEPT = "kept"
CLEARED = "none"
UNKNOWN = "?"


class Role(StrEnum):
    """What a function does with an entry; derived from its effects, never from its name."""

    FORK = "fork"  # the entry ends up in a second slot while the first stays
    PROTECT = "protect"  # a non-present entry is rewritten in its own slot
    BUILD = "build"  # a mapped or device-private entry becomes a migration entry
    RESTORE = "restore"  # a migration entry becomes a mapping again
    SPLIT = "split"  # a PMD's entry becomes PTEs
    MOVE = "move"  # the entry ends up in another slot and leaves its own
    NONE = ""


class Effect(NamedTuple):
    """What one entry state becomes: in its own slot, and in other slots (empty: nothing stored there)."""

    own: str
    other: tuple[str, ...] = ()

    @property
    def as_is(self) -> bool:
        """Whether nothing is known to have been changed, copied or not."""
        return self.own in (KEPT, UNKNOWN) and set(self.other) <= {KEPT}


class EffectTable(NamedTuple):
    """The effects of one root. ``cells`` maps (entry state index, cow) to its possible effects.

    cow is True, False, or None where the function does not ask whether the mapping is a COW
    mapping. Where it asks something else before it makes entries readable (a flag handed in, say),
    that question is taken for the COW question. ``reached`` are the entry states that reach an end at all,
    ``left`` those left alone on a path that knows the entry not to be present; ``unsure`` those that a
    piece of a function leaves alone as far as it is in sight.
    """

    root: Value
    role: Role
    level: str
    reached: int
    left: int
    unsure: int
    cells: dict[tuple[int, bool | None], frozenset[Effect]]

    def effects(self, index: int, cow: bool | None = True) -> frozenset[Effect]:
        """Return the effects on an entry state, in a COW mapping unless told otherwise."""
        return self.cells.get((index, cow), frozenset()) | self.cells.get((index, None), frozenset())

    def settled(self, index: int, cow: bool | None = True) -> frozenset[Effect]:
        """Return the effects without paths that leave early or drop the entry, if any others are left."""
        effects = self.effects(index, cow)
        done = frozenset(e for e in effects if e.own not in (KEPT, CLEARED) or e.other)
        return done or frozenset(e for e in effects if e.own == KEPT) or effects

    def sure(self, index: int, effect: Effect) -> bool:
        """Return whether an effect is no mere guess of what a piece of a function leaves alone."""
        return not effect.as_is or not self.unsure >> index & 1

    def rewritten(self) -> int:
        """Return the entry states that may be rewritten in their own slot."""
        found = 0
        for (index, _), effects in self.cells.items():
            if any(e.own not in (KEPT, UNKNOWN, CLEARED) for e in effects):
                found |= 1 << index
        return found


def tables(facts: Facts, *, whole: bool) -> tuple[EffectTable, ...]:
    """Return a table for each root that has a role; pieces of functions count what they construct."""
    found = []
    for root in facts.roots():
        table = _table(facts, root, whole=whole)
        if table is not None and table.role is not Role.NONE:
            found.append(table)
    return tuple(found)


def _table(facts: Facts, root: Value, *, whole: bool) -> EffectTable | None:
    if not whole and not _sorted_first(facts, root):
        return None
    outcomes = {o: entry_states for o, entry_states in facts.outcomes.items() if o.root == root and not _is_zero(o.own)}
    home = _home(facts, root, outcomes)
    stored = any(store.root == root for store in facts.stores)
    cells: dict[tuple[int, bool | None], set[Effect]] = {}
    reached = left = unsure = 0
    tables_: set[Value] = {store.cell for store in facts.stores if store.level}
    demotions = _demotions(outcomes, home, tables_)
    for outcome, entry_states in outcomes.items():
        effect = _effect(outcome, home, tables_)
        reached |= entry_states
        if not whole and effect.as_is:
            unsure |= entry_states & ~facts.sure.get(outcome, 0)
        if effect == Effect(KEPT) and not entry_states & PRESENT and "caller" not in outcome.proofs:
            left |= entry_states  # unless a flag that was handed in says to leave it
        cow = outcome.cow if demotions is None else any(_agree(outcome.conds, d) for d in demotions)
        for index in _indices(entry_states):
            cells.setdefault((index, cow), set()).add(effect)
    if not whole and not stored:
        reached = _constructed(facts, root, reached, cells)
    if not whole:
        unsure |= _rewritten(cells)
    frozen = {key: frozenset(effects) for key, effects in cells.items()}
    level = facts.levels.get(root, "pte")
    role = _role(facts, root, frozen, whole=whole)
    return EffectTable(root, role, level, reached, left & ~unsure, unsure, frozen)


def _is_zero(value: Value) -> bool:
    """Return whether an entry maps the page of zeros: of what it was nothing is left to compare."""
    return isinstance(value, PresentEntry) and value.page == ZERO_PAGE


def _sorted_first(facts: Facts, root: Value) -> bool:
    """Return whether a piece of a function asks of what kind an entry is before it makes anything of it."""
    asked = [test.span for test in facts.tests if test.root == root and test.yes & ON_A_PAGE]
    made = [record.span for record in facts.made if record.root == root]
    return bool(asked) and (not made or min(asked) < min(made))


def _rewritten(cells: dict[tuple[int, bool | None], set[Effect]]) -> int:
    """Return the entry states that something is done to: of a piece, not which conditions go together is in sight."""
    done = {index for (index, _), effects in cells.items() if not all(effect.as_is for effect in effects)}
    return sum(1 << index for index in done)


def _home(facts: Facts, root: Value, outcomes: dict[Outcome, int]) -> Value:
    """Return the slot that the root lives in, None if that does not show.

    A value that was handed in lives in the slot that was handed in with it. Of two slots it lives in the
    one that can be left alone: a copy always goes to the other.
    """
    if isinstance(root, Cell):
        return root
    stored = [{key for key, _ in o.others} for o in outcomes if o.others]
    ever = set().union(*stored)
    if len(facts.slots) < 2:
        return next(iter(ever)) if len(ever) == 1 else None
    always = set.intersection(*stored) if stored else set()
    homes = [slot for slot in facts.slots if slot not in always]
    return homes[0] if len(homes) == 1 else None


def _effect(outcome: Outcome, home: Value, written: set[Value]) -> Effect:
    """Return one outcome's effect; ``written`` are the places known to be page table slots."""
    own = outcome.own
    others = {key: value for key, value in outcome.others if key in written or key == home}
    if outcome.root != home and home is not None:
        own = others.pop(home, outcome.root)
    elif home is None:
        own = Unknown() if others else outcome.root
    words = sorted({_word(value, outcome.root) for value in others.values()})
    return Effect(_word(own, outcome.root), tuple(words))


def _demotions(outcomes: dict[Outcome, int], home: Value, written: set[Value]) -> list[Cond] | None:
    """Return the conditions under which a copy makes entries readable; None if the COW question is asked.

    None as well where nothing is copied, or nothing is made readable, or no condition is attached.
    """
    if any(o.cow is not None for o in outcomes):
        return None
    found = []
    for outcome, entry_states in outcomes.items():
        effect = _effect(outcome, home, written)
        if entry_states & EXCLUSIVE_ENTRY and effect.other and (effect.own == "R" or "R" in effect.other):
            found.append(outcome.conds)
    return found if any(found) else None


def _agree(a: Cond, b: Cond) -> bool:
    """Return whether two sets of conditions can hold at once."""
    known = dict(a)
    return all(known.get(text, outcome) == outcome for text, outcome in b)


def _word(value: Value, root: Value) -> str:
    if bare(value) == root:
        return KEPT
    if isinstance(value, MadeEntry):
        return value.kind
    if isinstance(value, PresentEntry):
        return ("P", "Pw", "P?")[value.write]
    return CLEARED if value == Cleared() else UNKNOWN


def _constructed(facts: Facts, root: Value, reached: int, cells: dict[tuple[int, bool | None], set[Effect]]) -> int:
    """Fill a table from constructors alone: a hunk often stops before the store."""
    made = {record.kind: 0 for record in facts.made if record.root == root}
    for record, entry_states in facts.made.items():
        if record.root == root:
            made[record.kind] |= entry_states
    for kind, entry_states in made.items():
        reached |= entry_states
        for index in _indices(entry_states):
            had = cells.setdefault((index, None), set())
            had.discard(Effect(KEPT))
            had.add(Effect(kind))
    return reached


def _role(
    facts: Facts,
    root: Value,
    cells: dict[tuple[int, bool | None], frozenset[Effect]],
    *,
    whole: bool,
) -> Role:
    effects = {(index, e) for (index, _), group in cells.items() for e in group}
    elsewhere = [e for index, e in effects if e.other and 1 << index & NONPRESENT]
    if _descends(facts, root):
        return Role.SPLIT
    if elsewhere:
        return Role.MOVE if all(e.own == CLEARED for e in elsewhere) else Role.FORK
    if _only_if_cow(cells) or (not whole and (_shares_all(effects) or _shares_beyond(facts, root, cells))):
        return Role.FORK
    if _rewrites(effects, PRESENT, MIGRATION):
        return Role.BUILD
    if any(1 << index & MIGRATION and e.own.startswith("P") for index, e in effects) and _is_migration(facts, root):
        return Role.RESTORE
    if _rewrites(effects, DEVICE_PRIVATE, MIGRATION) and not _rewrites(effects, MIGRATION, NONPRESENT):
        return Role.BUILD
    rewrites = _rewrites(effects, ON_A_PAGE, ON_A_PAGE)
    if not whole and all(e.as_is or e.own == ENTRY_STATES[index].kind for index, e in effects):
        return Role.NONE  # what a piece makes anew as it was goes elsewhere
    return Role.PROTECT if rewrites or _makes_in_vain(facts, root) else Role.NONE


def _shares_all(effects: set[tuple[int, Effect]]) -> bool:
    """Return whether every exclusive migration entry becomes plainly readable, as a fork makes them.

    A hunk of a fork often shows the parent's half only, which looks like a protection change.
    """
    made = {
        (ENTRY_STATES[i].kind, e.own) for i, e in effects if (EXCLUSIVE_ENTRY & MIGRATION) >> i & 1 and e.own != KEPT
    }
    return made == {("W", "R"), ("RX", "R")}


def _shares_beyond(facts: Facts, root: Value, cells: dict[tuple[int, bool | None], frozenset[Effect]]) -> bool:
    """Return whether entries are left alone but in COW mappings, for which a piece makes readable ones and ends."""
    made = 0
    for record, entry_states in facts.made.items():
        made |= entry_states if record.root == root and record.kind == "R" else 0
    left = {index for (index, cow), effects in cells.items() if cow is False and {e.own for e in effects} == {KEPT}}
    return any(made >> index & 1 and 1 << index & MIGRATION and not cells.get((index, True)) for index in left)


def _only_if_cow(cells: dict[tuple[int, bool | None], frozenset[Effect]]) -> bool:
    """Return whether entries are rewritten in COW mappings, and left alone in others."""
    return any(
        cow is True
        and 1 << index & MIGRATION
        and any(e.own not in (KEPT, CLEARED, UNKNOWN) for e in effects)
        and {e.own for e in cells.get((index, False), ())} == {KEPT}
        for (index, cow), effects in cells.items()
    )


def _makes_in_vain(facts: Facts, root: Value) -> bool:
    """Return whether a readable entry is made of a slot's own migration entry, and stored nowhere."""
    return isinstance(root, Cell) and any(
        made.root == root and made.kind in ("R", "RX") and entry_states & MIGRATION
        for made, entry_states in facts.made.items()
    )


def _rewrites(effects: set[tuple[int, Effect]], entry_states: int, made: int) -> bool:
    kinds = {a.kind for i, a in enumerate(ENTRY_STATES) if made >> i & 1}
    return any(entry_states >> index & 1 and e.own in kinds for index, e in effects)


def _descends(facts: Facts, root: Value) -> bool:
    """Return whether a PMD's entry is written out as PTEs."""
    return facts.levels.get(root) == "pmd" and any(
        store.root == root and store.cell != root and store.level == "pte" for store in facts.stores
    )


def _is_migration(facts: Facts, root: Value) -> bool:
    """Return whether the root is treated as a migration entry: nothing else that it may be is left."""
    return any(
        store.root == root and entry_states & MIGRATION and not entry_states & ~ON_A_PAGE
        for store, entry_states in facts.stores.items()
    )


def _indices(entry_states: int) -> list[int]:
    return [i for i in range(len(ENTRY_STATES)) if entry_states >> i & 1]


def exclusive_after(index: int, word: str) -> bool:
    """Return whether what an entry state became still says that one process alone maps the page."""
    kind = ENTRY_STATES[index].kind if word == KEPT else word
    return kind in ("W", "RX", "DW")


def result_kind(index: int, effect: Effect) -> str:
    """Return the kind that an entry state ends as: kept entries keep their own."""
    return ENTRY_STATES[index].kind if effect.own == KEPT else effect.own


def cell_text(effects: frozenset[Effect]) -> str:
    """Return one table cell as people read it."""
    if not effects:
        return "-"
    texts = set()
    for effect in effects:
        own = _spell(effect.own)
        other = "/".join(_spell(word) for word in effect.other)
        texts.add(own if not other or other == own else f"{own}; copy: {other}")
    return " or ".join(sorted(texts))


def _spell(word: str) -> str:
    if word == KEPT:
        return "(kept)"
    if word == CLEARED:
        return "cleared"
    if word.startswith("P"):
        return {"P": "mapped", "Pw": "mapped writable"}.get(word, "mapped (?)")
    return SHORT.get(word, word)
