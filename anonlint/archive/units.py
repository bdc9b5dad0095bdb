"""The unit of work: one series, with all that judging it needs; and what comes of it.

A unit names no file of the machine that made it but the clone, so that any machine can work on it that has that.
"""

from typing import NamedTuple


class UnitMail(NamedTuple):
    """A mail of a series: its id and its bytes."""

    id: str
    data: bytes


class Unit(NamedTuple):
    """A series: its mails in order, and the blobs that their patches apply to, as far as there are any.

    ``commit`` is set for one that is a commit of ``clone``, ``base`` for mails: the commit there whose files they apply
    to, as far as there is one. ``lost`` are (mail, why) of those that are left out.
    """

    series: int
    mails: tuple[UnitMail, ...] = ()
    blobs: tuple[tuple[str, bytes], ...] = ()
    commit: str = ""
    clone: str = ""
    lost: tuple[tuple[str, str], ...] = ()
    base: str = ""

    @property
    def size(self) -> int:
        """Return how many bytes it holds."""
        return sum(len(mail.data) for mail in self.mails) + sum(len(data) for _, data in self.blobs)

    @property
    def mailed(self) -> int:
        """Return of how many mails or commits it is."""
        return len(self.mails) or 1


class Way(NamedTuple):
    """How units are judged: what the user has chosen, and which anonlint does it (``program``).

    ``has_tree`` says that units have blobs where there are any, ``budget`` how many seconds one mail may take,
    ``cached`` whether what was found out before counts.
    """

    selections: tuple[str, ...]
    preview: bool
    kernel: tuple[int, int] | None
    vocabulary: tuple[str, ...]
    settings: str
    has_tree: bool
    budget: float
    cached: bool
    program: str

    @property
    def key(self) -> str:
        """Return what stands for all that findings depend on."""
        from anonlint.cache.store import digest

        parts = (self.selections, self.preview, self.kernel, self.vocabulary, self.has_tree, self.program)
        return digest(repr(parts).encode("utf-8", "surrogatepass")).hex()


class Found(NamedTuple):
    """A finding as a row: ``mail`` is the id of the mail or commit that brings it."""

    mail: str
    code: str
    severity: int
    path: str
    function: str
    fingerprint: str
    json: str


class Noted(NamedTuple):
    """Something that was not judged ("skipped"), only on its hunks ("alone"), or went wrong ("error", "lost")."""

    kind: str
    path: str
    line: int
    function: str
    reason: str


class Judged(NamedTuple):
    """What came of a unit; ``functions`` were analysed."""

    findings: tuple[Found, ...] = ()
    remarks: tuple[Noted, ...] = ()
    functions: int = 0


class Died(NamedTuple):
    """What became of the process that worked on a unit: nothing came of it."""

    how: str


Outcome = Judged | Died


def without(unit: Unit, mail: str, why: str) -> Unit:
    """Return a unit without one of its mails."""
    left = tuple(text for text in unit.mails if text.id != mail)
    return unit._replace(mails=left, lost=(*unit.lost, (mail, why)))


def alone(unit: Unit) -> list[Unit]:
    """Return a unit for each of its mails, to see which of them it is that kills."""
    return [unit._replace(mails=(text,), lost=()) for text in unit.mails]


def lost(unit: Unit) -> tuple[Noted, ...]:
    """Return what is noted of the mails that were left out."""
    return tuple(Noted("lost", mail, 0, "", why) for mail, why in unit.lost)
