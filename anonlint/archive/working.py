"""One run over an archive: what is new is read, what waits is judged, and each result is kept once."""

from collections.abc import Callable, Iterator, Sequence
from typing import Protocol

from anonlint.archive import units
from anonlint.archive.database import Database, now
from anonlint.archive.feeding import Feeding
from anonlint.archive.reading import Reading
from anonlint.archive.results import Results
from anonlint.archive.sources.came import Source
from anonlint.archive.team import Team
from anonlint.archive.units import Died, Judged, Unit

_HELD = 16 << 20  # bytes of units that are under way at once
_OFTEN = 10  # deaths after which it is asked whether workers work at all


class Watcher(Protocol):
    """Whoever is told how a run goes on."""

    def told(self, line: str) -> None:
        """Something that the user should know."""

    def source(self, name: str, total: int) -> None:
        """A source is being read; ``total`` mails are expected, 0 if nobody knows."""

    def read(self, mails: int) -> None:
        """So many mails more have been read."""

    def waiting(self, series: int) -> None:
        """So many series are to be judged."""

    def judged(self, series: int, findings: int) -> None:
        """So many more have been judged, with so many new findings."""


def begin(base: Database) -> int:
    """Return the number of this run; one that was killed goes on."""
    last = base.row("SELECT number, ended FROM run ORDER BY number DESC LIMIT 1")
    if last is not None and last[1] is None:
        return int(last[0])
    number = int(last[0]) + 1 if last is not None else 1
    with base.step():
        base.run("INSERT INTO run VALUES (?, ?, NULL, 0)", (number, now()))
    return number


def end(base: Database, run: int) -> None:
    """Note that a run has come to its end."""
    with base.step():
        base.run("UPDATE run SET ended = ? WHERE number = ?", (now(), run))


def read(base: Database, run: int, sources: Sequence[Source], watcher: Watcher) -> None:
    """Read what is new in the sources."""
    reading = Reading(base, run, watcher.told, watcher.read)
    for source in sources:
        cursor = base.row("SELECT cursor FROM source WHERE name = ?", (source.name,))
        watcher.source(source.name, source.total(cursor[0] if cursor else ""))
        reading.read(source)


def wait_again(base: Database, run: int) -> None:
    """Let all series be judged anew that this run has not judged: it may be one that was killed and goes on."""
    with base.step():
        base.run("UPDATE series SET state = 'waiting' WHERE state IN ('judged', 'out') AND run <> ?", (run,))


class Work:
    """Has a team do the units that wait. One that kills its worker is done again, alone, when all others are done."""

    def __init__(self, feeding: Feeding, results: Results, team: Callable[[], Team], watcher: Watcher) -> None:
        self.feeding = feeding
        self.results = results
        self.watcher = watcher
        self.team = team
        self.series = self.findings = 0
        self.left_out: list[str] = []

    def run(self) -> None:
        """Do all."""
        self.watcher.waiting(self.feeding.base.number("SELECT count(*) FROM series WHERE state = 'waiting'"))
        waiting = self.feeding.units()
        first = next(waiting, None)
        if first is None:
            return
        team = self.team()
        try:
            for series in self._spread(team, _behind(first, waiting)):
                self._suspect(team, self.feeding.unit(series))
        finally:
            team.close()

    def _spread(self, team: Team, waiting: Iterator[Unit]) -> list[int]:
        """Do the units that wait; return the series that killed their worker."""
        suspects: list[int] = []
        under_way = held = 0
        unit = next(waiting, None)
        while unit is not None or under_way:
            while unit is not None and team.room > 0 and (held + unit.size <= _HELD or not under_way):
                team.submit(unit)
                under_way += 1
                held += unit.size
                unit = next(waiting, None)
            done = team.done()
            under_way -= len(done)
            held -= sum(unit.size for unit, _ in done)
            died = [one.series for one, outcome in done if isinstance(outcome, Died)]
            suspects += died
            if died and len(suspects) % _OFTEN == 0:
                team.check()
            self._keep([(one, outcome) for one, outcome in done if isinstance(outcome, Judged)])
        return suspects

    def _suspect(self, team: Team, unit: Unit) -> None:
        """Do a unit alone; where it kills again, find the mail that does, and leave that out."""
        team.check()
        outcome = _alone(team, unit)
        if isinstance(outcome, Died) and len(unit.mails) > 1:
            for one in units.alone(unit):
                if isinstance(died := _alone(team, one), Died):
                    unit = self._without(unit, one.mails[0].id, died.how)
            if unit.mails:
                outcome = _alone(team, unit)
        if isinstance(outcome, Judged):
            self._keep([(unit, outcome)])
            return
        name = unit.commit or (unit.mails[0].id if unit.mails else "")
        if name:
            what = (
                "the process that works on the series is" if len(unit.mails) > 1 else "the process that works on it is"
            )
            unit = self._without(unit, name, outcome.how, what)
        self.results.leave_out(unit, Judged(remarks=units.lost(unit)))
        self._count([unit], 0)

    def _without(self, unit: Unit, mail: str, how: str, what: str = "the process that works on it is") -> Unit:
        why = f"left out: {what} {how}, and again when it is alone"
        self.left_out.append(f"{mail}: {why}")
        return units.without(unit, mail, why)

    def _keep(self, done: Sequence[tuple[Unit, Judged]]) -> None:
        new = self.results.keep(done) if done else 0
        self._count([unit for unit, _ in done], new)

    def _count(self, done: Sequence[Unit], findings: int) -> None:
        self.series += len(done)
        self.findings += findings
        self.watcher.judged(len(done), findings)


def _alone(team: Team, unit: Unit) -> Judged | Died:
    team.submit(unit)
    while not (done := team.done()):
        pass
    return done[0][1]


def _behind(first: Unit, rest: Iterator[Unit]) -> Iterator[Unit]:
    yield first
    yield from rest


__all__ = ["Watcher", "Work", "begin", "end", "read", "wait_again"]
