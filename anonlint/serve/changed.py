"""What a change of a text leaves of what was found in it: findings in functions that are as they were, moved along.

That is an answer for the moment, until the whole file has been judged again: a function that is as it was may do
something else if one that it calls, or is called by, is not.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from anonlint.model.finding import Evidence, Finding
from anonlint.serve.desk import Handler

_OF_THE_WHOLE = ("AL001",)  # whether a remark is of use is known once everything was judged


class Judged(NamedTuple):
    """A text as it was judged: its lines, the functions that handle an entry, and what was found."""

    lines: tuple[str, ...]
    handlers: tuple[Handler, ...]
    findings: tuple[Finding, ...]


class Change(NamedTuple):
    """Which functions are new or not as they were, and by how many lines those that are have moved."""

    changed: tuple[str, ...]
    moved: Mapping[str, int]


def change(before: Judged, lines: Sequence[str], handlers: Sequence[Handler]) -> Change | None:
    """Return what has changed; None where it is not functions alone."""
    if _between(before.lines, before.handlers) != _between(lines, handlers):
        return None
    old, new = _named(before.handlers), _named(handlers)
    moved: dict[str, int] = {}
    for name, here in new.items():
        there = old.get(name, [])
        deltas = {one.first - other.first for one, other in zip(here, there, strict=False)}
        same = [_text(lines, one) for one in here] == [_text(before.lines, one) for one in there]
        if same and len(deltas) == 1:
            (moved[name],) = deltas
    return Change(tuple(name for name in new if name not in moved), moved)


def carried(before: Judged, made: Change, found: Sequence[Finding]) -> tuple[Finding, ...]:
    """Return what is said for the moment: what was just found in changed functions, and what was before in others."""
    new = [finding for finding in found if finding.code not in _OF_THE_WHOLE]
    kept = [_moved(finding, made, before) for finding in before.findings if finding.function in made.moved]
    known = {(finding.fingerprint, finding.line) for finding in new}
    return tuple(sorted([*new, *(finding for finding in kept if (finding.fingerprint, finding.line) not in known)]))


def _moved(finding: Finding, made: Change, before: Judged) -> Finding:
    def line(number: int) -> int:
        return number + next((made.moved.get(h.name, 0) for h in before.handlers if h.first <= number <= h.last), 0)

    def places(items: tuple[Evidence, ...]) -> tuple[Evidence, ...]:
        return tuple(item._replace(line=line(item.line)) if item.path == finding.path else item for item in items)

    because, evidence = places(finding.because), places(finding.evidence)
    return finding._replace(line=line(finding.line), because=because, evidence=evidence)


def _named(handlers: Sequence[Handler]) -> dict[str, list[Handler]]:
    """Return functions by name: one of each ``#if`` branch may have the same."""
    found: dict[str, list[Handler]] = {}
    for handler in handlers:
        found.setdefault(handler.name, []).append(handler)
    return found


def _text(lines: Sequence[str], handler: Handler) -> tuple[str, ...]:
    return tuple(lines[handler.first - 1 : handler.last])


def _between(lines: Sequence[str], handlers: Sequence[Handler]) -> tuple[str, ...]:
    """Return the lines that are no function's."""
    inside = {number for handler in handlers for number in range(handler.first, handler.last + 1)}
    return tuple(line for number, line in enumerate(lines, 1) if number not in inside)
