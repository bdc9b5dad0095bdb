"""Whether a definition in sight means something else than the vocabulary says of its name: then the body decides.

The body is executed for an entry of which nothing is known. What it answers for which entry states, or what sort of
entry it makes, is held against the word's row; of what is not understood nothing is known, and the row holds.
"""

from collections.abc import Sequence
from typing import NamedTuple

from anonlint.domain.kinds import ALL, NONPRESENT
from anonlint.domain.values import MadeEntry, Value
from anonlint.trace.facts import Facts
from anonlint.words.dictionary import Op

_COMPARED = frozenset(("predicate", "entry-test", "constructor"))


class Answers(NamedTuple):
    """For which entry states a function may say yes, and for which no."""

    yes: int
    no: int


def is_comparable(op: Op | None) -> bool:
    """Return whether a word's row can be held against a body: it answers for entry states, or makes an entry."""
    return op is not None and op.cls in _COMPARED and not ({"select", "inplace"} & op.meaning.keys())


def contradicts(op: Op, runs: Sequence[Facts], existing: int, *, closely: bool) -> bool | None:
    """Return whether what was seen of a body is something else than a word's row says; None where that is not known.

    ``closely`` says that a state for which the body only may say otherwise counts, too.
    """
    if op.cls == "constructor":
        kinds = _kinds(runs)
        return None if kinds is None else kinds != {op.meaning["kind"]}
    said = _answers(runs)
    if said is None:
        return None
    within = op.domain & existing & ALL & (NONPRESENT if op.entry else ALL)
    if op.cls == "entry-test":  # its row says of what entries it may say yes
        return bool(said.yes & ~op.yes & within)
    if closely:
        return bool((said.yes ^ op.yes | said.no ^ op.no) & within)
    return bool((said.yes & ~said.no & op.no & ~op.yes | said.no & ~said.yes & op.yes & ~op.no) & within)


def _kinds(runs: Sequence[Facts]) -> set[str] | None:
    values: list[Value] = [returned.value for facts in runs for returned in facts.returns]
    kinds = {value.kind for value in values if isinstance(value, MadeEntry)}
    return kinds if values and all(isinstance(value, MadeEntry) for value in values) else None


def _answers(runs: Sequence[Facts]) -> Answers | None:
    """Return the answers of a body; None where one is neither yes nor no."""
    found = {0: 0, 1: 0}
    for facts in runs:
        rooted = {(r.span, r.value) for r in facts.returns if r.root is not None}
        for returned, entry_states in facts.returns.items():
            if not isinstance(returned.value, int):
                return None
            if returned.root is not None or (returned.span, returned.value) not in rooted:
                found[bool(returned.value)] |= entry_states & ALL
    return Answers(found[1], found[0])
