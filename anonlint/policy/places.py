"""Which rules count where: an ordered list of paths with selections, of which the later wins."""

from collections.abc import Sequence
from fnmatch import fnmatchcase
from typing import NamedTuple


class PathSelection(NamedTuple):
    """Selections ("AL4", "-AL401", a name, "all") for files under some paths (prefixes or globs)."""

    paths: tuple[str, ...]
    selections: tuple[str, ...]

    def holds(self, path: str) -> bool:
        """Return whether a file is meant."""
        return any(
            path == p
            or path.startswith(p.rstrip("/") + "/")
            or f"/{p.strip('/')}/" in f"/{path}"
            or fnmatchcase(path, p)
            for p in self.paths
        )


def counts(path: str, code: str, name: str, places: Sequence[PathSelection]) -> bool:
    """Return whether a rule's finding in a file counts: it does where no place says otherwise."""
    result = True
    for place in places:
        if place.holds(path):
            for selection in place.selections:
                word = selection.removeprefix("-")
                if word in ("all", name) or code.startswith(word):
                    result = not selection.startswith("-")
    return result
