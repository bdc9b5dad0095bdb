"""The functions of one file image: picks those that matter and executes them."""

from collections.abc import Container, Iterable, Sequence
from contextlib import suppress
from functools import partial
from typing import NamedTuple

from anonlint import limits
from anonlint.crash import told
from anonlint.domain.state import State
from anonlint.engine.execute import Executor
from anonlint.graph.cfg import build
from anonlint.graph.ir import CFG
from anonlint.graph.lower import TooDeep
from anonlint.model.function import Extent, Function, Variant
from anonlint.model.patchwork import Patchwork
from anonlint.model.snapshot import Skip
from anonlint.model.source import Span
from anonlint.rule.plugin import Pass
from anonlint.run.abroad import Abroad, Purse
from anonlint.run.callers import Callers, Elsewhere, Watch
from anonlint.run.defined import Defined
from anonlint.run.redefined import contradicts, is_comparable
from anonlint.run.scene import TreeFile, View
from anonlint.run.wake import Wake
from anonlint.syntax.enums import Enumerators
from anonlint.syntax.index import FileIndex
from anonlint.trace.caller import Caller
from anonlint.trace.effects import tables
from anonlint.trace.facts import Facts
from anonlint.words.body import LONGEST_HELPER, Body
from anonlint.words.dictionary import Dictionary

_STEPS = 120_000  # steps of execution that a file may cost: some seconds; mm/memory.c of 7.3 takes most of them
_BYTES_PER_STEP = 25  # and one more for each of so many bytes
_OVERHEAD = 13  # steps that getting a function ready costs


class Execution(NamedTuple):
    """One variant of a function, and what was seen when it was executed."""

    function: Function
    variant: Variant
    facts: Facts


