"""Standard input, output and error as a caller may have left them: closed, full, or a pipe that nobody reads."""

import os
import sys
from typing import BinaryIO

from anonlint.cli import output
from anonlint.errors import InputError

FAILED, BROKEN_PIPE = 2, 141
_MODES = (("stdin", os.O_WRONLY, "r"), ("stdout", os.O_RDONLY, "w"), ("stderr", os.O_WRONLY, "w"))


def open_closed() -> None:
    """Put something in the place of standard streams that are closed, or files opened later would take it.

    Reading a closed input, and writing to a closed output, is an error as it would have been; words for a closed
    standard error go nowhere.
    """
    for number, (name, access, mode) in enumerate(_MODES):
        if getattr(sys, name) is None:
            os.open(os.devnull, access)  # the lowest number that is free, so this one
            setattr(sys, name, open(number, mode, encoding="utf-8", errors="backslashreplace"))  # noqa: SIM115


def read() -> bytes:
    """Return all of standard input; raise InputError if it cannot be read."""
    try:
        return stdin().read()
    except OSError as error:
        raise InputError("standard input", f"cannot be read: {error.strerror}") from error


def stdin() -> BinaryIO:
    """Return standard input, to be read in pieces."""
    return sys.stdin.buffer


def settle(status: int) -> int:
    """Write what is still to be written and return the exit status, which is that of trouble if there is some."""
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        status = broken_pipe()
    except OSError as error:
        _divert(1)
        if status != FAILED:  # else it was said where it happened
            output.complain(f"standard output: cannot be written: {error.strerror}")
        status = FAILED
    try:
        sys.stderr.flush()
    except OSError:
        _divert(2)
    return status


def broken_pipe() -> int:
    """Let Python's own flush at exit go nowhere instead of complaining."""
    _divert(1)
    return BROKEN_PIPE


def _divert(number: int) -> None:
    os.dup2(os.open(os.devnull, os.O_WRONLY), number)
