"""The tree that patches apply to: whole files before and after, for a series in order, in memory only."""

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from anonlint.errors import InputError
from anonlint.intake import files, names
from anonlint.intake.apply import Applied, apply_hunks, apply_loosely, has_id, reverse
from anonlint.model.patch import FilePatch, Patch

if TYPE_CHECKING:
    from anonlint.intake.git import Repository

_KEPT = 32 << 20  # bytes of files that the patches of a run have left


class Change(NamedTuple):
    """A file before and after a patch, None where it does not exist; the added lines; ``note`` for people."""

    before: bytes | None
    after: bytes | None
    added: frozenset[int]
    note: str = ""


class Tree:
    """Where the files are that patches apply to. This one is empty: only a series' own files are known.

    ``lacks`` says why a file that was looked for in vain is judged on its hunks.
    """

    lacks = "there is no tree to judge it with (--tree DIR names one)"

    def blobs(self, name: str) -> list[bytes]:  # noqa: ARG002
        """Return the blobs whose ids begin with ``name``."""
        return []

    def files(self, path: bytes, base: str) -> list[bytes]:  # noqa: ARG002
        """Return the contents that ``path`` may have: at commit ``base`` first, then in the tree."""
        return []

    def between(self, old: str, new: str) -> bytes | None:  # noqa: ARG002
        """Return the diff of two blobs; None if one of them is not there."""
        return None


class Directory(Tree):
    """A plain directory. Nothing outside of it is ever read, whatever a patch calls its files."""

    lacks = "the patch does not fit the tree"

    def __init__(self, root: str) -> None:
        self.root = os.path.realpath(root)

    def files(self, path: bytes, base: str) -> list[bytes]:  # noqa: ARG002
        """Return what the directory's file holds."""
        full = os.path.realpath(os.path.join(os.fsencode(self.root), path))
        inside = full.startswith(os.fsencode(os.path.join(self.root, "")))
        if not inside or not os.path.isfile(full):
            return []
        try:
            return [files.read(os.fsdecode(full))]
        except InputError:
            return []


class Clone(Directory):
    """A git clone, with a work tree or bare."""

    def __init__(self, root: str, repository: "Repository") -> None:
        super().__init__(root)
        self.repository = repository

    def blobs(self, name: str) -> list[bytes]:
        """Return the blobs whose ids begin with ``name``."""
        return self.repository.blobs(name)

    def files(self, path: bytes, base: str) -> list[bytes]:
        """Return what the path holds at ``base``, in the work tree and at HEAD."""
        at = [self.repository.blob(base.encode() + b":" + path)] if base else []
        found = [*at, *super().files(path, base), self.repository.blob(b"HEAD:" + path)]
        return list(dict.fromkeys(data for data in found if data is not None))

    def between(self, old: str, new: str) -> bytes | None:
        """Return the diff of two blobs; None if one of them is not there."""
        if len(self.repository.blobs(old)) != 1 or len(self.repository.blobs(new)) != 1:
            return None
        return self.repository.patch_of_blobs(old, new)


class Overlay:
    """A tree as the patches seen so far have left it."""

    def __init__(self, tree: Tree) -> None:
        self.tree = tree
        self.contents: dict[bytes, bytes | None] = {}
        self.size = 0

    def change(self, file: FilePatch, patch: Patch) -> Change | None:
        """Apply one file's patch and return both images; None if they cannot be had.

        Candidates for the image before come in order of trust: the blob that the patch names, the file
        as the series left it, the base commit's, the tree's. A blob id that fits is a proof; without
        one the lines must fit. A patch that the tree already holds is taken back for its image before.
        """
        if any(path is not None and not names.is_safe(path) for path in (file.old_path, file.new_path)):
            return None
        if file.path is None:
            return None
        found = self._found(file, patch.base)
        if found is not None:
            self._keep(file, found.after)
        return found

    def forget(self, file: FilePatch) -> None:
        """Note that a file has changed in a way that could not be followed."""
        for path in (file.old_path, file.new_path):
            if path is not None:
                self.size -= len(self.contents.pop(path, None) or b"")

    def _found(self, file: FilePatch, base: str) -> Change | None:
        if file.kind == "create":
            made = apply_hunks(b"", file.hunks)
            return None if made is None or _partial(file) else Change(None, made.data, made.added)
        unproven: Change | None = None
        for before in self._candidates(file, base):
            made = apply_hunks(before, file.hunks)
            if made is None:
                continue
            proven = has_id(made.data, file.new_id)
            if proven or not (file.old_id.strip("0") or _partial(file)):
                return _change(file, before, made)
            if has_id(before, file.old_id) and not _partial(file):
                return _change(file, before, made)
            if unproven is None and not _partial(file):
                unproven = _change(file, before, made)
        return unproven or self._from_ids(file) or self._mended(file, base)

    def _candidates(self, file: FilePatch, base: str) -> Iterator[bytes]:
        """Yield what the file may have held before, the likeliest first."""
        known = self.contents.get(file.old_path or b"")
        if known is not None and has_id(known, file.old_id):
            yield known
        if file.old_id.strip("0"):
            yield from self.tree.blobs(file.old_id)
        if known is not None:
            yield known
        yield from self.tree.files(file.old_path or b"", base)

    def _from_ids(self, file: FilePatch) -> Change | None:
        """Take both images from the repository, for a patch that a mail has damaged."""
        if not (file.old_id.strip("0") and file.new_id.strip("0")):
            return None
        text = self.tree.between(file.old_id, file.new_id)
        if not text:
            return None
        from anonlint.intake.patch import parse_patch

        before = self.tree.blobs(file.old_id)[0]
        made = apply_hunks(before, [hunk for part in parse_patch(text) for hunk in part.hunks])
        return None if made is None else _change(file, before, made)

    def _mended(self, file: FilePatch, base: str) -> Change | None:
        """Apply where only white space differs; or take back what the tree already holds."""
        if not file.hunks or _partial(file):
            return None
        candidates = list(self._candidates(file, base))
        for before in candidates:
            made = apply_loosely(before, file.hunks)
            if made is not None:
                return _change(file, before, made, "applied without regard to white space")
        undo = reverse(file.hunks)
        for after in candidates:
            undone = apply_hunks(after, undo)
            again = None if undone is None else apply_hunks(undone.data, file.hunks)
            if undone is not None and again is not None and again.data == after:
                return _change(file, undone.data, again)
        return None

    def _keep(self, file: FilePatch, after: bytes | None) -> None:
        if file.old_path is not None and file.kind in ("delete", "rename"):
            self._set(file.old_path, None)
        if file.new_path is not None:
            self._set(file.new_path, after)

    def _set(self, path: bytes, data: bytes | None) -> None:
        """Keep a file's content; what was kept longest goes where a mailbox brings more than fits."""
        self.size += len(data or b"") - len(self.contents.pop(path, None) or b"")
        self.contents[path] = data
        while self.size > _KEPT:
            oldest = next(iter(self.contents))
            self.size -= len(self.contents.pop(oldest) or b"")


def _change(file: FilePatch, before: bytes, made: Applied, note: str = "") -> Change:
    return Change(before, None if file.kind == "delete" else made.data, made.added, note)


def _partial(file: FilePatch) -> bool:
    return any(hunk.partial for hunk in file.hunks)
