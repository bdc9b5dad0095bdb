"""Notes what is reached where two images of a function are compared: see trace/acts.py."""

from collections.abc import Iterator

from anonlint.domain.kinds import ALL
from anonlint.domain.softbits import bare
from anonlint.domain.state import State, is_root, root_of
from anonlint.domain.terms import Term
from anonlint.domain.values import Cell, KindTest, Not, PageTest, Value, Var
from anonlint.graph.ir import Expr
from anonlint.model.source import Span
from anonlint.trace.acts import Ident, Reached, Returned
from anonlint.words.dictionary import Op
from anonlint.words.machine import Machine
from anonlint.words.rmaps import says_exclusive

# What makes two words of one class different in what they do; how they are called, or given, does not.
_KEYS = (
    "bit",
    "where",
    "what",
    "kind",
    "part",
    "exclusive",
    "new",
    "says",
    "writable",
    "strips",
    "to",
    "read-only",
    "flush",
)
_ENTRIES = frozenset(("pte_t", "pmd_t", "pud_t", "swp_entry_t", "softleaf_t"))
_SILENT = frozenset(("?", "!"))  # how proofs begin that are notes of the engine's own


def reached(m: Machine, expr: Expr, op: Op | None, args: list[Value], state: State) -> None:
    """Note that a call is reached, for each entry at hand, and as such: all that is reached is noted (m.thorough)."""
    if m.doubted:
        return
    span = expr.span
    ident = (expr.name,) if op is None else _said_exclusive(m, op, args)
    domain = ALL if op is None else op.domain
    level = "pte" if op is None else op.level
    proofs = frozenset(fact for fact, _ in state.proofs if fact[0] not in _SILENT)
    touched = {root: m.entry_states(state, root, level) for root in _entries(m, args, op, state)}
    touched.update(state.masks)
    if op is not None and op.cls == "store":  # into what, what, and of whose mapping; not what was there
        kept = (op.at("ptr"), op.at("value"))
        args = [arg for at, arg in enumerate(args) if at in kept or isinstance(arg, Var)]
    for root, entry_states in (*touched.items(), (None, ALL)):
        for told, of in _told(args, root, entry_states):
            m.facts.reached(Reached(span, expr.name, ident, told, root, domain, proofs, m.seen_at(span)), of)


def _told(args: list[Value], root: Value, entry_states: int) -> Iterator[tuple[tuple[Value, ...], int]]:
    """Yield operands with the entry states for which they are so: a question about the entry is told by its answer."""
    at = next((at for at, arg in enumerate(args) if isinstance(arg, KindTest) and arg.root == root), None)
    test = None if at is None else args[at]
    if at is None or not isinstance(test, KindTest):
        yield tuple(args), entry_states
        return
    for answer, of in ((1, entry_states & test.yes), (0, entry_states & test.no)):
        if of:
            yield (*args[:at], answer, *args[at + 1 :]), of


def _said_exclusive(m: Machine, op: Op, args: list[Value]) -> Ident:
    """Return what a word does; whether the page is exclusive, which some are told by a flag, is a part of that."""
    ident = ident_of(op)
    if op.meaning.get("exclusive") != "flags" or not 0 <= op.at("flags") < len(args):
        return ident
    told = ("exclusive=never", "exclusive=always", "exclusive=flags")[says_exclusive(m, args[op.at("flags")])]
    return tuple(told if part == "exclusive=flags" else part for part in ident)


def ident_of(op: Op) -> Ident:
    """Return what a word does, whatever it is called."""
    return (op.cls, *(f"{key}={op.meaning[key]}" for key in (*_KEYS, "flush") if key in op.meaning))


def _entries(m: Machine, args: list[Value], op: Op | None, state: State) -> list[Value]:
    """Return the entries that a call is handed, or in whose slot it is to do something."""
    found = [bare(root) for value in args if is_root(root := root_of(value)) and _is_entry(m, root)]
    if op is not None and op.at("ptr") >= 0 and is_root(slot := bare(m.content(state, args[op.at("ptr")]))):
        found.append(slot)
    return found


def _is_entry(m: Machine, root: Value) -> bool:
    return isinstance(root, Cell) or (isinstance(root, Var) and m.type_of(root.name) in _ENTRIES)


def returned(m: Machine, expr: Expr | None, state: State, value: Value) -> None:
    """Note what the executed function returns."""
    if not m.thorough or len(m.stack) > 1:
        return
    span = Span(0, 0) if expr is None else expr.span
    for s, told in _answered(m, state, value):
        for root, entry_states in (*s.masks.items(), (None, ALL)):
            m.facts.returned(Returned(span, root, told if isinstance(told, (int, Term)) else None), entry_states)


def _answered(m: Machine, state: State, value: Value) -> list[tuple[State, Value]]:
    """Return what a value is for which entries: of a question that is not branched on, the answer."""
    asked = value.value if isinstance(value, Not) else value
    if not isinstance(asked, (KindTest, PageTest)):
        return [(state, value)]
    yes, no = m.split(state, value, "")
    return [*((s, 1) for s in yes), *((s, 0) for s in no)]
