"""What a patch changes of one piece, and what a law says that it has lost by that.

A loss is something that the piece had before and no piece has after: the carry before a store, the question on the way
to a helper, the look at a result. What has only moved is no loss.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from typing import NamedTuple

from anonlint.domain.kinds import ENTRY_STATES, mask
from anonlint.model.source import Span
from anonlint.run.spoken import Assigned, Piece, Spoken

W, RX, R = mask("W"), mask("RX"), mask("R")
MIGRATION_KINDS = W | RX | R
SHARED_R = sum(
    1 << at for at, entry_state in enumerate(ENTRY_STATES) if entry_state.kind == "R" and entry_state.page == "anon"
)
FORKS = re.compile(r"copy|fork|dup")
PROTECTS = re.compile(r"protect|change_")
RESTORES = re.compile(r"remove_migration|restore|unuse|swap")
QUESTION = re.compile(r"(!?)(\w+)\(")


class Loss(NamedTuple):
    """What a piece has lost: which rule says that it must not, what is said, and where it was, or is, if anywhere."""

    code: str
    message: str
    before: Span | None
    after: Span | None


class Change(NamedTuple):
    """A piece before and after; ``gone`` and ``new`` count the words that the whole patch takes away, and brings."""

    before: Piece
    after: Piece
    gone: Counter[str]
    new: Counter[str]

    @property
    def name(self) -> str:
        """Return what the function is called."""
        return self.after.extent.name

    @property
    def strange(self) -> bool:
        """Return whether the piece calls something new that is no word: what was there may have gone there."""
        return bool(self.after.strangers - self.before.strangers)

    @property
    def asks_more(self) -> bool:
        """Return whether the piece asks something that it did not ask."""
        return bool(set(self.after.conditions) - set(self.before.conditions))


Law = Callable[[Change], Iterator[Loss]]


def key(word: Spoken) -> str:
    """Return what a word does, by which it is known again where it has moved, or goes by another name."""
    told = [f"{name}={word.says(name)}" for name in ("bit", "what", "kind", "part") if word.says(name)]
    return " ".join([word.cls, *told])


def same(one: Spoken, other: Spoken) -> bool:
    """Return whether two words are one and the same call."""
    return one.op.name == other.op.name and one.args == other.args


def matching(word: Spoken, piece: Piece) -> list[Spoken]:
    """Return the same call in another piece."""
    return [other for other in piece.words if same(other, word)]


def claims(piece: Piece) -> list[Assigned]:
    """Return where a variable is told that a page is exclusive."""
    return [given for given in piece.assigned if "RMAP_EXCLUSIVE" in given.source and "~" not in given.source]


def admits(when: frozenset[str], piece: Piece) -> int | None:
    """Return which entries the questions of kind right before something let through, None if there is none."""
    found = None
    for text in when:
        match = QUESTION.match(text)
        op = piece.analyser.dictionary.op(match[2], 1) if match else None
        if match is not None and op is not None and op.cls == "predicate" and op.entry:
            through = op.no if match[1] else op.yes
            found = through if found is None else found & through
    return found


def negated(text: str) -> str:
    """Return the opposite of a question."""
    return text[1:] if text.startswith("!") else f"!{text}"
