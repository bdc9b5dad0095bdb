"""Files and directories: reads bytes, walks trees, and never leaves them."""

import os
import stat
from collections.abc import Callable, Iterator
from typing import BinaryIO, TypeVar

from anonlint.errors import InputError
from anonlint.intake.image import is_c
from anonlint.intake.pieces import LARGEST, too_large

T = TypeVar("T")


def read(path: str) -> bytes:
    """Return the bytes of a file; raise InputError if it cannot be read, or is too large or a device."""
    with opened(path) as file:
        known = size(file)
        if known > LARGEST:
            raise too_large(path)
        data = _checked(path, lambda: file.read(known + 1))
        if len(data) > known:  # a pipe, or it has grown
            data += _checked(path, lambda: file.read(LARGEST))
    if len(data) > LARGEST:
        raise too_large(path)
    return data


def opened(path: str) -> BinaryIO:
    """Open a file; raise InputError if that cannot be, or it is a device. The null device is an empty file."""
    file = _checked(path, lambda: open(path, "rb"))  # noqa: SIM115
    mode = os.fstat(file.fileno()).st_mode
    if (stat.S_ISCHR(mode) or stat.S_ISBLK(mode)) and path != os.devnull:
        file.close()
        raise InputError(path, "is a device, not a file")
    return file


def reader(file: BinaryIO, name: str) -> Callable[[int], bytes]:
    """Return a function that reads the next bytes; it raises InputError if they cannot be had."""
    return lambda count: _checked(name, lambda: file.read(count))


def size(file: BinaryIO) -> int:
    """Return how large a plain file is; 0 for pipes and what else has no size."""
    try:
        found = os.fstat(file.fileno())
    except (OSError, ValueError):  # bytes in memory, as tests hand them over, have no descriptor
        return 0
    return found.st_size if stat.S_ISREG(found.st_mode) else 0


def walk(directory: str) -> Iterator[str | InputError]:
    """Yield the C files below a directory, in the order of their names, and what cannot be read.

    Links to directories are not followed, links to files only where they stay in the directory; ``.git``
    is left out.
    """
    root = os.path.join(os.path.realpath(directory), "")
    waiting = [directory]
    while waiting:
        here = waiting.pop()
        if not os.path.isdir(here) or (os.path.islink(here) and here != directory):
            yield here
            continue
        try:
            with os.scandir(here) as found:
                entries = sorted(found, key=lambda entry: entry.path, reverse=True)
        except OSError as error:
            yield InputError(here, f"cannot be read: {_reason(error)}")
            continue
        for entry in entries:
            try:
                if _is_kept(entry, root):
                    waiting.append(entry.path)
            except OSError as error:  # a link to itself, say
                yield InputError(entry.path, f"cannot be read: {_reason(error)}")


def _is_kept(entry: "os.DirEntry[str]", root: str) -> bool:
    if entry.is_dir(follow_symlinks=False):
        return entry.name != ".git"
    if not is_c(entry.name) or not entry.is_file():
        return False
    return not entry.is_symlink() or os.path.realpath(entry.path).startswith(root)


def _checked(path: str, ask: Callable[[], T]) -> T:
    try:
        return ask()
    except (OSError, ValueError) as error:
        raise InputError(path, f"cannot be read: {_reason(error)}{_hint(path)}") from error


def _hint(path: str) -> str:
    """Return what to do where somebody gave a revision as an input; "" for all other names."""
    is_revision = path.startswith("HEAD") or (".." in path and not path.startswith(".") and "/.." not in path)
    return f"; commits are checked by --git {path}" if is_revision and not os.path.lexists(path) else ""


def _reason(error: Exception) -> str:
    return error.strerror or str(error) if isinstance(error, OSError) else str(error)
