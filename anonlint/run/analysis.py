"""The functions of one file image: picks those that matter and executes them."""

from collections.abc import Sequence
from contextlib import suppress
from functools import cached_property, partial
from typing import NamedTuple

from anonlint import limits
from anonlint.crash import told
from anonlint.domain.state import State
from anonlint.engine.execute import Body, Executor
from anonlint.graph.cfg import build
from anonlint.graph.ir import CFG
from anonlint.graph.lower import TooDeep
from anonlint.model.function import Extent, Function, Variant
from anonlint.model.snapshot import Image, Skip
from anonlint.rule.plugin import Pass
from anonlint.run.callers import Callers, Watch
from anonlint.run.wake import Wake
from anonlint.syntax.index import FileIndex
from anonlint.syntax.lex import words as identifiers
from anonlint.syntax.macros import Macro, macros
from anonlint.trace.caller import Caller
from anonlint.trace.effects import tables
from anonlint.trace.facts import Facts
from anonlint.words.dictionary import Dictionary

_MAX_HELPER = 900  # words and signs: what is longer is no helper, whoever calls it
_STEPS = 80_000  # steps of execution that a file may cost: some seconds; the kernel's costliest takes 46,000
_BYTES_PER_STEP = 25  # and one more for each of so many bytes
_OVERHEAD = 13  # steps that getting a function ready costs


class Execution(NamedTuple):
    """One variant of a function, and what was seen when it was executed."""

    function: Function
    variant: Variant
    facts: Facts


