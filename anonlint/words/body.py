"""What is run: a function's graph with what is live where, and the helpers run in place of their calls."""

from collections.abc import Container
from functools import partial
from typing import TYPE_CHECKING, Protocol

from anonlint.domain.values import Field, Key, Ref, Value, Var
from anonlint.graph.ir import CFG, SLOTS, Expr
from anonlint.graph.liveness import Liveness
from anonlint.graph.turned import turned
from anonlint.syntax.enums import Enumerators
from anonlint.words.dictionary import Dictionary
from anonlint.words.idle import NUMBERS, decisive
from anonlint.words.matters import Helper
from anonlint.words.members import Reading, members, reading
from anonlint.words.relevance import Relevance, is_worth_running
from anonlint.words.touching import touching

if TYPE_CHECKING:
    from anonlint.model.source import Source

LONGEST_HELPER = 540  # words and signs: a same-file function longer than this is not run in place of its call
LONGEST_SHORT = 100  # the same for a second try, after the first was given up


class Spot:
    """The places of the variables at a block: those that are ``live``, those that nothing reads at or after it.

    ``idle`` are the numbers that are live, but decide about nothing; ``over`` are the last two together. ``leading``
    keeps which variables lead to a page there (see engine/forget.py).
    """

    __slots__ = ("dead", "idle", "leading", "live", "over")

    def __init__(self, live: frozenset[Key], dead: frozenset[Key], idle: frozenset[Key]) -> None:
        self.live = live
        self.dead = dead
        self.idle = idle
        self.over = dead | idle if idle else dead
        self.leading: dict[Value, frozenset[Key] | None] = {}


