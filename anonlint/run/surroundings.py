"""What is in sight around each image of a run: the tree that it is of, with what patches have made of its files.

Of a tree's files those are kept that can define a helper or hold a caller; they are read when the first function
that matters is come upon.
"""

import os
import re

from anonlint.intake import Request, ground
from anonlint.intake.image import is_c, shown, whole
from anonlint.intake.nearby import Entry, Folders, InDirectory, InGit, Nearby
from anonlint.kernel.era import tree_above
from anonlint.model.snapshot import Image, Origin, Snapshot
from anonlint.run.scene import Scene, Text, View

_KEPT = 32 << 20  # bytes of files that the patches of a run have left
# What a helper is handed, or a function of mm/: a header that names none of it declares neither.
_HANDED = (b"pte_t", b"pmd_t", b"pud_t", b"swp_entry_t", b"softleaf_t", b"vm_area_struct", b"vm_fault", b"mm_struct")
_INCLUDE = re.compile(rb"^[ \t]*+#[ \t]*+include[ \t]*+\"([^\"\n]*+)\"", re.M)
_FOLDERS = ("mm/", "include/linux/", "kernel/")
Key = tuple[str, int]
Views = tuple[View | None, View | None]
Images = dict[str, Image | None]


class _Trees:
    """The scenes of trees as they lie there; of git's many commits files that are the same are read once."""

    def __init__(self) -> None:
        self._directories: dict[str, Scene | None] = {}
        self._commit: tuple[str | None, Scene | None] | None = None
        self._known: dict[Entry, bytes | None] = {}
        self._texts: dict[Entry, Text] = {}

    def directory(self, root: str) -> Scene | None:
        """Return the scene of a directory, None if that is no kernel tree."""
        if root not in self._directories:
            bare = not os.path.isdir(os.path.join(root, "mm")) and ground.is_repository(root)
            self._directories[root] = self._read(InGit(root, "HEAD") if bare else InDirectory(root))
        return self._directories[root]

    def committed(self, clone: str | None, commit: str | None) -> Scene | None:
        """Return the scene of a commit, or with None of the index: only the last one is kept."""
        if self._commit is None or self._commit[0] != commit:
            self._commit = commit, self._read(InGit(clone, commit))
        return self._commit[1]

    def _read(self, nearby: Nearby) -> Scene | None:
        with nearby:
            folders = Folders(nearby, self._known)
            own = folders.add("mm", lambda _: True)
            if not (own and folders.add("include/linux", lambda data: any(word in data for word in _HANDED))):
                return None
            # A few files elsewhere include a header of mm/: all others cannot call what only that declares.
            folders.add("kernel", _includes_mm)
        self._known = folders.seen
        found = {entry: self._texts.get(entry) or _text(entry.path, data) for entry, data in folders.seen.items()}
        self._texts = {entry: text for entry, text in found.items() if text is not None}
        return Scene({entry.path: text for entry, text in self._texts.items()}, whole=folders.whole)


def _includes_mm(data: bytes) -> bool:
    """Return whether a file includes a header of mm/ by a path that leads there."""
    return b"mm/" in data and any(b"mm/" in match[1] for match in _INCLUDE.finditer(data))


def _text(path: str, data: bytes | None) -> Text | None:
    image = whole(path, data)
    return None if image is None else Text(image)


class _Patch:
    """What a patch makes of files: their images, None where there is none; ``left`` is what those before it left.

    ``seen`` says that all of that is known.
    """

    def __init__(self, left: Images, *, seen: bool) -> None:
        self.left = left
        self.before: Images = {}
        self.after: Images = {}
        self.seen = seen

    def scene(self, base: Scene, *, before: bool) -> Scene:
        """Return the tree as the patch finds it, or leaves it."""
        changes = {**self.left, **(self.before if before else self.after)}
        return base.changed({path: None if image is None else Text(image) for path, image in changes.items()})


