"""Patches to snapshots: whole files where a tree or the series itself has them, else hunks."""

from collections.abc import Iterator

from anonlint.intake.image import from_hunks, is_c, shown, whole
from anonlint.intake.request import Intake
from anonlint.intake.tree import Overlay, Tree
from anonlint.model.patch import FilePatch, Patch
from anonlint.model.snapshot import Origin, Skip, Snapshot


def placed(name: str, line: int) -> str:
    """Return what tells a mail from all others of a run: its input, and the line where it begins there."""
    return f"{name}:{line}"


class Series:
    """The patches of one run, in order; each is applied on top of what came before it."""

    def __init__(self, tree: Tree) -> None:
        self.tree = tree
        self.overlay = Overlay(tree)
        self.order = 0
        self.base = ""

    def items(self, patch: Patch, name: str) -> Iterator[Intake]:
        """Yield the snapshots of one patch of the input ``name``, and notes on what was not seen."""
        self.base = patch.base or self.base
        patch = patch._replace(base=self.base)
        mail = placed(name, patch.at) if patch.at else ""
        origin = Origin(name, patch.commit, patch.subject, self.order, patch.date, patch.trailers, mail)
        for file in patch.files:
            path = name if file.path is None else shown(file.path)
            if file.path is None or is_c(path):
                yield from self._file(file, path, patch, origin)
        self.order += bool(patch.files)

    def _file(self, file: FilePatch, path: str, patch: Patch, origin: Origin) -> Iterator[Intake]:
        if file.note:
            self.overlay.forget(file)
            yield Intake(None, Skip(path, 0, "", file.note))
            return
        change = self.overlay.change(file, patch)
        if not any(hunk.lines for hunk in file.hunks) and not any(hunk.partial for hunk in file.hunks):
            return  # only the name or the mode has changed
        if change is not None:
            if change.note:
                yield Intake(None, Skip(path, 0, "", change.note, seen=True))
            images = whole(path, change.before), whole(path, change.after)
            yield Intake(Snapshot(path, origin, *images, change.added))
            return
        self.overlay.forget(file)
        yield from (Intake(None, skip) for skip in self._notes(file, path, origin.input))
        yield Intake(self._from_hunks(file, path, origin))

    def _from_hunks(self, file: FilePatch, path: str, origin: Origin) -> Snapshot:
        """Return what the hunks show, with why there is no more to see."""
        snapshot = from_hunks(file, path, origin)
        if all(image is None or image.fragments is None for image in (snapshot.before, snapshot.after)):
            return snapshot
        return snapshot._replace(alone=self.tree.lacks)

    def _notes(self, file: FilePatch, path: str, name: str) -> Iterator[Skip]:
        """Say which hunks are damaged."""
        for hunk in file.hunks:
            if hunk.partial:
                reason = f"the hunk at {name}:{hunk.at} is damaged ({hunk.damage}): judged on what is left of it"
                yield Skip(path, hunk.new_start, "", reason)
