"""What a reviewer writes between the lines of a patch that he quotes: his own words, and what they are below."""

import re
from collections.abc import Iterable, Iterator
from contextlib import suppress

from anonlint.errors import InputError
from anonlint.intake import files, mail, mbox
from anonlint.intake.image import shown
from anonlint.intake.pieces import Input
from anonlint.model.finding import Words

_QUOTE = re.compile(rb"((?:> ?)+)(.*)", re.S)
_FILE = re.compile(rb"\+\+\+ (?:b/)?(\S+)")
_HUNK = re.compile(rb"@@ -\d+(?:,\d+)? \+(\d+)(?:,(\d+))? @@")
_SNIP = re.compile(rb"\W*(?:snip|\.\.\.)\W*", re.I)
_END = b"-- "
_FROM = re.compile(rb"^From:(.*)", re.M)
_WORD = re.compile(rb"[^\W\d_]+")


def said_in(names: Iterable[str]) -> tuple[Words, ...]:
    """Return what is said in some files; one that cannot be read says nothing here."""
    found: list[Words] = []
    for name in names:
        with suppress(OSError, InputError):
            found += remarks_of(name)
    return tuple(found)


def remarks_of(name: str) -> Iterator[Words]:
    """Yield what is said in the mails of a file, in its order; of what stands before any file nothing."""
    with files.opened(name) as file:
        data = Input(files.reader(file, name), name, files.size(file)).whole()
    for entry in mbox.messages(data):
        for part in mail.read_mail(entry.data, entry.line).parts:
            yield from remarks(part.data, name, part.line, _writers(entry.data))


def _writers(data: bytes) -> frozenset[bytes]:
    """Return the names of who has written a mail, in lower case: a paragraph of them alone signs it."""
    return frozenset(word.lower() for line in _FROM.findall(data) for word in _WORD.findall(line))


def remarks(data: bytes, name: str, begin: int = 1, writers: frozenset[bytes] = frozenset()) -> Iterator[Words]:
    """Yield each paragraph of the mail's own text that stands below a quoted hunk."""
    path, line, first, last = "", 0, 0, 0
    text: list[bytes] = []
    start = 0
    for number, raw in enumerate([*data.split(b"\n"), b">"], begin):
        match = _QUOTE.fullmatch(raw.rstrip(b"\r"))
        if match is None and raw.strip() and raw.rstrip(b"\r") != _END:
            start = start if text else number
            text.append(raw.strip())
            continue
        if text and path and not (_SNIP.fullmatch(b"".join(text)) or _signs(text, writers)):
            yield Words(name, start, shown(b" ".join(text)), path, line, first, last)
        text = []
        if match is not None:
            path, line = _advanced(match[2], path, line)
            hunk = _HUNK.match(match[2])
            if hunk is not None:
                first, last = int(hunk[1]), int(hunk[1]) + int(hunk[2] or 1) - 1


def _signs(text: list[bytes], writers: frozenset[bytes]) -> bool:
    words = _WORD.findall(b" ".join(text))
    return bool(words) and all(word.lower() in writers for word in words)


def _advanced(quoted: bytes, path: str, line: int) -> tuple[str, int]:
    """Return where a quoted line of a patch leads: file, and line after the patch."""
    file, hunk = _FILE.match(quoted), _HUNK.match(quoted)
    if file is not None:
        return shown(file[1]), 0
    if hunk is not None:
        return path, int(hunk[1]) - 1
    return path, line + (path != "" and quoted[:1] not in (b"-", b"\\"))
