"""What all parts of execution share: where values come from, and what an entry can be where it is first seen."""

import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from anonlint.domain.kinds import (
    ALL,
    ANON,
    DEVICE_EXCLUSIVE,
    DEVICE_PRIVATE,
    MIGRATION,
    NONE,
    NONPRESENT,
    PRESENT,
    VAGUE,
    mask,
)
from anonlint.domain.notes import Huge, Level
from anonlint.domain.softbits import HARDWARE
from anonlint.domain.state import Answer, State, is_root
from anonlint.domain.subjects import base, mapping
from anonlint.domain.values import (
    BeforeLock,
    Bit,
    Cell,
    Cleared,
    Cow,
    Enumerator,
    Field,
    Flags,
    KeptEntry,
    Key,
    Kinds,
    MadeEntry,
    PageOf,
    PageTest,
    PresentEntry,
    Ref,
    Shared,
    Site,
    Slot,
    SwapEntry,
    Value,
    Var,
)
from anonlint.graph.ir import CFG, Expr
from anonlint.model.source import Span
from anonlint.trace.facts import GaveUp
from anonlint.trace.recorder import Recorder
from anonlint.words.dictionary import PAGE_TESTS, Dictionary, Op
from anonlint.words.matters import NOTHING_MATTERS

if TYPE_CHECKING:
    from anonlint.model.source import Source
    from anonlint.words.body import Body, Helpers

Results = list[tuple[State, Value]]
Split = tuple[list[State], list[State]]  # the states for which a condition holds, and the others
WALK = "page_vma_mapped_walk"
_NAMES = re.compile(r"\w+")
_LOOKED_AT = frozenset((Bit, Cow, Shared))
_MOST_CASES = 1024  # what one expression may split a state into


def without(state: State) -> list[str]:
    """Return the configuration options that are off on a path, and the functions that say so."""
    return [fact[1:] for fact, _ in state.proofs if fact[0] == "!"]


def answers(yes: list[State], no: list[State]) -> Results:
    """Return 1 for the states in which a question is answered yes, 0 for the others."""
    out: Results = [(state, 1) for state in yes]
    return out + [(state, 0) for state in no]


