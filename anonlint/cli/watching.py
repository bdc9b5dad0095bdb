"""Shows how a long run goes on: on a terminal by rich, elsewhere by a line now and then."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from anonlint.cli import output

if TYPE_CHECKING:
    from rich.progress import Progress, Task, TaskID

_SELDOM = 60.0  # seconds between two lines where nobody sits before a terminal


class Lines:
    """Says what the user should know, and how far things are, in lines."""

    def __init__(self, *, quiet: bool) -> None:
        self.quiet = quiet
        self.mails = self.left = self.done = self.findings = 0
        self._last = time.monotonic()

    def told(self, line: str) -> None:
        """Say what somebody should know."""
        output.complain(line)

    def source(self, name: str, total: int) -> None:
        """Nothing is said of a source that is as it should be."""

    def read(self, mails: int) -> None:
        """Count mails."""
        self.mails += mails
        self._say(f"{self.mails} mails read")

    def waiting(self, series: int) -> None:
        """Note how many series are to be judged."""
        self.left = series

    def judged(self, series: int, findings: int) -> None:
        """Count series."""
        self.done += series
        self.left -= series
        self.findings += findings
        self._say(f"{self.done} series judged, {self.left} left, {self.findings} new findings")

    def _say(self, text: str) -> None:
        if not self.quiet and time.monotonic() - self._last > _SELDOM:
            self._last = time.monotonic()
            output.complain(text)


class Bars(Lines):
    """Shows a bar for what is read, and one for what is judged."""

    def __init__(self, progress: "Progress") -> None:
        super().__init__(quiet=True)
        self._progress = progress
        self._reading: TaskID | None = None
        self._judging: TaskID | None = None

    def told(self, line: str) -> None:
        """Say it above the bars."""
        from anonlint.report.safe import safe

        self._progress.console.print(f"anonlint: {safe(line)}", markup=False, highlight=False)

    def source(self, name: str, total: int) -> None:  # noqa: ARG002
        """Expect so many mails more."""
        if self._reading is None:
            self._reading = self._progress.add_task("mails", total=total or None, findings="")
        elif total:
            known = next(task.total for task in self._progress.tasks if task.id == self._reading)
            self._progress.update(self._reading, total=(known or self.mails) + total)

    def read(self, mails: int) -> None:
        """Move on."""
        super().read(mails)
        if self._reading is not None:
            self._progress.update(self._reading, advance=mails)

    def waiting(self, series: int) -> None:
        """Begin the second bar."""
        super().waiting(series)
        if self._reading is not None:
            self._progress.update(self._reading, total=self.mails, completed=self.mails)
        self._judging = self._progress.add_task("series", total=series, findings="0 findings")

    def judged(self, series: int, findings: int) -> None:
        """Move on."""
        super().judged(series, findings)
        if self._judging is not None:
            self._progress.update(self._judging, advance=series, findings=f"{self.findings} findings")


@contextmanager
def watcher(*, quiet: bool) -> Iterator[Lines]:
    """Give what shows how a run goes on."""
    if quiet or not sys.stderr.isatty():
        yield Lines(quiet=quiet)
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, TextColumn, TimeRemainingColumn
    from rich.text import Text

    class Rate(ProgressColumn):
        """How many are done in a second."""

        def render(self, task: "Task") -> Text:
            """Return the rate."""
            return Text(f"{task.speed:.0f}/s" if task.speed else "")

    columns = (
        TextColumn("{task.description}"),
        BarColumn(bar_width=None),
        MofNCompleteColumn(),
        Rate(),
        TimeRemainingColumn(compact=True),
        TextColumn("{task.fields[findings]}"),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        yield Bars(progress)
