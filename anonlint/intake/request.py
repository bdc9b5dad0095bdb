"""What the user asks for, and one item of what there is to look at."""

from collections.abc import Mapping
from typing import NamedTuple

from anonlint.model.snapshot import Skip, Snapshot


class Request(NamedTuple):
    """What the user asked for.

    ``inputs`` are paths or "-", ``tree`` a git clone or a plain directory that patches are judged with, ``git``
    revisions or ranges. ``stands`` says that nobody named the tree: the user stands in it, and in the clone that git
    reads. ``quoted`` reads the diffs that mails quote, too. ``instead`` are texts that stand for files, by name: what
    an editor holds, or a file would be with a fix. ``base`` is the commit of the clone that patches apply to, where
    somebody knows.
    """

    inputs: tuple[str, ...] = ()
    tree: str | None = None
    git: tuple[str, ...] = ()
    staged: bool = False
    quoted: bool = False
    stands: bool = False
    instead: Mapping[str, bytes] | None = None
    base: str = ""

    @property
    def clone(self) -> str | None:
        """Return where git reads revisions and the index: None is the current directory, with git's variables."""
        return None if self.stands else self.tree


class Intake(NamedTuple):
    """One item: a snapshot, or a skip, or an error line that names the input and the place.

    All None: a file that was looked at and not wanted.
    """

    snapshot: Snapshot | None
    skip: Skip | None = None
    error: str | None = None
