"""What two summaries differ in: rows that changed only, each with the entry states for which it did."""

import re
from difflib import SequenceMatcher
from typing import NamedTuple

from anonlint.domain.kinds import ALL, ENTRY_STATES, NONPRESENT, WORDS
from anonlint.trace.summary import Cells, Entry, Key, Summary

_EVERY_PAGE = frozenset(("anon", "file"))


class Cell(NamedTuple):
    """What changed for some entry states: "" is "not at all"."""

    states: str
    entry_states: int
    before: str
    after: str


class Row(NamedTuple):
    """A row that changed: ``mark`` is + (only after), - (only before) or ~; ``entry`` what it is about, or ""."""

    mark: str
    entry: str
    key: Key
    name: str
    cells: tuple[Cell, ...]


class Difference(NamedTuple):
    """What two images of a function differ in. ``entries``, ``states`` and ``rows`` say how much was compared."""

    changed: tuple[Row, ...]
    entries: int
    states: int
    rows: int
    unknown: frozenset[str]


def difference(before: Summary, after: Summary, *, whole: bool = True) -> Difference:
    """Return what two summaries differ in; ``whole`` says that they are of functions, and not of pieces."""
    if _asks_cow(before) or _asks_cow(after):
        before, after = _split(before), _split(after)
    pairs = _pairs(before, after)
    found: list[Row] = []
    for key in dict.fromkeys((*before.rows, *after.rows)):
        found += _row(key, before, after, pairs)
    for one, other in pairs:
        for key in dict.fromkeys((*one.rows, *other.rows)):
            if key not in before.rows and key not in after.rows:
                found += _changed(key, one, other, _name(key, before, after))
    found = _telling(_whatever_mapping(found)) + _rests(before, after)
    told = {row.key for row in found}
    for one, other in pairs:
        found += [row for row in _placed(one, other, before, after) if row.key not in told]
    if found or not whole:  # where all of a function is in sight, a question matters by what comes of it
        for one, other in pairs:
            found += admitted(one, other)
    states = sum((one.reached | other.reached).bit_count() for one, other in pairs)
    count = len(before.rows.keys() | after.rows.keys()) + sum(len(a.rows.keys() | b.rows.keys()) for a, b in pairs)
    order = {sort: at for at, sort in enumerate(_ORDER)}
    found.sort(key=lambda row: (order[row.key.sort], row.entry, row.key, row.mark))
    return Difference(tuple(found), len(pairs), states, count, before.unknown | after.unknown)


def _telling(rows: list[Row]) -> list[Row]:
    """Return the rows without those that another one says already."""
    left = {(row.entry, row.key.what) for row in rows if row.key.sort == "left"}
    whole = {(row.entry, row.key.what) for row in rows if row.key.sort == "left" and row.mark != "~"}
    told = {entry for entry, _ in left}
    kept: list[Row] = []
    for row in rows:
        if row.key.sort == "uses" or (row.key.sort in ("stores", "makes") and row.entry in told):
            continue
        if row.key.sort == "bits":
            row = row._replace(cells=tuple(cell for cell in row.cells if cell.before and cell.after))
        if row.key.sort == "bits" and (not row.cells or (row.entry, row.key.what[1:]) in whole or row.mark != "~"):
            continue
        same = [k for k in kept if (k.key, k.mark, k.cells) == (row.key, row.mark, row.cells)]
        if same:  # of another entry, the same
            kept[kept.index(same[0])] = same[0]._replace(entry=f"{same[0].entry} or {row.entry}")
        else:
            kept.append(row)
    return kept


def admitted(one: Entry, other: Entry) -> list[Row]:
    """Return the questions of kind that were replaced by others that hold for more entries, or for fewer."""
    mine, others = ([asked.admits for asked in entry.asked] for entry in (one, other))
    rows = []
    for tag, i1, i2, j1, j2 in SequenceMatcher(None, mine, others, autojunk=False).get_opcodes():
        if tag != "replace" or i2 - i1 != j2 - j1:
            continue
        for was, now in zip(one.asked[i1:i2], other.asked[j1:j2], strict=True):
            if was.admits | now.admits == NONPRESENT and not was.admits & now.admits:
                continue  # the other way round, as its arms may be
            sides = ((now.admits & ~was.admits, "", now.text), (was.admits & ~now.admits, was.text, ""))
            cells = tuple(
                Cell(spell(entry_states & other.reached), entry_states & other.reached, b, a)
                for entry_states, b, a in sides
                if entry_states & other.reached
            )
            if cells:
                rows.append(Row("~", other.label, Key("admits", (was.text, now.text)), now.text, cells))
    return rows


