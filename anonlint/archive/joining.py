"""Which series a mail belongs to: decided by what is known of the series that it may be of."""

from collections.abc import Sequence
from typing import NamedTuple

from anonlint.archive.letters import Letter

DAY = 86_400  # seconds within which the mails of a series come that names no thread


class Known(NamedTuple):
    """A series of the same sender, version and length. ``members`` are the ids of its mails, ``parts`` their numbers.

    ``thread`` is the first mail of the thread that it came in, ``date`` that of the mail that was read first;
    ``threaded`` says that a mail of it answers another one.
    """

    number: int
    thread: str
    date: int
    members: frozenset[str]
    parts: frozenset[int]
    threaded: bool


def thread(letter: Letter) -> str:
    """Return the first mail of the thread that a mail is in."""
    return letter.above[0] if letter.above else letter.id


def chosen(letter: Letter, known: Sequence[Known]) -> int | None:
    """Return the series that a numbered mail belongs to; None if it begins another one.

    A part that is there already is never taken twice: then somebody has sent the series again.
    """
    free = [series for series in known if letter.part not in series.parts]
    above = frozenset(letter.above)
    by_mail = [series for series in free if series.members & above]
    by_thread = [series for series in free if series.thread == thread(letter)]
    loose = [series for series in free if not (letter.above or series.threaded)]
    near = [series for series in loose if abs(series.date - letter.date) <= DAY]
    for found in (by_mail, by_thread, near):
        if found:
            return max(series.number for series in found)
    return None


def missing(total: int, parts: Sequence[int]) -> str:
    """Return which parts of a series have not come: "2, 4-6"; "" for none."""
    there = set(parts)
    gone = [number for number in range(1, total + 1) if number not in there]
    runs: list[list[int]] = []
    for number in gone:
        if runs and runs[-1][1] == number - 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    return ", ".join(str(first) if first == last else f"{first}-{last}" for first, last in runs)
