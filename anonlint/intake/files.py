"""Files and directories: reads bytes, walks trees, and never leaves them."""

import os
import stat
from collections.abc import Iterator

from anonlint.errors import InputError
from anonlint.intake.image import is_c

_LARGEST = 512 << 20  # bytes; more is no source code, and reading a device would never end


def read(path: str) -> bytes:
    """Return the bytes of a file; raise InputError if it cannot be read, or is too large or a device."""
    try:
        with open(path, "rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            if stat.S_ISCHR(mode) or stat.S_ISBLK(mode):
                if path == os.devnull:
                    return b""
                raise InputError(path, "is a device, not a file")
            data = file.read(_LARGEST + 1)
    except (OSError, ValueError) as error:
        raise InputError(path, f"cannot be read: {_reason(error)}{_hint(path)}") from error
    if len(data) > _LARGEST:
        raise InputError(path, f"is larger than {_LARGEST >> 20} MiB")
    return data


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


def inflate(data: bytes, name: str) -> bytes:
    """Return what a gzip file holds, as the archives of lore.kernel.org come."""
    import zlib  # only archives need it

    reader = zlib.decompressobj(wbits=31)
    try:
        text = reader.decompress(data, _LARGEST)
    except zlib.error as error:
        raise InputError(name, f"is no sound gzip file: {error}") from error
    if not reader.eof and not reader.unconsumed_tail:
        raise InputError(name, "is a gzip file that ends too early")
    if reader.unconsumed_tail:
        raise InputError(name, f"holds more than {_LARGEST >> 20} MiB")
    return text


def _is_kept(entry: "os.DirEntry[str]", root: str) -> bool:
    if entry.is_dir(follow_symlinks=False):
        return entry.name != ".git"
    if not is_c(entry.name) or not entry.is_file():
        return False
    return not entry.is_symlink() or os.path.realpath(entry.path).startswith(root)


def _hint(path: str) -> str:
    """Return what to do where somebody gave a revision as an input; "" for all other names."""
    is_revision = path.startswith("HEAD") or (".." in path and not path.startswith(".") and "/.." not in path)
    return f"; commits are checked by --git {path}" if is_revision and not os.path.lexists(path) else ""


def _reason(error: Exception) -> str:
    return error.strerror or str(error) if isinstance(error, OSError) else str(error)
