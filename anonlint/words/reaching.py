"""Notes what is reached where two images of a function are compared: see trace/acts.py."""

from anonlint.domain.kinds import ALL
from anonlint.domain.softbits import bare
from anonlint.domain.state import State, is_root, root_of
from anonlint.domain.terms import Term
from anonlint.domain.values import Cell, Value, Var
from anonlint.graph.ir import Expr
from anonlint.model.source import Span
from anonlint.trace.acts import Ident, Reached, Returned
from anonlint.words.dictionary import Op
from anonlint.words.machine import Machine

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
    """Note that a call is reached, for each entry at hand, and as such."""
    if not m.thorough or m.doubted:
        return
    span = Span(expr.start, expr.end)
    ident = (expr.name,) if op is None else ident_of(op)
    domain = ALL if op is None else op.domain
    level = "pte" if op is None else op.level
    proofs = frozenset(fact for fact, _ in state.proofs if fact[0] not in _SILENT)
    touched = {root: m.entry_states(state, root, level) for root in _entries(m, args, op, state)}
    touched.update(state.masks)
    if op is not None and op.cls == "store":  # into what, what, and of whose mapping; not what was there
        kept = (op.at("ptr"), op.at("value"))
        args = [arg for at, arg in enumerate(args) if at in kept or isinstance(arg, Var)]
    for root, entry_states in (*touched.items(), (None, ALL)):
        m.facts.reached(
            Reached(span, expr.name, ident, tuple(args), root, domain, proofs, m.seen_at(span)), entry_states
        )


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
    span = Span(0, 0) if expr is None else Span(expr.start, expr.end)
    for root, entry_states in (*state.masks.items(), (None, ALL)):
        m.facts.returned(Returned(span, root, value if isinstance(value, (int, Term)) else None), entry_states)
