"""Writes what came of units: all of one unit in one step, in place of what was known of it."""

from collections.abc import Callable, Sequence

from anonlint.archive.database import Database
from anonlint.archive.units import Judged, Unit


class Results:
    """The results of one run. ``counts`` tells which findings the settings leave."""

    def __init__(self, base: Database, run: int, way: str, counts: Callable[[str, str], bool]) -> None:
        self.base = base
        self.run = run
        self.way = way
        self.counts = counts

    def keep(self, done: Sequence[tuple[Unit, Judged]]) -> int:
        """Keep results; return how many findings are new."""
        with self.base.step():
            return sum(self._one(unit, judged) for unit, judged in done)

    def leave_out(self, unit: Unit, judged: Judged) -> None:
        """Keep that nothing can be found out about a series."""
        with self.base.step():
            self._one(unit, judged, "out")

    def _one(self, unit: Unit, judged: Judged, state: str = "judged") -> int:
        series = unit.series
        words = "SELECT mail.id, fingerprint, finding.run FROM finding JOIN mail ON mail.number = finding.mail "
        known = {(row[0], row[1]): row[2] for row in self.base.rows(words + "WHERE finding.series = ?", (series,))}
        for table in ("finding", "remark"):
            self.base.run(f"DELETE FROM {table} WHERE series = ?", (series,))
        new = n = 0
        for found in judged.findings:
            mail = self.base.row("SELECT number, date FROM mail WHERE id = ?", (found.mail,))
            if mail is None or not self.counts(found.path, found.code):
                continue
            run = known.get((found.mail, found.fingerprint), self.run)
            new += run == self.run
            row = (
                series, n, mail[0], found.code, found.severity, found.path, found.function, mail[1],
                found.fingerprint, run, found.json,
            )  # fmt: skip
            self.base.run(f"INSERT INTO finding VALUES ({', '.join('?' * len(row))})", row)
            n += 1
        for n, noted in enumerate(sorted(set(judged.remarks))):
            self.base.run("INSERT INTO remark VALUES (?, ?, ?, ?, ?, ?, ?)", (series, n, *noted))
        words = "UPDATE series SET state = ?, way = ?, functions = ?, run = ? WHERE number = ?"
        self.base.run(words, (state, self.way, judged.functions, self.run, series))
        return new
