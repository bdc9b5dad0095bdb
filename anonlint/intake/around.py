"""The mm/ files around what a request brings: a patch's siblings are mostly not in the patch."""

import os
from collections.abc import Callable, Iterator
from contextlib import suppress

from anonlint.errors import InputError
from anonlint.intake import files
from anonlint.intake.image import is_c, shown, whole
from anonlint.intake.request import Request
from anonlint.model.snapshot import Origin, Skip, Snapshot

_FOLDER = "mm"


def around(request: Request, wanted: Callable[[bytes], bool]) -> Iterator[Snapshot | Skip]:
    """Yield the wanted files: of the index, of the newest commit that is checked, or of the tree.

    What is staged and what is committed is not held against a work tree that has moved on. What cannot be read
    takes no part, and is said.
    """
    is_git = request.staged or request.git or request.base
    found = _from_git(request) if is_git else _from_directory(request.tree)
    with suppress(InputError):  # a revision that names nothing, say: that was said of the input itself
        for item in found:
            if isinstance(item, Skip):
                yield item
            elif wanted(item[1]):
                path, data = item
                place = os.path.join(request.tree or "", os.fsdecode(path.encode("utf-8", "surrogateescape")))
                yield Snapshot(path, Origin(place), None, whole(path, data))


def _from_directory(tree: str | None) -> Iterator[tuple[str, bytes] | Skip]:
    """Yield path and bytes of the folder's files; nothing outside of the tree is read, wherever links lead."""
    if tree is None or not os.path.isdir(os.path.join(tree, _FOLDER)):
        return
    root = os.path.realpath(tree)
    folder = os.path.realpath(os.path.join(root, _FOLDER))
    if not folder.startswith(os.path.join(root, "")):
        yield Skip(_FOLDER, 0, "", "leads out of the tree: its functions take no part in comparisons")
        return
    for name in files.walk(folder):
        try:
            if isinstance(name, InputError):
                raise name
            yield shown(os.fsencode(os.path.join(_FOLDER, os.path.relpath(name, folder)))), files.read(name)
        except InputError as error:
            path = os.path.join(_FOLDER, os.path.relpath(error.where, folder))
            yield Skip(path, 0, "", f"takes no part in comparisons: {error.why}")


def _from_git(request: Request) -> Iterator[tuple[str, bytes] | Skip]:
    from anonlint.intake.commits import commits
    from anonlint.intake.git import Repository

    with Repository(request.clone) as repository:
        tips = [] if request.staged else [request.base] if request.base else commits(repository, request.git[-1])
        if not (tips or request.staged):
            return
        tip = tips[-1] if tips else None
        for name, path in repository.files(tip, _FOLDER):
            if not is_c(shown(path)):
                continue
            data = repository.blob(name)
            if data is None:
                yield Skip(shown(path), 0, "", "takes no part in comparisons: its blob cannot be read")
            else:
                yield shown(path), data
