"""Two files, or two trees: the one before and the one after."""

import os
from collections.abc import Iterator

from anonlint.errors import InputError
from anonlint.intake import files
from anonlint.intake.image import is_c, named, whole
from anonlint.intake.request import Intake
from anonlint.model.snapshot import Origin, Snapshot


def are_twins(inputs: tuple[str, ...]) -> bool:
    """Return whether inputs are two directories, or two C files: neither is a patch."""
    if len(inputs) != 2:
        return False
    return all(map(os.path.isdir, inputs)) or all(is_c(name) and os.path.isfile(name) for name in inputs)


def twins(before: str, after: str) -> Iterator[Intake]:
    """Yield the files that differ, under the names that they have in the later tree."""
    if not os.path.isdir(before):
        yield _pair(named(after), before, after, after)
        return
    mine, others = _files(before), _files(after)
    for path in sorted(mine | others):
        old, new = (
            os.path.join(root, path) if path in held else "" for root, held in ((before, mine), (after, others))
        )
        try:
            yield _pair(named(path), old, new, after)
        except InputError as error:
            yield Intake(None, None, str(error))


def _pair(path: str, old: str, new: str, after: str) -> Intake:
    data = [files.read(name) if name else None for name in (old, new)]
    if data[0] == data[1]:
        return Intake(None)
    origin = Origin(new or old or after, old=old or new)
    return Intake(Snapshot(path, origin, whole(path, data[0]), whole(path, data[1]), frozenset()))


def _files(root: str) -> set[str]:
    """Return the C files of a tree, relative to its top."""
    return {os.path.relpath(found, root) for found in files.walk(root) if not isinstance(found, InputError)}
