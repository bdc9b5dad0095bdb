"""The exclusive flag of a page: setting, clearing and asking for it."""

from anonlint.domain.notes import Huge
from anonlint.domain.state import State
from anonlint.domain.subjects import base
from anonlint.domain.values import Result, Value
from anonlint.graph.ir import Expr
from anonlint.words.dictionary import Op
from anonlint.words.events import event
from anonlint.words.machine import Machine, Results
from anonlint.words.pages import answer, head
from anonlint.words.rmaps import claim


def page_set(m: Machine, op: Op, expr: Expr, args: list[Value], state: State) -> Results:
    if op.meaning.get("what") == "exclusive":
        claim(m, op, expr, args, state, args[op.at("arg")])
        state = state.proven("excl", "anon", of=base(args[op.at("arg")]))
    return [(state, 0)]


def page_clear(m: Machine, op: Op, expr: Expr, args: list[Value], state: State) -> Results:
    if op.meaning.get("what") == "exclusive" and op.meaning.get("when") != "free":
        page = args[op.at("arg")]
        event(m, "hand-clear", expr, state, m.page_root(page), page, op.name)
    return [(state, 0)]


def must_unshare(m: Machine, op: Op, expr: Expr, args: list[Value], state: State) -> Results:
    """Ask whether a page has to be unshared before it is pinned: that is asked of its exclusive flag."""
    page = args[op.at("page")] if op.at("page") >= 0 else None
    if page is not None:
        first = base(page)
        grabbed = first.of if isinstance(first, Result) and first.what == "grab" else None
        which = "" if Huge(grabbed) in state.mem else head(page)  # of hugetlb the first page knows
        event(m, "ask-unshare", expr, state, m.page_root(page), page, which)
    return answer(m, op, expr, args, state)
