"""Conditions: each state goes the ways that it can go, and knows afterwards which way it went."""

from collections.abc import Iterable

from anonlint.domain.debts import as_handed
from anonlint.domain.kinds import ALL, VAGUE
from anonlint.domain.operators import COW, equal, names_in
from anonlint.domain.softbits import clear_in_old
from anonlint.domain.state import State
from anonlint.domain.values import (
    Ask,
    Binary,
    Call,
    ClearBits,
    Config,
    ErrorNumber,
    Flags,
    KeptEntry,
    Kinds,
    KindTest,
    MadeEntry,
    Not,
    PageTest,
    PresentEntry,
    Ref,
    Site,
    SwapEntry,
    TypeOf,
    Value,
    Var,
    VmaAnon,
)
from anonlint.engine.calls import question
from anonlint.graph.ir import Expr
from anonlint.graph.liveness import text
from anonlint.words.answers import TELLING, learn, settled
from anonlint.words.domains import not_told
from anonlint.words.machine import Machine, Split
from anonlint.words.pages import narrow

_ASIDE = 1000  # steps: a way that no other is longer than


def branch(m: Machine, expr: Expr, state: State) -> Split:
    """Return the states for which a condition holds, and those for which it does not."""
    if expr.op == "not":
        yes, no = m.branch(expr.args[0], state)
        return no, yes
    if expr.op in ("and", "or"):
        return short_circuit(m, expr, state)
    if expr.op == "cond":
        return choose(m, expr, state)
    if expr.op == "config":
        return configured(m, expr, state)
    yes, no = [], []
    results = question(m, expr, state) if expr.op == "call" else m.eval(expr, state)
    label = expr.label or text(expr, m.source.data)
    for s, value in results:
        t, f = m.split(s, value, label)
        if t and f:
            span = expr.span
            t, f = [after.went(span, True) for after in t], [after.went(span, False) for after in f]
        yes += t
        no += f
    return yes, no


def configured(m: Machine, expr: Expr, state: State) -> Split:
    """Split by what an ``#if`` asks: only what is so without it alone is told to be so without it."""
    on, off = split_config(m, state, Config(expr.name), text(expr, m.source.data))
    if on and off:
        m.facts.acted(expr.span, f"without {expr.name}")
        off = [s.went(expr.span, long=_ASIDE) for s in off]
    return on, off


def short_circuit(m: Machine, expr: Expr, state: State) -> Split:
    yes, no = m.branch(expr.args[0], state)
    open_, decided = (yes, no) if expr.op == "and" else (no, yes)
    m.bound(len(open_) + len(decided))
    second_yes: list[State] = []
    second_no: list[State] = []
    for s in open_:
        t, f = m.branch(expr.args[1], s)
        second_yes += t
        second_no += f
    if expr.op == "and" and second_no:
        decided = [not_told(m, s, state) for s in decided]
    return (second_yes, decided + second_no) if expr.op == "and" else (decided + second_yes, second_no)


def choose(m: Machine, expr: Expr, state: State) -> Split:
    taken, other = m.branch(expr.args[0], state)
    m.bound(len(taken) + len(other))
    yes: list[State] = []
    no: list[State] = []
    for arm, states in ((expr.args[1], taken), (expr.args[2], other)):
        for s in states:
            t, f = m.branch(arm, s)
            yes += t
            no += f
    return yes, no


def compare(m: Machine, state: State, left: Value, right: Value, label: str) -> Split:
    """Return the states in which two values are equal, and those in which they are not."""
    return m.split(state, equal(left, right), label)


def split(m: Machine, state: State, value: Value, label: str) -> Split:
    """Split a state by the truth of a value."""
    if isinstance(value, int):
        return ([state], []) if value else ([], [state])
    if type(value) in _OPEN:
        return split_unknown(m, state, value, label)
    match value:
        case Not():
            no, yes = m.split(state, value.value, label)
            return yes, no
        case KindTest():
            return split_kinds(m, state, value)
        case PageTest():
            return split_page(m, state, value, label)
        case Config():
            return split_config(m, state, value, label)
        case Flags() if any(on for _, on in value.bits):
            return [state], []
        case Flags(base=None):
            return [], [state]
        case Ref() | Kinds() | MadeEntry() | PresentEntry() | KeptEntry() | SwapEntry() | ErrorNumber() | ClearBits():
            return [state], []
    return split_unknown(m, state, value, label)


