"""What vocabulary words do to a state: one method for each class of word."""

from anonlint.domain.kinds import ALL, HAS_PFN, NONE, NONPRESENT, PRESENT, VAGUE, mask
from anonlint.domain.notes import Converted
from anonlint.domain.softbits import anew, bare, clear_in_old, strip
from anonlint.domain.state import State, is_root, root_of
from anonlint.domain.subjects import PASSED, base
from anonlint.domain.values import (
    Bit,
    Call,
    Flags,
    Kinds,
    KindTest,
    MadeEntry,
    Marker,
    Nothing,
    Offset,
    PageOf,
    SwapEntry,
    TypeOf,
    Value,
)
from anonlint.graph.ir import Expr
from anonlint.graph.liveness import text
from anonlint.trace.records import Decode, Made, Test
from anonlint.words.dictionary import Op
from anonlint.words.domains import asks, require
from anonlint.words.machine import Machine, Results, answers


def predicate(m: Machine, op: Op, expr: Expr, args: list[Value], state: State) -> Results:
    value = bare(args[op.at("arg")])
    if op.meaning.get("pointer") == "1":
        value = bare(m.content(state, value))
    if op.domain != ALL:
        state = require(m, op, expr, state, value)
    if is_root(value):
        state = m.known(state, value, op.level)
        state = asks(m, op, state, value) if op.domain == ALL else state
        test = Test(expr.span, value, expr.name, op.yes, op.no, bool(m.asserting))
        m.facts.tested(test, state.masks[value])
        if not op.entry and op.domain == ALL and _tells_presence(op):
            m.facts.told.add(value)
        return [(state, KindTest(value, op.yes, op.no))]
    entry_states = m.mask_of(state, value, op.level)
    if entry_states is not None and not (entry_states & op.yes and entry_states & op.no):
        return [(state, int(bool(entry_states & op.yes)))]
    return [(state, Call(op.name, tuple(args)))]


def use_entry(m: Machine, op: Op, expr: Expr, args: list[Value], state: State) -> Results:
    """Look something up by an entry: there is none for entries of other kinds."""
    return [m.fresh(expr, require(m, op, expr, state, args[op.at("arg")]))]


def young_clear(m: Machine, op: Op, expr: Expr, args: list[Value], state: State) -> Results:
    """Clear the young bit in place."""
    return [m.fresh(expr, require(m, op, expr, state, m.content(state, args[op.at("ptr")])))]


def marker(m: Machine, op: Op, expr: Expr, args: list[Value], state: State) -> Results:
    """Take what a marker says."""
    value = bare(args[op.at("arg")])
    if not is_root(value):
        return [m.fresh(expr, state)]
    state = require(m, op, expr, state, value)
    return [(state, Call(op.name, (value,)) if op.meaning.get("vma") == "1" else Marker(value))]


def entry_test(m: Machine, op: Op, expr: Expr, args: list[Value], state: State) -> Results:
    """Ask something that is no question of kind: the same entry gives the same answer."""
    value = bare(args[op.at("arg")])
    state = require(m, op, expr, state, value)
    if "says" in op.meaning and is_root(value):
        return predicate(m, op, expr, args, state)
    if "proves" in op.meaning:
        return [(state, Call(op.name, tuple(args)))]
    if op.meaning.get("of") == "zero" and is_root(value):
        return zero_test(m, op, value, m.known(state, value, op.level), expr)
    if "implies" in op.meaning and is_root(value):
        return [(m.known(state, value, op.level), KindTest(value, op.yes, ALL))]
    return [(state, Call(op.name, tuple(args)))]


def zero_test(m: Machine, op: Op, root: Value, state: State, expr: Expr) -> Results:
    """Ask whether an entry maps the page of zeros: nobody writes to that."""
    yes, no = m.split(state, KindTest(root, op.yes, ALL), text(expr, m.source.data))
    clean = [clear_in_old(s.assume(Bit(root, "dirty"), False, ""), root, "dirty") for s in yes]
    return answers(clean, no)


def kind_of(m: Machine, op: Op, expr: Expr, args: list[Value], state: State) -> Results:
    value = bare(args[op.at("arg")])
    if is_root(value):
        return [(m.known(state, value, op.level), TypeOf(value))]
    if isinstance(value, MadeEntry):
        return [(state, Kinds(mask(value.kind)))]
    return [m.fresh(expr, state)]


