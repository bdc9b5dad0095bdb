"""A mail as one answers it: who wrote it to whom, what it answers, and the patches in it."""

from typing import NamedTuple

from anonlint.model.patch import Patch


class Letter(NamedTuple):
    """One message. Addresses, ids and the subject are as they were sent, "" where a field is missing.

    ``place`` is what findings know it by: the input and the line where it begins. ``depth`` says how deep the patches
    are quoted in it: 0 is its author's own.
    """

    subject: str
    place: str
    message_id: str
    references: str
    sender: str
    to: str
    cc: str
    date: str
    patches: tuple[Patch, ...]
    depth: int = 0
