"""Texts to patches: what a patch file, a mail or a mailbox brings, in the order in which it applies."""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from anonlint.intake import mail, mbox
from anonlint.intake.patch import parse_lines, split, trailers
from anonlint.intake.quoted import streams, unstuffed
from anonlint.model.patch import FilePatch, Patch

_HEX = frozenset(b"0123456789abcdef")


class Post(NamedTuple):
    """One message's patches. ``quotes`` says that it quotes a diff that was not asked for."""

    patches: tuple[Patch, ...]
    quotes: bool = False


def read_patch(data: bytes, *, quoted: bool) -> list[Post]:
    """Return the patches of a text that is no mail: one for each commit of a log, or just one."""
    commits = mbox.split_log(data)
    if not commits:
        files = _files(data, 1, quoted=quoted, bare=True)[0]
        return [Post((Patch(tuple(files), base=_base(data), trailers=trailers(data)),))]
    posts = []
    for name, entry in commits:
        head, _, body = entry.data.partition(b"\n\n")
        date = re.search(rb"^(?:Author)?Date: (.*)$", head, re.MULTILINE)
        subject = body.partition(b"\n\n")[0].decode("utf-8", "replace")
        files = _files(entry.data, entry.line, quoted=quoted)[0]
        when = mail.read_date(date[1].decode("ascii", "replace")) if date else None
        posts.append(Post((Patch(tuple(files), name, " ".join(subject.split()), when, trailers=_indented(body)),)))
    return posts


def read_mails(data: bytes, *, quoted: bool) -> list[Post]:
    """Return the patches of a mail or a mailbox, each series in its own order."""
    posts = [_read(entry, quoted=quoted) for entry in mbox.split_mbox(data)]
    groups: dict[tuple[int, int], list[int]] = {}
    for i, post in enumerate(posts):
        number = post.patches[0].number if post.patches else None
        if number is not None:
            groups.setdefault(number[:2], []).append(i)
    ordered = list(posts)
    for places in groups.values():
        for place, post in zip(places, sorted((posts[i] for i in places), key=_place), strict=True):
            ordered[place] = post
    return ordered


def _indented(body: bytes) -> tuple[str, ...]:
    """Return the trailers of a message as git log shows it."""
    return trailers(re.sub(rb"^    ", b"", body, flags=re.MULTILINE))


def _place(post: Post) -> int:
    number = post.patches[0].number
    return number[2] if number else 0


def _read(entry: mbox.Entry, *, quoted: bool) -> Post:
    """Return one message's patches: its own, and with ``quoted`` those that it quotes."""
    found = mail.read_mail(entry.data, entry.line)
    commit = _hex(entry.separator.removeprefix(b"From ").partition(b" ")[0])
    patches: list[Patch] = []
    quotes = False
    for inner, part in _parts(found):
        files, more = _files(part.data, part.line, quoted=quoted)
        quotes = quotes or more
        if files:
            patches.append(
                Patch(
                    tuple(files),
                    commit if commit.strip("0") else "",
                    inner.title or found.title,
                    inner.date or found.date,
                    _base(part.data),
                    None if found.is_reply else found.number,
                    trailers(part.data),
                )
            )
    return Post(tuple(patches), quotes)


def _parts(found: mail.Mail) -> Iterator[tuple[mail.Mail, mail.Part]]:
    """Yield the parts; one that is a mail itself, or begins with ``From:``, says who and what it is."""
    for part in found.parts:
        text = part.data.lstrip(b"\r\n")
        entry = mbox.split_mbox(text)[0] if mbox.is_separated(text) else mbox.Entry(text, b"", 1)
        if not mail.starts_with_fields(entry.data):
            yield found, part
            continue
        skipped = part.data.count(b"\n") - text.count(b"\n")
        inner = mail.read_mail(entry.data, part.line + skipped + entry.line - 1)
        for piece in inner.parts:
            yield inner, piece


def _files(data: bytes, line: int, *, quoted: bool, bare: bool = False) -> tuple[list[FilePatch], bool]:
    """Return the file patches of one text, and whether it quotes some that were not asked for."""
    lines = split(data)
    if b"\n>" not in b"\n" + data:
        return unstuffed(parse_lines(lines, line, bare=bare)), False
    depths = streams(lines)
    files = unstuffed(parse_lines(depths[0], line, bare=False))
    if not quoted:
        more = not files and any(_hunks(texts) for depth, texts in depths.items() if depth)
        return files or (parse_lines(lines, line) if bare and not more else []), more
    for depth in sorted(depths.keys() - {0}, reverse=True):
        files += unstuffed(parse_lines(depths[depth], line, bare=False))
    return files, False


def _hunks(lines: Sequence[bytes]) -> bool:
    return any(line.startswith((b"@@ ", b"diff --git ")) for line in lines)


def _base(data: bytes) -> str:
    text = data.rpartition(b"\nbase-commit: ")[2][:80] if b"\nbase-commit: " in data else b""
    return _hex(text.split(b"\n")[0].strip())


def _hex(text: bytes) -> str:
    """Return a full object id as text; "" for anything else."""
    return text.decode() if len(text) in (40, 64) and _HEX.issuperset(text) else ""
