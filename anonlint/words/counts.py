"""References, map counts and swap counts."""

from anonlint.domain.notes import Grab, Grabbed
from anonlint.domain.softbits import bare
from anonlint.domain.state import State
from anonlint.domain.subjects import base, facts_about
from anonlint.domain.values import Count, Result, Value
from anonlint.graph.ir import Expr
from anonlint.words.dictionary import Op
from anonlint.words.domains import require
from anonlint.words.events import event
from anonlint.words.machine import Machine, Results


def count(m: Machine, op: Op, expr: Expr, args: list[Value], state: State) -> Results:
    at = op.at("arg")
    if "add" in op.meaning or "by" in op.meaning:
        return hold(m, op, expr, args, state)
    page = args[at]
    what = "mapcount" if op.cls == "mapcount" else "refcount"
    m.facts.counted.add(base(page))
    event(m, "count", expr, state, m.page_root(page), page, op.name)
    locked = "locked" in facts_about(state, page, None)
    return [(state, Count(what, base(page), locked))]


def hold(m: Machine, op: Op, expr: Expr, args: list[Value], state: State) -> Results:
    """Take or give back a reference or a swap count."""
    what = "held-swap" if op.cls == "swap-count" else "held-ref"
    if op.at("arg") >= 0:
        state = require(m, op, expr, state, args[op.at("arg")])
    if op.cls == "swap-count" and op.at("arg") >= 0:
        m.facts.swapped.add(bare(args[op.at("arg")]))
    adds = op.meaning.get("add", "-1") == "1"
    if not adds:
        return [m.fresh(expr, state.unmark(what, what.replace("held", "owed")))]
    if "fail" in op.meaning:
        return [(state.mark(what), Result(what, op.meaning["fail"], m.site(expr), None))]
    return [m.fresh(expr, state.mark(what))]


def grab(m: Machine, op: Op, expr: Expr, args: list[Value], state: State) -> Results:
    root = m.page_root(args[op.at("page")])
    result = Result("grab", op.meaning["fail"], m.site(expr), root)
    event(m, "grab", expr, state, root, 0, op.name)
    return [(state if root is None else state.write(Grabbed(root), Grab(expr.start, op.name)), result)]


def ungrab(m: Machine, op: Op, expr: Expr, args: list[Value], state: State) -> Results:
    page = args[op.at("page")]
    root = page.of if isinstance(page, Result) and page.what == "grab" else m.page_root(page)
    given = [key for key in state.mem if isinstance(key, Grabbed) and root in (None, key.of)]
    for key in given:
        state = state.without(key)
    return [m.fresh(expr, state)]
