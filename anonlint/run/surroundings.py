"""What is in sight around each image of a run: the tree that it is of, with what patches have made of its files.

Of a tree's files those are kept that can define a helper or hold a caller; they are read when the first function
that matters is come upon.
"""

import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from functools import partial
from typing import NamedTuple

from anonlint.cache.stamps import Stamps
from anonlint.cache.store import digest
from anonlint.errors import InputError
from anonlint.intake import Request, ground
from anonlint.intake.image import is_c, shown, whole
from anonlint.intake.nearby import Entry, Folders, InDirectory, InGit, Nearby
from anonlint.kernel.era import tree_above
from anonlint.model.snapshot import Image, Origin, Snapshot
from anonlint.run.scene import Scene, TreeFile, View

_LEFT = 32 << 20  # bytes of files that the patches of a run have left
# What a helper is handed, or a function of mm/: a header that names none of it declares neither.
_HANDED = (b"pte_t", b"pmd_t", b"pud_t", b"swp_entry_t", b"softleaf_t", b"vm_area_struct", b"vm_fault", b"mm_struct")
_INCLUDE = re.compile(rb"^[ \t]*+#[ \t]*+include[ \t]*+\"([^\"\n]*+)\"", re.M)
_FULL_NAME = 40  # digits of a commit's name that nothing else can have
_FOLDERS = ("mm/", "include/linux/", "kernel/")
Key = tuple[str, int]
Views = tuple[View | None, View | None]
Images = dict[str, Image | None]
Scenes = dict[str, tuple[bytes, Scene | None]]  # by the tree, each with what stands for its files


class _Trees:
    """The scenes of trees as they lie there; of git's many commits files that are the same are read once."""

    def __init__(self, stamps: Stamps | None, scenes: Scenes | None = None) -> None:
        self._stamps = stamps
        self._scenes = scenes
        self._marks: dict[str, dict[str, bytes]] = {}
        self._stamped: dict[tuple[str, frozenset[str]], bytes] = {}
        self._directories: dict[str, Scene | None] = {}
        self._commit: tuple[str | None, Scene | None] | None = None
        self._known: dict[Entry, bytes | None] = {}
        self._texts: dict[Entry, TreeFile] = {}

    def stamp(self, root: str, without: frozenset[str] = frozenset()) -> bytes | None:
        """Return what stands for the scene of a directory, which is not read for it where its files are known.

        ``without`` are files that something else stands for.
        """
        if self._stamps is None:
            return None
        if root not in self._marks:
            with InGit(root, "HEAD") if _is_bare(root) else InDirectory(root) as nearby:
                self._marks[root] = {
                    path: mark for folder, kept in _KEPT for path, mark in self._listed(nearby, folder, kept)
                }
        if (root, without) not in self._stamped:
            marks = ((path, mark) for path, mark in self._marks[root].items() if path not in without)
            parts = [part for path, mark in marks for part in (path.encode("utf-8", "surrogatepass"), mark)]
            self._stamped[root, without] = digest(*parts)
        return self._stamped[root, without]

    def _listed(self, nearby: Nearby, folder: str, kept: Callable[[bytes], bool]) -> Iterator[tuple[str, bytes]]:
        """Yield the files of a folder, each with what stands for its content; what cannot be read is nothing."""
        assert self._stamps is not None
        with suppress(InputError):
            for entry in nearby.listed(folder):
                if isinstance(nearby, InDirectory):
                    mark = self._stamps.mark(entry.name, partial(_content, nearby, kept)) if entry.name else b""
                    yield entry.path, mark
                else:
                    yield entry.path, entry.name.encode()  # the blob's own

    def directory(self, root: str, held: Mapping[str, bytes] | None = None) -> Scene | None:
        """Return the scene of a directory, None if that is no kernel tree; ``held`` are files that have been read."""
        if root not in self._directories:
            self._directories[root] = self._known_or_read(root, held)
        return self._directories[root]

    def _known_or_read(self, root: str, held: Mapping[str, bytes] | None) -> Scene | None:
        """Return the scene of a directory: the one that the process knows where its files are as they were."""
        stamp = None if self._scenes is None else self.stamp(root)
        known = None if self._scenes is None else self._scenes.get(root)
        if known is not None and known[0] == stamp:
            return known[1]
        held = held if self._scenes is None else None  # what the process keeps is what lies there
        found = self._read(InGit(root, "HEAD") if _is_bare(root) else InDirectory(root, held))
        if self._scenes is not None and stamp is not None:
            self._scenes[root] = stamp, found
        return found

    def committed(self, clone: str | None, commit: str | None) -> Scene | None:
        """Return the scene of a commit, or with None of the index: only the last one is kept."""
        if self._commit is None or self._commit[0] != commit:
            self._commit = commit, self._read(InGit(clone, commit))
        return self._commit[1]

    def _read(self, nearby: Nearby) -> Scene | None:
        with nearby:
            folders = Folders(nearby, self._known)
            counts = [folders.add(folder, kept) for folder, kept in _KEPT]
            if not (counts[0] and counts[1]):
                return None
        self._known = folders.seen
        found = {entry: self._texts.get(entry) or _text(entry.path, data) for entry, data in folders.seen.items()}
        self._texts = {entry: text for entry, text in found.items() if text is not None}
        return Scene({entry.path: text for entry, text in self._texts.items()}, whole=folders.whole)


