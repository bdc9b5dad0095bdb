"""Calls: vocabulary words by their class, helpers of the same file by running them, strangers with caution."""

from anonlint.domain.debts import acquit, reread
from anonlint.domain.kinds import ALL, ANON, VAGUE
from anonlint.domain.notes import Walked
from anonlint.domain.softbits import entry_root
from anonlint.domain.state import State
from anonlint.domain.subjects import PASSED, facts_about
from anonlint.domain.terms import Term
from anonlint.domain.values import Ask, Call, Field, PageOf, Ref, Slot, Value, Var
from anonlint.graph.cfg import UNSEEN
from anonlint.graph.ir import Expr, walk
from anonlint.trace.records import CallSite
from anonlint.words.dictionary import Op
from anonlint.words.domains import all_used
from anonlint.words.machine import Machine, Results, answers
from anonlint.words.reaching import reached
from anonlint.words.transfers import TRANSFERS

# What the words do that a finding's story tells of, by class.
ACTS = {
    "take": "takes the entry out of its slot",
    "clear": "clears the slot",
    "rmap-share": "shares the page",
    "rmap-dup": "duplicates the mapping of the page",
    "page-set": "marks the page exclusive",
    "lock": "locks",
    "unlock": "unlocks: what the lock protected may change from here",
    "grab": "takes a reference",
}
_DERIVED = frozenset(("write-test", "reuse", "fault", "must-unshare", "pin-test"))


def call(m: Machine, expr: Expr, state: State) -> Results:
    """Evaluate a call."""
    return invoke(m, expr, state, question=False)


def question(m: Machine, expr: Expr, state: State) -> Results:
    """Evaluate a call in a condition: asked again with the same operands, it answers the same."""
    return invoke(m, expr, state, question=True)


def invoke(m: Machine, expr: Expr, state: State, *, question: bool) -> Results:
    if expr.name == UNSEEN:
        return [(m.leave_off(state), 0)]
    op = m.words[expr] if expr in m.words else word(m, expr)
    if op is not None and op.cls == "assert":
        return assertion(m, expr, state, question=question)
    if op is not None and op.cls == "noreturn":
        return []
    out: Results = []
    for s, args in m.eval_all(expr.args, state):
        if expr.name == m.watched and not m.calls:
            m.facts.called(CallSite(expr.span, tuple(args), s))
        if op is not None:
            s = noticed(m, op, expr, args, s)
        if op is None:
            out += stranger(m, expr, args, s, question=question)
            continue
        handler = call_back if op.cls == "call-back" else TRANSFERS.get(op.cls)
        if handler is None or op.last >= len(args):
            out.append(opaque(m, expr, args, s, question=question or op.cls.endswith("-test")))
        else:
            out += handler(m, op, expr, args, s)
    if op is not None and op.cls in ACTS and out:
        span = expr.span
        m.facts.acted(span, f"{op.name}() {ACTS[op.cls]}")
        out = [(s.went(span), value) for s, value in out]
    return out


def word(m: Machine, expr: Expr) -> Op | None:
    """Return the word that is called; of a function whose body goes before what the vocabulary says None."""
    op = m.dictionary.op(expr.name, len(expr.args))
    if op is not None and op.cls not in ("assert", "noreturn"):
        derived = op.cls in _DERIVED and m.helpers.known(expr.name)
        op = None if derived or m.helpers.decides(expr.name) else op
    m.words[expr] = op
    return op


def noticed(m: Machine, op: Op, expr: Expr, args: list[Value], state: State) -> State:
    """Return the state in which a word's operands are used; note that it is reached."""
    if op.cls != "present-page":
        state = all_used(m, args, expr, state)
    if m.thorough:
        reached(m, expr, op, args, state)
    return state


def begs(m: Machine, assertion: Expr) -> bool:
    """Return whether an assertion is about what is to be proven: exclusivity.

    It may not be compiled in, and if it is, it says where a mistake shows, not that there is none.
    """
    for expr in walk(assertion):
        if expr.op == "call":
            op = m.dictionary.op(expr.name, len(expr.args))
            if op is not None and op.meaning.get("what") == "exclusive":
                return True
    return False


def opaque(m: Machine, expr: Expr, args: list[Value], state: State, *, question: bool) -> tuple[State, Value]:
    if question:
        return state, Call(expr.name, tuple(args))
    return m.fresh(expr, state)