class Analyser:
    """Analyses the functions of one image with a given dictionary and era."""

    def __init__(self, image: Image, dictionary: Dictionary, wake: Wake) -> None:
        self.index = FileIndex(image)
        self.source = self.index.image.source
        self.dictionary = dictionary
        self.wake = wake
        self.skipped: list[Skip] = []
        self.crashes: list[Skip] = []
        self.steps = _STEPS + len(self.source.data) // _BYTES_PER_STEP
        self._bodies: dict[str, Body | None] = {}
        self._known: dict[str, bool] = {}
        self.callers = Callers(self.index, self.watch, self.graph)

    def awake(self) -> list[Extent]:
        """Return the functions to execute: all that handle an entry."""
        return sorted(self.index.mentioning(self.wake.entry), key=lambda e: e.span)

    def executions(self, extents: Sequence[Extent]) -> list[Execution]:
        """Execute every variant of the given functions; what cannot be executed is noted as skipped."""
        done: list[Execution] = []
        for extent in extents:
            if reason := limits.over() or (self.steps <= 0 and "the file takes too many steps"):
                self.skip(extent, f"not judged: {reason}")
                continue
            try:
                with limits.watched():
                    done += self.executed(extent)
            except (Exception, limits.TooLong) as error:
                self.failed(extent, error)
        return done

    def executed(self, extent: Extent) -> list[Execution]:
        """Execute every variant of one function."""
        function = self.index.parse(extent)
        if not function.variants:
            self.skip(function, function.damage or "could not be parsed")
            return []
        done: list[Execution] = []
        gave_up = ""
        for variant in function.variants:
            facts = self.execute(function, variant)
            gave_up = gave_up or facts.gave_up
            if not facts.gave_up:
                done.append(Execution(function, variant, facts))
        if gave_up:
            over = limits.over()
            self.skip(function, f"not judged: {over}" if over else f"execution gave up: {gave_up}")
        return done

    def failed(self, function: Function | Extent, error: BaseException) -> None:
        """Note that anonlint failed on a function: a bug of ours, which must not cost the others."""
        self.skip(function, told(error))
        self.crashes += self.skipped[-1:] * isinstance(error, Exception)

    def execute(self, function: Function, variant: Variant, watched: str = "", starts: Sequence[State] = ()) -> Facts:
        """Execute one variant."""

        def cut(offset: int) -> bool | None:
            end = function.span.end
            return None if offset > end else not self.source.data[offset:end].strip()

        try:
            body = Body(build(variant.node, variant.base, None if function.whole else cut), self.source.data)
        except TooDeep as reason:
            facts = Facts()
            facts.gave_up = str(reason)
            return facts
        run = partial(
            Executor,
            body,
            self.source,
            self.dictionary,
            Watch(self, watched) if watched else self,
            options=variant.conditions,
            kernel=bool(self.index.mentioning(self.wake.kernel)),
            watched=watched,
            starts=starts,
        )
        facts = self.spent(run())
        return self.spent(run(short=True)) if facts.gave_up and facts.inlined and not limits.over() else facts

    def watch(self, function: Function, watched: str, starts: Sequence[State]) -> Facts:
        """Execute all variants of a function for the calls of another one in them."""
        seen = Facts()
        for variant in function.variants:
            facts = self.execute(function, variant, watched, starts)
            seen.gave_up = seen.gave_up or facts.gave_up
            seen.tried |= facts.tried
            seen.sites += facts.sites
            seen.questions |= facts.questions
            seen.handles_fault |= facts.handles_fault
        return seen

    def graph(self, function: Function) -> CFG:
        """Return the graph of a function's first variant."""
        return build(function.variants[0].node, function.variants[0].base)

    def spent(self, executor: Executor) -> Facts:
        """Run an execution with the steps that the file has left, and take off what it took."""
        executor.patience = min(executor.patience, max(self.steps * 4 // 5, 0))  # something is left for the others
        facts = executor.run()
        self.steps -= executor.steps + _OVERHEAD
        return facts

    def more_callers(self, done: Sequence[Execution]) -> list[Extent]:
        """Return the other callers of helpers that were run in place of a call: one does not stand for all."""
        inlined = frozenset(name.encode() for _, _, facts in done for name in facts.inlined)
        known = {function.name for function, _, _ in done}
        return [e for e in self.index.mentioning(inlined) if e.name not in known] if inlined else []

    def body(self, name: str, size: int) -> Body | None:
        """Return the body of a same-file function or macro that is worth running in place of its call."""
        extent = self.index.extent(name)
        if name not in self._bodies:
            self._bodies[name] = None
            if self.known(name):
                self._bodies[name] = self.macro_body(name) if extent is None else self.function_body(extent)
        if extent is not None and self.index.length(extent.span) > size:
            return None
        return self._bodies[name]

    def function_body(self, extent: Extent) -> Body | None:
        """Return the body of a function's first variant, None if it cannot be parsed."""
        with suppress(TooDeep):  # it is not run, then
            for variant in self.index.parse(extent).variants[:1]:
                return Body(build(variant.node, variant.base), self.source.data)
        return None

    def macro_body(self, name: str) -> Body | None:
        """Return the body of a macro, None if it is no expression."""
        from anonlint.syntax.parse import parse_text

        macro = self.macros[name]
        node, _ = parse_text(macro.text, macro.text, name)
        return None if node is None else Body(build(node, macro.base), self.source.data)

    def known(self, name: str) -> bool:
        """Return whether a name is a same-file function or macro worth running in place of its call."""
        if name not in self._known:
            extent = self.index.extent(name)
            if extent is not None:
                self._known[name] = self.is_helper(extent)
            else:
                self._known[name] = name in self.macros and self.mentions_helper(self.macros[name].text)
        return self._known[name]

    @cached_property
    def macros(self) -> dict[str, Macro]:
        """The macros of the file that stand for an expression."""
        return macros(self.source) if b"define" in self.source.data else {}

    def mentions_helper(self, text: bytes) -> bool:
        """Return whether a text mentions any vocabulary word that makes a helper worth running."""
        return not self.wake.helper.isdisjoint(identifiers(text))

    def is_helper(self, extent: Extent) -> bool:
        """Return whether a function is short, in sight as a whole, and mentions any vocabulary word."""
        if not extent.whole or self.index.length(extent.span) > _MAX_HELPER:
            return False
        return not self.wake.helper.isdisjoint(self.index.words(extent.span))

    def view(self, function: Function, facts: Facts, caller: Caller | None = None) -> Pass:
        """Return a function as rules see it."""
        return Pass(
            name=function.name,
            source=self.source,
            span=function.span,
            function_at=partial(self.function_at, default=function.name),
            exported=self.index.exported(function.span) or function.name in self.callers.unknown,
            boot=self.at_boot(function),
            caller=caller,
            classes=self.dictionary.classes,
            whole=function.whole,
            dating=self.dictionary.dating,
            facts=facts,
            # A copy or change of the kernel's own tables is no fork and no protection change.
            effects=tables(facts, whole=function.whole) if facts.user or not function.whole else (),
        )

    def at_boot(self, function: Function) -> bool:
        """Return whether a function runs at boot only."""
        words = (word.decode("ascii", "replace") for word in self.index.specifiers(function.span))
        return any("boot" in self.dictionary.classes(word) for word in words)

    def classes(self, function: Function, facts: Facts) -> set[str]:
        """Return the classes of the vocabulary words in a function and in the helpers run in its calls."""
        spans = [function.span]
        spans += [extent.span for name in facts.inlined if (extent := self.index.extent(name)) is not None]
        names = set().union(*(self.index.words(span) for span in spans))
        return {cls for name in names for cls in self.dictionary.classes(name.decode("ascii", "replace"))}

    def skip(self, function: Function | Extent, reason: str) -> None:
        """Note that a function was not understood."""
        line = self.source.position(function.span.start).line
        self.skipped.append(Skip(self.source.path, line, function.name, reason))

    def function_at(self, offset: int, default: str) -> str:
        """Return the name of the function that holds an offset."""
        around = self.index.around(offset)
        return default if around is None else around.name
