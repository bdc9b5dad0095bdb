"""What the user asks for, and the stream of what there is to look at."""

from collections.abc import Callable, Iterator
from typing import BinaryIO, NamedTuple

from anonlint.model.snapshot import Skip, Snapshot


class Request(NamedTuple):
    """What the user asked for.

    ``inputs`` are paths or "-", ``tree`` a git clone or a plain directory that patches are judged with, ``git``
    revisions or ranges. ``stands`` says that nobody named the tree: the user stands in it, and in the clone that git
    reads. ``quoted`` reads the diffs that mails quote, too.
    """

    inputs: tuple[str, ...] = ()
    tree: str | None = None
    git: tuple[str, ...] = ()
    staged: bool = False
    quoted: bool = False
    stands: bool = False

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


def snapshots(
    request: Request,
    stdin: "Callable[[], bytes | BinaryIO]",
    wanted: Callable[[bytes], bool] | None = None,
) -> Iterator[Intake]:
    """Yield what the request names, in its order, reading one file at a time.

    ``stdin`` is called at most once, and gives bytes or what they can be read from. Plain C files whose
    bytes ``wanted`` rejects yield an Intake of three Nones. Nothing is ever written; trouble with one input
    is an error item and ends only that.
    """
    # What only some requests need (git, mails) is imported where it is needed.
    from anonlint.intake.sources import Reader

    return Reader(request, stdin, wanted).items()