class Machine:
    """One execution: what it runs, where it stands, and where values and entry states come from.

    The engine's own verbs are set by whoever puts the parts together (engine/execute.py): ``eval`` and ``eval_all``
    evaluate expressions, ``branch`` and ``split`` split a state by a condition or a value, ``inline`` runs a helper in
    place of its call, ``forget`` and ``leave_off`` end what a state knows.
    """

    __deletable__ = ("branch", "eval", "forget", "inline", "leave_off", "split")

    facts: Recorder
    eval: Callable[[Expr, State], Results]
    branch: Callable[[Expr, State], Split]
    split: Callable[[State, Value, str], Split]
    inline: Callable[[Expr, list[Value], State], Results | None]
    forget: Callable[[State, Value], State]
    leave_off: Callable[[State], State]

    def __init__(
        self, source: "Source", dictionary: Dictionary, cfg: CFG, helpers: "Helpers", options: dict[str, bool]
    ) -> None:
        self.source = source
        self.dictionary = dictionary
        self.helpers = helpers
        self.options = options  # the configuration, as far as the #if's of the function tell
        self.params = cfg.params  # of the function that is being run, as its types
        self.types = dict(cfg.types)  # and those of what words declare
        self.scopes: dict[str, dict[str, str]] = {"": self.types}  # by frame: the types of its variables
        self.constants: dict[str, Value] = {}  # of the names that have been met
        self.words: dict[Expr, Op | None] = {}  # what is called by the calls that have been met
        self.places: dict[str, Key] = {}  # the places of the variables that have been met, by name
        self.frame = ""
        self.stack = [cfg.name]  # the functions that are being run, outermost first
        self.calls: list[Span] = []  # the calls whose helpers are being run, outermost first
        self.given: frozenset[Value] = frozenset()  # the entries that were handed to the helper at hand
        self.members: dict[Value, frozenset[str]] = {}  # of structures: those that lead to a place
        self.behind: tuple[tuple[Body, int], ...] = ()  # the blocks of the calls at hand
        self.outer: Mapping[Value, object] = {}  # what had been asked when the helper at hand was called
        self.ored: dict[str, set[str]] = {}
        self.matter = NOTHING_MATTERS
        self.copies = False  # whether what is read from one slot may be left in another
        self.pinned: frozenset[str] = frozenset()  # the conditions that such an outcome is told with
        # Flags that are handed in with two slots: one may be the COW question.
        self.switches: frozenset[Value] = frozenset()
        self.asks_cow = False
        self.seen_sites: set[Value] = set()
        self.top: Expr | None = None  # the statement at hand: nobody asks for its value
        self.in_question: set[Value] = set()  # pages that the assertion at hand asks whether they are anonymous
        self.thorough = False  # all that is reached is noted, to be compared with another image's
        self.watched = ""  # the function of whose calls is noted what held there
        self.asserting = 0  # how many assertions are being evaluated: what they ask decides nothing
        self.complaining = 0  # how many of them only complain: what they ask decides nothing
        self.doubted = 0  # how many assertions are being evaluated: what they read is not used
        self.handed: frozenset[Key] = frozenset()  # the parameters of the function
        self.slots: tuple[Key, ...] = ()  # the page table slots that the function is handed, in order
        self.begun: frozenset[Value] = frozenset()  # the entries whose states come from the caller
        self.callbacks: set[Key] = set()  # slots that the function is handed as a callback of a walk
        self.strange: set[Key] = set()  # places that were given what an unknown function returned

    def release(self) -> None:
        """Let go of the engine's verbs, which hold the machine: it is not used any more."""
        del self.eval, self.branch, self.split, self.inline, self.forget, self.leave_off

    def seen_at(self, span: Span) -> Span:
        """Return where the executed function itself has a place: the call whose helper it is in, or the place."""
        return self.calls[0] if self.calls else span

    @staticmethod
    def bound(cases: int) -> None:
        """Give up where one expression splits a state into too many."""
        if cases > _MOST_CASES:
            raise GaveUp(f"an expression splits into more than {_MOST_CASES} cases")

    def eval_all(self, exprs: tuple[Expr, ...], state: State) -> list[tuple[State, list[Value]]]:
        """Evaluate operands from left to right."""
        first: list[Value] = []
        at, count = 0, len(exprs)
        while at < count:  # nearly all of them have one value
            found = self.eval(exprs[at], state)
            at += 1
            if len(found) != 1:
                break
            state, value = found[0]
            first.append(value)
        else:
            return [(state, first)]
        results = [(s, [*first, v]) for s, v in found]
        self.bound(len(results))
        for expr in exprs[at:]:
            results = [(s, [*values, v]) for before, values in results for s, v in self.eval(expr, before)]
            self.bound(len(results))
        return results

    @staticmethod
    def pointee(pointer: Value) -> Key:
        """Return the place behind a pointer value."""
        if isinstance(pointer, Ref):
            return pointer.key
        return Cell(pointer)

    # -- pages and mappings

    def page_root(self, page: Value) -> Value:
        """Return the entry whose page, or whose folio, a value is known to be."""
        page = base(page)
        return page.root if isinstance(page, PageOf) else None

    def mapping_of(self, args: list[Value]) -> Value:
        """Return the mapping that a call is about, None where it does not show (see subjects.py)."""
        return next((found for arg in args if (found := mapping(arg, self.scopes[""])) is not None), None)

    def type_of(self, variable: object) -> str:
        """Return the type of a variable by its name with its frame, "" where there is none."""
        frame, colon, name = str(variable).rpartition(":")
        return self.scopes.get(frame + colon, {}).get(name, "")

    # -- new and default values

    def site(self, expr: Expr, what: str = "") -> Site:
        """Return the identity of what is computed at a place."""
        return Site(expr.start, self.frame + what)

    def fresh(self, expr: Expr, state: State, what: str = "") -> tuple[State, Value]:
        """Return a value about which nothing is known; on a loop's next turn the old one is forgotten."""
        site = self.site(expr, what)
        if expr is self.top and not what:
            return state, site  # it goes nowhere
        if site in self.seen_sites:
            state = self.forget(state, site)
        self.seen_sites.add(site)
        return state, site

    def constant(self, name: str) -> Value | None:
        """Return the value of a named constant, None for what may be a variable."""
        if name in self.constants:
            return self.constants[name]
        found = self.constants[name] = self._constant(name)
        return found

    def _constant(self, name: str) -> Value | None:
        op = self.dictionary.op(name, 0)
        if op is not None and op.cls == "kind-constant":
            return Kinds(op.yes)
        if op is not None and op.cls == "flag-constant" and op.meaning.get("value") == "0":
            return 0
        if op is None and (enum := self.helpers.enumerators.of.get(name)) is not None:
            return Enumerator(name, enum)
        return Flags(None, ((name, 1),)) if name.isupper() else None

    def entry_states(self, state: State, root: Value, level: str) -> int:
        """Return the entry states that a root may be in."""
        got = state.masks.get(root)
        if got is not None:
            return got
        contract = self.contract(root)
        if contract != ALL:
            self.facts.by_contract(root, contract)
        existing = self.dictionary.existing
        entry_states = contract & existing.get(level, existing["pte"])
        for option in without(state):
            entry_states &= ~self.dictionary.lack(option).of(level)
        if level == "pmd" and any(fact == "vma-file" for fact, _ in state.proofs):
            entry_states &= ~ANON  # as answers.of_vma() has it
        if any(fact == "vma-anon" for fact, _ in state.proofs):
            entry_states = entry_states & (PAGE_TESTS["anon"][0] | NONE) or entry_states
        for cond, (outcome, _) in state.cons.items():
            if isinstance(cond, PageTest):
                entry_states = entry_states & (PAGE_TESTS[cond.what][0 if outcome else 1] | NONE) or entry_states
        return entry_states | VAGUE if self.is_strange(root) else entry_states

    def is_strange(self, root: Value) -> bool:
        """Return whether nobody knows where an entry is from: nothing that is done to it is judged.

        An unknown function has returned it, or a structure that is the function's own holds it and was never given it.
        """
        return root in self.strange or isinstance(root, Site) or self.is_local_member(root)

    def is_local_member(self, place: Value) -> bool:
        """Return whether a place is a member of a structure that is a variable of the function."""
        held = place.base if isinstance(place, Field) else None
        return isinstance(held, Ref) and isinstance(held.key, Var) and held.key not in self.handed

    def contract(self, root: Value) -> int:
        """Return what a slot can hold by contract: page_vma_mapped_walk() stops at certain kinds only."""
        if not isinstance(root, Cell) or not isinstance(root.pointer, Field):
            return ALL
        base = root.pointer.base
        holder = base.key if isinstance(base, Ref) else base
        name = holder.name if isinstance(holder, Var) else ""
        ctype = self.type_of(name)
        if WALK not in ctype:
            return ALL
        if ctype.endswith("*"):
            return ALL  # handed in: the walk itself does not know yet what the slot holds
        migration = any(self.dictionary.meaning(word, "finds") == "migration" for word in _NAMES.findall(ctype))
        return MIGRATION | DEVICE_EXCLUSIVE if migration else PRESENT | DEVICE_PRIVATE | DEVICE_EXCLUSIVE

    def tells_shared(self, flags: set[str]) -> bool:
        """Return whether any of these flags says that a mapping is shared."""
        words = [self.dictionary.op(name, 0) for name in flags]
        return any(word is not None and "vma-shared" in word.says("proves") for word in words)

    def known(self, state: State, root: Value, level: str) -> State:
        """Return the state in which the root's entry states are written down."""
        asked, level = level, self.level_of(state, root) or level
        if root in state.masks:
            if root in self.begun:
                self.facts.at_level(root, level)
            left = state.masks[root] & (self.dictionary.existing.get(level, ALL) | VAGUE)
            for option in without(state):
                left &= ~self.dictionary.lack(option).of(level)
            return state if left in (0, state.masks[root]) else state.refine(root, left)
        by_path = Huge(root) in state.mem  # on another path it may be a PTE
        seen = asked if by_path else level
        self.facts.at_level(root, seen)
        if seen == "pmd":
            state = state.write(Level(root), 1)
        return state.refine(root, self.entry_states(state, root, level))

    def tells(self, cond: Value, got: Answer) -> bool:
        """Return whether an outcome is told with the answer to a question."""
        return got.text in self.pinned or cond in self.switches

    def told(self, cons: dict[Value, Answer]) -> dict[Value, Answer]:
        """Return the answers that are looked at though nobody asks again: when an outcome is told, or an entry made.

        That a bit is clear which software alone sets is held against a function; what the hardware sets it sets again.
        """
        pinned, switches = self.pinned, self.switches
        return {
            cond: got
            for cond, got in cons.items()
            if (type(cond) in _LOOKED_AT and not (isinstance(cond, Bit) and cond.name in HARDWARE))
            or got.text in pinned
            or cond in switches
        }

    def is_pmd(self, state: State, root: Value) -> bool:
        """Return whether an entry has been read as one of a PMD."""
        return Level(root) in state.mem

    def decides(self, value: Value) -> None:
        """Note that an answer decides something."""
        if not self.complaining:
            self.facts.decided.add(value)

    def level_of(self, state: State, root: Value) -> str:
        """Return the level of an entry's slot where whoever found or read it tells, "" where not."""
        if isinstance(root, BeforeLock):
            root = root.slot
        if isinstance(root, Cell) and isinstance(root.pointer, Slot):
            return "" if root.pointer.level == "pte" else root.pointer.level
        return "huge" if Huge(root) in state.mem else ""

    def content(self, state: State, pointer: Value) -> Value:
        """Return what lies behind a pointer."""
        key = self.pointee(pointer)
        return state.mem.get(key, key)

    def mask_of(self, state: State, value: Value, level: str) -> int | None:
        """Return the entry states of an entry value, None when it is none."""
        if isinstance(value, MadeEntry):
            return mask(value.kind)
        if isinstance(value, PresentEntry):
            return mask("Pw") if value.write == 1 else mask("Pr") if value.write == 0 else PRESENT
        if isinstance(value, Cleared):
            return NONE
        if isinstance(value, SwapEntry):
            return NONPRESENT
        if isinstance(value, KeptEntry):
            value = value.root
        return self.entry_states(state, value, level) if is_root(value) else None