def _content(nearby: Nearby, kept: Callable[[bytes], bool], name: str) -> bytes:
    """Return what stands for a file: nothing for what is not kept or cannot be read."""
    data = nearby.read(name)
    return b"?" if data is None else digest(data) if kept(data) else b""


def _is_bare(root: str) -> bool:
    return not os.path.isdir(os.path.join(root, "mm")) and ground.is_repository(root)


def _hands(data: bytes) -> bool:
    """Return whether a file names what a helper is handed."""
    return any(word in data for word in _HANDED)


def _includes_mm(data: bytes) -> bool:
    """Return whether a file includes a header of mm/ by a path that leads there."""
    return b"mm/" in data and any(b"mm/" in match[1] for match in _INCLUDE.finditer(data))


# What is kept of which folder. A few files of kernel/ include a header of mm/: all others cannot call what only that
# declares.
_KEPT: tuple[tuple[str, Callable[[bytes], bool]], ...] = (
    ("mm", lambda _: True),
    ("include/linux", _hands),
    ("kernel", _includes_mm),
)


def _is_kept(path: str, data: bytes) -> bool:
    """Return whether a file with such a text is one of those that are kept of a tree."""
    return is_c(path) and any(path.startswith(f"{folder}/") and kept(data) for folder, kept in _KEPT)


def _text(path: str, data: bytes | None) -> TreeFile | None:
    image = whole(path, data)
    return None if image is None else TreeFile(image)


class Change(NamedTuple):
    """A file that a patch changes: its images before and after, None where there is none."""

    path: str
    before: Image | None
    after: Image | None


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
        return base.changed({path: None if image is None else TreeFile(image) for path, image in changes.items()})


