"""Makes images and snapshots: whole files, or only what the hunks of a patch show of them."""

import os
import re
from collections.abc import Callable, Iterable, Sequence

from anonlint.intake.apply import added_lines
from anonlint.model.patch import FilePatch, Hunk
from anonlint.model.snapshot import Fragment, Image, Origin, Snapshot
from anonlint.model.source import Source, Span

_BOM = b"\xef\xbb\xbf"
_LONE = re.compile(rb"\r(?!\n)")


def is_c(path: str) -> bool:
    """Return whether a name is a C file's."""
    return path.endswith((".c", ".h"))


def shown(path: bytes) -> str:
    """Return a path as text; bytes that are no UTF-8 are kept as lone surrogates."""
    return path.decode("utf-8", "surrogateescape")


def named(path: str) -> str:
    """Return the path of a file, as the system names it, the way `shown` does: the same in every locale."""
    return path if path.isascii() else shown(os.fsencode(path))


def whole(path: str, data: bytes | None) -> Image | None:
    """Return the image of a whole file; None where there is none.

    A byte order mark is no part of the text. Where carriage returns alone end most lines they become line feeds: to
    all else a file is made of lines.
    """
    if data is None:
        return None
    data = data.removeprefix(_BOM)
    if b"\r" in data and data.count(b"\r") - data.count(b"\r\n") > data.count(b"\n"):
        data = _LONE.sub(b"\n", data)
    return Image(Source(path, data))


def from_hunks(file: FilePatch, path: str, origin: Origin) -> Snapshot:
    """Return what the hunks alone show. Created and deleted files are whole."""
    complete = len(file.hunks) == 1 and not file.hunks[0].partial
    before = None if file.kind == "create" else _side(file.hunks, path, old=True)
    after = None if file.kind == "delete" else _side(file.hunks, path, old=False)
    if complete and file.kind == "create" and after is not None:
        after = after._replace(source=Source(path, after.source.data), fragments=None)
    if complete and file.kind == "delete" and before is not None:
        before = before._replace(source=Source(path, before.source.data), fragments=None)
    return Snapshot(path, origin, before, after, added_lines(file.hunks))


def slim(snapshot: Snapshot, wanted: Callable[[bytes], bool]) -> Snapshot:
    """Return the snapshot without the text of images that hold nothing wanted: a mailbox brings many of them."""
    images = [image for image in (snapshot.before, snapshot.after) if image is not None]
    return snapshot if any(wanted(image.source.data) for image in images) else emptied(snapshot, told=False)


def emptied(snapshot: Snapshot, *, told: bool) -> Snapshot:
    """Return the snapshot without the text of its images: what is left says which there are.

    Which lines are added counts only where something may be ``told`` of them.
    """
    empty = Image(Source(snapshot.path, b""))
    before, after = (None if image is None else empty for image in (snapshot.before, snapshot.after))
    added = snapshot.added if told or snapshot.added is None else frozenset()
    return snapshot._replace(before=before, after=after, added=added)


def _side(hunks: Sequence[Hunk], path: str, *, old: bool) -> Image:
    """Return one side of the hunks, one after the other; hunks that touch make one fragment."""
    other = b"+" if old else b"-"
    parts: list[bytes] = []
    lines: list[int] = []
    fragments: list[Fragment] = []
    size = 0
    joins = False
    for hunk in hunks:
        texts = [line[1:].rstrip(b"\n") + b"\n" for line in hunk.lines if line[:1] != other]
        if not texts:
            continue
        start = hunk.old_start if old else hunk.new_start
        if start <= 1 and texts[0].startswith(_BOM):
            texts[0] = texts[0].removeprefix(_BOM)
        data = b"".join(texts)
        numbers: Iterable[int] = range(start, start + len(texts))
        if b"\r" in data and any(b"\r" in text.rstrip(b"\r\n") for text in texts):
            # Of a file with CRs for line ends: all is one line to diff.
            texts = [text.replace(b"\r\n", b"\n").replace(b"\r", b"\n") for text in texts]
            data = b"".join(texts)
            numbers = (number for number, text in enumerate(texts, start) for _ in range(text.count(b"\n")))
        touches = joins and not hunk.partial and lines[-1] + 1 == start
        if touches:
            fragments[-1] = fragments[-1]._replace(span=Span(fragments[-1].span.start, size + len(data)))
        else:
            fragments.append(Fragment(Span(size, size + len(data)), hunk.context, hunk.partial))
        parts.append(data)
        lines.extend(numbers)
        size += len(data)
        joins = not hunk.partial
    return Image(Source(path, b"".join(parts), tuple(lines)), tuple(fragments))
