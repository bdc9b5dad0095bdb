"""Goes through a request's inputs; trouble with one of them ends only that one."""

import io
import os
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, BinaryIO

from anonlint.errors import InputError
from anonlint.intake import files, ground
from anonlint.intake.foreign import of_bytes, of_text
from anonlint.intake.image import named, whole
from anonlint.intake.pieces import HEAD, Input
from anonlint.intake.request import Intake, Request
from anonlint.model.snapshot import Origin, Skip, Snapshot

if TYPE_CHECKING:  # what only patches and git need is loaded when one comes
    from anonlint.intake.git import Repository
    from anonlint.intake.posts import Post
    from anonlint.intake.series import Series

STDIN = "<stdin>"


class Reader:
    """Reads one request."""

    def __init__(
        self,
        request: Request,
        stdin: Callable[[], bytes | BinaryIO],
        wanted: Callable[[bytes], bool] | None,
        holds: Callable[[str], bool] | None = None,
    ) -> None:
        self.request = request
        self.stdin: Callable[[], bytes | BinaryIO] | None = stdin
        self.wanted = wanted
        self.holds = holds
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
            source = self._standard_input()
            yield from self._text(Input(files.reader(source, "standard input"), STDIN, files.size(source)))
        elif os.path.isdir(name):
            yield from self._directory(name)
        elif (data := self._instead(name)) is not None:
            yield from self._text(Input(io.BytesIO(data).read, name))
        else:
            with files.opened(name) as file:
                yield from self._text(Input(files.reader(file, name), name, files.size(file)))

    def _standard_input(self) -> BinaryIO:
        if self.stdin is None:
            raise InputError("-", "standard input can be read only once")
        read, self.stdin = self.stdin, None
        found = read()
        return io.BytesIO(found) if isinstance(found, bytes) else found

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
        data = self._instead(name)
        if data is None and self.holds is not None and not self.holds(name):
            self.seen.add(path)
            yield Intake(None)
            return
        yield self._plain(path, files.read(name) if data is None else data, name.removeprefix("./"))

    def _instead(self, name: str) -> bytes | None:
        """Return what stands for a file; None where the file counts."""
        texts = self.request.instead
        return texts.get(named(name.removeprefix("./"))) if texts else None

    def _text(self, pieces: Input) -> Iterator[Intake]:
        """Yield what a file or standard input holds, whatever it is."""
        name = pieces.name
        kind = self._kind(pieces, pieces.head)
        if kind == "mail":
            yield from self._mails(pieces)
            return
        data = _without_colours(pieces.whole())
        kind = self._kind(pieces, data)
        if kind == "c":
            path = named(name.removeprefix("./"))
            if path not in self.seen or name == STDIN:
                yield self._plain(path, data, name)
        elif kind == "empty":
            yield Intake(None, Skip(name, 0, "", "the input is empty"))
        elif kind == "patch":
            from anonlint.intake import posts

            yield from self._posts(posts.read_patch(data, quoted=self.request.quoted), name, data)
        else:
            yield from self._mails(Input(io.BytesIO(data).read, name))

    def _kind(self, pieces: Input, data: bytes) -> str:
        """Return what an input is; raise InputError for what is not read, saying what it is."""
        name = pieces.name
        packed = of_bytes(data)
        if packed or pieces.twice:
            raise InputError(name, packed or "is compressed twice")
        from anonlint.intake.sniff import classify  # lazily: files of a directory are what their names say

        kind = classify(data, name.removesuffix(".gz") if pieces.packed else name)
        if kind == "binary":
            raise InputError(name, "is a binary file")
        is_all = len(data) != len(pieces.head) or len(data) < HEAD
        if kind in ("text", "page") and is_all:
            raise InputError(name, of_text(data) or "is neither C nor a patch nor a mail")
        return kind

    def _mails(self, pieces: Input) -> Iterator[Intake]:
        from anonlint.intake import mbox, posts

        found = posts.read_mails(mbox.messages(pieces.head, pieces.read), quoted=self.request.quoted)
        yield from self._posts(found, pieces.name)

    def _plain(self, path: str, data: bytes, name: str) -> Intake:
        self.seen.add(path)
        if self.wanted is not None and not self.wanted(data):
            return Intake(None)
        return Intake(Snapshot(path, Origin(name), None, whole(path, data)))

    def _posts(self, found: "Iterable[Post]", name: str, text: bytes = b"") -> Iterator[Intake]:
        """Yield what posts bring, and why they bring nothing; ``text`` is the whole of what is no mail."""
        series = self._in_order()
        yield from (Intake(None, note) for note in self.notes)
        self.notes.clear()
        brings = quotes = False
        for post in found:
            for patch in post.patches:
                brings = brings or bool(patch.files)
                yield from series.items(patch, name)
            quotes = quotes or post.quotes
            if post.note:
                brings = True
                yield Intake(None, Skip(name, post.line, "", f"the mail {post.note}"))
        if brings:
            return
        if of_text(text):
            raise InputError(name, of_text(text))
        note = "the only diff is a quoted one (--quoted reads it)" if quotes else "there is no patch in it"
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


def _without_colours(data: bytes) -> bytes:
    """Take off the colours that git and diff put into what they think a terminal shows."""
    if b"\x1b[" not in data:
        return data
    import re  # hardly ever

    return re.sub(rb"\x1b\[[0-9;]*[mK]", b"", data)


def _guarded(items: Iterator[Intake]) -> Iterator[Intake]:
    """Yield the items; an input error among them becomes the last."""
    try:
        yield from items
    except InputError as error:
        yield Intake(None, None, str(error))
