"""Findings: what a rule has to say, ordered and comparable without line numbers."""

from enum import IntEnum
from typing import NamedTuple


class Severity(IntEnum):
    """How bad; the default fail level is WARNING."""

    NOTE = 1
    WARNING = 2
    ERROR = 3

    @property
    def word(self) -> str:
        """Return the lower-case word used in all output."""
        return self.name.lower()


class Evidence(NamedTuple):
    """A place that set a fact on the way to the finding."""

    path: str
    line: int
    column: int
    message: str
    text: str = ""


class TableRow(NamedTuple):
    """One entry state, and what the function makes of it, one cell a column.

    A cell is a short text such as "read-excl", "(kept)" or "-" (cannot occur, or is not reached).
    """

    kind: str
    cells: tuple[str, ...]


class Table(NamedTuple):
    """An effect table as it is printed. ``role`` is the role's word or "".

    ``columns`` are the headings of the cells: ("anon", "file"), doubled where the function asks
    whether the mapping is a COW mapping.
    """

    function: str
    role: str
    path: str
    line: int
    columns: tuple[str, ...]
    rows: tuple[TableRow, ...]


class Words(NamedTuple):
    """What a reviewer has written below quoted lines of a patch: ``line`` is where in the input.

    ``path`` and ``at`` are the file, and the line after the patch, that the quoted line above it is; ``first`` and
    ``last`` are the lines of the hunk that it is of.
    """

    input: str
    line: int
    text: str
    path: str
    at: int
    first: int = 0
    last: int = 0


class Finding(NamedTuple):
    """One finding; sorts by path, line, column, code, function, message.

    ``text`` is the source line (without line end), ``fingerprint`` names the finding without line numbers; equal
    fingerprints are counted, never merged. ``gone_by`` names the later patch of the series that mends it,
    ``gone_at`` is which patch that is (from 1): in between it is there. ``because`` is the path that led there,
    ``evidence`` other places that matter, ``breaks`` what goes wrong at run time, ``help`` what to write instead,
    ``like`` commits that fixed such a bug. ``cause`` is equal for findings of a rule about the same entry in the
    same function; "" is no such thing. ``around`` are numbered source lines of the finding's file, those that the
    story is about and what stands next to them; numbers that are missing are lines left out. ``anchor`` is the line
    where a review of a patch takes a remark: one that the patch adds (0: no patch). ``mail`` tells which mail
    brings it, where several have one subject. ``asked`` is what a reviewer has written about the same hunk.
    """

    path: str
    line: int
    column: int
    code: str
    function: str
    message: str
    name: str
    severity: Severity
    text: str
    evidence: tuple[Evidence, ...]
    tables: tuple[Table, ...]
    fingerprint: str
    end_column: int
    commit: str = ""
    subject: str = ""
    gone_by: str = ""
    because: tuple[Evidence, ...] = ()
    breaks: str = ""
    help: str = ""
    like: tuple[str, ...] = ()
    cause: str = ""
    around: tuple[tuple[int, str], ...] = ()
    anchor: int = 0
    mail: str = ""
    gone_at: int = 0
    asked: tuple[Words, ...] = ()

    @property
    def patch(self) -> tuple[str, str, str]:
        """Return what tells which patch brings it."""
        return self.commit, self.subject, self.mail


def fingerprint(code: str, path: str, function: str, anchor: bytes, message: str) -> str:
    """Return a short hash of what a finding is about: no line numbers, no white space, no digits.

    A path or message may hold bytes that are no UTF-8, as lone surrogates.
    """
    import hashlib  # lazily: it loads OpenSSL, which an input without findings need not pay

    parts = (
        code,
        path,
        function,
        "".join(anchor.decode("utf-8", "replace").split()),
        "".join(c for c in message if not c.isdigit()),
    )
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:16]
