"""The report on an archive as text and as JSON."""

import json
from collections.abc import Iterator, Sequence

from anonlint.archive.summary import Item, Line, Series, Summary
from anonlint.report.safe import safe
from anonlint.report.text import named

SCHEMA = 1
_MOST = 20  # files and series that the text lists; JSON has them all
_BAR = 30


def text(summary: Summary) -> str:
    """Return the report as text of 80 columns, where names allow it."""
    return "".join(f"{line}\n" for line in _text(summary))


def document(summary: Summary) -> str:
    """Return the report as JSON, one document."""
    values = {
        "schema": SCHEMA,
        "selection": list(summary.wanted.words),
        "mails": summary.mails,
        "patches": summary.patches,
        "series_judged": summary.judged,
        "series_waiting": summary.waiting,
        "functions": summary.functions,
        "rules": [_line(line) for line in summary.rules],
        "months": [{**_line(line), "patches": line.judged} for line in summary.months],
        "files": [_line(line) for line in summary.files],
        "series": [series._asdict() for series in summary.series],
        "findings": [
            {
                **item.document,
                "mail": item.mail,
                "mail_subject": item.subject,
                "date": item.day,
                "replies": item.replies,
            }
            for item in summary.findings
        ],
        "unseen": dict(summary.unseen),
        "left_out": [{"mail": mail, "reason": reason} for mail, reason in summary.lost],
    }
    return json.dumps(values, ensure_ascii=True, indent=1) + "\n"


def counts(summary: Summary) -> str:
    """Return what was looked at and found, in one line."""
    what = " ".join(summary.wanted.words)
    line = f"{_counted(len(summary.findings), 'finding')}{' ' + what if what else ''}"
    line += f"; {_counted(summary.mails, 'mail')}, {_counted(summary.patches, 'patch', 'patches')}"
    return line + (f"; {summary.waiting} series are not judged yet" if summary.waiting else "")


def unseen(summary: Summary) -> str:
    """Return what was not judged, or not as a whole, in one line; "" for nothing."""
    names = {
        "alone": "files seen on hunks only",
        "skipped": "places skipped",
        "error": "errors",
        "lost": "mails left out",
    }
    parts = [f"{number} {names[kind]}" for kind, number in summary.unseen if kind in names]
    return f"in all: {', '.join(parts)} (table remark)" if parts else ""


def version(series: Series) -> str:
    """Return which version of what length a series is."""
    parts = [f"v{series.version}"] * (series.version > 1)
    parts += [f"{series.total} parts"] * (series.total > 1)
    parts += [f"without {series.missing}"] * bool(series.missing)
    parts += [_counted(series.earlier, "earlier version")] * bool(series.earlier)
    return ", ".join(parts)


def rules(summary: Summary) -> tuple[Line, ...]:
    """Return the lines of rules with the names that people know them by."""
    names = {item.document["code"]: item.document["name"] for item in summary.findings}
    return tuple(line._replace(name=f"{line.name} {names[line.name]}") for line in summary.rules)


def told(item: Item) -> str:
    """Return what a finding says, with its function in front."""
    return named(item.document["function"], item.document["message"])


def _counted(number: int, word: str, many: str = "") -> str:
    return f"{number} {word if number == 1 else many or word + 's'}"


def _line(line: Line) -> dict[str, object]:
    return {"name": line.name, "findings": line.findings, "mails": line.mails}


def _text(summary: Summary) -> Iterator[str]:
    yield safe(counts(summary))
    if unseen(summary):
        yield safe(unseen(summary))
    for mail, reason in summary.lost[:_MOST]:
        yield f"  {safe(mail)}: {safe(reason)}"
    if not summary.findings:
        return
    yield from _table("by rule", rules(summary), len(summary.rules))
    yield from ("", "by month (those without findings are left out)")
    most = max(line.findings for line in summary.months) if summary.months else 0
    for line in (month for month in summary.months if month.findings):
        bar = "#" * ((line.findings * _BAR + most - 1) // most if most else 0)
        yield f"  {line.name}  {line.findings:5} in {_counted(line.judged, 'patch', 'patches'):<14} {bar}".rstrip()
    yield from _table("by file", summary.files, _MOST)
    yield from ("", _heading("by series", len(summary.series), _MOST))
    for series in summary.series[:_MOST]:
        more = version(series)
        yield f"  {series.day}  {series.findings:4}  {safe(series.title)}{f' ({safe(more)})' if more else ''}"
        yield f"                    {safe(series.sender)} <{safe(series.id)}>"
    yield from ("", "findings")
    for item in summary.findings:
        yield from _item(item)


def _table(name: str, lines: Sequence[Line], most: int) -> Iterator[str]:
    yield from ("", _heading(name, len(lines), most))
    for line in lines[:most]:
        yield f"  {line.findings:5}  {safe(line.name)}" + (f" (in {line.mails} mails)" if line.mails > 1 else "")


def _heading(name: str, number: int, most: int) -> str:
    return f"{name} (the first {most} of {number})" if number > most else name


def _item(item: Item) -> Iterator[str]:
    found = item.document
    place = f"{found['path']}:{found['line']}:{found['column']}"
    yield f"{safe(place)}: {found['severity']}: {told(item)} [{found['code']} {found['name']}]"
    gone = f", gone with {found['gone_by']!r}" if found.get("gone_by") else ""
    replies = f", {_counted(item.replies, 'reply', 'replies')}" if item.replies else ""
    yield f"    {item.day} {safe(item.subject)}{safe(gone)}{replies}"
    yield f"    <{safe(item.mail)}>"
