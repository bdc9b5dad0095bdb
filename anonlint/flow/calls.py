"""What calls of vocabulary words do to a state: one method for each class of word."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from anonlint.flow.facts import Decode, Facts, Made, Rmap, Store, Test
from anonlint.flow.ir import Expr
from anonlint.flow.kinds import (
    ALL,
    DEVICE_EXCLUSIVE,
    DEVICE_PRIVATE,
    HAS_PFN,
    MIGRATION,
    NONE,
    NONPRESENT,
    PMD,
    PRESENT,
    mask,
)
from anonlint.flow.liveness import text
from anonlint.flow.state import Key, State, Value, is_root, root_of
from anonlint.flow.words import PAGE_TESTS, Dictionary, Op
from anonlint.model.source import Span

if TYPE_CHECKING:
    from anonlint.model.source import Source

Results = list[tuple[State, Value]]
_WALK = "page_vma_mapped_walk"


class Calls:
    """Call semantics. Evaluation of operands, branching and forgetting come from the classes below it."""

    types: dict[str, str]
    facts: Facts

    def __init__(self, source: "Source", dictionary: Dictionary) -> None:
        self.source = source
        self.dictionary = dictionary
        self.frame = ""
        self.ored: dict[str, set[str]] = {}
        self.telling: frozenset[str] = frozenset()
        self.asks_cow = False
        self.seen_sites: set[Value] = set()

    # Provided by Evaluator and Executor.
    def eval_all(self, exprs: tuple[Expr, ...], state: State) -> list[tuple[State, list[Value]]]:
        raise NotImplementedError

    def branch(self, expr: Expr, state: State) -> tuple[list[State], list[State]]:
        raise NotImplementedError

    def split(self, state: State, value: Value, label: str) -> tuple[list[State], list[State]]:
        raise NotImplementedError

    def forget(self, state: State, part: Value) -> State:
        raise NotImplementedError

    def inline(self, expr: Expr, args: list[Value], state: State) -> Results | None:
        raise NotImplementedError

    def pointee(self, pointer: Value) -> Key:
        raise NotImplementedError

    # -- new and default values

    def site(self, expr: Expr, what: str = "") -> Value:
        """Return the identity of what is computed at a place."""
        return ("site", expr.start, self.frame + what)

    def fresh(self, expr: Expr, state: State, what: str = "") -> tuple[State, Value]:
        """Return a value about which nothing is known; on a loop's next turn the old one is forgotten."""
        site = self.site(expr, what)
        if site in self.seen_sites:
            state = self.forget(state, site)
        self.seen_sites.add(site)
        return state, site

    def constant(self, name: str) -> Value | None:
        """Return the value of a named constant, None for what may be a variable."""
        op = self.dictionary.op(name, 0)
        if op is not None and op.cls == "kind-constant":
            return ("kinds", op.yes)
        if op is not None and op.cls == "flag-constant" and op.meaning.get("value") == "0":
            return 0
        return ("flags", None, ((name, 1),)) if name.isupper() else None

    def atoms(self, state: State, root: Value, level: str) -> int:
        """Return the entry states that a root may be in."""
        got = state.masks.get(root)
        if got is not None:
            return got
        atoms = self.contract(root) if level != "pmd" else self.contract(root) & PMD
        for cond, (outcome, _) in state.cons.items():
            if cond[0] == "pagetest":
                atoms = atoms & (PAGE_TESTS[cond[1]][0 if outcome else 1] | NONE) or atoms
        return atoms

    def contract(self, root: Value) -> int:
        """Return what a slot can hold by contract: page_vma_mapped_walk() stops at certain kinds only."""
        if root[0] != "cell" or type(root[1]) is not tuple or root[1][0] != "fld":
            return ALL
        base = root[1][1]
        name = base[1][1] if base[0] == "ref" and base[1][0] == "var" else base[1] if base[0] == "var" else ""
        ctype = self.types.get(str(name).rpartition(":")[2], "")
        if _WALK not in ctype:
            return ALL
        if "PVMW_MIGRATION" in ctype:
            return MIGRATION | DEVICE_EXCLUSIVE
        mapped = PRESENT | DEVICE_PRIVATE | DEVICE_EXCLUSIVE
        return mapped | MIGRATION if ctype.endswith("*") else mapped

    def known(self, state: State, root: Value, level: str) -> State:
        """Return the state in which the root's entry states are written down."""
        if root in state.masks:
            return state
        self.facts.levels.setdefault(root, level)
        return state.refine(root, self.atoms(state, root, level))

    def content(self, state: State, pointer: Value) -> Value:
        """Return what lies behind a pointer."""
        key = self.pointee(pointer)
        return state.mem.get(key, key)

    def mask_of(self, state: State, value: Value, level: str) -> int | None:
        """Return the entry states of an entry value, None when it is none."""
        if type(value) is not tuple:
            return None
        if value[0] == "made":
            return mask(value[1])
        if value[0] == "pres":
            return mask("Pw") if value[1] == 1 else mask("Pr") if value[1] == 0 else PRESENT
        if value[0] == "none":
            return NONE
        return self.atoms(state, value, level) if is_root(value) else None

    # -- calls

    def call(self, expr: Expr, state: State) -> Results:
        """Evaluate a call."""
        return self.invoke(expr, state, question=False)

    def question(self, expr: Expr, state: State) -> Results:
        """Evaluate a call in a condition: asked again with the same operands, it answers the same."""
        return self.invoke(expr, state, question=True)

    def invoke(self, expr: Expr, state: State, *, question: bool) -> Results:
        op = self.dictionary.op(expr.name, len(expr.args))
        if op is not None and op.cls == "assert":
            return self.assertion(expr, state, question=question)
        if op is not None and op.cls == "noreturn":
            return []
        out: Results = []
        for s, args in self.eval_all(expr.args, state):
            if op is None:
                out += self.stranger(expr, args, s, question=question)
                continue
            handler = _CLASSES.get(op.cls)
            if handler is None or any(at >= len(args) for at in op.positions.values()):
                out.append(self.opaque(expr, args, s, question=question or op.cls.endswith("-test")))
            else:
                out += handler(self, op, expr, args, s)
        return out

    def opaque(self, expr: Expr, args: list[Value], state: State, *, question: bool) -> tuple[State, Value]:
        if question:
            return state, ("call", expr.name, tuple(args))
        return self.fresh(expr, state)

    def stranger(self, expr: Expr, args: list[Value], state: State, *, question: bool) -> Results:
        """Run a same-file helper, or let an unknown function have changed what it was given."""
        inlined = self.inline(expr, args, state)
        if inlined is not None:
            return inlined
        for value in args:
            if type(value) is not tuple:
                continue
            key = self.pointee(value)
            if value[0] == "ref":
                state = self.forget(self.forget(state, value), key)
            elif key in state.masks or key in state.mem:
                self.facts.unknown_calls.add(expr.name)
                state = self.forget(state, key)
        return [self.opaque(expr, args, state, question=question)]

    def assertion(self, expr: Expr, state: State, *, question: bool) -> Results:
        """Take an assertion's word for it: what it says cannot be, is not looked at."""
        if not expr.args:
            return [self.fresh(expr, state)]
        yes, no = self.branch(expr.args[0], state)
        if question:
            return [(s, 1) for s in yes] + [(s, 0) for s in no]
        return [(s, 0) for s in no] or [(s, 1) for s in yes]

    # -- classes of words; each takes the word, the call, its operands' values and the state

    def predicate(self, op: Op, expr: Expr, args: list[Value], state: State) -> Results:
        value = args[op.at("arg")]
        if op.meaning.get("pointer") == "1":
            value = self.content(state, value)
        if is_root(value):
            state = self.known(state, value, op.level)
            test = Test(Span(expr.start, expr.end), value, expr.name, op.yes, op.no)
            self.facts.tests[test] = self.facts.tests.get(test, 0) | state.masks[value]
            return [(state, ("test", value, op.yes, op.no))]
        atoms = self.mask_of(state, value, op.level)
        if atoms is not None and not (atoms & op.yes and atoms & op.no):
            return [(state, int(bool(atoms & op.yes)))]
        return [(state, ("call", op.name, tuple(args)))]

    def entry_test(self, op: Op, expr: Expr, args: list[Value], state: State) -> Results:
        """Ask something that is no question of kind: the same entry gives the same answer."""
        value = args[op.at("arg")]
        if "implies" in op.meaning and is_root(value):
            return [(self.known(state, value, op.level), ("test", value, op.yes, ALL))]
        return [(state, ("call", op.name, tuple(args)))]

    def kind_of(self, op: Op, expr: Expr, args: list[Value], state: State) -> Results:
        value = args[op.at("arg")]
        if is_root(value):
            return [(self.known(state, value, op.level), ("type", value))]
        if type(value) is tuple and value[0] == "made":
            return [(state, ("kinds", mask(value[1])))]
        return [self.fresh(expr, state)]

    def construct(self, op: Op, expr: Expr, args: list[Value], state: State) -> Results:
        inplace = op.at("inplace")
        if inplace >= 0:
            key = self.pointee(args[inplace])
            entry = ("off", root_of(state.mem.get(key, key)))
            made = self.record_made(op, expr, op.meaning["kind"], entry, state)
            return [(state.write(key, made), made)]
        source = args[op.at("from")] if op.at("from") >= 0 else None
        if op.at("select") < 0:
            return [(state, self.record_made(op, expr, op.meaning["kind"], source, state))]
        yes, no = self.split(state, args[op.at("select")], "")
        return [(s, self.record_made(op, expr, op.meaning["kind"], source, s)) for s in yes] + [
            (s, self.record_made(op, expr, op.meaning["else"], source, s)) for s in no
        ]

    def record_made(self, op: Op, expr: Expr, kind: str, source: Value, state: State) -> Value:
        root = source[1] if type(source) is tuple and source[0] in ("off", "page") else None
        made = Made(Span(expr.start, expr.end), kind, root, op.name)
        atoms = self.atoms(state, root if root is not None else ("site", -1, ""), "pte")
        self.facts.made[made] = self.facts.made.get(made, 0) | atoms
        return ("made", kind, root)

    def raw_construct(self, op: Op, expr: Expr, args: list[Value], state: State) -> Results:
        kind = args[op.at("type")]
        if type(kind) is tuple and kind[0] == "kinds":
            for name in ("W", "RX", "R", "DW", "DR", "H", "M"):
                if mask(name) == kind[1]:
                    return [(state, self.record_made(op, expr, name, args[op.at("from")], state))]
        return [self.fresh(expr, state)]

    def convert(self, op: Op, expr: Expr, args: list[Value], state: State) -> Results:
        value = args[op.at("arg")]
        if is_root(value) and op.meaning.get("to") == "entry":
            state = self.known(state, value, op.level)
            self.facts.conversions.setdefault(value, Span(expr.start, expr.end))
            left = state.masks[value] & NONPRESENT
            if op.meaning.get("total") != "1" and left:
                state = state.refine(value, left)
        return [(state, value)]

    def decode(self, op: Op, expr: Expr, args: list[Value], state: State) -> Results:
        """Take an offset, pfn or page: of an entry that may have none, that is a fact to report."""
        value = args[op.at("arg")]
        root = root_of(value)
        if root is None:
            return [self.fresh(expr, state)]
        if is_root(value) and op.meaning.get("needs") == "pfn":
            state = self.known(state, value, op.level)
            place = Decode(Span(expr.start, expr.end), value, op.name)
            self.facts.decodes[place] = self.facts.decodes.get(place, 0) | state.masks[value]
            if state.masks[value] & HAS_PFN:
                state = state.refine(value, state.masks[value] & HAS_PFN)
        return [(state, ("off" if op.cls == "offset" else "page", root))]

    def present_page(self, op: Op, expr: Expr, args: list[Value], state: State) -> Results:
        value = args[op.at("arg")]
        root = root_of(value)
        if root is None:
            return [self.fresh(expr, state)]
        if is_root(value):
            state = self.known(state, value, op.level)
        return [(state, ("page", root))]

    def same_page(self, op: Op, expr: Expr, args: list[Value], state: State) -> Results:
        for value in args:
            if type(value) is tuple and value[0] == "page":
                return [(state, value)]
        return [(state, args[op.at("arg")] if op.at("arg") >= 0 else args[0])]

    def page_test(self, op: Op, expr: Expr, args: list[Value], state: State) -> Results:
        what = op.meaning.get("what", "")
        page = args[op.at("arg")]
        if what not in PAGE_TESTS:
            return [(state, ("call", op.name, tuple(args)))]
        if what == "exclusive" and state.known(("SHARED",)):
            return [(state, 0)]
        if type(page) is tuple and page[0] == "page":
            state = self.known(state, page[1], "pte")
            return [(state, ("test", page[1], *PAGE_TESTS[what]))]
        return [(state, ("pagetest", what) if what == "anon" else ("pagetest", what, page))]

    def read(self, op: Op, expr: Expr, args: list[Value], state: State) -> Results:
        value = self.content(state, args[op.at("ptr")])
        return [(state, value)]

    def take(self, op: Op, expr: Expr, args: list[Value], state: State) -> Results:
        pointer = args[op.at("ptr")]
        value = self.content(state, pointer)
        if is_root(value):
            state = self.known(state, value, op.level)
        return [(state.write(self.pointee(pointer), ("none",)), value)]

    def store(self, op: Op, expr: Expr, args: list[Value], state: State) -> Results:
        key = self.pointee(args[op.at("ptr")])
        value = args[op.at("value")]
        root = root_of(value)
        if root is not None and is_root(root):
            state = self.known(state, root, op.level)
        self.record_store(expr, state, key, value, op.level)
        return [(state.write(key, value), 0)]

    def record_store(self, expr: Expr, state: State, key: Key, value: Value, level: str = "") -> None:
        root = root_of(value)
        slot = key if key in state.masks else root
        for r in dict.fromkeys((slot, root)):
            if r is not None:
                made = Store(Span(expr.start, expr.end), key, value, r, level)
                self.facts.stores[made] = self.facts.stores.get(made, 0) | self.atoms(state, r, "pte")

    def clear(self, op: Op, expr: Expr, args: list[Value], state: State) -> Results:
        return [(state.write(self.pointee(args[op.at("ptr")]), ("none",)), 0)]

    def set_bit(self, op: Op, expr: Expr, args: list[Value], state: State) -> Results:
        if op.meaning.get("inplace") == "1" and op.at("ptr") >= 0:
            key = self.pointee(args[op.at("ptr")])
            changed = self.with_bit(op, state.mem.get(key, key))
            return [(state.write(key, changed), 0)]
        return [(state, self.with_bit(op, args[op.at("arg")]))]

    @staticmethod
    def with_bit(op: Op, value: Value) -> Value:
        if op.meaning.get("bit") != "write" or type(value) is not tuple:
            return value
        if value[0] == "pres" or is_root(value):
            return ("pres", int(op.cls == "bit-set"), root_of(value))
        return value

    def make_present(self, op: Op, expr: Expr, args: list[Value], state: State) -> Results:
        if op.at("arg") >= 0 and op.cls == "make-present":
            return [(state, args[op.at("arg")])]
        if op.cls == "modify":
            value = args[max(op.at("arg"), 0)]
            return [(state, ("pres", 2, root_of(value)))]
        root = next((v[1] for v in args if type(v) is tuple and v[0] == "page"), None)
        writable = op.meaning.get("writable", "")
        write = args[int(writable)] if writable.isdigit() else 0
        return [(state, ("pres", write if write in (0, 1) else 2, root))]

    def same_entry(self, op: Op, expr: Expr, args: list[Value], state: State) -> Results:
        a, b = args[op.at("a")], args[op.at("b")]
        left, right = self.mask_of(state, a, op.level), self.mask_of(state, b, op.level)
        if left is not None and right is not None and not left & right:
            return [(state, 0)]
        return [(state, ("call", op.name, (a, b)))]

    def add_rmap(self, op: Op, expr: Expr, args: list[Value], state: State) -> Results:
        exclusive = 2
        if op.meaning.get("exclusive") == "always":
            exclusive = 1
        elif op.at("flags") >= 0:
            exclusive = _has_flag(args[op.at("flags")], "RMAP_EXCLUSIVE")
        for root, atoms in state.masks.items():
            record = Rmap(Span(expr.start, expr.end), root, exclusive, op.name)
            self.facts.rmaps[record] = self.facts.rmaps.get(record, 0) | atoms
        return [self.fresh(expr, state)]

    def share(self, op: Op, expr: Expr, args: list[Value], state: State) -> Results:
        """Share the page: from here on its exclusive flag reads clear."""
        state, site = self.fresh(expr, state)
        return [(state.assume(("SHARED",), True, ""), site)]

    def cow(self, op: Op, expr: Expr, args: list[Value], state: State) -> Results:
        return [(state, ("COW",))]

    def vma_test(self, op: Op, expr: Expr, args: list[Value], state: State) -> Results:
        if op.meaning.get("what") == "anonymous":
            return [(state, ("VMA_ANON",))]
        return [(state, ("call", op.name, tuple(args)))]

    def walk(self, op: Op, expr: Expr, args: list[Value], state: State) -> Results:
        """Go on to the next slot of a walk: what was known of the last one is over."""
        for value in args:
            if type(value) is tuple:
                state = self.forget(state, ("fld", value, "pte"))
                state = self.forget(state, ("fld", value, "pmd"))
        return [(state, ("call", op.name, tuple(args)))]

    def define_walk(self, op: Op, expr: Expr, args: list[Value], state: State) -> Results:
        """DEFINE_FOLIO_VMA_WALK() declares a struct page_vma_mapped_walk; its flags are its contract."""
        if expr.args[0].op == "id":
            self.types[expr.args[0].name] = f"struct {_WALK} {text(expr, self.source.data)}"
        return [(state, 0)]


