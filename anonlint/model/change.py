"""What a patch changes in effect: the values that ``anonlint diff`` prints."""

from typing import NamedTuple

from anonlint.model.finding import Evidence, Words
from anonlint.model.snapshot import Skip


class ChangedCell(NamedTuple):
    """What changed for some entry states; an empty side is "not at all"."""

    states: str
    before: str
    after: str


class ChangedRow(NamedTuple):
    """A row that changed. ``mark`` is +, - or ~, ``entry`` how the code calls the entry that it is about ("": any).

    ``sort`` is what sort of row it is (see trace/summary.py), ``text`` what it is of.
    """

    mark: str
    entry: str
    sort: str
    text: str
    cells: tuple[ChangedCell, ...]
    line: int = 0


class FunctionChange(NamedTuple):
    """One function before and after.

    ``verdict`` is "changed", "same" (no difference in effect), "open" (not, or not all, compared), "new" or "gone".
    ``old`` is its name, and place, before where that is another. ``because`` names the function whose change
    changes this one, where its own text is as it was: one that it calls, or with ``handed`` one that calls it.
    ``basis`` is what the verdict rests on; ``gaps`` what was not compared. ``patch`` is which patch of the run it
    is of, from 1; ``patches`` are those of which it says what they change together. ``end`` is its last line,
    ``words`` what a reviewer has written below lines of it.
    """

    path: str
    line: int
    name: str
    verdict: str
    rows: tuple[ChangedRow, ...] = ()
    old: str = ""
    because: str = ""
    basis: str = ""
    gaps: tuple[str, ...] = ()
    notes: tuple[Evidence, ...] = ()
    commit: str = ""
    subject: str = ""
    words: tuple[Words, ...] = ()
    end: int = 0
    handed: bool = False
    patch: int = 0
    patches: tuple[int, ...] = ()


class Answer(NamedTuple):
    """What the tables say to what a reviewer asks of functions that he names."""

    words: Words
    sentences: tuple[str, ...]


class ChangeReport(NamedTuple):
    """All that was compared. ``alone`` are the files of which only hunks were seen.

    ``together`` is what several patches make of a function that each of them changes; ``patches`` counts them all.
    """

    changes: tuple[FunctionChange, ...]
    answers: tuple[Answer, ...] = ()
    skipped: tuple[Skip, ...] = ()
    errors: tuple[str, ...] = ()
    alone: tuple[Skip, ...] = ()
    together: tuple[FunctionChange, ...] = ()
    patches: int = 1
