"""One file image to findings: what the rules say of its functions, and what is left of it once callers are asked."""

import gc
from collections.abc import Iterable, Sequence
from time import perf_counter
from typing import NamedTuple

from anonlint import limits
from anonlint.domain.kinds import MIGRATION
from anonlint.domain.terms import forget_terms
from anonlint.model.finding import Finding, Table
from anonlint.model.function import Extent, Function
from anonlint.model.remark import Remark
from anonlint.model.snapshot import Image, Origin
from anonlint.model.source import Span
from anonlint.rule.plugin import Diagnostic, Member, Pass, Rule
from anonlint.run import timing
from anonlint.run.analysis import Analyser, Execution
from anonlint.run.executed import NOTHING, Executed, Known
from anonlint.run.result import ImageResult
from anonlint.run.scene import View
from anonlint.run.story import place_at, story
from anonlint.run.wake import Wake
from anonlint.syntax.index import FileIndex
from anonlint.syntax.remarks import remarks
from anonlint.trace.caller import Caller
from anonlint.trace.effects import tables
from anonlint.words.dictionary import Dictionary


def analyse(
    image: Image,
    rules: Sequence[Rule],
    dictionary: Dictionary,
    wake: Wake,
    origin: Origin,
    view: View | None = None,
    only: frozenset[str] | None = None,
    index: FileIndex | None = None,
    known: Known = NOTHING,
    changed: frozenset[str] = frozenset(),
) -> ImageResult:
    """Run the rules over one image, or ``only`` some functions of it; ``view`` is what is in sight in other files.

    What is ``known`` of functions is not found out again. ``changed`` are the words of the vocabulary that mean what
    their bodies say.
    """
    found = _analysed(image, rules, dictionary, wake, origin, view, only, index, known, changed)
    forget_terms()
    gc.collect(1)  # analysers and their parts hold each other: nobody holds them any more
    return found


def _analysed(
    image: Image,
    rules: Sequence[Rule],
    dictionary: Dictionary,
    wake: Wake,
    origin: Origin,
    view: View | None,
    only: frozenset[str] | None,
    index: FileIndex | None,
    known: Known,
    changed: frozenset[str],
) -> ImageResult:
    cuts = limits.cuts
    index = index or (FileIndex(image) if view is None else view.functions(image))
    analyser = Analyser.of(index, dictionary, wake, view)
    analyser.changed = changed
    verdict = Verdict(analyser, origin)
    start = perf_counter()
    done = Executed(analyser, only, known)
    timing.spent("execution", start)
    verdict.judge(rules, done.executions, done.served)
    pieces = tuple(done.pieces(verdict.found, verdict.members))
    findings: dict[tuple[object, ...], Finding] = {}
    for found in (found for piece in pieces for found in piece.findings):
        findings.setdefault(_mark(found), found)
    return ImageResult(
        tuple(findings.values()),
        tuple(pair for piece in pieces for pair in piece.members),
        (*analyser.skipped, *(skip for skip in known.skipped if skip.function in done.left)),
        remarks(analyser.source.own, analyser.index.extents),
        verdict.remarks_elsewhere(findings.values()),
        len(analyser.index.extents),
        len(done.awake),
        tuple(analyser.crashes),
        cut=bool(analyser.crashes) or limits.cuts != cuts,
        judged=only,
        short=tuple(sorted(piece.name for piece in pieces if piece.short)),
        executed=len(done.names),
        pieces=tuple(piece for piece in pieces if piece.name not in analyser.left_out),
    )


def _mark(found: Finding) -> tuple[object, ...]:
    """Return what makes one of two findings of an image: the rule, the place and the words."""
    return found.code, found.path, found.line, found.column, found.end_column, found.message


class Said(NamedTuple):
    """What a rule said of a function as it was executed."""

    rule: Rule
    item: Diagnostic
    seen: Pass

    @property
    def key(self) -> tuple[str, Span]:
        """What makes two of these one."""
        return self.rule.code, self.item.span


