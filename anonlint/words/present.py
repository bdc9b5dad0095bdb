"""Present entries: what page they map, and how they are made."""

from anonlint.domain.kinds import PRESENT, VAGUE
from anonlint.domain.operators import names_in
from anonlint.domain.softbits import anew, bare, bits_of
from anonlint.domain.state import State, is_root, root_of
from anonlint.domain.subjects import ZERO_PAGE
from anonlint.domain.values import MadeEntry, PageOf, Pfn, PresentEntry, SwapEntry, Value
from anonlint.graph.ir import Expr
from anonlint.graph.liveness import text
from anonlint.words.bits import needed, written
from anonlint.words.dictionary import Op
from anonlint.words.domains import require
from anonlint.words.machine import Machine, Results


def present_page(m: Machine, op: Op, expr: Expr, args: list[Value], state: State) -> Results:
    value = args[op.at("arg")]
    root = root_of(value)
    if root is None:
        return [m.fresh(expr, state)]
    if is_root(bare(value)):
        state = m.known(state, root, op.level)
        if op.meaning.get("gives") == "pfn":
            return [(state, Pfn(root, op))]  # a mistake only once it is used
        state = require(m, op, expr, state, root)
        if state.masks[root] & PRESENT:
            state = state.refine(root, state.masks[root] & (PRESENT | VAGUE))
    elif isinstance(value, (MadeEntry, SwapEntry)):
        state = require(m, op, expr, state, value)
    elif isinstance(value, PresentEntry) and value.page is None:
        state = m.known(state, root, op.level)  # what was modified as a mapped entry was one
        if state.masks[root] & PRESENT:
            state = state.refine(root, state.masks[root] & (PRESENT | VAGUE))
    if op.meaning.get("gives") != "pfn":
        m.facts.paged.add(root)
    return [(state, PageOf(root))]


def make_present(m: Machine, op: Op, expr: Expr, args: list[Value], state: State) -> Results:
    if op.at("arg") >= 0:
        state = require(m, op, expr, state, args[op.at("arg")])
    if op.at("arg") >= 0 and op.cls == "make-present":
        return [(state, args[op.at("arg")])]
    if op.cls == "modify":
        value = args[max(op.at("arg"), 0)]
        flags = {name for arg in args for name in names_in(arg)}
        read_only = any(m.dictionary.meaning(flag, "read-only") == "1" for flag in flags)
        page = value.page if isinstance(value, PresentEntry) else None
        return [(state, PresentEntry(0 if read_only else 2, root_of(value), bits_of(value), page))]
    root = next((r for v in args if (r := m.page_root(v)) is not None), None)
    page = ZERO_PAGE if ZERO_PAGE in args else args[op.at("page")] if op.at("page") >= 0 else None
    bits = anew(state, root)[:2] + "s" + anew(state, root)[3:]  # vm_page_prot is young
    writable = op.meaning.get("writable", "")
    if not writable.isdigit():
        return [(state, PresentEntry(0, root, bits, page))]
    write = args[int(writable)]
    dirtied = written(op, bits)
    if isinstance(write, int):
        state = needed(m, op, args, state) if write == 1 else state
        return [(state, PresentEntry(write if write in (0, 1) else 2, root, dirtied if write == 1 else bits, page))]
    yes, no = m.split(state, write, text(expr.args[int(writable)], m.source.data))
    yes = [needed(m, op, args, s) for s in yes]
    out: Results = [(s, PresentEntry(1, root, dirtied, page)) for s in yes]
    return out + [(s, PresentEntry(0, root, bits, page)) for s in no]
