"""What a comment in the code asks anonlint to leave alone."""

from typing import NamedTuple


class Remark(NamedTuple):
    """``/* anonlint: ignore[WORDS] reason */``: findings of ``words`` (codes or names) on lines first to last."""

    path: str
    line: int
    column: int
    first: int
    last: int
    words: tuple[str, ...]
    reason: str
    text: str
    function: str = ""
