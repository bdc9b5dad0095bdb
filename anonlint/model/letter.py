"""A mail as one answers it: who wrote it to whom, what it answers, and the patches in it."""

from typing import NamedTuple

from anonlint.model.patch import Patch


class Letter(NamedTuple):
    """One message. Addresses, ids and the subject are as they were sent, "" where a field is missing.

    ``title`` is the subject as findings name it; ``depth`` says how deep the patches are quoted in it: 0 is its
    author's own.
    """

    subject: str
    title: str
    message_id: str
    references: str
    sender: str
    to: str
    cc: str
    date: str
    patches: tuple[Patch, ...]
    depth: int = 0

    def brings(self, path: str, subject: str) -> bool:
        """Return whether a finding in that file, of a patch of that name, is one of this mail's."""
        names = (file.path for patch in self.patches for file in patch.files)
        return subject == self.title and path in {(name or b"").decode("utf-8", "surrogateescape") for name in names}
