"""A line on the terminal that says how far a run is, once it takes long."""

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

_PATIENCE = 1.0  # seconds before anything is shown


class Bar:
    """Draws with rich, which is imported only when there is something to draw."""

    def __init__(self) -> None:
        self.start = time.monotonic()
        self.bar: Progress | None = None
        self.task: TaskID | None = None
        self.files = 0

    def read(self, files: int) -> None:
        """Show how many files were read, now and then."""
        self.files = files
        if files % 64 == 0:
            self._show(f"{files} files read", 0.0, None)

    def judged(self, done: int, total: int, part: float) -> None:
        """Show how many files were begun, of how many, and what part of their text that is."""
        self._show(f"judging file {done} of {total}", part, 1.0)

    def close(self) -> None:
        """Take the line away."""
        if self.bar is not None:
            self.bar.stop()
            self.bar = None

    def _show(self, text: str, part: float, total: float | None) -> None:
        if self.bar is None:
            if time.monotonic() - self.start < _PATIENCE:
                return
            self._begin()
        assert self.bar is not None
        assert self.task is not None
        self.bar.update(self.task, description=f"anonlint: {text}", completed=part, total=total, refresh=True)

    def _begin(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

        columns = (TextColumn("{task.description}"), BarColumn(20), TaskProgressColumn(), TimeElapsedColumn())
        console = Console(stderr=True)
        self.bar = Progress(*columns, console=console, transient=True, auto_refresh=False, redirect_stdout=False)
        self.bar.start()
        self.task = self.bar.add_task("anonlint:", total=None)
