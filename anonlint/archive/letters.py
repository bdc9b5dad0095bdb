"""What a mail of an archive is: a patch, a cover letter, a reply, and of which series."""

import re
from typing import NamedTuple

from anonlint.cache.store import digest
from anonlint.intake import mail, mbox, posts
from anonlint.intake.image import is_c, shown
from anonlint.model.patch import Patch

_ID = r"<([^<>\s]{1,240})>"
_ADDRESS = r"[^\s<>()\",;:]+@[^\s<>()\",;:]+"
_VERSION = r"\b[vV](\d{1,3})\b"
_NO_DATE = 0
_ABOVE = 40  # ids of a References field that are looked at, the nearest


class Letter(NamedTuple):
    """A mail as an archive keeps it.

    ``kind`` is "patch", "cover", "reply" or "other"; ``above`` are the mails that it answers, the nearest last.
    ``version``, ``total`` and ``part`` say which patch of which series it is: (1, 1, 1) stands alone. ``code`` says
    whether a patch is of C files, ``change`` stands for what it changes. ``date`` is in seconds, 0 if it is not known.
    """

    id: str
    kind: str
    sender: str
    subject: str
    date: int
    above: tuple[str, ...] = ()
    version: int = 1
    total: int = 1
    part: int = 1
    code: bool = False
    change: bytes = b""
    note: str = ""
    title: str = ""

    @property
    def is_numbered(self) -> bool:
        """Return whether it is one of several."""
        return self.kind in ("patch", "cover") and (self.total > 1 or self.part == 0)


def read(data: bytes) -> Letter:
    """Return what a mail is."""
    head, fields = mail.read_head(data)
    found = list(posts.read_mails((mbox.Entry(data, b"", 1),), quoted=False))
    patches = [patch for post in found for patch in post.patches if patch.files]
    number = None if head.is_reply else head.number
    kind = _kind(head, patches, number)
    version, total, part = number or (_version(head.subject), 1, 1)
    if not 0 <= part <= total or kind not in ("patch", "cover"):
        version, total, part = version, 1, 1
    return Letter(
        _id(fields, data),
        kind,
        _address(head.sender),
        head.subject,
        _seconds(fields.get("date", "")),
        _above(fields),
        version,
        total,
        part,
        any(file.path is None or is_c(shown(file.path)) for patch in patches for file in patch.files),
        digest(*(line for patch in patches for line in _lines(patch))) if patches else b"",
        next((post.note for post in found if post.note), ""),
        head.title,
    )


def of_commit(name: str, data: bytes) -> Letter:
    """Return what a commit is: a patch that stands alone."""
    head, _, message = data.partition(b"\n\n")
    author = re.search(rb"^author (.*) (\d{1,11}) [+-]\d+$", head, re.MULTILINE)
    subject = " ".join(message.lstrip(b"\n").partition(b"\n\n")[0].decode("utf-8", "replace").split())
    sender = author[1].decode("utf-8", "replace") if author else ""
    date = int(author[2]) if author else _NO_DATE
    return Letter(name, "patch", _address(sender), subject, date, code=True, title=subject)


class Applies(NamedTuple):
    """A C file that a patch changes: its path before, and the ids of its blobs before and after."""

    path: bytes
    old: str
    new: str


def applies(data: bytes) -> tuple[list[Applies], list[str]]:
    """Return what a mail's patches apply to, in their order, and the base commits that they name."""
    found = list(posts.read_mails((mbox.Entry(data, b"", 1),), quoted=False))
    patches = [patch for post in found for patch in post.patches]
    files = [
        Applies(file.old_path or b"", file.old_id, file.new_id)
        for patch in patches
        for file in patch.files
        if file.old_id.strip("0") and file.path is not None and is_c(shown(file.path))
    ]
    return files, [patch.base for patch in patches if patch.base]


def _kind(head: mail.Mail, patches: list[Patch], number: tuple[int, int, int] | None) -> str:
    if patches:
        return "patch"
    if number is not None and number[2] == 0:
        return "cover"
    return "reply" if head.is_reply else "other"


def _id(fields: dict[str, str], data: bytes) -> str:
    """Return what names a mail: its Message-ID, else what stands for its text."""
    found = re.search(_ID, fields.get("message-id", ""))
    return found[1] if found and found[1].isprintable() else f"{digest(data).hex()}@no-message-id"


def _above(fields: dict[str, str]) -> tuple[str, ...]:
    """Return what a mail answers; what In-Reply-To names is the nearest."""
    known = re.findall(_ID, fields.get("references", ""))[-_ABOVE:]
    parent = re.findall(_ID, fields.get("in-reply-to", ""))[:1]
    return tuple(dict.fromkeys([name for name in known if name not in parent] + parent))


def _address(sender: str) -> str:
    """Return the address of a From field; all of it where there is none."""
    found = re.findall(_ADDRESS, sender)
    return str(found[-1]).lower() if found else " ".join(sender.split()).lower()


def _version(subject: str) -> int:
    found = re.search(_VERSION, subject.rpartition("]")[0])
    return int(found[1]) if found else 1


def _seconds(text: str) -> int:
    """Return a Date field as seconds since 1970."""
    from email.utils import mktime_tz, parsedate_tz  # only archives need it

    try:
        found = parsedate_tz(text)
        return max(_NO_DATE, mktime_tz(found)) if found else _NO_DATE
    except (ValueError, OverflowError, IndexError, TypeError):  # it fails on what no mail should have
        return _NO_DATE


def _lines(patch: Patch) -> list[bytes]:
    return [line for file in patch.files for hunk in file.hunks for line in (file.path or b"", *hunk.lines)]