def _has_flag(value: Value, name: str) -> int:
    if value == 0:
        return 0
    if type(value) is tuple and value[0] == "flags":
        known: dict[str, int] = dict(value[2])
        return known.get(name, 0 if value[1] is None else 2)
    return 2


_CLASSES: dict[str, Callable[[Calls, Op, Expr, list[Value], State], Results]] = {
    "predicate": Calls.predicate,
    "entry-test": Calls.entry_test,
    "bit-test": Calls.entry_test,
    "type": Calls.kind_of,
    "constructor": Calls.construct,
    "raw-constructor": Calls.raw_construct,
    "convert": Calls.convert,
    "offset": Calls.decode,
    "page-of": Calls.decode,
    "present-page": Calls.present_page,
    "same-page": Calls.same_page,
    "page-test": Calls.page_test,
    "read": Calls.read,
    "take": Calls.take,
    "store": Calls.store,
    "clear": Calls.clear,
    "bit-set": Calls.set_bit,
    "bit-clear": Calls.set_bit,
    "make-present": Calls.make_present,
    "modify": Calls.make_present,
    "same-entry": Calls.same_entry,
    "rmap-add": Calls.add_rmap,
    "rmap-share": Calls.share,
    "cow-test": Calls.cow,
    "vma-test": Calls.vma_test,
    "walk-define": Calls.define_walk,
    "walk": Calls.walk,
}