class Surroundings:
    """The trees that a request's files are of."""

    def __init__(self, request: Request, stamps: Stamps | None = None, scenes: Scenes | None = None) -> None:
        self.request = request
        self._trees = _Trees(stamps, scenes)
        self._held: dict[str, dict[str, bytes]] = {}
        self._digests: dict[int, tuple[Image, bytes]] = {}
        self._roots: list[str] | None = None
        self._patches: dict[Key, _Patch] = {}
        self._shown: dict[Key, dict[str, Change]] = {}
        self._left: Images = {}
        self._seen = True  # whether what patches have left of the files in view is known
        self._views: dict[Key, tuple[Scene | None, Scene | None]] = {}

    def anew(self, request: Request) -> "Surroundings":
        """Return what is around the files of another request; what was read of trees is read already."""
        other = Surroundings(request)
        other._trees = self._trees
        return other

    def note(self, snapshot: Snapshot) -> None:
        """Take note of what a patch makes of a file."""
        path, key = snapshot.path, _key(snapshot.origin)
        if _is_plain(snapshot) or snapshot.origin.old or not (is_c(path) and path.startswith(_FOLDERS)):
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
            self._seen = patch.seen and size <= _LEFT

    def show(self, snapshot: Snapshot) -> None:
        """Take note of what a patch shows of a file to those who see no more of the others than that."""
        if not (_is_plain(snapshot) or snapshot.origin.old) and is_c(snapshot.path):
            change = Change(snapshot.path, snapshot.before, snapshot.after)
            self._shown.setdefault(_key(snapshot.origin), {})[snapshot.path] = change

    def shown(self, snapshot: Snapshot) -> list[Change]:
        """Return what a snapshot's patch shows of its other files, as far as anything of it is looked at."""
        changes = self._shown.get(_key(snapshot.origin), {}).values()
        return [c for c in changes if c.path != snapshot.path and any(i and i.source.data for i in c[1:])]

    def ready(self, snapshots: Iterable[Snapshot] = ()) -> None:
        """Read the trees that lie there: once, before there are processes that would all do it.

        The text of plain ``snapshots`` is that of their files.
        """
        if (self.request.git or self.request.base) and not self.request.inputs:
            return  # nothing is of the tree that lies there
        plain = {os.path.realpath(s.origin.input): s.after.source.data for s in snapshots if _is_plain(s) and s.after}
        for root in self._known_roots():
            self._trees.directory(root, plain)

    def forget(self, last: Origin | None = None) -> None:
        """Forget the patches that are done, all but the last."""
        kept = None if last is None else _key(last)
        self._patches = {key: patch for key, patch in self._patches.items() if key == kept}
        self._shown = {key: changes for key, changes in self._shown.items() if key == kept}
        self._views.clear()
        self._digests.clear()

    def of(self, snapshot: Snapshot) -> Views:
        """Return what is in sight of the image before, and of that after."""
        if _is_plain(snapshot):
            return None, self._around_file(snapshot, snapshot.origin.input)
        if snapshot.origin.old:
            old, new = snapshot.origin.old, snapshot.origin.input
            return self._around_file(snapshot, old), self._around_file(snapshot, new)
        key = _key(snapshot.origin)
        if not _is_whole(snapshot):
            return None, None
        if key not in self._views:
            self._views[key] = self._patched(key, snapshot.origin)
        before, after = self._views[key]
        return _view(before, snapshot.path), _view(after, snapshot.path)

    def others(self, snapshot: Snapshot) -> list[Change]:
        """Return the other files that a snapshot's patch changes."""
        patch = self._patches.get(_key(snapshot.origin))
        if patch is None:
            return []
        pairs = ((path, patch.before.get(path), after) for path, after in patch.after.items())
        return [Change(path, before, after) for path, before, after in pairs if path != snapshot.path]

    def around(self, path: str, last: Origin) -> Views:
        """Return what is in sight of a file that no patch has touched; ``last`` is where the newest is from."""
        return None, _view(self._base(last), path)

    def stamp(self, snapshot: Snapshot) -> bytes | None:
        """Return what stands for all that ``of`` gives, None where nothing does; nothing is read that is known."""
        if _is_plain(snapshot):
            found = self._place(snapshot, snapshot.origin.input)
            if found is None:
                return b""
            return self._stamp_around(*found, frozenset())
        if not _is_whole(snapshot):
            others = self.shown(snapshot)
            sides = ({c.path: c.before for c in others}, {c.path: c.after for c in others})
            return digest(*map(self._digest, sides)) if others else b""
        base, patch = self.base_stamp(snapshot.origin), self._patches.get(_key(snapshot.origin))
        if base is None or patch is None:
            return base
        return digest(base, b"seen" if patch.seen else b"", *map(self._digest, (patch.left, patch.before, patch.after)))

    def beside(self, snapshot: Snapshot) -> bytes | None:
        """Return what stands for all that is in sight of a plain file beside its own text, None where nothing does."""
        found = self._place(snapshot, snapshot.origin.input)
        return b"" if found is None else self._stamp_around(*found, frozenset((found[1],)))

    def _stamp_around(self, root: str, path: str, prefix: str, without: frozenset[str]) -> bytes | None:
        held = {name: data for name, data in self._held_of(root).items() if name not in without}
        stamp = self._trees.stamp(root, without.union(held))
        if stamp is None:
            return None
        parts = [part for name, data in sorted(held.items()) for part in (name.encode("utf-8", "surrogatepass"), data)]
        return digest(stamp, repr((path, prefix)).encode("utf-8", "surrogatepass"), *parts)

    def _held_of(self, root: str) -> dict[str, bytes]:
        """Return the texts that stand for files of a tree, by their paths in it."""
        if root not in self._held:
            full = {os.path.realpath(name): data for name, data in (self.request.instead or {}).items()}
            top = os.path.join(root, "")
            self._held[root] = {n.removeprefix(top): data for n, data in full.items() if n.startswith(top)}
        return self._held[root]

    def base_stamp(self, origin: Origin) -> bytes | None:
        """Return what stands for the tree that a patch is of, or applies to; None where nothing does."""
        commit = origin.commit if self._of_git(origin) else self.request.base
        if self._of_git(origin) or commit:
            return digest(b"commit", commit.encode()) if len(commit) >= _FULL_NAME else None
        return self._trees.stamp(self.request.tree) if self.request.tree else b""

    def _digest(self, images: Images) -> bytes:
        parts: list[bytes] = []
        for path, image in sorted(images.items()):
            parts += [path.encode("utf-8", "surrogatepass"), b"" if image is None else self._digest_of(image)]
        return digest(*parts)

    def _digest_of(self, image: Image) -> bytes:
        if id(image) not in self._digests:
            self._digests[id(image)] = image, digest(image.source.data)  # the image is kept, and so its number
        return self._digests[id(image)][1]

    def _base(self, origin: Origin) -> Scene | None:
        """Return the tree that a patch is of, or applies to."""
        if self._of_git(origin):
            return self._trees.committed(self.request.clone, origin.commit or None)
        if self.request.base:
            return self._trees.committed(self.request.clone, self.request.base)
        return self._trees.directory(self.request.tree) if self.request.tree else None

    def _patched(self, key: Key, origin: Origin) -> tuple[Scene | None, Scene | None]:
        base, patch = self._base(origin), self._patches.get(key)
        if base is None or patch is None or not patch.seen:
            return (None, None) if patch is not None else (base, base)
        return patch.scene(base, before=True), patch.scene(base, before=False)

    def _of_git(self, origin: Origin) -> bool:
        return origin.input in self.request.git or (self.request.staged and origin.input == "--staged")

    def _around_file(self, snapshot: Snapshot, name: str) -> View | None:
        found = self._place(snapshot, name)
        scene = None if found is None else self._trees.directory(found[0])
        if found is None or scene is None:
            return None
        held = {p: _text(p, d) if _is_kept(p, d) else None for p, d in self._held_of(found[0]).items()}
        return View(scene.changed(held) if held else scene, found[1], found[2])

    def _place(self, snapshot: Snapshot, name: str) -> tuple[str, str, str] | None:
        """Return the tree that a file is of, its path there, and what paths there are shown with."""
        full = os.path.realpath(name)
        for root in self._known_roots():
            if full.startswith(os.path.join(root, "")):
                path = shown(os.fsencode(os.path.relpath(full, root)))
                ends = snapshot.path.endswith(path)
                prefix = snapshot.path.removesuffix(path) if ends else os.path.join(root, "")
                return root, path, prefix
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
