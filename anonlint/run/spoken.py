"""The vocabulary's words in one piece of a function, each with what is asked before it."""

from collections import Counter
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import NamedTuple, TypeVar

from anonlint.graph.cfg import UNSEEN, build
from anonlint.graph.ir import CFG, Block, Expr
from anonlint.graph.lower import TooDeep
from anonlint.model.function import Extent
from anonlint.model.source import Span
from anonlint.run import known
from anonlint.run.analysis import Analyser
from anonlint.run.asked import Answer, Condition, Local, Question, Reader, spelled
from anonlint.trace.facts import Facts
from anonlint.words.dictionary import Op

_Fact = TypeVar("_Fact")
_GIVES = frozenset(("=", "|="))  # assignments behind which a variable has what it is given


class Place(NamedTuple):
    """Where something stands: its block, which of the block's steps it is in (that of a condition comes last).

    ``guards`` are the questions that it hangs on, ``when`` the answers that are known there, ``locals`` what the
    variables hold.
    """

    block: int
    step: int
    guards: frozenset[Question]
    when: frozenset[Answer]
    locals: Mapping[str, Local]

    def behind(self, condition: Condition, *, yes: bool) -> "Place":
        """Return the place of what is evaluated only where a condition has come out like that."""
        asked = {q for q in condition.questions() if known.is_seen(q)}
        answers = {a for a in condition.known(yes=yes) if known.is_seen(a.question)}
        return self._replace(guards=self.guards | asked, when=self.when | answers)


class Manner(NamedTuple):
    """How a word is called: in a condition, one that holds where it says no, as a statement, for which variable."""

    asked: bool = False
    negated: bool = False
    alone: bool = False
    target: str = ""


class Spoken(NamedTuple):
    """One call of a word: ``args`` in one spelling, ``exprs`` what they are.

    ``guards`` are the questions that it hangs on, ``when`` the answers that are known before it.
    """

    op: Op
    args: tuple[str, ...]
    exprs: tuple[Expr, ...]
    place: Place
    manner: Manner
    span: Span

    @property
    def cls(self) -> str:
        """Return the word's class."""
        return self.op.cls

    @property
    def guards(self) -> frozenset[Question]:
        """Return the questions that it hangs on."""
        return self.place.guards

    @property
    def when(self) -> frozenset[Answer]:
        """Return the answers that are known before it."""
        return self.place.when

    @property
    def asked(self) -> bool:
        """Return whether it is part of a condition."""
        return self.manner.asked

    @property
    def negated(self) -> bool:
        """Return whether its condition holds where it says no."""
        return self.manner.negated

    @property
    def target(self) -> str:
        """Return what its result is assigned to, "" if to nothing."""
        return self.manner.target

    def says(self, key: str) -> str:
        """Return what its row says under a key."""
        return self.op.meaning.get(key, "")

    def arg(self, key: str) -> str:
        """Return the operand whose position a key gives, "" where the call has none there."""
        at = self.op.at(key)
        return self.args[at] if 0 <= at < len(self.args) else ""

    def expr(self, key: str) -> Expr | None:
        """Return the operand whose position a key gives, None where the call has none there."""
        at = self.op.at(key)
        return self.exprs[at] if 0 <= at < len(self.exprs) else None

    @property
    def value(self) -> str:
        """Return the entry, page or slot that it is handed."""
        return self.arg("arg") or self.arg("ptr") or self.arg("page")

    def is_under(self, cls: str, **meaning: str) -> bool:
        """Return whether it hangs on a question of a class whose row says all that."""
        return any(question.of(cls, **meaning) for question in self.guards)


class Assigned(NamedTuple):
    """A variable that is given something that is no word's result; ``flags`` are those that it has set by that."""

    target: str
    source: Expr
    text: str
    flags: tuple[Op, ...]
    place: Place
    span: Span

    @property
    def when(self) -> frozenset[Answer]:
        """Return the answers that are known before it."""
        return self.place.when

    @property
    def reads(self) -> bool:
        """Return whether it is what a pointer leads to."""
        return self.source.op == "deref"


