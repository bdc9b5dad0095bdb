"""Where output goes: bytes on standard output, or a file that is replaced in one step."""

import os
import sys

from anonlint.errors import UsageError


def write(text: str, path: str = "") -> None:
    """Write ``text`` to standard output, or to ``path`` by way of a temporary file beside it."""
    data = text.encode("utf-8", "backslashreplace")
    if not path:
        sys.stdout.flush()
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
        return
    scratch = f"{path}.{os.getpid()}.tmp"
    try:
        with open(scratch, "wb") as file:
            file.write(data)
        os.replace(scratch, path)
    except OSError as error:
        if os.path.exists(scratch):
            os.unlink(scratch)
        raise UsageError(f"{path}: cannot be written: {error.strerror}") from error


def complain(message: str) -> None:
    """Write one line to standard error, made safe for a terminal."""
    from anonlint.report.safe import safe  # lazily: only where there is something to say

    sys.stderr.write(f"anonlint: {safe(message)}\n")
