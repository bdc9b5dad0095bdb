"""Makes units of the series that wait: their mails are read again where they lie, their blobs in the clone."""

import zlib
from collections.abc import Iterator, Sequence

from anonlint.archive import letters
from anonlint.archive.clone import LARGEST, Clone
from anonlint.archive.database import Database
from anonlint.archive.sources.came import Source
from anonlint.archive.units import Unit, UnitMail
from anonlint.cache.store import digest
from anonlint.errors import AnonlintError

_AT_ONCE = 200  # series that are looked up at once
_MAILS = "SELECT number, id FROM mail WHERE series = ? AND code ORDER BY part, number"
_PLACES = (
    "SELECT source.name, source.kind, place.place, place.digest FROM place JOIN source ON source.number = place.source "
    "WHERE place.mail = ? ORDER BY place.source, place.place"
)


class Feeding:
    """Reads what units are made of. Without a ``clone`` there are no blobs."""

    def __init__(self, base: Database, sources: Sequence[Source], clone: str = "") -> None:
        self.base = base
        self.clone = Clone(clone) if clone else None
        self._sources: dict[str, Source | None] = {source.name: source for source in sources}

    def units(self) -> Iterator[Unit]:
        """Yield the units that wait, in order; those that come to wait meanwhile are of the next run."""
        last = 0
        words = "SELECT number FROM series WHERE state = 'waiting' AND number > ? ORDER BY number LIMIT ?"
        while found := self.base.rows(words, (last, _AT_ONCE)):
            for (last,) in found:
                yield self.unit(last)

    def unit(self, series: int) -> Unit:
        """Return the unit of a series."""
        texts: list[UnitMail] = []
        lost: list[tuple[str, str]] = []
        commit = repository = ""
        size = 0
        for number, name in self.base.rows(_MAILS, (series,)):
            data, home = self._data(number)
            if home and data:
                commit, repository = data.decode(), home
            elif data is None:
                lost.append((name, "the mail cannot be read any more where it was"))
            elif size + len(data) > LARGEST:
                lost.append((name, f"the series is larger than {LARGEST >> 20} MiB"))
            else:
                size += len(data)
                texts.append(UnitMail(name, data))
        made = Unit(series, tuple(texts), commit=commit, clone=repository, lost=tuple(lost))
        return made if self.clone is None or commit else self._grounded(made, self.clone)

    def close(self) -> None:
        """Let go of the clone, and of sources that were found again."""
        for source in self._sources.values():
            if source is not None:
                source.close()
        if self.clone is not None:
            self.clone.close()

    def _data(self, mail: int) -> tuple[bytes | None, str]:
        """Return a mail's bytes as they were when it came; or a commit's name, and the clone that it is of."""
        kept = self.base.row("SELECT data FROM kept WHERE mail = ?", (mail,))
        if kept is not None:
            return zlib.decompress(kept[0]), ""
        for name, kind, place, mark in self.base.rows(_PLACES, (mail,)):
            source = self._source(name, kind)
            data = source.read(place) if source is not None else None
            if kind == "git":
                return data, name.rpartition(": ")[0]
            if data is not None and digest(data) == mark:
                return data, ""
        return None, ""

    def _source(self, name: str, kind: str) -> Source | None:
        """Return the source of that name, one of an earlier run too, if it is still there."""
        if name not in self._sources:
            from anonlint.archive.sources import again

            try:
                self._sources[name] = again(name, kind)
            except (AnonlintError, OSError):
                self._sources[name] = None
        return self._sources[name]

    def _grounded(self, unit: Unit, clone: Clone) -> Unit:
        """Return a unit of mails with what the clone has of the files that they apply to."""
        found = [letters.applies(text.data) for text in unit.mails]
        wanted = [one for files, _ in found for one in files]
        named = [name for _, names in found for name in names]
        blobs = tuple(clone.blobs(wanted))
        date = self.base.number("SELECT date FROM series WHERE number = ?", (unit.series,))
        base = clone.base(wanted, named, date) if blobs else ""
        return unit._replace(blobs=blobs, base=base, clone=clone.directory if base else "")
