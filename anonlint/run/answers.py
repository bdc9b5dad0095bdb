"""What the tables answer to what a reviewer asks of functions that he names."""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from anonlint.domain.kinds import MIGRATION
from anonlint.model.change import Answer, FunctionChange
from anonlint.model.finding import Words
from anonlint.model.snapshot import Image
from anonlint.run.analysis import Analyser
from anonlint.run.context import Context
from anonlint.run.differ import Differ
from anonlint.syntax.index import FileIndex
from anonlint.trace.effects import EffectTable, Role, tables
from anonlint.trace.facts import Facts
from anonlint.trace.likeness import sentence

_NAME = re.compile(r"\b([a-z_]\w{3,})\b")


class Known(NamedTuple):
    """A function with a table, as it is after the patch, and by which question it sorts its entries."""

    path: str
    line: int
    table: EffectTable
    question: str


class Tables:
    """The effect tables of the functions that were compared."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self.known: dict[str, Known] = {}
        self._images: list[tuple[Image, Differ]] = []

    def add(self, differ: Differ) -> None:
        """Take note of a file."""
        if differ.after is not None:
            self._images.append((differ.after.index.image, differ))

    def named(self, names: set[str]) -> dict[str, Known]:
        """Return those of the named functions that have a table; only they are executed for it."""
        for image, differ in self._images:
            if differ.after is None:
                continue
            analyser = Analyser.of(FileIndex(image), differ.after.dictionary, self.context.wake)
            extents = [e for e in analyser.index.extents if e.name in names and e.name not in self.known]
            for function, _, facts in analyser.executions(extents):
                for table in tables(facts, whole=function.whole):
                    if table.reached & MIGRATION and table.role is not Role.NONE:
                        line = analyser.source.position(function.span.start).line
                        found = Known(differ.path, line, table, _question(facts, table))
                        self.known.setdefault(function.name, found)
        return {name: self.known[name] for name in names if name in self.known}


def _question(facts: Facts, table: EffectTable) -> str:
    """Return by which question the entries of a table are told apart, as it is written."""
    asked = [test for test in facts.tests if test.root == table.root and test.yes & MIGRATION not in (0, MIGRATION)]
    if not asked:
        return ""
    first = min(asked, key=lambda test: test.span)
    return f"{'!' if first.span.start in facts.turned else ''}{first.text}()"


def answers(said: Sequence[Words], changes: Sequence[FunctionChange], found: Tables) -> tuple[Answer, ...]:
    """Return what can be said to each question: of two functions that are named whether they do the same."""
    asked = [words for words in said if "?" in words.text]
    if not asked:
        return ()
    spoken = {words: _spoken_of(words, changes) for words in said}
    known = found.named({name for names in spoken.values() for name in names} | {change.name for change in changes})
    result = []
    for words in asked:
        here = [name for name in spoken[words] if name in known]
        before = [w for w in said if w.input == words.input and w.line < words.line]
        others = [name for w in reversed(before) for name in reversed(spoken[w]) if name in known]
        sentences = tuple(_sentences(here, list(dict.fromkeys(others)), known))
        if sentences:
            result.append(Answer(words, sentences))
    return tuple(result)


def _spoken_of(words: Words, changes: Sequence[FunctionChange]) -> tuple[str, ...]:
    """Return the functions that a reviewer names, else those below whose lines he writes."""
    known = {change.name for change in changes}
    named = [name for name in dict.fromkeys(_NAME.findall(words.text)) if name in known]
    below = [c.name for c in changes if c.path == words.path and c.line <= words.at <= c.end]
    return tuple(named or dict.fromkeys(below))


def _sentences(here: list[str], others: list[str], known: dict[str, Known]) -> Iterator[str]:
    """Yield what compares the functions of a question with each other, or with what was asked of before."""
    names = here if len(here) > 1 else [*here, *(name for name in others if name not in here)]
    if here and len(names) == 1:
        role = known[here[0]].table.role
        names += [name for name in known if name != here[0] and known[name].table.role == role]
    for other in names[1:3] if here else []:
        one, two = known[names[0]], known[other]
        yield sentence(one.table, two.table, (_called(names[0], one), _called(other, two)))


def _called(name: str, known: Known) -> str:
    return f"{name}() [{known.question}]" if known.question else f"{name}()"
