"""Reads the files that are no input but are looked at beside one: settings, baselines, a tree's Makefile and headers.

A tree or a repository that was got from elsewhere may hold anything under these names.
"""

import errno
import os
import stat

LARGEST = 4 << 20  # bytes; the kernel's largest header that is looked at has a tenth of that
_PIECE = 4096  # bytes


def read(path: str, largest: int = LARGEST) -> bytes:
    """Return the bytes of a regular file; raise OSError, with a ``strerror`` for people, for anything else.

    A named pipe is not waited for, a device not read, and more than ``largest`` bytes are too many.
    """
    file = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0))
    try:
        status = os.fstat(file)
        if not stat.S_ISREG(status.st_mode):
            raise OSError(errno.EINVAL, "it is no regular file")
        return _whole(file, status.st_size, largest)
    finally:
        os.close(file)


def _whole(file: int, size: int, largest: int) -> bytes:
    """Return what is in an open file, of which ``size`` tells how much room to make for it."""
    data = b""
    while piece := os.read(file, max(min(size, largest) - len(data), 0) + _PIECE):
        data += piece
        if len(data) > largest:
            raise OSError(errno.EFBIG, f"it is larger than {largest >> 20} MiB")
    return data
