"""Reads what is new in a source into the database: mails, the series that they make, and the cursor behind them."""

import zlib
from collections.abc import Callable, Iterator
from itertools import islice

from anonlint.archive import joining, letters
from anonlint.archive.database import Database
from anonlint.archive.letters import Letter
from anonlint.archive.sources.came import Came, Source
from anonlint.cache.store import digest

_AT_ONCE = 128  # mails that are kept in one step
_BYTES = 8 << 20  # the same, in bytes
_GONE = 500  # places that are looked through at once

_FIND = "SELECT number, cursor, generation, anew FROM source WHERE name = ?"
_CANDIDATES = (
    "SELECT number, thread, date FROM series WHERE sender = ? AND version = ? AND total = ? AND (thread = ? OR "
    "date BETWEEN ? AND ? OR number IN (SELECT series FROM mail WHERE id IN ({})))"
)


class Reading:
    """Reads sources for one run. ``told`` gets what somebody should know, ``seen`` how many mails have come."""

    def __init__(self, base: Database, run: int, told: Callable[[str], None], seen: Callable[[int], None]) -> None:
        self.base = base
        self.run = run
        self.told = told
        self.seen = seen
        self._next = base.number("SELECT max(number) FROM mail") + 1

    def read(self, source: Source) -> None:
        """Read what is behind the source's cursor."""
        number, cursor, generation = self._begin(source)

        def known(place: str) -> bool:
            words = "SELECT 1 FROM place WHERE source = ? AND place = ?"
            return self.base.row(words, (number, place)) is not None

        for batch in _batches(source.come(cursor, known)):
            read = [(came, _letter(came)) for came in batch]
            with self.base.step():
                for came, letter in read:
                    self._take(number, generation, came, letter)
                self.base.run("UPDATE source SET cursor = ? WHERE number = ?", (batch[-1].cursor, number))
                count = sum(came.what in ("mail", "commit") for came in batch)
                self.base.run("UPDATE run SET mails = mails + ? WHERE number = ?", (count, self.run))
            self.seen(count)
        self._end(source, number, generation)

    def _begin(self, source: Source) -> tuple[int, str, int]:
        """Return the source's number, cursor and generation; one that was rewritten begins anew."""
        if self.base.row(_FIND, (source.name,)) is None:
            with self.base.step():
                words = "INSERT INTO source (name, kind, cursor, generation, anew) VALUES (?, ?, '', 0, 0)"
                self.base.run(words, (source.name, source.kind))
        number, cursor, generation, _ = self.base.rows(_FIND, (source.name,))[0]
        if cursor and source.rewritten(cursor):
            cursor, generation = "", generation + 1
            with self.base.step():
                words = "UPDATE source SET cursor = '', generation = ?, anew = 1 WHERE number = ?"
                self.base.run(words, (generation, number))
                self.base.run("DELETE FROM trouble WHERE source = ?", (number,))
            self.told(f"{source.name}: what was read before has been rewritten: it is read anew")
        return number, cursor, generation

    def _end(self, source: Source, number: int, generation: int) -> None:
        """Forget the mails that a source which was read anew does not hold any more."""
        if not self.base.rows(_FIND, (source.name,))[0][3]:
            return
        gone = 0
        words = "SELECT place FROM place WHERE source = ? AND generation < ? ORDER BY place LIMIT ?"
        with self.base.step():
            while places := self.base.rows(words, (number, generation, _GONE)):
                gone += sum(self._leave(number, place) for (place,) in places)
            self.base.run("UPDATE source SET anew = 0 WHERE number = ?", (number,))
        if gone:
            self.told(f"{source.name}: {gone} of its mails are gone, and what was found in them")

    def _take(self, source: int, generation: int, came: Came, letter: Letter | None) -> None:
        if came.what == "trouble":
            words = "INSERT OR REPLACE INTO trouble VALUES (?, ?, ?, ?)"
            self.base.run(words, (source, came.place, came.note, self.run))
        elif came.what == "gone":
            self._leave(source, came.place)
        elif letter is not None:
            self._arrive(source, generation, came, letter)

    def _arrive(self, source: int, generation: int, came: Came, letter: Letter) -> None:
        """Keep a mail at its place; one that is known already, by its id, is the same mail at another place."""
        mark = digest(came.data)
        words = "SELECT digest, generation FROM place WHERE source = ? AND place = ?"
        old = self.base.row(words, (source, came.place))
        if old is not None and old[0] == mark:
            words = "UPDATE place SET generation = ? WHERE source = ? AND place = ?"
            self.base.run(words, (generation, source, came.place))
            return
        if old is not None and old[1] == generation:
            self._leave(source, came.place)
        elif old is not None:  # a mailbox was rewritten: what lay here may come yet, at another place
            words = "UPDATE place SET place = ? WHERE source = ? AND place = ?"
            self.base.run(words, (f"{came.place}~{old[1]}", source, came.place))
        number = self._mail(letter)
        self.base.run("INSERT INTO place VALUES (?, ?, ?, ?, ?)", (source, came.place, number, generation, mark))
        self.base.run("DELETE FROM trouble WHERE source = ? AND place = ?", (source, came.place))
        if letter.note:
            words = "INSERT OR REPLACE INTO trouble VALUES (?, ?, ?, ?)"
            self.base.run(words, (source, came.place, f"the mail {letter.note}", self.run))
        if came.keep and letter.code:
            self.base.run("INSERT OR REPLACE INTO kept VALUES (?, ?)", (number, zlib.compress(came.data)))

    def _mail(self, letter: Letter) -> int:
        """Return the number of a mail, which is a new one where nobody has sent that change under that id."""
        known = self.base.row("SELECT number, change FROM mail WHERE id = ?", (letter.id,))
        if known is not None and known[1] != letter.change:
            letter = letter._replace(id=f"{letter.id}#{digest(letter.change).hex()[:8]}")
            known = self.base.row("SELECT number, change FROM mail WHERE id = ?", (letter.id,))
        if known is not None:
            return int(known[0])
        number, self._next = self._next, self._next + 1
        series = self._series(letter, number)
        row = (
            number, letter.id, letter.kind, letter.sender, letter.subject, letter.date,
            letter.above[-1] if letter.above else "", series, letter.part, letter.code, letter.change, self.run,
        )  # fmt: skip
        self.base.run(f"INSERT INTO mail VALUES ({', '.join('?' * len(row))})", row)
        if series is not None:
            self._renew(series, waits=letter.code, letter=letter)
        return number

    def _series(self, letter: Letter, number: int) -> int | None:
        """Return the series of a mail, which may begin with it; None for what is no patch."""
        if letter.kind not in ("patch", "cover"):
            return None
        thread = joining.thread(letter)
        found = joining.chosen(letter, list(self._candidates(letter, thread))) if letter.is_numbered else None
        if found is None:
            found = number
            row = (number, letter.sender, letter.version, letter.total, thread, letter.title, letter.date)
            words = "INSERT INTO series VALUES (?, ?, ?, ?, ?, ?, ?, '', 'empty', '', 0, 0)"
            self.base.run(words, row)
        return found

    def _candidates(self, letter: Letter, thread: str) -> Iterator[joining.Known]:
        words = _CANDIDATES.format(", ".join("?" * len(letter.above)))
        day = (letter.date - joining.DAY, letter.date + joining.DAY)
        values = (letter.sender, letter.version, letter.total, thread, *day, *letter.above)
        for number, root, date in self.base.rows(words, values):
            mails = self.base.rows("SELECT id, part, above FROM mail WHERE series = ?", (number,))
            members, parts = frozenset(row[0] for row in mails), frozenset(row[1] for row in mails)
            yield joining.Known(number, root, date, members, parts, any(row[2] for row in mails))

    def _renew(self, series: int, *, waits: bool, letter: Letter | None = None) -> None:
        """Set down anew what hangs on which mails a series has."""
        parts = [row[0] for row in self.base.rows("SELECT part FROM mail WHERE series = ?", (series,))]
        if not parts:
            for table, column in (("series", "number"), ("finding", "series"), ("remark", "series")):
                self.base.run(f"DELETE FROM {table} WHERE {column} = ?", (series,))
            return
        total = self.base.number("SELECT total FROM series WHERE number = ?", (series,))
        words = "UPDATE series SET missing = ? WHERE number = ?"
        self.base.run(words, (joining.missing(total, parts), series))
        if letter is not None and letter.part == min(parts):
            self.base.run("UPDATE series SET title = ? WHERE number = ?", (letter.title, series))
        if waits:
            self.base.run("UPDATE series SET state = 'waiting' WHERE number = ?", (series,))

    def _leave(self, source: int, place: str) -> bool:
        """Forget a place; and the mail, if it is nowhere else: return whether that is so."""
        found = self.base.row("SELECT mail FROM place WHERE source = ? AND place = ?", (source, place))
        if found is None:
            return False
        self.base.run("DELETE FROM place WHERE source = ? AND place = ?", (source, place))
        if self.base.row("SELECT 1 FROM place WHERE mail = ?", found) is not None:
            return False
        series = self.base.number("SELECT series FROM mail WHERE number = ?", found)
        for table, column in (("mail", "number"), ("kept", "mail"), ("finding", "mail")):
            self.base.run(f"DELETE FROM {table} WHERE {column} = ?", found)
        if series:
            left = self.base.number("SELECT count(*) FROM mail WHERE series = ? AND code", (series,))
            self._renew(series, waits=left > 0)
            if not left:
                self.base.run("UPDATE series SET state = 'empty' WHERE number = ?", (series,))
                self.base.run("DELETE FROM remark WHERE series = ?", (series,))
        return True


def _letter(came: Came) -> Letter | None:
    if came.what == "commit":
        return letters.of_commit(came.place, came.data)
    return letters.read(came.data) if came.what == "mail" else None


def _batches(stream: Iterator[Came]) -> Iterator[list[Came]]:
    """Yield what comes in batches that are small enough to be held."""
    while batch := list(islice(stream, 1)):
        size = len(batch[0].data)
        while len(batch) < _AT_ONCE and size < _BYTES and (more := next(stream, None)) is not None:
            batch.append(more)
            size += len(more.data)
        yield batch