class Verdict:
    """Collects what rules say of the functions of one image."""

    def __init__(self, analyser: Analyser, origin: Origin) -> None:
        self.analyser = analyser
        self.origin = origin
        self.found: dict[str, dict[tuple[str, Span, str], Finding]] = {}  # by the function that was executed
        self.members: dict[str, dict[tuple[str, Span], tuple[str, Member]]] = {}

    def judge(self, rules: Sequence[Rule], executions: Sequence[Execution], served: frozenset[str]) -> None:
        """Ask the rules about every execution; ``served`` are the helpers that were judged in their callers."""
        for execution in executions:
            # A helper is judged where it is called, with what its callers know, but for what no caller changes.
            asked = [rule for rule in rules if rule.alone] if execution.function.name in served else rules
            try:
                with limits.watched():
                    self.judge_one(asked, execution)
            except (Exception, limits.TooLong) as error:
                self.analyser.failed(execution.function, error)

    def judge_one(self, rules: Sequence[Rule], execution: Execution) -> None:
        """Ask the rules about one execution, and where there is something to say, again about what callers leave."""
        function = execution.function
        said = self.ask(rules, self.analyser.view(function, execution.facts), function)
        trusted = {event.span for event in execution.facts.events if "caller" in event.proofs}
        if said or trusted:
            again = rules if trusted else list(dict.fromkeys(s.rule for s in said))
            said = self.confirmed(said, trusted, again, execution)
        for rule, item, p in said:
            if self.is_anothers(rule, item):
                continue
            name = self.analyser.function_at(item.span.start, function.name)
            mine = self.found.setdefault(function.name, {})
            mine.setdefault((rule.code, item.span, item.message), story(rule, item, p, name, self.origin))

    def is_anothers(self, rule: Rule, item: Diagnostic) -> bool:
        """Return whether what stands in another file is said of the function there whoever calls it."""
        if self.analyser.is_own(item.span.start):
            return False
        owner, extent, span = self.analyser.stands(item.span)
        other = Verdict(owner, self.origin)
        executions = [] if extent is None else owner.executions([extent])
        return any(
            one.key == (rule.code, span)
            for function, _, facts in executions
            for one in other.ask([rule], owner.view(function, facts), function)
        )

    def confirmed(
        self, said: list[Said], trusted: set[Span], rules: Sequence[Rule], execution: Execution
    ) -> list[Said]:
        """Return what is said of a function when it runs as its callers call it, if all are in sight.

        At the places ``trusted`` a flag that was handed in was taken for a proof: now it is known what was handed in.
        """
        function, variant, first = execution
        callers = self.analyser.callers.of(function)
        by: dict[tuple[str, Span], list[Caller]] = {}
        known = {one.key for one in said}
        more: dict[tuple[str, Span], Said] = {}
        for caller in callers:
            facts = first if caller.silent else self.analyser.execute(function, variant, starts=caller.starts)
            if facts.gave_up or (facts.short and not first.short):  # it would not see what was seen before
                return said
            again = self.ask(rules, self.analyser.view(function, facts, caller), function)
            word = bool(self.analyser.dictionary.classes(caller.function.name))  # what it means is said by that
            for key, one in {s.key: s for s in again}.items():
                by.setdefault(key, []).append(caller)
                if one.item.span in trusted and key not in known and caller.decides and not word:
                    more.setdefault(key, one)
        if not callers:  # where they are too much to execute, they may have asked
            unknown = function.name in self.analyser.callers.unknown
            return self.ask(rules, self.analyser.view(function, first), function) if unknown else said
        kept = [one for one in (*said, *more.values()) if one.key in by]
        return [one._replace(item=_naming(one.item, by[one.key], callers)) for one in kept]

    def remarks_elsewhere(self, findings: Iterable[Finding]) -> tuple[Remark, ...]:
        """Return the remarks of the other files in which something was found."""
        abroad = self.analyser.abroad
        paths = {found.path for found in findings} - {self.analyser.source.path}
        if abroad is None:
            return ()
        homes = sorted(path.removeprefix(abroad.prefix) for path in paths)
        shown = ((abroad.source(path), abroad.at(path)) for path in homes)
        return tuple(remark for source, owner in shown for remark in remarks(source, owner.index.extents))

    def ask(self, rules: Sequence[Rule], p: Pass, function: Function) -> list[Said]:
        """Return what rules say of one execution; members of comparisons are put by."""
        classes = self.analyser.classes(function, p.facts)
        stands_for = self.analyser.dictionary.classes(function.name)
        said: list[Said] = []
        for rule in rules:
            seen = (function.whole or rule.fragments) and rule.about.isdisjoint(stands_for)
            if not seen or (rule.words and rule.words.isdisjoint(classes)) or not rule.concerns(p):
                continue
            start = perf_counter()
            for item in rule.check(p):
                if isinstance(item, Diagnostic):
                    said.append(Said(rule, item, p))
                elif not isinstance(item, Member):
                    raise TypeError(f"{rule.code} yields {item!r}, which is neither a Diagnostic nor a Member")
                elif p.caller is None and self.analyser.is_own(item.span.start):
                    self.take_part(rule, item, function)
            timing.spent(rule.code, start)
        return said

    def take_part(self, rule: Rule, item: Member, function: Function) -> None:
        """Keep a member of a comparison."""
        name = self.analyser.function_at(item.span.start, function.name)
        placed = item._replace(place=place_at(self.analyser.source, item.span, name))
        self.members.setdefault(function.name, {})[rule.code, item.span] = (rule.code, placed)


def _naming(item: Diagnostic, by: Sequence[Caller], callers: Sequence[Caller]) -> Diagnostic:
    """Return what is said with the callers of whom it holds named, where it does not hold of all."""
    if len(by) == len(callers):
        return item
    named = tuple((caller.place, f"it is so when {caller.function.name}() calls") for caller in by)
    return item._replace(notes=item.notes + named)


def effect_tables(analyser: Analyser, extents: Sequence[Extent]) -> tuple[Table, ...]:
    """Return the printable tables of the given functions."""
    found: dict[Table, None] = {}
    for function, _, facts in analyser.executions(extents):
        p = analyser.view(function, facts)
        for table in tables(facts, whole=function.whole):
            if table.reached & MIGRATION:
                found[p.table(table)] = None
    return tuple(found)