class Body:
    """A function ready to run: its graph; what matters in it, and what is live where, is worked out when it is run.

    ``live`` is there once somebody has asked what is ``relevant``.
    """

    __slots__ = (
        "_alive",
        "_deciding",
        "_members",
        "_over",
        "_passed",
        "_reading",
        "_relevance",
        "_repeated",
        "_spots",
        "_touching",
        "_turned",
        "_worth",
        "cfg",
        "live",
    )

    live: Liveness

    def __init__(self, cfg: CFG) -> None:
        self.cfg = cfg
        self._worth: bool | None = None
        self._relevance: Relevance | None = None
        self._spots: dict[tuple[int, str], Spot] = {}
        self._over: dict[tuple[int, int, str], frozenset[Key]] = {}
        self._alive: dict[tuple[int, int], frozenset[Key]] = {}
        self._deciding: dict[bool, list[set[str]]] = {}
        self._passed: dict[int, frozenset[Key]] = {}
        self._members: list[set[str]] | None = None
        self._reading: Reading | None = None
        self._touching: list[set[str]] | None = None
        self._turned: frozenset[int] | None = None
        self._repeated: dict[int, frozenset[str]] = {}

    def is_worth(self, dictionary: Dictionary) -> bool:
        """Return whether the function is worth running in place of its call."""
        if self._worth is None:
            self._worth = is_worth_running(self.cfg, dictionary)
        return self._worth

    def turned(self) -> frozenset[int]:
        """Return where the calls begin that are asked for a no."""
        if self._turned is None:
            self._turned = turned(self.cfg)
        return self._turned

    def spot(
        self, index: int, frame: str, dictionary: Dictionary, skips: Container[int], *, returned: bool = False
    ) -> Spot:
        """Return what is alive at a block; ``returned`` says that what is returned counts, whoever calls."""
        found = self._spots.get((index, frame))
        if found is None:
            live = self.live.variables[index] | self.live.addressed
            keys = frozenset(Var(frame + name.partition(".")[0]) for name in live)
            dead = self.unread(self.live.variables[index], frame)
            idle = self.numbers(index, frame, dictionary, skips, returned=returned)
            found = self._spots[index, frame] = Spot(keys, dead, idle)
        return found

    def unread(self, live: set[str], frame: str) -> frozenset[Key]:
        """Return the places of all variables and members but those that are live."""
        over = (self.cfg.types.keys() | self.live.assigned) - live - self.live.addressed
        return frozenset(map(partial(_place, frame), over))

    def over(self, index: int, step: int, expr: Expr, frame: str) -> frozenset[Key]:
        """Return the places of the variables that nothing reads while a step is evaluated, or behind it."""
        key = index, step, frame
        found = self._over.get(key)
        if found is None:
            found = self._over[key] = self.unread(self.live.during(index, step, expr), frame)
        return found

    def alive(self, index: int, step: int, expr: Expr) -> frozenset[Key]:
        """Return the places of the variables that are alive in the function itself while a step is evaluated."""
        key = index, step
        found = self._alive.get(key)
        if found is None:
            names = self.live.during(index, step, expr) | self.live.addressed
            found = self._alive[key] = frozenset(Var(name.partition(".")[0]) for name in names)
        return found

    def numbers(
        self, index: int, frame: str, dictionary: Dictionary, skips: Container[int], *, returned: bool
    ) -> frozenset[Key]:
        """Return the places of the numbers that are live at a block, but decide about nothing."""
        helper = returned or bool(frame)  # which other branches are skipped in
        if helper not in self._deciding:
            called = helper or dictionary.promises(self.cfg.name)
            self._deciding[helper] = decisive(self.cfg, self.live, dictionary, skips, called=called)
        idle = self.live.variables[index] - self._deciding[helper][index] - self.live.addressed
        return frozenset(Var(frame + name) for name in idle if self.cfg.types.get(name) in NUMBERS)

    def passed(self, index: int, dictionary: Dictionary, helper: Helper) -> frozenset[Key]:
        """Return the places of the pointers to slots that are live at a block, but only move on from what is there."""
        found = self._passed.get(index)
        if found is None:
            names = {name for name in self.live.variables[index] if self.cfg.types.get(name) in SLOTS}
            names -= self.live.addressed
            if names and self._touching is None:
                self._touching = touching(self.cfg, self.live, dictionary, helper)
            idle = names - self._touching[index] if self._touching is not None else names
            found = self._passed[index] = frozenset(map(Var, idle))
        return found

    def relevant(self, source: "Source", dictionary: Dictionary, helpers: "Helpers") -> Relevance:
        """Return what matters in the function, worked out once; ``source`` is what its places are in."""
        if self._relevance is None:
            self.live = Liveness(self.cfg, source.data)
            self._relevance = Relevance(self.cfg, self.live, source.data, dictionary, helpers.known)
        return self._relevance

    def reading(self, dictionary: Dictionary) -> Reading:
        """Return what the function itself may read of structures, and behind pointers, and whom it calls."""
        if self._reading is None:
            everything = (expr for block in self.cfg.blocks for expr in block.expressions())
            self._reading = reading(everything, self.cfg, dictionary)
        return self._reading

    def members(self, index: int, dictionary: Dictionary, helpers: "Helpers") -> set[str]:
        """Return what may still be read at a block of structures, and behind pointers (see members.py)."""
        if self._members is None:
            self._members = members(self.cfg, self.live, dictionary, partial(inside, dictionary, helpers))
        return self._members[index]

    def repeated(self, index: int) -> frozenset[str]:
        """Return the conditions that are tested again at or after a block."""
        found = self._repeated.get(index)
        if found is None:
            found = self._repeated[index] = self.live.repeated & self.live.texts[index]
        return found


def inside(dictionary: Dictionary, helpers: "Helpers", name: str) -> set[str]:
    """Return what a function, and those that it calls, may read of structures, and behind pointers."""
    found: set[str] = set()
    seen, todo = {name}, [name]
    for here in todo:  # it grows meanwhile
        body = helpers.read(here)
        if body is not None:
            names, calls = body.reading(dictionary)
            found |= names
            todo += sorted(calls - seen)
            seen |= calls
    return found


def _place(frame: str, name: str) -> Key:
    """Return the place of a variable, or of a member of one (``s.m``)."""
    holder, _, member = name.partition(".")
    return Field(Ref(Var(frame + holder)), member) if member else Var(frame + name)


class Helpers(Protocol):
    """Functions of the same file that are run in place of their calls."""

    @property
    def enumerators(self) -> Enumerators:
        """The enumerators of the file."""

    def known(self, name: str) -> bool:
        """Return whether there is such a function; asked often, so it must not parse anything."""

    def decides(self, name: str) -> bool:
        """Return whether a word of the vocabulary means what its body says, and not what the vocabulary says of it."""

    def body(self, name: str, size: int) -> Body | None:
        """Return the function's body, None if there is none of at most ``size`` bytes or it cannot be parsed."""

    def read(self, name: str) -> Body | None:
        """Return the body of a function whose questions count where it is called: it is run, or watched."""

    @property
    def plain(self) -> "Helpers":
        """The helpers where no function is watched."""
