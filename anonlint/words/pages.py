"""What words say of pages and folios: which page it is, and what it answers."""

from anonlint.domain.kinds import ALL, DEVICE, NONE, VAGUE
from anonlint.domain.notes import Copied
from anonlint.domain.state import State
from anonlint.domain.subjects import ZERO_PAGE, base
from anonlint.domain.values import Call, KindTest, NewPage, Offset, PageFact, PageOf, PageTest, Part, Shared, Value
from anonlint.graph.ir import Expr
from anonlint.words.dictionary import IMPLIED, PAGE_TESTS, Op
from anonlint.words.events import event
from anonlint.words.machine import Machine, Results

_DEVICES = ("device-private", "zone-device")


def same_page(m: Machine, op: Op, expr: Expr, args: list[Value], state: State) -> Results:
    for value in reversed(args):  # a pfn tells which page of the folio it is
        root = value.root if isinstance(value, Offset) else m.page_root(value)
        if root is not None:
            m.facts.paged.add(root)
            state = state.assume(PageOf(root), True, "")
            whole = value is args[op.at("arg")]
            return [(state, page_of(op, args, value) if whole else part_of(m, op, args, root))]
    return [(state, page_of(op, args, args[max(op.at("arg"), 0)]))]


def page_of(op: Op, args: list[Value], page: Value) -> Value:
    """Return the page of a folio that a word gives: itself, the first one, or the one of an index."""
    if op.at("index") >= 0:
        index = args[op.at("index")]
        return Part(page, index if isinstance(index, int) else None)
    return Part(page, 0) if op.meaning.get("head") == "1" else page


def part_of(m: Machine, op: Op, args: list[Value], root: Value) -> Value:
    """Return the page of an entry, and note of what folio it is a part."""
    page = PageOf(root)
    if op.at("arg") >= 0 and args[op.at("arg")] != page:
        m.facts.in_folio(page, args[op.at("arg")])
    return page


def copy_page(m: Machine, op: Op, expr: Expr, args: list[Value], state: State) -> Results:
    """Copy a page: whoever maps the other one maps it in place of this one."""
    source = m.page_root(args[op.at("from")])
    state = state.write(Copied(base(args[op.at("to")])), 0 if source is None else source)
    return [m.fresh(expr, state)]


def page_test(m: Machine, op: Op, expr: Expr, args: list[Value], state: State) -> Results:
    what = op.meaning.get("what", "")
    page = args[op.at("arg")]
    m.facts.asks.add(what)
    if not m.asserting:
        m.facts.asked_at(what, base(page), expr.span)
    if what in ("anon", "anon-not-ksm"):
        if m.doubted:
            m.in_question.add(base(page))
        else:
            m.facts.anon_asked.add(base(page))
    answer = implied(state, what, page)
    if answer is not None:
        return [(told(m, state, what, page, answer), int(answer))]
    if what not in PAGE_TESTS:
        return [(state, PageFact(what, page))]
    if what == "exclusive" and not m.asserting:
        asked(m, op, expr, state, page)
    if what == "exclusive" and state.known(Shared()):
        return [(state, 0)]
    root = m.page_root(page)
    if root is not None:
        state = m.known(state, root, "pte")
        test = KindTest(root, *PAGE_TESTS[what])
        if what not in _DEVICES:
            return [(state, test)]
        yes, no = m.split(state, test, "")
        answers = [(s, True) for s in yes] + [(s, False) for s in no]
        return [(answered(s, what, page, outcome), int(outcome)) for s, outcome in answers]
    return [(state, PageTest(what, None) if what == "anon" else PageTest(what, page))]


def answered(state: State, what: str, page: Value, outcome: bool) -> State:
    """Return the state in which a page has answered a question that says something of others about it."""
    told = IMPLIED.get((what, outcome))
    return state if told is None else state.noted(f"?{what} {int(outcome)}", of=base(page))


def implied(state: State, what: str, page: Value) -> bool | None:
    """Return what answers to other questions say of one about the same page, None if nothing."""
    for (other, outcome), told in IMPLIED.items():
        if (what in told or what == other) and state.holds(f"?{other} {int(outcome)}", base(page)):
            return told.get(what, outcome)
    return None


def said_of(state: State, page: Value) -> list[tuple[str, bool]]:
    """Return what a page has answered that says something of the entries that map it."""
    return [
        (what, outcome)
        for what in _DEVICES
        for outcome in (True, False)
        if state.holds(f"?{what} {int(outcome)}", base(page))
    ]


def told(m: Machine, state: State, what: str, page: Value, outcome: bool) -> State:
    """Return the state after an answer about a page that was clear before it was asked for."""
    if what not in PAGE_TESTS:
        return state
    root = m.page_root(page)
    if root is None:
        for other, said in said_of(state, page):
            state = narrow(state.assume(PageTest(other, page), said, ""), other, said)
        return narrow(state, what, outcome)
    entry_states = PAGE_TESTS[what][0 if outcome else 1]
    left = m.entry_states(state, root, "pte") & (entry_states | VAGUE)
    return state.refine(root, left) if left & ALL else state


def new_page(m: Machine, op: Op, expr: Expr, args: list[Value], state: State) -> Results:
    page = NewPage(expr.start, m.frame)
    return [(m.forget(state, page), page)]


def zero_page(m: Machine, op: Op, expr: Expr, args: list[Value], state: State) -> Results:
    return [(state, ZERO_PAGE)]


def answer(m: Machine, op: Op, expr: Expr, args: list[Value], state: State) -> Results:
    """Leave a question open as a value; what its answer proves is for ``learn``."""
    return [(state, Call(op.name, tuple(args)))]


def narrow(state: State, what: str, outcome: bool) -> State:
    """Apply an answer about the page at hand to every entry under consideration.

    Where none is left it was another page's; but a device's page is anonymous, whoever asks.
    """
    entry_states = PAGE_TESTS[what][0 if outcome else 1] | NONE
    for root, had in state.masks.items():
        if had & entry_states:
            state = state.refine(root, had & (entry_states | VAGUE))
        elif not had & ~DEVICE:
            state = state.refine(root, had | VAGUE)
    return state


def asked(m: Machine, op: Op, expr: Expr, state: State, page: Value) -> None:
    """Record that a page is asked whether it is exclusive, and how that page is spelled."""
    root = m.page_root(page)
    state = state.but(
        masks={r: entry_states & ~VAGUE for r, entry_states in state.masks.items()}
    )  # no question of entries
    event(m, "ask-exclusive", expr, state, root, page, head(page))


def head(page: Value) -> str:
    """Return "head" or "tail" where a page is the folio's first, or another one."""
    if not isinstance(page, Part):
        return ""
    return "head" if page.index == 0 and not isinstance(page.page, Part) else "tail"
