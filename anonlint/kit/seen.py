"""What execution saw of a text, as rules see it: the records that a check may ask for, each on a line."""

from collections.abc import Iterator
from typing import Any

from anonlint.kit.lint import analysed
from anonlint.rule.plugin import Diagnostic, Member, Pass, Record, Rule, Severity, kinds_of

_KINDS = ("tests", "made", "decodes", "rmaps", "stores", "events", "outcomes")


def seen(code: str, path: str) -> list[str]:
    """Return a line for each record of each function: place, collection, what it holds, kinds of entries."""
    lines: list[str] = []

    def look(p: Pass) -> Iterator[Diagnostic | Member]:
        lines.append(f"{p.name}()")
        lines.extend(_lines(p))
        yield from ()

    watcher = Rule(code="", name="", severity=Severity.NOTE, since="", words=frozenset(), scope="")(look)
    result = analysed(code, [watcher], path)
    return lines + [f"{skip.function}(): {skip.reason}" for skip in result.skipped]


def _lines(p: Pass) -> Iterator[str]:
    found: list[tuple[int, str]] = []
    for name in _KINDS:
        records: dict[Record, int] = getattr(p.facts, name)
        for record, entry_states in records.items():
            span = getattr(record, "span", None)
            line = 0 if span is None else p.source.position(span.start).line
            held = " ".join(f"{key}={_value(value)}" for key, value in _fields(record) if value not in _NOTHING)
            kinds = " ".join(kinds_of(p.plausible(getattr(record, "root", None), entry_states)))
            found.append((line, f"  {line or 'end':>4}  {name:<9}{held}  [{kinds}]"))
    yield from (text for _, text in sorted(found, key=lambda item: item[0] or 1 << 30))


_NOTHING: tuple[object, ...] = (None, "", (), frozenset())
_PLACES = ("span", "call")


def _fields(record: Record) -> Iterator[tuple[str, Any]]:
    for key in record._fields:
        value = getattr(record, key)
        if key in ("yes", "no"):  # entry states as their kinds, not as bits
            value = "/".join(kinds_of(value))
        if key not in _PLACES and value is not False:
            yield key, value


def _value(value: Any) -> str:
    if isinstance(value, frozenset):
        return "{" + ",".join(sorted(map(str, value))) + "}"
    return value if isinstance(value, str) else repr(value)
