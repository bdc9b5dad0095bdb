"""Texts to patches: what a patch file, a mail or a mailbox brings, in the order in which it applies."""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from anonlint.errors import InputError
from anonlint.intake import foreign, mail, mbox
from anonlint.intake.flowed import mended
from anonlint.intake.order import InSeries, Ordered
from anonlint.intake.patch import parse_lines, split, trailers
from anonlint.intake.quoted import streams, unstuffed
from anonlint.model.patch import FilePatch, Patch

_PIECE = 2 << 20  # bytes of a diff that are read at a time
_HEX = frozenset(b"0123456789abcdef")
_HTML = "has its text as HTML only, which is not read: get it as plain text"


class Post(NamedTuple):
    """One message's patches. ``quotes`` says that it quotes a diff that was not asked for.

    ``note`` says what kept a patch in it from being read, ``line`` where it begins in the input.
    """

    patches: tuple[Patch, ...]
    quotes: bool = False
    note: str = ""
    line: int = 0


def read_patch(data: bytes, *, quoted: bool) -> Iterator[Post]:
    """Yield the patches of a text that is no mail: one for each commit of a log, or just one, a long one in pieces."""
    is_log = False
    for name, entry in mbox.split_log(data):
        is_log = True
        head, _, body = entry.data.partition(b"\n\n")
        date = re.search(rb"^(?:Author)?Date: (.*)$", head, re.MULTILINE)
        subject = body.partition(b"\n\n")[0].decode("utf-8", "replace")
        files = _files(entry.data, entry.line, quoted=quoted)[0]
        when = mail.read_date(date[1].decode("ascii", "replace")) if date else None
        yield Post((Patch(tuple(files), name, " ".join(subject.split()), when, trailers=_indented(body)),))
    if not is_log:
        base, rules = _base(data), trailers(data)
        for piece, line in _pieces(data):
            files = _files(piece, line, quoted=quoted, bare=len(piece) == len(data))[0]
            yield Post((Patch(tuple(files), base=base, trailers=rules),))


def _pieces(data: bytes) -> Iterator[tuple[bytes, int]]:
    """Yield the pieces of a diff, each with its first line's number: what they do takes ten times their size."""
    line, start = 1, 0
    while len(data) - start > _PIECE and (end := data.find(b"\ndiff --git ", start + _PIECE) + 1):
        yield data[start:end], line
        line += data.count(b"\n", start, end)
        start = end
    yield data[start:], line


def read_mails(entries: Iterable[mbox.Entry], *, quoted: bool) -> Iterator[Post]:
    """Yield the patches of a mail or a mailbox, each series in its own order; few mails are held at a time."""
    ordered: Ordered[Post] = Ordered()
    try:
        for entry in entries:
            post, place = _read(entry, quoted=quoted)
            yield from ordered.add(post, place, len(entry.data))
    except InputError:  # the input ends where it should not: what was read before counts
        yield from ordered.rest()
        raise
    yield from ordered.rest()


def read_post(entry: mbox.Entry, *, quoted: bool) -> Post:
    """Return one message's own patches, and with ``quoted`` those that it quotes."""
    return _read(entry, quoted=quoted)[0]


def _indented(body: bytes) -> tuple[str, ...]:
    """Return the trailers of a message as git log shows it."""
    return trailers(re.sub(rb"^    ", b"", body, flags=re.MULTILINE))


def _read(entry: mbox.Entry, *, quoted: bool) -> tuple[Post, InSeries | None]:
    """Return one message's patches, its own and with ``quoted`` those that it quotes, and their place in a series."""
    if entry.lost:
        return Post((), note=entry.lost, line=entry.line), None
    found = mail.read_mail(entry.data, entry.line)
    commit = _hex(entry.separator.removeprefix(b"From ").partition(b" ")[0])
    patches: list[Patch] = []
    quotes = False
    note = _HTML if found.html else ""
    base = ""
    rules: tuple[str, ...] = ()
    for inner, part, own in _parts(found):
        # What is said in one part holds for the patch in another one, as git format-patch --attach sends it.
        base, rules = _base(part.data) or base, rules + trailers(part.data)
        if b"&" in part.data and foreign.is_page(part.data):
            note = foreign.of_text(part.data)
            continue
        files, more = _files(part.data, part.line, quoted=quoted, flow=part.flow)
        quotes = quotes or more
        if files:
            name = own or (commit if commit.strip("0") else "")
            title, date = inner.title or found.title, inner.date or found.date
            number = None if found.is_reply else found.number
            patches.append(Patch(tuple(files), name, title, date, base, number, rules, entry.line))
        elif not more:
            note = note or foreign.of_text(part.data)
    post = Post(tuple(patches), quotes, "" if patches or quotes else note, entry.line)
    place = patches[0].number if patches else None
    return post, InSeries(found.sender, place[:2], place[2]) if place else None


def _parts(found: mail.Mail) -> Iterator[tuple[mail.Mail, mail.Part, str]]:
    """Yield the parts; one that is a mail or a mailbox itself, or begins with ``From:``, says who and what it is."""
    for part in found.parts:
        text = part.data.lstrip(b"\r\n")
        if not (mbox.is_separated(text) or mail.starts_with_fields(text)):
            yield found, part, ""
            continue
        before = part.line + part.data.count(b"\n") - text.count(b"\n") - 1
        for entry in mbox.messages(text):
            inner = mail.read_mail(entry.data, before + entry.line)
            commit = _hex(entry.separator.removeprefix(b"From ").partition(b" ")[0])
            for piece in inner.parts:
                yield inner, piece._replace(flow=piece.flow or part.flow), commit if commit.strip("0") else ""


def _files(data: bytes, line: int, *, quoted: bool, bare: bool = False, flow: str = "") -> tuple[list[FilePatch], bool]:
    """Return the file patches of one text, and whether it quotes some that were not asked for."""
    lines = split(data)

    def parsed(texts: Sequence[bytes], bare: bool = False) -> list[FilePatch]:
        files = mended(texts, flow, lambda some: parse_lines(some, line, bare=bare))
        return unstuffed(files, declared=bool(flow))

    if b"\n>" not in b"\n" + data:
        return parsed(lines, bare), False
    depths = streams(lines)
    files = parsed(depths[0])
    if not quoted:
        more = not files and any(_hunks(texts) for depth, texts in depths.items() if depth)
        return files or (parse_lines(lines, line) if bare and not more else []), more
    for depth in sorted(depths.keys() - {0}, reverse=True):
        files += parsed(depths[depth])
    return files, False


def _hunks(lines: Sequence[bytes]) -> bool:
    return any(line.startswith((b"@@ ", b"diff --git ")) for line in lines)


def _base(data: bytes) -> str:
    text = data.rpartition(b"\nbase-commit: ")[2][:80] if b"\nbase-commit: " in data else b""
    return _hex(text.split(b"\n")[0].strip())


def _hex(text: bytes) -> str:
    """Return a full object id as text; "" for anything else."""
    return text.decode() if len(text) in (40, 64) and _HEX.issuperset(text) else ""