class Piece:
    """What a hunk shows of a function."""

    def __init__(self, analyser: Analyser, extent: Extent) -> None:
        self.analyser = analyser
        self.extent = extent
        self.words: list[Spoken] = []
        self.assigned: list[Assigned] = []
        self.conditions: list[Condition] = []
        self.strangers: Counter[str] = Counter()  # calls of what is no word
        self.reader = Reader(analyser.dictionary, analyser.source.data)
        self.cfg = self._graph()
        self.known = known.known(self.cfg, self.reader) if self.cfg is not None else known.NOTHING
        for block in self.cfg.blocks if self.cfg is not None else ():
            self._block(block)
        self.words = sorted(map(self._with_answers(), self.words), key=lambda word: word.span)

    def _graph(self) -> CFG | None:
        function = self.analyser.index.parse(self.extent)
        try:
            return build(function.variants[0]) if function.variants else None
        except TooDeep:
            return None

    @cached_property
    def facts(self) -> Facts:
        """What execution sees of the piece, and what is reached in it; nothing where it gives up."""
        self.analyser.thorough = True
        done = self.analyser.executions([self.extent])
        return done[0].facts if done else Facts()

    @property
    def questions(self) -> frozenset[Question]:
        """Return all that is asked in conditions."""
        asked = (question for condition in self.conditions for question in condition.questions())
        return frozenset(question for question in asked if known.is_seen(question))

    def asking(self, word: Spoken) -> list[Condition]:
        """Return the conditions in which a word of that name is called."""
        return [
            condition
            for condition in self.conditions
            if any(op.name == word.op.name for question in condition.questions() for op in question.words)
        ]

    def of(self, *classes: str) -> list[Spoken]:
        """Return the words of some classes."""
        return [word for word in self.words if word.cls in classes]

    def straight(self, word: Spoken, later: Spoken) -> bool:
        """Return whether control goes from a word to a later one whatever comes out."""
        assert self.cfg is not None
        here = word.place.block
        if here == later.place.block:
            return word.place.step < later.place.step
        for _ in self.cfg.blocks:
            block = self.cfg.blocks[here]
            if block.kind != "jump" or self.cfg.rank[block.targets[0]] <= self.cfg.rank[here]:
                return False
            here = block.targets[0]
            if here == later.place.block:
                return True
        return False

    def own_guards(self, word: Spoken) -> frozenset[Question]:
        """Return the questions that a word hangs on and what comes behind it does not: an early way out skips both."""
        known_here, behind = self.known.guards[word.place.block], self._behind(word, self.known.guards)
        return word.guards - known_here | (known_here - behind if behind is not None else frozenset())

    def own_answers(self, word: Spoken) -> frozenset[Answer]:
        """Return the answers that are known before a word and not behind it, however it comes out."""
        known_here = self.known.answers.get(word.place.block, frozenset())
        behind = self._behind(word, self.known.answers)
        return word.when - known_here | (known_here - behind if behind is not None else frozenset())

    def _behind(self, word: Spoken, facts: Mapping[int, frozenset[_Fact]]) -> frozenset[_Fact] | None:
        """Return what is so at all blocks that control goes to from that of a word, None if it goes nowhere."""
        targets = self.cfg.blocks[word.place.block].targets if self.cfg is not None else []
        found = [facts.get(target, frozenset()) for target in targets]
        return frozenset.intersection(*found) if found else None

    def led_to(self, word: Spoken, *, yes: bool) -> frozenset[str]:
        """Return the statements that are reached only where a word has been answered like that."""
        tops = (top for block in self._after(word, yes=yes) for top in _tops(block))
        return frozenset(spelled(top, self.reader.data) for top in tops)

    def way_out(self, word: Spoken) -> bool | None:
        """Return the answer of a word for which what stands right behind it leaves, or alone does anything.

        That is as far as the hunk shows; None where there are two arms, and both go on to what comes behind.
        """
        ways = {yes: self._after(word, yes=yes) for yes in (True, False)}
        starts = {yes: min((top.start for b in blocks for top in _tops(b)), default=-1) for yes, blocks in ways.items()}
        seen = [yes for yes, start in starts.items() if start >= 0]
        if not seen or self.cfg is None:
            return None
        first = min(seen, key=starts.__getitem__)
        last = max(top.start for block in ways[first] for top in _tops(block))
        leaves = any(block.kind in ("return", "stop") for block in ways[first])
        behind = range(last + 1, self.extent.span.end)  # what closes the piece is none of it
        goes_on = any(top.start in behind for block in self.cfg.blocks for top in _tops(block))
        return first if leaves or not goes_on or len(seen) == 1 else None

    def _after(self, word: Spoken, *, yes: bool) -> list[Block]:
        """Return the blocks that are reached only where a word has been answered like that."""

        def is_answered(block: Block) -> bool:
            answers = (a for a in self.known.answers.get(block.index, ()) if a.yes is yes)
            return any(a.question.op is not None and a.question.op.name == word.op.name for a in answers)

        return [block for block in self.cfg.blocks if is_answered(block)] if self.cfg is not None else []

    def flags(self, word: Spoken) -> tuple[Op, ...]:
        """Return the flags that a word is handed, as far as they are known."""
        expr = word.expr("flags")
        return () if expr is None else self.reader.flags(expr, word.place.locals)

    # -- how the graph is read

    def _block(self, block: Block) -> None:
        answers, held = self.known.answers.get(block.index, frozenset()), self.known.locals.get(block.index, {})
        guards = self.known.guards[block.index]
        for at, top in enumerate(block.steps):
            self._step(top, Place(block.index, at, guards, answers, held))
            answers, held = known.still(top, answers), known.after(top, held)
        if block.cond is not None:
            place = Place(block.index, len(block.steps), guards, answers, held)
            self._visit(block.cond, place, Manner(asked=block.kind != "return"))
        if block.index in self.known.conditions:
            self.conditions.append(self.known.conditions[block.index])

    def _with_answers(self) -> Callable[[Spoken], Spoken]:
        """Return what notes of a word whether a condition asks it, which may do so by a local that holds the answer."""
        asked: dict[tuple[str, tuple[str, ...]], set[bool]] = {}
        for condition in self.conditions:
            for (question, yes), _ in condition.joined():
                if question.op is not None:
                    asked.setdefault((question.op.name, question.args), set()).add(yes)

        def with_answer(word: Spoken) -> Spoken:
            ways = asked.get((word.op.name, word.args))
            if ways is None:
                return word
            return word._replace(manner=word.manner._replace(asked=True, negated=True not in ways))

        return with_answer

    def _step(self, top: Expr, place: Place) -> None:
        target, source = "", top
        if top.op == "assign":
            target, source = spelled(top.args[0], self.reader.data), top.args[1]
            self._visit(top.args[0], place, Manner())
        elif top.op == "decl" and top.args:
            target, source = top.name, top.args[0]
        if target and (top.op == "decl" or top.name in _GIVES):
            self._assign(target, source, place, Span(top.start, top.end))
        self._visit(source, place, Manner(alone=source is top, target=target))

    def _assign(self, target: str, source: Expr, place: Place, span: Span) -> None:
        """Note what a variable is given, of ``c ? a : b`` both, each where it is chosen."""
        if source.op == "cond":
            condition = self.reader.condition(source.args[0], place.locals)
            for arm, yes in zip(source.args[1:], (True, False), strict=True):
                self._assign(target, arm, place.behind(condition, yes=yes), span)
        elif self.reader.op(source) is None:
            text = spelled(source, self.reader.data)
            self.assigned.append(Assigned(target, source, text, self.reader.flags(source, place.locals), place, span))

    def _visit(self, expr: Expr, place: Place, manner: Manner) -> None:
        """Note the words in an expression: what stands behind ``&&``, ``||`` and ``?`` hangs on what is before it."""
        if expr.op in ("and", "or"):
            condition = self.reader.condition(expr.args[0], place.locals)
            self._visit(expr.args[0], place, Manner(manner.asked))
            self._visit(expr.args[1], place.behind(condition, yes=expr.op == "and"), Manner(manner.asked))
        elif expr.op == "cond":
            condition = self.reader.condition(expr.args[0], place.locals)
            self.conditions.append(condition)
            self._visit(expr.args[0], place, Manner(asked=True))
            for arm, yes in zip(expr.args[1:], (True, False), strict=True):
                self._visit(arm, place.behind(condition, yes=yes), Manner(target=manner.target))
        else:
            self._word(expr, place, manner)
            for arg in expr.args:
                self._visit(arg, place, Manner(manner.asked))

    def _word(self, expr: Expr, place: Place, manner: Manner) -> None:
        op = self.reader.op(expr)
        if op is None and expr.op == "call" and expr.name != UNSEEN:
            self.strangers[expr.name] += 1
        if op is not None:
            args = tuple(spelled(arg, self.reader.data) for arg in expr.args)
            self.words.append(Spoken(op, args, expr.args, place, manner, Span(expr.start, expr.end)))


def _tops(block: Block) -> list[Expr]:
    """Return what a block does and asks, but for what stands for code that a hunk leaves out."""
    tops = block.tops()
    return [top for top in tops if top.name != UNSEEN]
