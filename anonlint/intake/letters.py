"""The mails of an input, as one answers them."""

import io
from collections.abc import Iterator

from anonlint.errors import InputError
from anonlint.intake import files, mail, mbox
from anonlint.intake.pieces import Input
from anonlint.intake.posts import read_post
from anonlint.intake.series import placed
from anonlint.intake.sources import STDIN
from anonlint.model.letter import Letter
from anonlint.model.patch import Patch


def letters(name: str, data: bytes, *, quoted: bool) -> Iterator[Letter]:
    """Yield the mails that bring a patch, or quote one that is asked for."""
    pieces = Input(files.reader(io.BytesIO(data), name), name, len(data))
    found = False
    for entry in mbox.messages(pieces.head, pieces.read):
        if entry.lost or not (mail.starts_with_fields(entry.data) or mail.has_text_fields(entry.data)):
            continue
        found = True
        fields = mail.fields(entry.data)
        own = read_post(entry, quoted=False).patches
        patches = own or (read_post(entry, quoted=True).patches if quoted else ())
        if patches:
            yield _letter(fields, placed(STDIN if name == "-" else name, entry.line), patches, 0 if own else 1)
    if not found:
        raise InputError(name, "is no mail: there is nobody to answer")


def _letter(fields: dict[str, str], place: str, patches: tuple[Patch, ...], depth: int) -> Letter:
    return Letter(
        subject=fields.get("subject", ""),
        place=place,
        message_id=fields.get("message-id", ""),
        references=fields.get("references", "") or fields.get("in-reply-to", ""),
        sender=fields.get("reply-to", "") or fields.get("from", ""),
        to=fields.get("to", ""),
        cc=fields.get("cc", ""),
        date=fields.get("date", ""),
        patches=patches,
        depth=depth,
    )
