"""What a reviewer writes between the lines of a patch that he quotes: his own words, and what they are below."""

import re
from collections.abc import Iterator

from anonlint.intake import files, mail, mbox
from anonlint.intake.image import shown
from anonlint.intake.pieces import Input
from anonlint.model.change import Words

_QUOTE = re.compile(rb"((?:> ?)+)(.*)", re.S)
_FILE = re.compile(rb"\+\+\+ (?:b/)?(\S+)")
_HUNK = re.compile(rb"@@ -\d+(?:,\d+)? \+(\d+)(?:,\d+)? @@")
_SNIP = re.compile(rb"\W*(?:snip|\.\.\.)\W*", re.I)
_END = b"-- "


def remarks_of(name: str) -> Iterator[Words]:
    """Yield what is said in the mails of a file, in its order; of what stands before any file nothing."""
    with files.opened(name) as file:
        data = Input(files.reader(file, name), name, files.size(file)).whole()
    for entry in mbox.messages(data):
        for part in mail.read_mail(entry.data, entry.line).parts:
            yield from remarks(part.data, name, part.line)


def remarks(data: bytes, name: str, first: int = 1) -> Iterator[Words]:
    """Yield each paragraph of the mail's own text that stands below a quoted hunk."""
    path, line = "", 0
    text: list[bytes] = []
    start = 0
    for number, raw in enumerate([*data.split(b"\n"), b">"], first):
        match = _QUOTE.fullmatch(raw.rstrip(b"\r"))
        if match is None and raw.strip() and raw.rstrip(b"\r") != _END:
            start = start if text else number
            text.append(raw.strip())
            continue
        if text and path and not _SNIP.fullmatch(b"".join(text)):
            yield Words(name, start, shown(b" ".join(text)), path, line)
        text = []
        if match is not None:
            path, line = _advanced(match[2], path, line)


def _advanced(quoted: bytes, path: str, line: int) -> tuple[str, int]:
    """Return where a quoted line of a patch leads: file, and line after the patch."""
    file, hunk = _FILE.match(quoted), _HUNK.match(quoted)
    if file is not None:
        return shown(file[1]), 0
    if hunk is not None:
        return path, int(hunk[1]) - 1
    return path, line + (path != "" and quoted[:1] not in (b"-", b"\\"))
