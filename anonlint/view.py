"""One function as a rule sees it."""

import re
from collections.abc import Callable, Mapping
from typing import Any, Generic, TypeVar

from anonlint.flow.effects import EffectTable
from anonlint.flow.facts import Event, Facts, Test
from anonlint.flow.kinds import (
    ALL,
    ATOMS,
    DEVICE_EXCLUSIVE,
    DEVICE_PRIVATE,
    MIGRATION,
    NONE,
    NONPRESENT,
    PRESENT,
    WORDS,
)
from anonlint.flow.render import render
from anonlint.flow.state import Value
from anonlint.kernel.era import Dating
from anonlint.model.finding import Table
from anonlint.model.source import Source, Span

T = TypeVar("T")
_DENIES = re.compile(r"n't\b|\bnot\b|\bnever\b|\bno need\b|\bdrop|\blose")
_COMMENT = re.compile(r"/\*(?:.*?\*/|.*)|//[^\n]*", re.S)


class Analysis(Generic[T]):
    """A result computed once per function and shared by all rules; identity is the key."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name


FACTS: Analysis[Facts] = Analysis("facts")
TRACE: Analysis[Facts] = Analysis("trace")
EFFECTS: Analysis[tuple[EffectTable, ...]] = Analysis("effects")


class UndeclaredRequirement(Exception):
    """A rule asked for an analysis that its ``requires`` does not list."""


class Pass:
    """One function in one configuration, as a rule sees it.

    ``function_at`` names the function that holds a Source offset. ``dating`` tells the releases that the
    input may belong to, ``whole`` whether the whole function is in sight.
    """

    def __init__(
        self,
        *,
        name: str,
        source: Source,
        span: Span,
        whole: bool,
        dating: Dating,
        function_at: Callable[[int], str],
        callers: Callable[[frozenset[bytes], bool], bool],
        classes: Callable[[str], set[str]],
        mentions: Callable[[frozenset[bytes]], bool],
        mentions_at: Callable[[Span, frozenset[bytes]], bool],
        results: Mapping[Analysis[Any], Any],
    ) -> None:
        self.name = name
        self.source = source
        self.span = span
        self.whole = whole
        self.dating = dating
        self.function_at = function_at
        self.callers = callers
        self.mentions = mentions
        self.classes = classes
        self.mentions_at = mentions_at
        self._results = results
        self._requires: tuple[Analysis[Any], ...] = ()

    @property
    def read_exclusive(self) -> bool:
        """Whether pages have the exclusive flag, and migration entries a kind for it (5.19, 6c287605fd56)."""
        return not self.dating.before((5, 19))

    def can_be_uffd_wp(self, level: str = "huge") -> bool:
        """Return whether userfaultfd can write-protect entries: anonymous pages of 5.7, hugetlb and files of 5.19."""
        return not self.dating.before((5, 19) if level == "huge" else (5, 7))

    @property
    def migration_keeps_young_dirty(self) -> bool | None:
        """Whether migration entries have room for these bits (6.1, 2e3468778dbe); None where that is open."""
        return False if self.dating.before((6, 1)) else True if self.dating.after((6, 1)) else None

    def for_rule(self, requires: tuple[Analysis[Any], ...]) -> "Pass":
        """Return the pass limited to what one rule declared."""
        self._requires = requires
        return self

    def __getitem__(self, analysis: Analysis[T]) -> T:
        """Return an analysis' result; raise UndeclaredRequirement when the rule did not declare it."""
        if analysis not in self._requires:
            raise UndeclaredRequirement(analysis.name)
        result: T = self._results[analysis]
        return result

    def text(self, span: Span) -> str:
        """Return source text on one line."""
        return b" ".join(self.source.data[span.start : span.end].split()).decode("utf-8", "replace")

    def table(self, table: EffectTable) -> Table:
        """Return a table for printing."""
        position = self.source.position(self.span_of(table).start)
        return render(table, self.name, self.source.path, position.line)

    def story(self, table: EffectTable, index: int) -> tuple[tuple[Span, str], ...]:
        """Return the places that decided about one entry state: questions asked, entries made and stored."""
        facts: Facts = self._results[FACTS]
        bit = 1 << index
        kind = WORDS[ATOMS[index].kind]
        notes: list[tuple[Span, str]] = []
        for test, atoms in facts.tests.items():
            if test.root == table.root and atoms & bit and test.yes | test.no != test.yes & test.no:
                answer = "true" if test.yes & bit else "false"
                notes.append((test.span, f"{test.text}() is {answer} for a {kind} entry"))
        for made, atoms in facts.made.items():
            if made.root == table.root and atoms & bit:
                notes.append((made.span, f"a {WORDS[made.kind]} entry is made of it here"))
        for store, atoms in facts.stores.items():
            if store.root == table.root and atoms & bit:
                notes.append((store.span, "stored here"))
        return tuple(sorted(set(notes)))

    def plausible(self, root: Value, atoms: int, *, narrow: bool = True) -> int:
        """Return those of a root's entry states that its function can be thought to be handed.

        Of an entry whose presence is never asked the caller has asked: it is present, unless it is
        taken for a non-present entry; where just one family of those is told apart, it is one
        of them (unless ``narrow`` is false).
        """
        facts: Facts = self._results[FACTS]
        if root is None or not atoms & (PRESENT | NONE):
            return atoms if root is None or not narrow else self._family(root, atoms)
        if facts.contracts.get(root, 0) & PRESENT or root in facts.told:
            return self._family(root, atoms) if narrow else atoms
        if root not in facts.conversions:
            return atoms & PRESENT
        return (self._family(root, atoms) if narrow else atoms) & NONPRESENT

    def _family(self, root: Value, atoms: int) -> int:
        """Return the entry states of the one family of entries that a root is asked about, all if it is more."""
        facts: Facts = self._results[FACTS]
        asked = [t.yes & NONPRESENT for t in facts.tests if t.root == root]
        for family in _FAMILIES:
            if any(asked) and not any(yes & ~family for yes in asked):
                return atoms & (family | PRESENT | NONE)
        return atoms

    def tells_presence(self, root: Value, span: Span) -> bool:
        """Return whether the function around ``span`` asks of an entry whether it is present, or of what kind.

        A loop that walks over the entries once more may rely on what the first one asked.
        """
        facts: Facts = self._results[FACTS]
        where = self.function_at(span.start)
        asked = [t.span for t in facts.tests if t.root == root and _tells_presence(t)]
        return any(
            self.function_at(test.start) == where and all(loop.holds(span) for loop in facts.loops if loop.holds(test))
            for test in asked
        )

    def explained(self, span: Span, bit: str, lines: int = 7) -> bool:
        """Return whether a comment that ends at most ``lines`` lines above ``span`` denies a software bit."""
        end = self.source.data.find(b"\n", span.start)
        text = self.source.data[self.span.start : end].decode("utf-8", "replace").lower()
        stem = bit.removesuffix("y")  # soft-dirtiness, too
        names = [stem.replace("-", joint) for joint in ("-", " ", "_")]
        near = [m[0] for m in _COMMENT.finditer(text) if text.count("\n", m.end()) < lines]
        return any(any(name in c for name in names) and _DENIES.search(c) for c in near)

    def file_mentions(self, words: frozenset[bytes]) -> bool:
        """Return whether the file holds any of the words."""
        return any(word in self.source.data for word in words)

    @property
    def user(self) -> bool:
        """Whether a process's mappings are in sight: other tables have other rules; at boot there is no process."""
        facts: Facts = self._results[FACTS]
        return facts.user and b"__init" not in self._head()[0].split()

    def left_to_callers(self, words: frozenset[bytes], *, fault: bool = False, far: bool = False) -> bool:
        """Return whether asking for what ``words`` stand for is up to the callers.

        It is where all in the same file mention a word (with ``far``, or theirs do); and in a function for other
        files that mentions none itself. With ``fault`` it never is in a function that handles a fault.
        """
        head, parameters = self._head()
        if fault and b"vm_fault" in parameters.split(b"{")[0]:
            return False  # whoever handles a fault decides what it gives
        return self.callers(words, far) or (b"static" not in head.split() and not self.mentions(words))

    def _head(self) -> tuple[bytes, bytes]:
        """Return what stands before and behind the parenthesis that opens the function's parameters."""
        head, _, rest = self.source.data[self.span.start : self.span.start + 400].partition(b"(")
        return head, rest

    def asks_for(self, root: Value, kinds: int) -> bool:
        """Return whether the function asks whether an entry is one of just these kinds."""
        facts: Facts = self._results[FACTS]
        return any(t.root == root and not t.yes & ~kinds for t in facts.tests)

    def span_of(self, table: EffectTable) -> Span:
        """Return where the table's entry is told apart or rewritten: in the function itself, if it is there."""
        facts: Facts = self._results[FACTS]
        telling = [t.span for t in facts.tests if t.root == table.root and t.yes & MIGRATION not in (0, MIGRATION)]
        made = [m.span for m in facts.made if m.root == table.root]
        stored = [s.span for s in facts.stores if s.root == table.root]
        asked = [t.span for t in facts.tests if t.root == table.root]
        groups = (telling, asked, made, stored)
        own = [[span for span in group if self.holds(span)] for group in groups]
        best = next((group for group in (*own, *groups) if group), [Span(0, 0)])
        return min(best)

    def asked_before(self, root: Value, span: Span) -> bool:
        """Return whether an entry is asked anything before a place; in a whole function that need not be in sight."""
        facts: Facts = self._results[FACTS]
        return self.whole or any(test.root == root and test.span < span for test in facts.tests)

    def goes_on_to_ask(self, event: Event, what: str) -> bool:
        """Return whether the next thing that is done is to ask something of the event's page, or of its folio.

        Nobody else was to ask that, then: however the two questions are spelled, they are one.
        """
        facts: Facts = self._results[FACTS]
        pages = {event.value, *facts.folios.get(event.value, ())}
        later = [s for page in pages for s in facts.asked.get((what, page), ()) if s.start >= event.span.end]
        if not later:
            return False
        gap = Span(event.span.end, min(later).start)
        done = {e.span for e in facts.events} | {t.span for t in facts.tests} | {s.span for s in facts.stores}
        return not any(gap.holds(span) for span in done.union(facts.results.values()))

    @property
    def asks_anon(self) -> bool:
        """Whether it is asked of a page if it is anonymous; in a whole function that need not be in sight."""
        facts: Facts = self._results[FACTS]
        return self.whole or "anon" in facts.asks

    def nearest(self, spans: list[Span], fallback: Span) -> Span:
        """Return the first of the places that lies in the function itself; else ``fallback`` if it does."""
        own = [span for span in spans if self.holds(span)]
        return min(own) if own else fallback if self.holds(fallback) or not spans else min(spans)

    def holds(self, span: Span) -> bool:
        """Return whether a place lies in the function itself, not in a helper run in one of its calls."""
        return self.span.start <= span.start < self.span.end


_FAMILIES = (MIGRATION, DEVICE_PRIVATE, DEVICE_EXCLUSIVE)


def _tells_presence(test: Test) -> bool:
    """Return whether a predicate tells non-present entries from others, or from each other."""
    return test.tells_kinds or (test.yes & ~test.no & ALL) in (PRESENT, NONPRESENT)
