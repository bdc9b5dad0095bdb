"""Which kernel tree patches are judged with: the one place that decides it, for every subcommand."""

import os

from anonlint.errors import UsageError


def tree(given: str = "", *, wanted: bool = True) -> str | None:
    """Return the tree that was named, else the one that the user stands in; None if there is none, or none wanted."""
    if not wanted:
        return None
    return given or _above(here())


def here() -> str:
    """Return the current directory."""
    try:
        return os.getcwd()
    except FileNotFoundError as error:
        raise UsageError("the current directory is gone: cd to one that is there") from error


def is_repository(directory: str) -> bool:
    """Return whether a directory is a git work tree's top or a bare repository."""
    if os.path.lexists(os.path.join(directory, ".git")):
        return True
    return all(os.path.exists(os.path.join(directory, name)) for name in ("HEAD", "objects", "refs"))


def _above(directory: str) -> str | None:
    """Return the nearest kernel tree from a directory upwards, not beyond the clone that the directory is in."""
    while True:
        in_clone = is_repository(directory)
        if _is_kernel(directory, in_clone=in_clone):
            return directory
        parent = os.path.dirname(directory)
        if in_clone or parent == directory:
            return None
        directory = parent


def _is_kernel(directory: str, *, in_clone: bool) -> bool:
    """Return whether a directory is a kernel tree: the clone may be a partial one, or bare."""
    if os.path.isdir(os.path.join(directory, "mm")):
        return in_clone or os.path.isdir(os.path.join(directory, "include", "linux"))
    return in_clone and not os.path.lexists(os.path.join(directory, ".git"))