class Analyser:
    """Analyses the functions of one image with a given dictionary and era.

    ``path`` is the image's in the tree, ``abroad`` what is in sight of that tree's other files.
    """

    def __init__(
        self, index: FileIndex, dictionary: Dictionary, wake: Wake, path: str = "", purse: Purse | None = None
    ) -> None:
        self.index = index
        self.defined = Defined(index)
        self.source = Patchwork(index.image.source)
        self.dictionary = dictionary
        self.wake = wake
        self.path = path
        self.purse = purse or Purse(_STEPS + len(self.source.data) // _BYTES_PER_STEP)
        self.abroad: Abroad[Analyser] | None = None
        self.thorough = False  # see Executor
        self.changed: frozenset[str] = frozenset()  # the vocabulary's words whose definitions a patch changes
        self._deciding: dict[str, bool] = {}
        self.skipped: list[Skip] = []
        self.crashes: list[Skip] = []
        self.left_out: set[str] = set()  # functions that were not executed for want of time or steps
        self._bodies: dict[str, Body | None] = {}
        self._known: dict[str, bool] = {}
        self._sizes: dict[str, int] = {}
        self.callers = Callers(self.index, self.watch, self.graph, self.callers_abroad)

    @classmethod
    def of(cls, index: FileIndex, dictionary: Dictionary, wake: Wake, view: View | None = None) -> "Analyser":
        """Return the analyser of an image, with what is in sight of it in other files."""
        analyser = cls(index, dictionary, wake, view.home if view else "")
        if view is not None:
            analyser.abroad = Abroad(view, analyser, analyser.neighbour)
        return analyser

    def neighbour(self, text: TreeFile, abroad: "Abroad[Analyser]") -> "Analyser":
        """Return the analyser of another file in sight of this one."""
        found = Analyser(text.index, self.dictionary, self.wake, text.path, abroad.purse)
        found.abroad = abroad
        found.changed = self.changed
        return found

    def place(self, path: str) -> int:
        """Return what is added to the places of another file."""
        assert self.abroad is not None
        return self.source.put(self.abroad.source(path))

    def awake(self) -> list[Extent]:
        """Return the functions to execute: all that handle an entry."""
        return sorted(self.index.mentioning(self.wake.entry), key=lambda e: e.span)

    def executions(self, extents: Sequence[Extent]) -> list[Execution]:
        """Execute every variant of the given functions; what cannot be executed is noted as skipped."""
        done: list[Execution] = []
        for extent in extents:
            if reason := limits.over() or (self.purse.steps <= 0 and "the file takes too many steps"):
                self.skip(extent, f"not judged: {reason}")
                self.left_out.add(extent.name)
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

    def execute(
        self,
        function: Function,
        variant: Variant,
        watched: str = "",
        starts: Sequence[State] = (),
        *,
        thorough: bool = False,
    ) -> Facts:
        """Execute one variant."""
        try:
            body = self.ready(function, variant, apart=thorough or bool(watched))
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
            thorough=thorough or self.thorough,
        )
        facts = self.spent(run())
        return self.spent(run(short=True)) if facts.gave_up and facts.inlined and not limits.over() else facts

    def ready(self, function: Function, variant: Variant, *, apart: bool = False) -> Body:
        """Return one variant ready to run; raise TooDeep where it nests too far.

        It is the one that is run in place of calls, if it is: unless it is run ``apart``, when other things matter in
        it, or as no call would be.
        """
        serves = self.is_run_for_calls(function, variant)
        known = self._bodies.get(function.name) if serves else None
        if known is None:
            known = Body(self.built(function, variant))
            if serves:
                self._bodies[function.name] = known
        return known if not apart and known.is_worth(self.dictionary) else Body(known.cfg)

    def built(self, function: Function, variant: Variant) -> CFG:
        """Return the graph of one variant; raise TooDeep where it nests too far."""

        def cut(offset: int) -> bool | None:
            end = function.span.end
            return None if offset > end else not self.source.data[offset:end].strip()

        return build(variant, None if function.whole else cut)

    def is_run_for_calls(self, function: Function, variant: Variant) -> bool:
        """Return whether a variant is what may be run in place of a call of its function."""
        extent = self.index.extent(function.name)
        if extent is None or extent.span != function.span or variant is not function.variants[0]:
            return False
        return self.known(function.name) and self.size(function.name) <= LONGEST_HELPER

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
        return self.ready(function, function.variants[0]).cfg

    def spent(self, executor: Executor) -> Facts:
        """Run an execution with the steps that the file has left, and take off what it took."""
        left = max(self.purse.steps * 4 // 5, 0)  # something is for the others
        executor.patience = min(executor.patience, left)
        facts = executor.run()
        self.purse.steps -= executor.steps + _OVERHEAD
        executor.release()
        return facts

    def leading(self, execution: Execution) -> frozenset[str]:
        """Return the helpers that were run in place of a call: one caller does not stand for all.

        So is a function that says of a page that was handed in that it is exclusive: its callers know. What a helper of
        another file does is that file's to judge.
        """
        function, _, facts = execution
        names = {*facts.inlined, *([function.name] if facts.claims_for_others() else [])}
        return frozenset(name for name in names if self.owner(name)[0] is self)

    def callers_of(self, names: Iterable[str], known: Container[str]) -> list[Extent]:
        """Return the functions that mention one of the names, but for those that are known."""
        words = frozenset(name.encode() for name in names)
        return [e for e in self.index.mentioning(words) if e.name not in known] if words else []

    def is_own(self, offset: int) -> bool:
        """Return whether a place lies in the image itself."""
        return self.source.at(offset)[0] is self.source.own

    def stands(self, span: Span) -> "tuple[Analyser, Extent | None, Span]":
        """Return whose a place is: the analyser of its file, the function around it, and where it is there."""
        part, at = self.source.at(span.start)
        owner = self if part is self.source.own or self.abroad is None else self.abroad.shown(part)
        return owner, owner.index.around(at), Span(at, at + span.end - span.start)

    def callers_abroad(self, name: str) -> list[Elsewhere] | None:
        """Return who calls a function from other files; None where there may be others than those in sight."""
        found = None if self.abroad is None else self.abroad.scene.callers(name, self.path)
        if self.abroad is None or found is None:
            return None
        return [
            Elsewhere(self.abroad.at(text.path).callers, extent, partial(self.place, text.path))
            for text, extent in found
        ]

    def owner(self, name: str) -> "tuple[Analyser, str]":
        """Return the analyser of the file that has a function or macro, and its name there; one's own where none has.

        What a vocabulary word does is said by the vocabulary, wherever its body is.
        """
        if name in self.defined or self.abroad is None or (name in self.dictionary and name not in self.changed):
            return self, name
        found = self.abroad.whose(name, word=name in self.changed)
        return (self, name) if found is None else (self.abroad.at(found[0]), found[1])

    def decides(self, name: str) -> bool:
        """Return whether a word of the vocabulary means what its body in sight says, and not what its row says.

        It is so of what a file defines for itself alone, and of what a patch changes.
        """
        found = self._deciding.get(name)
        if found is None:
            self._deciding[name] = False  # in its own body it is what the vocabulary says
            found = self._deciding[name] = self.is_redefined(name) is True
        return found

    def is_redefined(self, name: str) -> bool | None:
        """Return whether a word's definition contradicts its row; None where it is not understood."""
        owner, bare = self.owner(name)
        extent = owner.index.extent(bare)
        its_own = extent is not None and not owner.index.exported(extent.span) and not self.source.path.endswith(".h")
        if extent is None or not (name in self.changed or (owner is self and its_own)):
            return False
        if not extent.whole:
            return None
        function = owner.index.parse(extent)
        op = self.dictionary.op(name, len(owner.graph(function).params)) if function.variants else None
        if op is None or not is_comparable(op) or not self.known(name):
            return None
        runs = [owner.execute(function, variant, thorough=True) for variant in function.variants]
        if any(facts.gave_up for facts in runs):
            return None
        return contradicts(op, runs, self.dictionary.existing[op.level], closely=name in self.changed)

    def body(self, name: str, size: int) -> Body | None:
        """Return the body of a function or macro in sight that is worth running in place of its call."""
        known = self._known.get(name)  # mostly it is one that is none
        if not (self.known(name) if known is None else known) or self.size(name) > size:
            return None
        if name not in self._bodies:
            self._bodies[name] = self.made_body(*self.owner(name))
        return self._bodies[name]

    def read(self, name: str) -> Body | None:
        """Return the body of a function that is run in place of its calls."""
        body = self.body(name, LONGEST_HELPER)
        return body if body is not None and body.is_worth(self.dictionary) else None

    @property
    def plain(self) -> "Analyser":
        """The helpers, of which none is watched."""
        return self

    def size(self, name: str) -> int:
        """Return how long a function is; macros are short."""
        found = self._sizes.get(name)
        if found is None:
            owner, bare = self.owner(name)
            found = self._sizes[name] = owner.defined.length(bare)
        return found

    def made_body(self, owner: "Analyser", name: str) -> Body | None:
        """Return the body of a function or macro, None if it cannot be parsed, or is no expression."""
        tree = owner.defined.tree(name)
        if tree is None:
            return None
        with suppress(TooDeep):  # it is not run, then
            if owner is self:
                return Body(build(tree))
            assert self.abroad is not None
            cfg = build(tree._replace(base=tree.base + self.place(owner.path)))
            self.abroad.qualify(cfg, owner.path, self.dictionary.__contains__)
            return Body(cfg)
        return None

    def known(self, name: str) -> bool:
        """Return whether a name is a function or macro in sight that is worth running in place of its call."""
        if name not in self._known:
            owner, bare = self.owner(name)
            self._known[name] = owner.defined.has_helper(bare, self.wake.helper if owner is self else self.wake.abroad)
        return self._known[name]

    @property
    def enumerators(self) -> Enumerators:
        """The enumerators of the file."""
        return self.defined.enumerators

    def view(self, function: Function, facts: Facts, caller: Caller | None = None) -> Pass:
        """Return a function as rules see it."""
        return Pass(
            name=function.name,
            source=self.source,
            span=function.span,
            function_at=partial(self.function_at, default=function.name),
            exported=partial(self.has_others, function),
            boot=self.at_boot(function),
            caller=caller,
            classes=self.dictionary.classes,
            whole=function.whole,
            dating=self.dictionary.dating,
            facts=facts,
            # A copy or change of the kernel's own tables is no fork and no protection change.
            effects=partial(tables, facts, whole=function.whole) if facts.user or not function.whole else tuple,
        )

    def has_others(self, function: Function) -> bool:
        """Return whether others than those in sight may call a function, or what those in sight prove is not known."""
        exported = self.index.exported(function.span) and not self.callers.in_sight(function)
        return exported or function.name in self.callers.unknown

    def at_boot(self, function: Function) -> bool:
        """Return whether a function runs at boot only."""
        words = (word.decode("ascii", "replace") for word in self.index.specifiers(function.span))
        return any("boot" in self.dictionary.classes(word) for word in words)

    def classes(self, function: Function, facts: Facts) -> set[str]:
        """Return the classes of the vocabulary words in a function and in the helpers run in its calls."""
        names = set(self.index.words(function.span))
        for owner, name in map(self.owner, facts.inlined):
            extent = owner.index.extent(name)
            names |= set() if extent is None else owner.index.words(extent.span)
        return {cls for name in names for cls in self.dictionary.classes(name.decode("ascii", "replace"))}

    def skip(self, function: Function | Extent, reason: str) -> None:
        """Note that a function was not understood."""
        line = self.source.position(function.span.start).line
        skip = Skip(self.source.path, line, function.name, reason)
        if skip not in self.skipped:  # it was tried before, for itself or as somebody's caller
            self.skipped.append(skip)

    def function_at(self, offset: int, default: str) -> str:
        """Return the name of the function that holds an offset."""
        _, around, _ = self.stands(Span(offset, offset))
        return default if around is None else around.name