class Surroundings:
    """The trees that a request's files are of."""

    def __init__(self, request: Request) -> None:
        self.request = request
        self._trees = _Trees()
        self._roots: list[str] | None = None
        self._patches: dict[Key, _Patch] = {}
        self._left: Images = {}
        self._seen = True  # whether what patches have left of the files in view is known
        self._views: dict[Key, tuple[Scene | None, Scene | None]] = {}

    def note(self, snapshot: Snapshot) -> None:
        """Take note of what a patch makes of a file."""
        path, key = snapshot.path, _key(snapshot.origin)
        if _is_plain(snapshot) or not (is_c(path) and path.startswith(_FOLDERS)):
            return
        from_git = self._of_git(snapshot.origin)
        if key not in self._patches:
            self._patches[key] = _Patch({} if from_git else dict(self._left), seen=from_git or self._seen)
        patch = self._patches[key]
        patch.before.setdefault(path, snapshot.before)
        patch.after[path] = snapshot.after
        patch.seen = patch.seen and _is_whole(snapshot)
        if not from_git:
            self._left[path] = snapshot.after
            size = sum(len(image.source.data) for image in self._left.values() if image is not None)
            self._seen = patch.seen and size <= _KEPT

    def ready(self) -> None:
        """Read the trees that lie there: once, before there are processes that would all do it."""
        for root in self._known_roots():
            self._trees.directory(root)

    def forget(self, last: Origin | None = None) -> None:
        """Forget the patches that are done, all but the last."""
        kept = None if last is None else _key(last)
        self._patches = {key: patch for key, patch in self._patches.items() if key == kept}
        self._views.clear()

    def of(self, snapshot: Snapshot) -> Views:
        """Return what is in sight of the image before, and of that after."""
        if _is_plain(snapshot):
            return None, self._around_file(snapshot)
        key = _key(snapshot.origin)
        if not _is_whole(snapshot):
            return None, None
        if key not in self._views:
            self._views[key] = self._patched(key, snapshot.origin)
        before, after = self._views[key]
        return _view(before, snapshot.path), _view(after, snapshot.path)

    def around(self, path: str, last: Origin) -> Views:
        """Return what is in sight of a file that no patch has touched; ``last`` is where the newest is from."""
        return None, _view(self._base(last), path)

    def _base(self, origin: Origin) -> Scene | None:
        """Return the tree that a patch is of, or applies to."""
        if self._of_git(origin):
            return self._trees.committed(self.request.clone, origin.commit or None)
        return self._trees.directory(self.request.tree) if self.request.tree else None

    def _patched(self, key: Key, origin: Origin) -> tuple[Scene | None, Scene | None]:
        base, patch = self._base(origin), self._patches.get(key)
        if base is None or patch is None or not patch.seen:
            return (None, None) if patch is not None else (base, base)
        return patch.scene(base, before=True), patch.scene(base, before=False)

    def _of_git(self, origin: Origin) -> bool:
        return origin.input in self.request.git or (self.request.staged and origin.input == "--staged")

    def _around_file(self, snapshot: Snapshot) -> View | None:
        full = os.path.realpath(snapshot.origin.input)
        for root in self._known_roots():
            if full.startswith(os.path.join(root, "")):
                scene = self._trees.directory(root)
                path = shown(os.fsencode(os.path.relpath(full, root)))
                ends = snapshot.path.endswith(path)
                prefix = snapshot.path.removesuffix(path) if ends else os.path.join(root, "")
                return None if scene is None else View(scene, path, prefix)
        return None

    def _known_roots(self) -> list[str]:
        """Return the trees that files are of: the one that was named, and those around directories that were."""
        if self._roots is None:
            found = [self.request.tree] if self.request.tree else []
            found += [tree_above(one) for one in self.request.inputs if os.path.isdir(one)]
            self._roots = list(dict.fromkeys(os.path.realpath(root) for root in found if root))
        return self._roots


def _view(scene: Scene | None, path: str) -> View | None:
    return None if scene is None else View(scene, path)


def _key(origin: Origin) -> Key:
    return origin.input, origin.order


def _is_plain(snapshot: Snapshot) -> bool:
    return snapshot.before is None and snapshot.added is None


def _is_whole(snapshot: Snapshot) -> bool:
    return all(i is None or i.fragments is None for i in (snapshot.before, snapshot.after))
