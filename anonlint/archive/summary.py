"""What an archive's database says was found: by rule, month, file and series, and each finding with its mail."""

import calendar
import json
import re
import time
from collections.abc import Sequence
from itertools import pairwise
from typing import Any, NamedTuple

from anonlint.archive.database import Database
from anonlint.errors import UsageError
from anonlint.model.finding import Severity

_DAY = re.compile(r"(\d{4})-(\d\d)-(\d\d)")
_ID = re.compile(r"<?([^<>\s]+@[^<>\s/]+|[0-9a-f]{12,64})>?")


class Wanted(NamedTuple):
    """What of it is asked for: mails since a time, some series (None: all), only those of a run (0: all)."""

    since: int = 0
    series: tuple[int, ...] | None = None
    run: int = 0
    words: tuple[str, ...] = ()

    def where(self, table: str) -> tuple[str, list[int]]:
        """Return the condition on the rows of a table that has ``date``, ``series`` and ``run``."""
        parts, values = ["1"], []
        if self.since:
            parts.append(f"{table}.date >= ?")
            values.append(self.since)
        if self.run:
            parts.append(f"{table}.run = ?")
            values.append(self.run)
        if self.series is not None:
            parts.append(f"{table}.series IN ({', '.join('?' * len(self.series))})")
            values += self.series
        return " AND ".join(parts), values


class Line(NamedTuple):
    """A rule, a file or a month: how many findings, in how many mails; ``judged`` mails of patches there were."""

    name: str
    findings: int
    mails: int
    judged: int = 0


class Series(NamedTuple):
    """A series in which something was found. ``earlier`` is how many versions of it came before."""

    id: str
    title: str
    sender: str
    day: str
    version: int
    total: int
    missing: str
    earlier: int
    findings: int


class Item(NamedTuple):
    """A finding with the mail that brings it; ``document`` is what the JSON report says of it."""

    document: dict[str, Any]
    mail: str
    subject: str
    day: str
    replies: int
    series: int
    public: bool


class Summary(NamedTuple):
    """All that a report shows. ``unseen`` counts what was not judged, by kind; ``lost`` are the mails left out."""

    wanted: Wanted
    mails: int
    patches: int
    judged: int
    waiting: int
    functions: int
    rules: tuple[Line, ...]
    months: tuple[Line, ...]
    files: tuple[Line, ...]
    series: tuple[Series, ...]
    findings: tuple[Item, ...]
    unseen: tuple[tuple[str, int], ...]
    lost: tuple[tuple[str, str], ...]


def wanted(base: Database, since: str, series: str, *, new: bool) -> Wanted:
    """Return what the command line asks for; raise UsageError where it makes no sense."""
    run = base.number("SELECT max(number) FROM run") if new else 0
    words = [f"since {since}"] * bool(since) + [f"of series {series}"] * bool(series) + ["of the last run"] * new
    chosen = _series(base, series) if series else None
    return Wanted(_time(since) if since else 0, chosen, run, tuple(words))


def summary(base: Database, asked: Wanted) -> Summary:
    """Return what is asked for."""
    where, values = asked.where("finding")
    mails, mail_values = asked._replace(run=0).where("mail")
    series = "SELECT count(*) FROM series WHERE state"
    return Summary(
        asked,
        base.number(f"SELECT count(*) FROM mail WHERE {mails}", mail_values),
        base.number(f"SELECT count(*) FROM mail WHERE kind = 'patch' AND {mails}", mail_values),
        base.number(f"{series} = 'judged'"),
        base.number(f"{series} = 'waiting'"),
        base.number("SELECT sum(functions) FROM series"),
        _lines(base, "code", where, values),
        _months(base, asked),
        _lines(base, "path", where, values),
        tuple(_of_series(base, where, values)),
        tuple(_items(base, where, values)),
        tuple(base.rows("SELECT kind, count(*) FROM remark GROUP BY kind ORDER BY kind")),
        tuple(base.rows("SELECT path, reason FROM remark WHERE kind = 'lost' ORDER BY series, n")),
    )


def day(seconds: int) -> str:
    """Return a time as YYYY-MM-DD."""
    return time.strftime("%Y-%m-%d", time.gmtime(seconds)) if seconds else "no date"


def _time(text: str) -> int:
    match = _DAY.fullmatch(text)
    try:
        if match is None:
            raise ValueError
        return calendar.timegm(time.strptime(text, "%Y-%m-%d"))
    except ValueError as error:
        raise UsageError(f"--since: {text!r} is no day like 2026-01-31") from error


