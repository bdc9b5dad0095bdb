"""The stream of what there is to look at."""

from collections.abc import Callable, Iterator
from typing import BinaryIO

from anonlint.intake.request import Intake, Request


def snapshots(
    request: Request,
    stdin: "Callable[[], bytes | BinaryIO]",
    wanted: Callable[[bytes], bool] | None = None,
    holds: Callable[[str], bool] | None = None,
) -> Iterator[Intake]:
    """Yield what the request names, in its order, reading one file at a time.

    ``stdin`` is called at most once, and gives bytes or what they can be read from. Plain C files whose
    bytes ``wanted`` rejects yield an Intake of three Nones; ``holds`` tells the same of a file of a directory by its
    name, where that is known. Nothing is ever written; trouble with one input
    is an error item and ends only that.
    """
    # What only some requests need (git, mails) is imported where it is needed.
    from anonlint.intake.sources import Reader

    return Reader(request, stdin, wanted, holds).items()