def stranger(m: Machine, expr: Expr, args: list[Value], state: State, *, question: bool) -> Results:
    """Run a same-file helper, or let an unknown function have changed what it was given."""
    inlined = m.inline(expr, args, state)
    if inlined is not None:
        return inlined
    if m.thorough:
        reached(m, expr, None, args, state)
    state = all_used(m, args, expr, state)
    asked = tuple(dict.fromkeys(root for root in map(entry_root, args) if root in state.masks))
    for root in asked:
        state = acquit(state, root)
    for value in args:
        if not isinstance(value, Term):
            continue
        key = m.pointee(value)
        state = reread(state, key)
        if isinstance(value, Slot):  # whoever is called may have asked what is there
            state = state.write(Walked(value), 2)
        if isinstance(value, Ref):
            state = m.forget(m.forget(state, value), key)
            m.strange.add(key)
            if asked:
                state = state.write(key, Ask(m.site(expr, str(key)), asked))
        elif key in state.masks or key in state.mem:
            m.facts.unknown_calls.add(expr.name)
            state = m.forget(state, key)
            state = state.refine(key, ALL | VAGUE)
    asked = tuple(root for root in asked if root in state.masks)
    if asked:
        return [(state, Ask(m.site(expr), asked))]
    return [opaque(m, expr, args, state, question=question)]


def call_back(m: Machine, op: Op, expr: Expr, args: list[Value], state: State) -> Results:
    """Note what is handed to the watched function where a structure says that it is to be called."""
    through = args[op.at("through")]
    named = any(
        isinstance(key, Field) and key.base == through and value == Var(m.watched) for key, value in state.mem.items()
    )
    if named and not m.calls:
        m.facts.called(CallSite(expr.span, (args[op.at("hands")],), state))
    return stranger(m, expr, args, state, question=False)


def assertion(m: Machine, expr: Expr, state: State, *, question: bool) -> Results:
    """Take an assertion's word for it: what it says cannot be, is not looked at."""
    if not expr.args:
        return [m.fresh(expr, state)]
    m.doubted += 1
    try:
        return asserted(m, expr, state, question=question)
    finally:
        m.doubted -= 1


def asserted(m: Machine, expr: Expr, state: State, *, question: bool) -> Results:
    """Return what an assertion leaves; of one that is asked, the way of its failure as well."""
    if question:
        yes, no = m.branch(expr.args[0], state)
        if not begs(m, expr):
            complaint(m, state, no)
        m.in_question = set()  # who complains, and copes, does not expect it
        return answers(yes, no)
    op = m.dictionary.op(expr.name, len(expr.args))
    begging = begs(m, expr)
    complains = not begging and not (op is not None and op.meaning.get("stops") == "1")
    m.asserting += 1
    m.complaining += complains  # to complain of a failure is not to act on it
    yes, no = m.branch(expr.args[0], state)
    if not begging:
        contract_of(m, expr.args[0], state, no)
    m.asserting -= 1
    m.complaining -= complains
    m.facts.anon_asked.update(page for page in m.in_question if not all(_anonymous(s, page) for s in no))
    m.in_question = set()
    if begging:
        return [(state, 0)]
    return [(s, 0) for s in no] or [(s, 1) for s in yes]


def complaint(m: Machine, state: State, kept: list[State]) -> None:
    """Note of what entries a function complains, though it copes with them: it does not expect them."""
    for root, had in state.masks.items() if kept else ():
        left = 0
        for after in kept:
            left |= after.masks.get(root, ALL)
        m.facts.complains(root, had & ~left & ALL)


def contract_of(m: Machine, denied: Expr, state: State, kept: list[State]) -> None:
    """Note what entries callers do not hand in: what an assertion denies of one was so from the start.

    What a place before the assertion took for granted (a pfn, say) is up to the assertion, too.
    """
    passes = [(fact, of) for fact, of in state.proofs if fact.startswith(PASSED)]
    taken = [(of.root, int(fact[len(PASSED) :])) for fact, of in passes if isinstance(of, PageOf)]
    for root, passed in taken:
        if root in state.masks:
            state = state.refine(root, state.masks[root] | passed)
    if taken:
        kept = m.branch(denied, state)[1]
    for root, had in state.masks.items() if kept else ():
        left = 0
        for after in kept:
            left |= after.masks.get(root, ALL)
        if had & ~left & ALL:
            m.facts.denies(root, had & ~left & ALL)


def _anonymous(state: State, page: Value) -> bool:
    """Return whether a page is known to be anonymous: an assertion that says so asks no question."""
    return "anon" in facts_about(state, page, None) or (
        isinstance(page, PageOf) and not state.masks.get(page.root, ALL) & ~(ANON | VAGUE)
    )