def _series(base: Database, text: str) -> tuple[int, ...]:
    """Return the series of a mail, or those whose titles hold words."""
    is_address = text.startswith(("http://", "https://"))
    match = _ID.fullmatch(text.rstrip("/").rpartition("/")[2] if is_address else text)
    if match is not None:
        names = (match[1], f"{match[1]}%") if "@" not in match[1] else (match[1], match[1])
        found = base.rows("SELECT DISTINCT series FROM mail WHERE series AND (id = ? OR id LIKE ?) ORDER BY 1", names)
    else:
        words = "SELECT number FROM series WHERE instr(lower(title), lower(?)) ORDER BY number"
        found = base.rows(words, (text,))
    if not found:
        raise UsageError(f"--series: {text!r} is no Message-ID of a patch, and in no series' title")
    return tuple(row[0] for row in found)


def _lines(base: Database, column: str, where: str, values: Sequence[int]) -> tuple[Line, ...]:
    words = (
        f"SELECT {column}, count(*), count(DISTINCT mail) FROM finding WHERE {where} "
        f"GROUP BY {column} ORDER BY count(*) DESC, {column}"
    )
    return tuple(Line(*row) for row in base.rows(words, values))


def _months(base: Database, asked: Wanted) -> tuple[Line, ...]:
    """Return every month from the first that has patches to the last."""
    month = "strftime('%Y-%m', {}, 'unixepoch')"
    where, values = asked.where("finding")
    words = (
        f"SELECT {month.format('date')}, count(*), count(DISTINCT mail) FROM finding WHERE {where} AND date GROUP BY 1"
    )
    found = {name: (findings, mails) for name, findings, mails in base.rows(words, values)}
    where, values = asked.where("mail")
    words = f"SELECT {month.format('date')}, count(*) FROM mail WHERE kind = 'patch' AND date AND {where} GROUP BY 1"
    judged = dict(base.rows(words, values))
    nothing = 0, 0
    known = sorted(found.keys() | judged.keys())
    return tuple(Line(name, *found.get(name, nothing), judged.get(name, 0)) for name in _all(known))


def _all(months: Sequence[str]) -> list[str]:
    """Return the months and those between them, but no long gaps: a mail may have any date."""
    if not months:
        return []
    numbers = [int(name[:4]) * 12 + int(name[5:]) - 1 for name in months]
    every = set(numbers)
    for first, second in pairwise(numbers):
        if second - first <= 24:
            every |= set(range(first, second))
    return [f"{number // 12:04}-{number % 12 + 1:02}" for number in sorted(every)]


def _of_series(base: Database, where: str, values: Sequence[int]) -> list[Series]:
    words = (
        "SELECT series.number, title, sender, series.date, version, total, missing, count(*), "
        "(SELECT count(*) FROM series e WHERE e.sender = series.sender AND e.title = series.title "
        "AND e.version < series.version), "
        "(SELECT id FROM mail WHERE mail.series = series.number ORDER BY part LIMIT 1) "
        f"FROM finding JOIN series ON series.number = finding.series WHERE {where} "
        "GROUP BY series.number ORDER BY series.date DESC, series.number DESC"
    )
    return [
        Series(name, title, sender, day(date), version, total, missing, earlier, findings)
        for _, title, sender, date, version, total, missing, findings, earlier, name in base.rows(words, values)
    ]


def _items(base: Database, where: str, values: Sequence[int]) -> list[Item]:
    words = (
        "SELECT json, mail.id, subject, finding.date, finding.series, mail.number, "
        "EXISTS (SELECT 1 FROM place JOIN source ON source.number = place.source "
        "WHERE place.mail = mail.number AND source.kind = 'public-inbox') "
        f"FROM finding JOIN mail ON mail.number = finding.mail WHERE {where} "
        "ORDER BY finding.date DESC, finding.series DESC, n"
    )
    replies: dict[int, int] = {}
    found = []
    for text, name, subject, date, series, number, public in base.rows(words, values):
        if number not in replies:
            replies[number] = _replies(base, name)
        found.append(Item(json.loads(text), name, subject, day(date), replies[number], series, bool(public)))
    return found


def _replies(base: Database, name: str) -> int:
    """Return how many mails answer a patch, or answer those that do."""
    words = (
        "WITH RECURSIVE down (id) AS (SELECT ? UNION SELECT mail.id FROM mail JOIN down ON mail.above = down.id "
        "WHERE mail.above <> '' AND mail.kind = 'reply') SELECT count(*) - 1 FROM down"
    )
    return base.number(words, (name,))


def severity(item: Item) -> Severity:
    """Return how bad a finding is."""
    return Severity[str(item.document["severity"]).upper()]
