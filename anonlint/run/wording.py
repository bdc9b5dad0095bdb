"""How a comparison is put into words."""

from collections.abc import Sequence

from anonlint.trace.difference import Difference, Row

_MOST_NAMED = 6


_TEXTS: dict[str, str] = {
    "admits": "{0} became {1}, which holds for other entries",
    "outside": "{name}() used outside what it is defined for",
    "left": "left in {0}",
    "bits": "{0} in {1}",
    "stores": "stores",
    "makes": "makes an entry ({name}())",
    "uses": "{name}()",
    "debts": "{0} of the entry taken out",
    "keeps": "{0} is kept",
    "decides": "{name}()",
    "returns": "returns",
    "rests": "{name}() rests on",
    "asks": "{name}() rests on",
    "calls": "calls {name}()",
}


def row_text(row: Row) -> str:
    """Return what a row is of."""
    if row.key.what == ("flush",):
        return "flushes the TLB"
    if row.key.sort == "rests" and not row.key.what:
        return "the store rests on"
    return _TEXTS[row.key.sort].format(*row.key.what, name=row.name)


def basis(results: Sequence[Difference], *, whole: bool) -> str:
    """Return on what a comparison rests."""
    entries = max(result.entries for result in results)
    states = max(result.states for result in results)
    rows = max(result.rows for result in results)
    words = [_count(entries, "entry", "entries"), f"{states} entry states", f"{_count(rows, 'act', 'acts')} compared"]
    unknown = sorted(frozenset().union(*(result.unknown for result in results)))
    if unknown:
        names = ", ".join(f"{name}()" for name in unknown[:_MOST_NAMED])
        more = f" and {len(unknown) - _MOST_NAMED} more" if len(unknown) > _MOST_NAMED else ""
        words.append(f"calls not in sight, taken to be what they were: {names}{more}")
    if len(results) > 1:
        words.append(f"{len(results)} configurations")
    if not whole:
        words.append("of what the hunk shows")
    return "; ".join(words)


def _count(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"
