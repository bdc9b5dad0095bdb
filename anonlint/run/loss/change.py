"""What a patch changes of one piece, and what a law says that it has lost by that.

A loss is something that the piece had before and no piece has after: the carry before a store, the question on the way
to a helper, the look at a result. What has only moved is no loss.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from typing import NamedTuple

from anonlint.domain.kinds import ALL, ENTRY_STATES, WRITABLE, mask
from anonlint.model.source import Span
from anonlint.run.asked import Answer, Question
from anonlint.run.loss.role import Role, has_role
from anonlint.run.spoken import Assigned, Piece, Spoken
from anonlint.words.dictionary import Op

W, RX, R = mask("W"), mask("RX"), mask("R")
MIGRATION_KINDS = W | RX | R
SHARED_R = sum(
    1 << at for at, entry_state in enumerate(ENTRY_STATES) if entry_state.kind == "R" and entry_state.page == "anon"
)

_WRITABLE = WRITABLE | mask("DW,XW")


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
    def is_headless(self) -> bool:
        """Return whether another question is asked in a chain whose head is out of sight.

        It may be that head that keeps out what is let through now.
        """
        return self.before.known.headless != self.after.known.headless

    @property
    def asks_more(self) -> bool:
        """Return whether the piece asks something that it did not ask."""
        return bool(self.after.questions - self.before.questions)

    def has_role(self, role: Role) -> bool:
        """Return whether the function had a role."""
        return has_role(self.before, role)


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
    return [given for given in piece.assigned if any(is_claim(flag) for flag in given.flags)]


def is_claim(flag: Op) -> bool:
    """Return whether a flag says that a page is exclusive."""
    return flag.meaning.get("exclusive") == "1"


def admits(when: frozenset[Answer]) -> int | None:
    """Return which entries the questions of kind before something let through; None if there is none, or of several."""
    kinds = [a for a in when if a.question.of("predicate") and a.question.op is not None and a.question.op.entry]
    if not kinds or len({a.question.args for a in kinds}) > 1:
        return None
    found = ALL
    for answer in kinds:
        op = answer.question.op
        assert op is not None
        found &= op.yes if answer.yes else op.no
    return found


def is_of(question: Question, kinds: int) -> bool:
    """Return whether a question of kind is true of some kinds only."""
    op = question.op
    return op is not None and op.cls in ("predicate", "pud-test") and bool(op.yes & ALL) and not op.yes & ALL & ~kinds


def asks_write(question: Question) -> bool:
    """Return whether a question is whether an entry is writable, mapped or not."""
    return question.of("bit-test", bit="write") or is_of(question, _WRITABLE)
