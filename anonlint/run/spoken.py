"""The vocabulary's words in one piece of a function, each with the conditions that it stands under."""

from collections import Counter
from collections.abc import Callable, Iterator
from functools import cached_property
from typing import NamedTuple

from anonlint.graph.cfg import UNSEEN, build
from anonlint.graph.ir import CFG, Block, Expr, walk
from anonlint.graph.liveness import text
from anonlint.graph.lower import TooDeep
from anonlint.model.function import Extent
from anonlint.model.source import Span
from anonlint.run.analysis import Analyser
from anonlint.trace.facts import Facts
from anonlint.words.dictionary import Op


class Spoken(NamedTuple):
    """One call of a word: ``args`` as they are written, without blanks.

    ``guards`` are the conditions around it, ``asked`` says that it is asked in one, ``negated`` that it is with a "!";
    ``target`` is what its result is assigned to; ``when`` are the conditions right before it, with a "!" where they are
    known not to hold.
    """

    op: Op
    args: tuple[str, ...]
    guards: frozenset[str]
    when: frozenset[str]
    asked: bool
    negated: bool
    target: str
    span: Span

    @property
    def cls(self) -> str:
        """Return the word's class."""
        return self.op.cls

    def says(self, key: str) -> str:
        """Return what its row says under a key."""
        return self.op.meaning.get(key, "")

    @property
    def value(self) -> str:
        """Return the entry, page or slot that it is handed, as it is written."""
        for key in ("arg", "ptr", "page"):
            if 0 <= self.op.at(key) < len(self.args):
                return self.args[self.op.at(key)]
        return ""


class Assigned(NamedTuple):
    """A variable that is given something that is no word's result."""

    target: str
    source: str
    guards: frozenset[str]
    when: frozenset[str]
    span: Span


class Piece:
    """What a hunk shows of a function."""

    def __init__(self, analyser: Analyser, extent: Extent) -> None:
        self.analyser = analyser
        self.extent = extent
        self.words: list[Spoken] = []
        self.assigned: list[Assigned] = []
        self.conditions: list[str] = []
        self.strangers: Counter[str] = Counter()  # calls of what is no word
        cfg = self._graph()
        self._when = _answers(cfg, self.text) if cfg is not None else {}
        for block in cfg.blocks if cfg is not None else ():
            self._block(block)

    def _graph(self) -> CFG | None:
        function = self.analyser.index.parse(self.extent)
        try:
            return build(function.variants[0].node, function.variants[0].base) if function.variants else None
        except TooDeep:
            return None

    @cached_property
    def facts(self) -> Facts:
        """What execution sees of the piece, and what is reached in it; nothing where it gives up."""
        self.analyser.thorough = True
        done = self.analyser.executions([self.extent])
        return done[0].facts if done else Facts()

    def _block(self, block: Block) -> None:
        guards = frozenset(guard for guard in block.guards if UNSEEN not in guard)
        when = self._when.get(block.index, frozenset())
        if block.cond is not None and block.kind == "branch":
            self.conditions.append(self.text(block.cond))
        for top in block.steps:
            self._step(top, guards, when)
        if block.cond is not None:
            for expr, negated in _asked(block.cond, negated=False):
                self._word(expr, guards, when, asked=block.kind != "return", negated=negated, target="")

    def _step(self, top: Expr, guards: frozenset[str], when: frozenset[str]) -> None:
        target, source = "", top
        if top.op == "assign":
            target, source = self.text(top.args[0]), top.args[1]
        elif top.op == "decl" and top.args:
            target, source = top.name, top.args[0]
        if target and not (source.op == "call" and self._op(source) is not None):
            self.assigned.append(Assigned(target, self.text(source), guards, when, Span(top.start, top.end)))
        inner = {id(expr) for cond in walk(top) if cond.op == "cond" for expr in walk(cond.args[0])}
        for expr in walk(source):
            given = target if expr is source else "" if source.op != "cond" else target
            self._word(expr, guards, when, asked=id(expr) in inner, negated=False, target=given)

    def _word(
        self, expr: Expr, guards: frozenset[str], when: frozenset[str], *, asked: bool, negated: bool, target: str
    ) -> None:
        op = self._op(expr)
        if op is None and expr.op == "call" and expr.name != UNSEEN:
            self.strangers[expr.name] += 1
        if op is not None:
            args = tuple(map(self.text, expr.args))
            self.words.append(Spoken(op, args, guards, when, asked, negated, target, Span(expr.start, expr.end)))

    def _op(self, expr: Expr) -> Op | None:
        return self.analyser.dictionary.op(expr.name, len(expr.args)) if expr.op == "call" else None

    def text(self, expr: Expr) -> str:
        """Return an expression as it is written, without blanks."""
        return text(expr, self.analyser.source.data)

    def of(self, *classes: str) -> list[Spoken]:
        """Return the words of some classes."""
        return [word for word in self.words if word.cls in classes]


def _answers(cfg: CFG, spell: Callable[[Expr], str]) -> dict[int, frozenset[str]]:
    """Return what is known to have been answered right before each block that only one branch leads to."""
    sources: dict[int, list[tuple[Block, bool]]] = {}
    for block in cfg.blocks:
        for at, target in enumerate(block.targets):
            sources.setdefault(target, []).append((block, at == 0))
    found: dict[int, frozenset[str]] = {}
    for index, ways in sources.items():
        block, answer = ways[0]
        if len(ways) == 1 and block.kind == "branch" and block.cond is not None:
            known = frozenset(f"{'' if yes else '!'}{spell(leaf)}" for leaf, yes in _known(block.cond, answer=answer))
            found[index] = frozenset(text for text in known if UNSEEN not in text)
    return found


def _known(cond: Expr, *, answer: bool) -> Iterator[tuple[Expr, bool]]:
    """Yield the conditions of which it is known how they came out when the whole did so."""
    if cond.op == "not":
        yield from _known(cond.args[0], answer=not answer)
    elif cond.op in ("and", "or"):
        for arg in cond.args if answer is (cond.op == "and") else ():
            yield from _known(arg, answer=answer)
    else:
        yield cond, answer


def _asked(cond: Expr, *, negated: bool) -> Iterator[tuple[Expr, bool]]:
    """Yield all that a condition is made of, each with whether a "!" turns it round."""
    yield cond, negated
    for arg in cond.args:
        yield from _asked(arg, negated=negated is not (cond.op == "not"))


__all__ = ["Assigned", "Piece", "Spoken"]
