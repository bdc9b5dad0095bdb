"""One image of a file where two are compared: what its functions do."""

import re
from collections import Counter
from collections.abc import Sequence
from functools import cached_property
from typing import NamedTuple

from anonlint.domain.state import State
from anonlint.graph.cfg import build
from anonlint.graph.ir import CFG, Expr, walk
from anonlint.kernel.alike import alike
from anonlint.model.function import Extent, Function
from anonlint.run.analysis import Analyser, Execution
from anonlint.run.context import Context
from anonlint.run.held import Held, held
from anonlint.run.leftover import Question, questions
from anonlint.run.scene import View
from anonlint.syntax.index import FileIndex
from anonlint.syntax.lex import words as identifiers
from anonlint.trace.acts import SILENT
from anonlint.trace.said import Sight
from anonlint.trace.summary import Summary, known, summary
from anonlint.words.dictionary import Dictionary

_WORD = re.compile(rb"[A-Za-z_]\w*")
_NO_LOCK: Held = frozenset()


class Seen(NamedTuple):
    """What one image of a function does, and what it asks that says nothing of an entry."""

    does: Summary
    asks: Counter[Question]
    helpers: frozenset[str]


class Side:
    """One image of a file."""

    def __init__(
        self,
        index: FileIndex,
        dictionary: Dictionary,
        context: Context,
        view: View | None,
        changed: frozenset[str] = frozenset(),
    ) -> None:
        self.analyser = Analyser.of(index, dictionary, context.wake, view)
        self.analyser.changed = changed  # words of the vocabulary whose definitions the patch changes
        self.analyser.thorough = True
        self.dictionary = dictionary
        self.index = index
        self.other: Side | None = None  # the other image
        self.awake = {extent.span for extent in self.analyser.awake()}

    @cached_property
    def words(self) -> set[bytes]:
        """The words of the file."""
        return identifiers(self.index.image.source.data)

    def only_here(self, name: str) -> bool:
        """Return whether the other image does not have a function, or has it with other parameters."""
        other = self.other
        if other is None:
            return False
        return name.encode() not in other.words or other.dictionary.prototype(name) != self.dictionary.prototype(name)

    @property
    def names(self) -> set[str]:
        """The functions of the file."""
        return {extent.name for extent in self.index.extents}

    def seen(self, extent: Extent, strange: set[str]) -> list[Seen] | str:
        """Return what each variant of a function does, or why that is not known; ``strange`` the other image lacks."""
        before = len(self.analyser.skipped)
        executions = self.analyser.executions([extent])
        if not executions:
            skipped = self.analyser.skipped[before:] or [s for s in self.analyser.skipped if s.function == extent.name]
            return skipped[-1].reason if skipped else "could not be executed"
        return [self._seen(execution, strange) for execution in executions]

    def handed(self, extent: Extent, strange: set[str]) -> list[Seen]:
        """Return what a function does as those call it who do; nothing where not all of them are known."""
        function = self.index.parse(extent)
        self.analyser.thorough = False  # what callers prove is asked, and not all that they do
        starts = [state for caller in self.analyser.callers.of(function) for state in caller.starts]
        self.analyser.thorough = True
        return [self._seen(execution, strange) for execution in self._started(function, starts)] if starts else []

    def _started(self, function: Function, starts: Sequence[State]) -> list[Execution]:
        done = [Execution(function, v, self.analyser.execute(function, v, starts=starts)) for v in function.variants]
        return [] if any(execution.facts.gave_up for execution in done) else done

    def _seen(self, execution: Execution, strange: set[str]) -> Seen:
        function, variant, facts = execution
        cfg = build(variant)
        locks = held(cfg, self.dictionary)
        sight = Sight(
            self.word,
            lambda span: locks.get(span.start, _NO_LOCK),
            {name: cfg.types[name] for name in cfg.params},
            function.whole,
            lambda name: self.spread(name, strange),
            lambda name: alike().get(name, name),
            self.only_here,
        )
        data = self.analyser.source.data
        asks = questions(cfg, data, self.dictionary, facts.inlined)
        for name in sorted(facts.inlined & strange):
            inner = self.graph(name)
            if inner is not None:
                asks.update(questions(inner, data, self.dictionary, facts.inlined))
        return Seen(summary(facts, sight), asks, frozenset(facts.inlined))

    def graph(self, name: str) -> CFG | None:
        """Return the graph of a function of the file."""
        extent = self.index.extent(name)
        function = None if extent is None else self.index.parse(extent)
        if function is None or not function.variants:
            return None
        return build(function.variants[0])

    def spread(self, name: str, strange: set[str]) -> tuple[str, ...] | None:
        """Return the calls that a function is made of which only this image has."""
        cfg = self.graph(name) if name in strange else None
        if cfg is None:
            return None
        tops = (top for block in cfg.blocks for top in (*block.steps, *([block.cond] if block.cond else ())))
        calls = (e for top in tops for e in walk(top) if e.op == "call" and e.name != name)
        return known(e.name for e in calls if not self._is_silent(e))

    def _is_silent(self, call: Expr) -> bool:
        """Return whether a word of the vocabulary only asks, or makes a value."""
        op = self.dictionary.op(call.name, len(call.args))
        return op is not None and op.cls in SILENT

    def word(self, offset: int) -> str:
        """Return the word at a place."""
        match = _WORD.match(self.analyser.source.data, offset)
        return "" if match is None else match[0].decode("ascii")

    def line(self, offset: int) -> int:
        """Return the line of a place, 0 where it is none of this file."""
        if offset > len(self.analyser.source.data) or not self.analyser.is_own(offset):
            return 0
        return self.analyser.source.position(offset).line
