"""A worker process as those see it who give it units: it may die, or take too long, and another one follows it."""

import os
import select
import signal
import subprocess
import sys
from contextlib import suppress

from anonlint.archive.serve import receive, send
from anonlint.archive.units import Died, Outcome, Unit, Way

_GRACE = 30.0  # seconds behind its budget after which a worker is not waited for


class Worker:
    """One process, started with the first unit."""

    def __init__(self, way: Way) -> None:
        self.way = way
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """Return the process's number, 0 if there is none."""
        return self._process.pid if self._process is not None else 0

    def judge(self, unit: Unit) -> Outcome:
        """Return what comes of a unit."""
        process = self._started()
        assert process.stdin is not None
        assert process.stdout is not None
        patience = 2 * self.way.budget * unit.mailed + _GRACE
        try:
            send(process.stdin, unit)
            if not _is_ready(process.stdout.fileno(), patience):
                self.end()
                return Died(f"ended, for it had not answered within {patience:g} seconds")
            judged, full = receive(process.stdout)
        except (EOFError, OSError):
            return Died(self._death())
        if full:
            self.end()
        outcome: Outcome = judged
        return outcome

    def end(self) -> None:
        """End the process at once."""
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                with suppress(OSError):
                    pipe.close()
        process.wait()

    def _started(self) -> "subprocess.Popen[bytes]":
        if self._process is None:
            paths = os.pathsep.join(path for path in sys.path if path)
            self._process = subprocess.Popen(
                [
                    sys.executable,
                    "-P",
                    "-m",
                    "anonlint.archive.serve",
                ],  # -P: nothing is imported from where the user stands
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=None if os.environ.get("ANONLINT_DEBUG") else subprocess.DEVNULL,
                env={**os.environ, "PYTHONPATH": paths},
            )
            assert self._process.stdin is not None
            with suppress(OSError):  # if it is dead, that shows with the first unit
                send(self._process.stdin, self.way)
        return self._process

    def _death(self) -> str:
        """Return how the process ended."""
        assert self._process is not None
        try:
            code = self._process.wait(1.0)
        except subprocess.TimeoutExpired:
            code = -signal.SIGKILL
        self.end()
        return f"killed by signal {-code}" if code < 0 else f"ended with status {code}"


def _is_ready(descriptor: int, seconds: float) -> bool:
    """Return whether an answer begins in time."""
    return bool(select.select([descriptor], [], [], seconds)[0])