def construct(m: Machine, op: Op, expr: Expr, args: list[Value], state: State) -> Results:
    inplace = op.at("inplace")
    if inplace >= 0:
        key = m.pointee(args[inplace])
        entry = Offset(root_of(state.mem.get(key, key)), "young,dirty")
        made = record_made(m, op, expr, op.meaning["kind"], entry, state)
        return [(state.write(key, made), made)]
    source = args[op.at("from")] if op.at("from") >= 0 else None
    if op.at("select") < 0:
        return [(state, record_made(m, op, expr, op.meaning["kind"], source, state))]
    yes, no = m.split(state, args[op.at("select")], "")
    return [(s, record_made(m, op, expr, op.meaning["kind"], source, s)) for s in yes] + [
        (s, record_made(m, op, expr, op.meaning["else"], source, s)) for s in no
    ]


def record_made(m: Machine, op: Op, expr: Expr, kind: str, source: Value, state: State) -> Value:
    source = base(source)
    root = source.root if isinstance(source, (Offset, PageOf)) else None
    made = Made(expr.span, kind, root, op.name)
    entry_states = m.entry_states(state, root if root is not None else Nothing(), "pte")
    m.facts.seen(made, entry_states, state.way)
    keeps = source.keeps if isinstance(source, Offset) and root is not None else ""
    return MadeEntry(kind, root, anew(state, root, keeps))


def raw_construct(m: Machine, op: Op, expr: Expr, args: list[Value], state: State) -> Results:
    kind = args[op.at("type")]
    if isinstance(kind, Kinds):
        for name in ("W", "RX", "R", "DW", "DR", "H", "M"):
            if mask(name) == kind.mask:
                return [(state, record_made(m, op, expr, name, args[op.at("from")], state))]
    if isinstance(kind, (TypeOf, Flags)):
        return [(state, remade(kind, args[op.at("from")], state))]
    return [m.fresh(expr, state)]


def remade(kind: Value, offset: Value, state: State) -> Value:
    """Return an entry of the type of another one, or of one's own: it starts with no software bit."""
    source = kind.root if isinstance(kind, TypeOf) else base(offset)
    root = source.root if isinstance(source, (Offset, PageOf)) else source
    same = isinstance(offset, Offset) and isinstance(kind, TypeOf) and offset.root == source
    if same and source not in state.masks:
        return source  # the same swap entry, put together again
    return SwapEntry(source, anew(state, root if root in state.masks else None))


def convert(m: Machine, op: Op, expr: Expr, args: list[Value], state: State) -> Results:
    value = bare(args[op.at("arg")])
    if is_root(value) and op.meaning.get("to") == "entry":
        state = m.known(state, value, op.level)
        m.facts.converted(value, expr.span)
        state = state.write(Converted(value), 1)
        if not state.masks[value] & ~PRESENT and m.contract(value) == ALL:
            state = require(m, op, expr, state, value)
        if op.meaning.get("total") != "1":
            left = state.masks[value] & (NONPRESENT | VAGUE)
            if not left & NONPRESENT:
                return []  # only a path that cannot be taken reads a mapping as a swap entry
            state = state.refine(value, left)
    elif value in state.masks and state.masks[value] & PRESENT and state.masks[value] & NONPRESENT:
        state = state.refine(value, state.masks[value] & ~PRESENT)  # what was handed in as an entry is no mapping
    return [(state, converted(op, args[op.at("arg")], state))]


def converted(op: Op, value: Value, state: State) -> Value:
    """Return an entry value in its other form; what was never a page table entry has no software bits."""
    if op.meaning.get("to") == "entry":
        return bare(value)
    if not is_root(bare(value)):
        return value
    if bare(value) not in state.masks:
        return SwapEntry(bare(value), anew(state, None))
    return strip(state, value, "soft-dirty,uffd-wp,exclusive")  # they were lost when it became an entry


def decode(m: Machine, op: Op, expr: Expr, args: list[Value], state: State) -> Results:
    """Take an offset, pfn or page: of an entry that may have none, that is a fact to report."""
    value = args[op.at("arg")]
    root = root_of(value)
    if root is None:
        return [m.fresh(expr, state)]
    value = bare(value)
    if is_root(value) and op.meaning.get("needs") == "pfn":
        state = m.known(state, value, op.level)
        span = expr.span
        place = Decode(span, value, op.name, m.seen_at(span))
        m.facts.seen(place, state.masks[value], state.way)
        state = require(m, op, expr, state, value)
        if state.masks[value] & HAS_PFN:
            passed = state.masks[value] & ALL & ~HAS_PFN
            state = state.noted(f"{PASSED}{passed}", of=PageOf(value)) if passed else state
            state = state.refine(value, state.masks[value] & (HAS_PFN | VAGUE))
    return [(state, Offset(root, op.meaning.get("keeps", "")) if op.cls == "offset" else PageOf(root))]


def _tells_presence(op: Op) -> bool:
    """Return whether a question about a page table entry tells present ones from others."""
    return bool(op.yes & NONPRESENT and not op.yes & PRESENT) or op.yes & ~op.no & ALL in (PRESENT, PRESENT | NONE)
