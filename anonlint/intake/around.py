"""The mm/ files around what a request brings: a patch's siblings are mostly not in the patch."""

import os
from collections.abc import Callable, Iterator
from contextlib import suppress

from anonlint.errors import InputError
from anonlint.intake import files
from anonlint.intake.image import is_c, shown, whole
from anonlint.intake.request import Request
from anonlint.model.snapshot import Origin, Snapshot

_FOLDER = "mm"


def around(request: Request, wanted: Callable[[bytes], bool]) -> Iterator[Snapshot]:
    """Yield the wanted files: of the index, of the newest commit that is checked, or of the tree.

    What is staged and what is committed is not held against a work tree that has moved on.
    """
    found = _from_git(request) if request.staged or request.git else _from_directory(request.tree)
    with suppress(InputError):  # what cannot be read takes no part; that it cannot was said of the input itself
        for path, data in found:
            if wanted(data):
                yield Snapshot(path, Origin(path), None, whole(path, data))


def _from_directory(tree: str | None) -> Iterator[tuple[str, bytes]]:
    folder = os.path.join(tree or "", _FOLDER)
    if tree is None or not os.path.isdir(folder):
        return
    for name in files.walk(folder):
        if isinstance(name, str):
            with suppress(InputError):
                yield os.path.relpath(name, tree), files.read(name)


def _from_git(request: Request) -> Iterator[tuple[str, bytes]]:
    from anonlint.intake.commits import commits
    from anonlint.intake.git import Repository

    with Repository(request.tree) as repository:
        tips = [] if request.staged else commits(repository, request.git[-1])
        if not (tips or request.staged):
            return
        tip = tips[-1] if tips else None
        for name, path in repository.files(tip, _FOLDER):
            data = repository.blob(name) if is_c(shown(path)) else None
            if data is not None:
                yield shown(path), data
