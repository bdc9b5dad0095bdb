"""Reads the files that are no input but are looked at beside one: settings, baselines, a tree's Makefile and headers.

A tree or a repository that was got from elsewhere may hold anything under these names.
"""

import errno
import os
import stat

LARGEST = 4 << 20  # bytes; the kernel's largest header that is looked at has a tenth of that


def read(path: str, largest: int = LARGEST) -> bytes:
    """Return the bytes of a regular file; raise OSError, with a ``strerror`` for people, for anything else.

    A named pipe is not waited for, a device not read, and more than ``largest`` bytes are too many.
    """
    file = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0))
    with os.fdopen(file, "rb") as stream:
        if not stat.S_ISREG(os.fstat(file).st_mode):
            raise OSError(errno.EINVAL, "it is no regular file")
        data = stream.read(largest + 1)
    if len(data) > largest:
        raise OSError(errno.EFBIG, f"it is larger than {largest >> 20} MiB")
    return data
