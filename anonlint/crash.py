"""An error of our own, told in one line."""

import os
from typing import TYPE_CHECKING

from anonlint import limits
from anonlint.model.snapshot import Skip

if TYPE_CHECKING:
    from types import TracebackType


def told(error: BaseException) -> str:
    """Return "internal error: TypeError: ... (at words/answers.py:213)"; raise it again with ANONLINT_DEBUG set.

    What the machine or the depth of an input caused is called by its name.
    """
    if isinstance(error, limits.TooLong):
        return f"not judged: {limits.over() or 'it takes too long'}"
    if os.environ.get("ANONLINT_DEBUG"):
        raise error
    if isinstance(error, MemoryError):
        return "out of memory"
    if isinstance(error, RecursionError):
        return "internal error: it nests too deeply"
    return f"internal error: {type(error).__name__}: {error} (at {place(error)})"


def line(skip: Skip) -> str:
    """Return what was not looked at, and why, as one line."""
    where = f"{skip.path}:{skip.line}: " if skip.line else f"{skip.path}: "
    return f"{where}{skip.function}(): {skip.reason}" if skip.function else where + skip.reason


def place(error: BaseException) -> str:
    """Return where an error came from, as path:line: in anonlint, or in a rule of somebody else's."""
    trace: TracebackType | None = error.__traceback__
    found = ""
    while trace is not None:
        path = trace.tb_frame.f_code.co_filename.replace(os.sep, "/")
        ours = "/anonlint" in path
        if ours or not path.startswith(("<", _PYTHONS_OWN)) or "/site-packages/" in path:
            found = f"{path.rpartition('/anonlint')[2].lstrip('/') if ours else path}:{trace.tb_lineno}"
        trace = trace.tb_next
    return found


_PYTHONS_OWN = os.path.dirname(os.__file__).replace(os.sep, "/") + "/"
