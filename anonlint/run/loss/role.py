"""What a function is there for, where a hunk shows too little of it: the only place that asks for a function's name.

A name chooses which law applies; it never finds anything, and where the piece has a word that such a function has no
use for, the name is not believed.
"""

import re
from enum import Enum

from anonlint.run.spoken import Piece


class Role(Enum):
    """What a function does to the entries that it meets."""

    FORK = "copies entries for a child"
    PROTECT = "changes what entries permit"
    RESTORE = "maps pages again"
    MOVE = "moves entries to other addresses"


_NAMES = {
    Role.FORK: re.compile(r"copy|fork|dup"),
    Role.PROTECT: re.compile(r"protect|change_"),
    Role.RESTORE: re.compile(r"remove_migration|restore"),
    Role.MOVE: re.compile(r"move|mremap"),
}
# Classes of words that a function of a role has no use for.
_FOREIGN = {
    Role.FORK: frozenset(("modify", "rmap-remove", "restore-pmd", "build-pmd", "write-test", "wait")),
    Role.PROTECT: frozenset(("rmap-add", "rmap-dup", "rmap-remove", "cow-test", "restore-pmd", "build-pmd")),
    Role.RESTORE: frozenset(("cow-test", "modify", "take")),
    Role.MOVE: frozenset(("rmap-add", "rmap-dup", "rmap-remove", "modify", "cow-test")),
}


def has_role(piece: Piece, role: Role) -> bool:
    """Return whether a piece is of a function with a role: its words say so, or its name, and none of them objects."""
    if role is Role.FORK and any(question.is_cow for question in piece.questions):
        return True
    named = _NAMES[role].search(piece.extent.name) is not None
    return named and not any(word.cls in _FOREIGN[role] for word in piece.words)