_OPEN = frozenset((Binary, Call, Var, Site))  # what is most often asked, and nothing is known of by itself


def split_unknown(m: Machine, state: State, value: Value, label: str) -> Split:
    """Split a state by a value of which nothing is known by itself."""
    known = state.known(value)
    if known is None:
        known = settled(m, state, value)
    if known is not None:
        return again(m, state, value, known=known)
    return split_open(m, state, value, "" if value == COW else label)


def again(m: Machine, state: State, value: Value, *, known: bool) -> Split:
    """Go the one way that an answer given before leaves."""
    state = learn(m, state, value, known)
    return ([state], []) if known else ([], [state])


def split_open(m: Machine, state: State, value: Value, label: str) -> Split:
    if isinstance(value, Ask):
        state = doubt(m, state, value.roots)
    yes = state.assume(value, True, label)
    no = state.assume(value, False, label)
    if type(value) in TELLING:
        yes, no = learn(m, yes, value, True), learn(m, no, value, False)
    if isinstance(value, VmaAnon):
        yes = narrow(yes.assume(PageTest("anon", None), True, label), "anon", True)
    if not isinstance(value, Binary):
        return [yes], [no]
    if value.operator == "==":  # of a type that only the caller knows
        typed = [side.root for side in (value.left, value.right) if isinstance(side, TypeOf)]
        yes = doubt(m, yes, typed)
    if value.operator == "&" and m.tells_shared(names_in(value.right)):
        if yes.known(COW) is True:
            return [], [no]
        if m.asks_cow:
            yes = yes.assume(COW, False, "")
    return [yes], [no]


def split_config(m: Machine, state: State, value: Config, label: str) -> Split:
    """Split by an option: where it is off, there is none of what needs it."""
    option = value.option
    if option in m.options or state.holds(f"!{option}") or state.known(value) is not None:
        on = m.options.get(option, state.known(value) is True)
        return ([state], []) if on else ([], [state])
    off = without(m, state.assume(value, False, label), option)
    return [state.assume(value, True, label)], [] if off is None else [off]


def without(m: Machine, state: State, option: str) -> State | None:
    """Return the state in which an option is off; None if only entries that need it are left."""
    lack = m.dictionary.lack(option)
    state = state.noted(*absent(m, option))
    for root, had in state.masks.items():
        level = "pmd" if m.is_pmd(state, root) else m.level_of(state, root) or "pte"
        left = had & ~lack.of(level)
        if had & ALL and not left & ALL:
            return None
        state = state.refine(root, left)
        for bit in lack.bits if lack.level in ("", level) else ():
            state = clear_in_old(state, root, bit)
    return state


def absent(m: Machine, option: str) -> list[str]:
    """Return what holds wherever an option is off."""
    lack = m.dictionary.lack(option)
    return [f"!{option}", *(f"!{bit}" for bit in lack.bits if not lack.level)]


def doubt(m: Machine, state: State, roots: Iterable[Value]) -> State:
    """Note that an unknown function decides by an entry: which kinds go which way is not known."""
    for root in roots:
        state = state.refine(root, m.entry_states(state, root, "pte") | VAGUE)
    return state


def split_kinds(m: Machine, state: State, test: KindTest) -> Split:
    root = test.root
    entry_states = m.entry_states(state, root, "pte")
    vague = entry_states & VAGUE
    yes, no = (
        [as_handed(state.refine(root, entry_states & side | vague), root)] if entry_states & side else []
        for side in (test.yes, test.no)
    )
    return yes, no


def split_page(m: Machine, state: State, value: PageTest, label: str) -> Split:
    """Split by a question about a page that is not known to be a certain entry's page."""
    what = value.what
    known = state.known(value)
    if known is not None:
        return again(m, state, value, known=known)
    yes = narrow(state.assume(value, True, label), what, True)
    no = narrow(state.assume(value, False, label), what, False)
    yes, no = learn(m, yes, value, True), learn(m, no, value, False)
    return [yes], [no]
