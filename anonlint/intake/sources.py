"""Goes through a request's inputs; trouble with one of them ends only that one."""

import os
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from anonlint.errors import InputError
from anonlint.intake import files, ground
from anonlint.intake.image import named, whole
from anonlint.intake.request import Intake, Request
from anonlint.intake.sniff import classify
from anonlint.model.snapshot import Origin, Skip, Snapshot

if TYPE_CHECKING:  # what only patches and git need is loaded when one comes
    from anonlint.intake.git import Repository
    from anonlint.intake.posts import Post
    from anonlint.intake.series import Series

_STDIN = "<stdin>"
_UNREADABLE = {
    "binary": "is a binary file",
    "text": "is neither C nor a patch nor a mail",
}


class Reader:
    """Reads one request."""

    def __init__(self, request: Request, stdin: Callable[[], bytes], wanted: Callable[[bytes], bool] | None) -> None:
        self.request = request
        self.stdin: Callable[[], bytes] | None = stdin
        self.wanted = wanted
        self.seen: set[str] = set()
        self.notes: list[Skip] = []
        self._repository: Repository | None = None
        self._series: Series | None = None

    def items(self) -> Iterator[Intake]:
        """Yield everything, in the order of the request."""
        try:
            tree = self.request.tree
            if tree is not None and not os.path.isdir(tree):
                yield Intake(None, None, str(InputError(tree, "the tree is no directory")))
                return
            for name in self.request.inputs:
                yield from _guarded(self._input(name))
            for spec in self.request.git:
                yield from _guarded(self._commits(spec))
            if self.request.staged:
                yield from _guarded(self._staged())
        finally:
            if self._repository is not None:
                self._repository.close()

    def _input(self, name: str) -> Iterator[Intake]:
        if name == "-":
            yield from self._text(self._standard_input(), _STDIN)
        elif os.path.isdir(name):
            yield from self._directory(name)
        else:
            yield from self._text(files.read(name), name)

    def _standard_input(self) -> bytes:
        if self.stdin is None:
            raise InputError("-", "standard input can be read only once")
        read, self.stdin = self.stdin, None
        return read()

    def _directory(self, name: str) -> Iterator[Intake]:
        count = 0
        for found in files.walk(name):
            count += 1
            if isinstance(found, InputError):
                yield Intake(None, None, str(found))
                continue
            path = named(found.removeprefix("./"))
            if path not in self.seen:
                yield from _guarded(self._walked(found, path))
        if not count:
            yield Intake(None, Skip(name, 0, "", "the directory holds no C file"))

    def _walked(self, name: str, path: str) -> Iterator[Intake]:
        yield self._plain(path, files.read(name), name.removeprefix("./"))

    def _text(self, data: bytes, name: str) -> Iterator[Intake]:
        """Yield what a file or standard input holds, whatever it is."""
        kind = classify(data, name)
        if kind == "gzip":
            data = files.inflate(data, name)
            kind = classify(data, name.removesuffix(".gz"))
        if kind == "c":
            path = named(name.removeprefix("./"))
            if path not in self.seen or name == _STDIN:
                yield self._plain(path, data, name)
        elif kind == "empty":
            yield Intake(None, Skip(name, 0, "", "the input is empty"))
        elif kind in ("patch", "mail", "mbox"):
            yield from self._posts(data, name, kind)
        else:
            raise InputError(name, _UNREADABLE.get(kind, "is compressed twice"))

    def _plain(self, path: str, data: bytes, name: str) -> Intake:
        self.seen.add(path)
        if self.wanted is not None and not self.wanted(data):
            return Intake(None)
        return Intake(Snapshot(path, Origin(name), None, whole(path, data)))

    def _posts(self, data: bytes, name: str, kind: str) -> Iterator[Intake]:
        from anonlint.intake import posts

        reader = posts.read_patch if kind == "patch" else posts.read_mails
        found = reader(data, quoted=self.request.quoted)
        series = self._in_order()
        yield from (Intake(None, note) for note in self.notes)
        self.notes.clear()
        for post in found:
            for patch in post.patches:
                yield from series.items(patch, name)
        note = _note(found)
        if note:
            yield Intake(None, Skip(name, 0, "", note))

    def _in_order(self) -> "Series":
        """Return the series that all patches of the run belong to."""
        if self._series is None:
            from anonlint.intake import tree as trees
            from anonlint.intake.series import Series

            root = self.request.tree
            tree = trees.Tree()
            if root is not None:
                clone = ground.is_repository(root) and self._git_reads(root)
                tree = trees.Clone(root, self._git()) if clone else trees.Directory(root)
            self._series = Series(tree)
        return self._series

    def _git_reads(self, root: str) -> bool:
        """Return whether git reads the tree; if not (its owner is another, say), it is noted."""
        trouble = self._git().trouble()
        if trouble:
            self.notes.append(Skip(root, 0, "", f"read as a plain directory, for git says: {trouble}", seen=True))
        return not trouble

    def _git(self) -> "Repository":
        if self._repository is None:
            from anonlint.intake.git import Repository

            self._repository = Repository(self.request.clone)
        return self._repository

    def _commits(self, spec: str) -> Iterator[Intake]:
        from anonlint.intake.commits import read_commits

        yield from read_commits(self._git(), spec)

    def _staged(self) -> Iterator[Intake]:
        from anonlint.intake.commits import read_staged

        yield from read_staged(self._git())


def _note(found: "list[Post]") -> str:
    """Say why a patch, mail or mailbox gave nothing; "" if it gave something."""
    if any(patch.files for post in found for patch in post.patches):
        return ""
    if any(post.quotes for post in found):
        return "the only diff is a quoted one (--quoted reads it)"
    return "there is no patch in it"


def _guarded(items: Iterator[Intake]) -> Iterator[Intake]:
    """Yield the items; an input error among them becomes the last."""
    try:
        yield from items
    except InputError as error:
        yield Intake(None, None, str(error))