def _placed(one: Entry, other: Entry, before: Summary, after: Summary) -> list[Row]:
    """Return what is done to others than before at one of several places that do the same."""
    rows = []
    for key in one.sites.keys() & other.sites.keys():
        mine, others = one.sites[key], other.sites[key]
        if len(mine) != len(others) or len(mine) < 2:  # of one place the row itself tells
            continue
        gone = [cells for cells in mine if mine.count(cells) > others.count(cells)]
        new = [cells for cells in others if others.count(cells) > mine.count(cells)]
        cells = tuple(
            cell for a, b in zip(gone, new, strict=False) for cell in _cells(a, b, one.reached & other.reached)
        )
        if cells:
            rows.append(Row("~", other.label, key, _name(key, before, after), cells))
    return rows


def _asks_cow(summary: Summary) -> bool:
    return any(_WHEN.search(part) for e in summary.entries for key in e.rows for part in key.what)


def _split(summary: Summary) -> Summary:
    """Return the summary with each thing that is left told of COW mappings, and of others."""
    return summary._replace(entries=tuple(e._replace(rows=_told_twice(e.rows)) for e in summary.entries))


_WHEN = re.compile(r" in (?:a COW|another) mapping$")
_MAPPINGS = (" in a COW mapping", " in another mapping")


def _told_twice(rows: dict[Key, Cells]) -> dict[Key, Cells]:
    found: dict[Key, Cells] = {}
    for key, cells in rows.items():
        plain = key.sort not in ("left", "bits") or _WHEN.search(key.what[-1])
        for when in ("",) if plain else _MAPPINGS:
            row = found.setdefault(key._replace(what=(*key.what[:-1], key.what[-1] + when)) if when else key, {})
            for text, entry_states in cells.items():
                row[text] = row.get(text, 0) | entry_states
    return found


def _whatever_mapping(rows: list[Row]) -> list[Row]:
    """Return the rows, those that are the same for every mapping told once."""
    found: dict[tuple[object, ...], Row] = {}
    for row in rows:
        what = tuple(_WHEN.sub("", part) for part in row.key.what)
        same = (row.entry, row.key.sort, what, row.mark, row.cells)
        found[same] = row._replace(key=row.key._replace(what=what)) if same in found else row
    return list(found.values())


_ORDER = (
    "outside",
    "admits",
    "left",
    "bits",
    "stores",
    "makes",
    "calls",
    "debts",
    "keeps",
    "decides",
    "returns",
    "rests",
    "asks",
)
_ACTS = frozenset(("left", "stores", "makes", "calls"))
_MANY = 6  # entry states: more are not listed where they are all that there are
_NONE = Entry("", "pte", 0, {})


def _pairs(before: Summary, after: Summary) -> list[tuple[Entry, Entry]]:
    """Return the entries of both that are the same one: those called the same, and of others the most alike."""
    mine = {entry.label: entry for entry in before.entries}
    others = {entry.label: entry for entry in after.entries}
    pairs = [(entry, others[label]) for label, entry in mine.items() if label in others]
    left = [entry for label, entry in mine.items() if label not in others]
    new = [entry for label, entry in others.items() if label not in mine]
    for entry in left:
        match = max(new, key=lambda other: _alike(entry, other), default=None)
        if match is not None and _alike(entry, match) > 0:
            new.remove(match)
        else:
            match = None
        pairs.append((entry, match or _NONE._replace(label=entry.label)))
    return pairs + [(_NONE._replace(label=entry.label), entry) for entry in new]


def _alike(one: Entry, other: Entry) -> float:
    both = one.rows.keys() & other.rows.keys()
    return len(both) / max(len(one.rows.keys() | other.rows.keys()), 1) if one.level == other.level else 0.0


