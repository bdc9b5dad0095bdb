"""Pieces of functions as hunks show them."""

from anonlint.model.function import Extent
from anonlint.model.snapshot import Image


def carve_fragments(image: Image) -> tuple[Extent, ...]:
    """Return the extents of the function pieces in each fragment of ``image``."""
    del image
    return ()
