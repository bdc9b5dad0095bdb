"""Where output goes: bytes on standard output, or a file that is replaced in one step; words on standard error."""

import os
import stat
import sys
from contextlib import suppress

from anonlint.errors import UsageError


def write(text: str, path: str = "") -> None:
    """Write ``text`` to standard output, or to the file ``path``; raise UsageError if that cannot be done."""
    write_bytes(text.encode("utf-8", "backslashreplace"), path)


def write_bytes(data: bytes, path: str = "") -> None:
    """Write ``data`` to standard output, or to the file ``path``; raise UsageError if that cannot be done."""
    if path:
        _to_file(data, path)
        return
    try:
        sys.stdout.flush()
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        raise  # nobody reads any more: that is no error
    except OSError as error:
        raise UsageError(f"standard output: cannot be written: {error.strerror}") from error


def say(text: str) -> None:
    """Write to standard error; where that is closed or full, there is nobody left to tell."""
    with suppress(OSError):
        sys.stderr.write(text)
        sys.stderr.flush()


def complain(message: str) -> None:
    """Write one line to standard error, made safe for a terminal."""
    from anonlint.report.safe import safe  # lazily: only where there is something to say

    say(f"anonlint: {safe(message)}\n")


def _to_file(data: bytes, path: str) -> None:
    """Replace a plain file, or make one, in one step; write to whatever else is there (a device, FIFO or link)."""
    try:
        try:
            mode = os.lstat(path).st_mode
        except FileNotFoundError:
            mode = 0
        if mode and not stat.S_ISREG(mode):
            with open(path, "wb") as file:
                file.write(data)
        else:
            _replace(data, path, mode)
    except (OSError, ValueError) as error:
        why = (error.strerror or str(error)) if isinstance(error, OSError) else str(error)
        raise UsageError(f"{path}: cannot be written: {why}") from error


def _replace(data: bytes, path: str, mode: int) -> None:
    """Put a file in place of another by way of a new one beside it, with the permissions of the old one."""
    scratch = f"{path}.{os.getpid()}.tmp"
    with open(scratch, "xb") as file:  # never through a link that waits there
        try:
            if mode:
                os.fchmod(file.fileno(), stat.S_IMODE(mode))
            file.write(data)
            file.flush()
            os.replace(scratch, path)
        except OSError:
            os.unlink(scratch)
            raise