def _row(key: Key, before: Summary, after: Summary, pairs: list[tuple[Entry, Entry]]) -> list[Row]:
    """Return how a row that is there whatever the entry has changed, told of the entry that it is about."""
    name = _name(key, before, after)
    gone, new = key not in after.rows, key not in before.rows
    told = [pair for pair in pairs if key in pair[0].rows or key in pair[1].rows]
    if gone or new:
        narrow = [pair for pair in told if _is_narrow(key, *pair)]
        found = [row for pair in (narrow or told)[:1] for row in _changed(key, *pair, name)]
        return found or [
            Row("-" if gone else "+", "", key, name, _cells(before.rows.get(key, {}), after.rows.get(key, {}), ALL))
        ]
    found = [row for pair in told for row in _changed(key, *pair, name)]
    if not told:  # no entry is at hand there
        cells = _cells(before.rows[key], after.rows[key], ALL)
        found = [Row("~", "", key, name, cells)] if cells else []
    seen: set[tuple[str, str]] = set()
    kept = []
    for row in found:
        what = frozenset((cell.before, cell.after) for cell in row.cells)
        if key.sort != "calls" or not what <= seen:  # told of one entry, it is not told of the others at hand
            kept.append(row)
        seen |= what
    return kept


def _is_narrow(key: Key, one: Entry, other: Entry) -> bool:
    return any(sum(e.rows.get(key, {}).values()) != e.reached for e in (one, other) if key in e.rows)


def _name(key: Key, before: Summary, after: Summary) -> str:
    return after.names.get(key) or before.names.get(key, "")


def _changed(key: Key, one: Entry, other: Entry, name: str) -> list[Row]:
    had, has = one.rows.get(key, {}), other.rows.get(key, {})
    # Of entries with which only one of both does anything only what becomes of them is told.
    states = _acted(one) & _acted(other) if key.sort == "calls" and had and has else one.reached | other.reached
    cells = _cells(had, has, states)
    if not cells:
        return []
    mark = "+" if not had else "-" if not has else "~"
    return [Row(mark, other.label or one.label, key, name, cells)]


def _acted(entry: Entry) -> int:
    """Return the entry states with which something is done, or that are left behind."""
    found = 0
    for key, cells in entry.rows.items():
        for entry_states in cells.values() if key.sort in _ACTS else ():
            found |= entry_states
    return found


def _cells(had: dict[str, int], has: dict[str, int], states: int) -> tuple[Cell, ...]:
    """Return what changed, states that changed alike together."""
    groups: dict[tuple[str, str], int] = {}
    for index in range(len(ENTRY_STATES)):
        bit = 1 << index
        if not states & bit:
            continue
        before, after = (_said(cells, bit) for cells in (had, has))
        if before != after:
            groups[before, after] = groups.get((before, after), 0) | bit
    every = states & ALL if (states & ALL).bit_count() > _MANY else 0
    texts = {
        entry_states: "every entry that gets here" if entry_states == every else spell(entry_states)
        for entry_states in groups.values()
    }
    return tuple(
        Cell(texts[entry_states], entry_states, before, after) for (before, after), entry_states in groups.items()
    )


def _said(cells: dict[str, int], bit: int) -> str:
    found = sorted(text for text, entry_states in cells.items() if entry_states & bit)
    return " or ".join(text or "reached" for text in found)


def _rests(before: Summary, after: Summary) -> list[Row]:
    """Return the acts that rest on less, or on more, than before."""
    found = []
    for key in before.rests.keys() & after.rests.keys():
        had, has = before.rests[key], after.rests[key]
        if had != has:
            cell = Cell("", ALL, ", ".join(sorted(had - has)), ", ".join(sorted(has - had)))
            mark = "~" if had - has and has - had else "-" if had - has else "+"
            found.append(Row(mark, "", Key("rests", key.what), _name(key, before, after) or "store", (cell,)))
    return found


def spell(entry_states: int) -> str:
    """Return entry states in words."""
    if entry_states & ALL == ALL:
        return "every entry"
    pages: dict[str, set[str]] = {}
    every: dict[str, set[str]] = {}
    for index, entry_state in enumerate(ENTRY_STATES):
        every.setdefault(entry_state.kind, set()).add(entry_state.page)
        if entry_states >> index & 1:
            pages.setdefault(entry_state.kind, set()).add(entry_state.page)
    words = []
    for kind, seen in pages.items():
        of = "" if seen == every[kind] else f" ({', '.join(sorted(seen))})"
        words.append(f"{WORDS[kind]}{of}")
    return ", ".join(words)
