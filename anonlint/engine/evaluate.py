"""Evaluates expressions and conditions on abstract states; a state splits where the function splits it."""

from collections.abc import Callable
from operator import ge, gt, le, lt

from anonlint.domain.debts import reread
from anonlint.domain.kinds import ALL, NONE, SAYS
from anonlint.domain.notes import Asked, Stepped, Walked, Within
from anonlint.domain.operators import COW, bits, complement, deeper, equal, known_bits, names_in, negate
from anonlint.domain.state import State, holding, mentioning, mentions, parts, renamed, root_of
from anonlint.domain.subjects import base, next_slot
from anonlint.domain.terms import Term
from anonlint.domain.values import (
    Ask,
    Binary,
    Cell,
    Cleared,
    Enumerator,
    ErrorNumber,
    Field,
    Flags,
    Index,
    Key,
    KindTest,
    Marker,
    NewPage,
    Offset,
    OtherEnumerator,
    PageOf,
    Part,
    Passed,
    Ref,
    Result,
    Site,
    Slot,
    Value,
    Var,
)
from anonlint.engine.calls import call
from anonlint.graph.ir import SLOT_POINTERS, Expr
from anonlint.words.domains import BY_ITSELF, used
from anonlint.words.machine import Machine, answers
from anonlint.words.matters import element_of
from anonlint.words.slots import record_store

Results = list[tuple[State, Value]]
_MAX_VALUE = 12  # steps: what a value may be made of
_MAX_LINKS = 5  # members of members: p = p->left or p->right in a loop makes twice as many with each turn
_BOOLS = frozenset(("bool", "_Bool", "const bool"))
_TRUTHS = frozenset(("bool", "int", "_Bool", "unsigned int", "unsigned", "rmap_t"))
_SIGNS = {"<": lt, "<=": le, ">": gt, ">=": ge}
_ARITHMETIC = frozenset(("+", "-", "*", "/", "%", "<<", ">>", "^", "~", "|"))


def evaluate(m: Machine, expr: Expr, state: State) -> Results:
    """Return every (state, value) that evaluating ``expr`` can give."""
    if expr.op != "id":
        return _EVAL[expr.op](m, expr, state)
    name = expr.name
    if name not in m.types and (constant := m.constant(name)) is not None:
        return [(state, constant)]
    key = m.places.get(name) or variable(m, name)
    return [(state, state.mem.get(key, key))]


def variable(m: Machine, name: str) -> Key:
    """Return the place of a local; of a global when no local has the name."""
    found = m.places.get(name)
    if found is None:
        found = m.places[name] = Var(m.frame + name if name in m.types else name)
    return found


def place(m: Machine, expr: Expr, state: State) -> list[tuple[State, Key]]:
    """Return the place that an lvalue names."""
    if expr.op == "id":
        return [(state, variable(m, expr.name))]
    if expr.op == "deref":
        return [(s, m.pointee(v)) for s, v in m.eval(expr.args[0], state)]
    if expr.op == "field":
        return [(s, Field(v, expr.name)) for s, v in m.eval(expr.args[0], state)]
    if expr.op == "index":
        return [(s, Index(v[0], v[1])) for s, v in m.eval_all(expr.args, state)]
    return [(s, m.site(expr, "place")) for s, _ in m.eval(expr, state)]


def load(m: Machine, expr: Expr, state: State) -> Results:
    if expr.op == "deref":  # of a slot
        return [(reread(s, key), s.mem.get(key, key)) for s, key in place(m, expr, state)]
    return [(s, s.mem.get(key, key)) for s, key in place(m, expr, state)]


def address(m: Machine, expr: Expr, state: State) -> Results:
    target = expr.args[0]
    if target.op == "index" and (target.args[0].op == "field" or target.args[0].name in m.params):
        results = m.eval_all(target.args, state)  # of what is handed in &p[i] is p + i; else it may be an array
        return [(s, added(m, target.args[0], base_, index)) for s, (base_, index) in results]
    return [(s, pointer_to(m, key)) for s, key in place(m, target, state)]


def added(m: Machine, pointer: Expr, value: Value, index: Value) -> Value:
    """Return a pointer that is moved on."""
    paged = pointer.op == "id" and m.types.get(pointer.name, "") == "struct page*"
    if index == 0:
        return value
    return Part(value, index if isinstance(index, int) else None) if paged else operate(m, "+", value, index)


def pointer_to(m: Machine, key: Key) -> Value:
    """Return the address of a place; a folio's first page is the folio."""
    if isinstance(key, Field) and key.member == "page" and is_folio(m, key.base):
        return Part(key.base, 0)
    return key.pointer if isinstance(key, Cell) else Ref(key)


def is_folio(m: Machine, value: Value) -> bool:
    """Return whether a pointer is known to lead to a folio."""
    if isinstance(value, Var):
        return m.type_of(value.name) == "struct folio*"
    return isinstance(value, (PageOf, NewPage)) or (isinstance(value, Result) and value.what == "grab")


def declare(m: Machine, expr: Expr, state: State) -> Results:
    key = variable(m, expr.name)
    if expr.name not in m.matter.telling and expr.name in m.types:
        return comma_last(m, expr, state)
    if not expr.args:
        return [(m.forget(state, key), 0)]
    return [(put(m, s, key, known_bits(m.ored.get(expr.name), v)), v) for s, v in m.eval(expr.args[0], state)]


def put(m: Machine, state: State, key: Key, value: Value) -> State:
    """Store a value; what is unknown, or a plain number, is known by the place that holds it.

    That makes ``if (a) p = f(); else p = g();`` one state afterwards, not two.
    """
    if isinstance(value, Flags) and value.base is None and isinstance(key, Var) and m.type_of(key.name) in _BOOLS:
        value = int(any(on for _, on in value.bits))
    if isinstance(value, Enumerator) and value.name not in (compared := m.helpers.enumerators.compared):
        value = OtherEnumerator(value.enum, compared)
    if isinstance(key, Index) and isinstance(value, (int, Flags, Site)):
        return m.forget(state, key)  # an element is found again by its index only, and no index is known
    if isinstance(key, (Var, Field)) and nameless(m, key, value):
        if isinstance(value, Site):
            m.strange.add(key)
        return m.forget(state, key)
    return state.write(key, value)


def nameless(m: Machine, key: Var | Field, value: Value) -> bool:
    if isinstance(value, Term) and not isinstance(value, Flags):
        if isinstance(value, Ask) and isinstance(key, Var):
            return m.types.get(key.name[len(m.frame) :], "").endswith("*")  # found by it, no answer about it
        number = isinstance(value, Binary) and value.operator in _ARITHMETIC
        ctype = m.type_of(key.name) if isinstance(key, Var) else ""
        return isinstance(value, Site) or (number and ctype not in SLOT_POINTERS)
    if isinstance(key, Field):
        return True
    name = key.name[len(m.frame) :]
    if isinstance(value, int) and value < 0 and m.types.get(name, "").startswith("unsigned"):
        return False  # no number: it says that there is none
    if isinstance(value, Flags):
        plain = value.base is None and not any(bit in m.dictionary for bit, _ in value.bits)
        return plain and name not in m.ored
    ctype = m.types.get(name, "bool")
    if value == 0 and name in m.matter.looked:
        return False  # no page was found, or all went well, and that may say why
    return ctype not in _TRUTHS and name not in m.ored


def comma_last(m: Machine, expr: Expr, state: State) -> Results:
    """Evaluate for the side effects only: nothing ever asks for the variable's value."""
    results = m.eval(expr.args[-1], state) if expr.args else [(state, 0)]
    name = expr.name if expr.op == "decl" else expr.args[0].name
    return [(moved(m, s, variable(m, name)), v) for s, v in results]


def moved(m: Machine, state: State, key: Key) -> State:
    """Forget the answers to questions about a variable that has changed, and the entries that it led to."""
    if mentioning(state.masks, key) or holding(state.mem, key):
        return m.forget(state, key)
    cons = {cond: got for cond, got in state.cons.items() if not mentions(cond, key)}
    return state if len(cons) == len(state.cons) else state.but(cons=cons)


def assign(m: Machine, expr: Expr, state: State) -> Results:
    target, source = expr.args
    if target.op == "id" and target.name not in m.matter.telling and target.name in m.types:
        return comma_last(m, expr, state)
    if element_of(target) in m.matter.mute:
        return m.eval(source, state)
    out: Results = []
    for s, value in m.eval(source, state):
        for after, key in place(m, target, s):
            out += store_value(m, expr, after, key, value)
    return out


def store_value(m: Machine, expr: Expr, state: State, key: Key, value: Value) -> Results:
    if expr.name != "=":
        old = state.mem.get(key, key)
        if expr.name in ("|=", "&="):
            value = bits(expr.name[0], old, value)
            if deeper(value, _MAX_VALUE):  # in a loop it would grow without end
                return [(m.forget(state, key), key)]
        else:
            return advance(m, state, key, old, Binary("+", old, value) if expr.name == "+=" else None)
    elif moves_on(m, state, key, value):
        return advance(m, state, key, state.mem.get(key, key), value)
    elif deeper(value, _MAX_LINKS if isinstance(value, Field) else _MAX_VALUE):
        return [(m.forget(state, key), key)]
    elif expr.args[0].op == "id":
        value = known_bits(m.ored.get(expr.args[0].name), value)
    if isinstance(key, Field) and key.member == "mapping":
        state = state.proven("anon", of=base(key.base))  # whoever sets it knows what the page is
    if not isinstance(key, Var):
        state = used(m, value, expr, state)
    if isinstance(key, Cell):
        record_store(m, expr, state, key, value)
    return [(put(m, state, key, value), value)]


def increment(m: Machine, expr: Expr, state: State) -> Results:
    target = expr.args[0]
    if target.op == "id" and target.name not in m.matter.telling and target.name in m.types:
        return [(moved(m, state, variable(m, target.name)), 0)]
    out: Results = []
    for s, key in place(m, expr.args[0], state):
        old = s.mem.get(key, key)
        out += advance(m, s, key, old, Binary("+", old, 1) if expr.name == "++" else None)
    return out


def moves_on(m: Machine, state: State, key: Key, value: Value) -> bool:
    """Return whether a pointer is given its own value and some more: ``p = p + 1`` is ``p++``."""
    same = isinstance(value, Binary) and value.operator == "+" and value.left == state.mem.get(key, key)
    return same and isinstance(key, Var) and m.type_of(key.name) in SLOT_POINTERS


def advance(m: Machine, state: State, key: Key, old: Value, ahead: Value) -> Results:
    """Move a pointer or counter on: what was known of the old slot is over, what was read ahead is at hand."""
    return [(renamed(s, ahead, old), value) for s, value in leave_slot(m, state, key, old)]


def leave_slot(m: Machine, state: State, key: Key, old: Value) -> Results:
    """Forget the slot that a pointer leaves."""
    if isinstance(old, Term) and Cell(old) in {*state.masks, *state.mem}:
        if state.masks.get(Cell(old)) == NONE:  # what was read of it says so still
            state = state.but(mem={k: Cleared() if v == Cell(old) else v for k, v in state.mem.items()})
            state = emptied(state, old)
        untold = stepped(state, Cell(old)).mem.get(Stepped(Cell(old)))
        copy, within = state.mem.get(Cell(old)), state.mem.get(Within(Cell(old)))
        state = m.forget(state, Cell(old))
        if within is not None:
            state = state.write(Within(Cell(old)), within)  # the next slot is of the same mapping
        if untold is not None:
            state = state.write(Stepped(Cell(old)), untold)
        root = root_of(copy)
        if root is not None and isinstance(root, Cell) and root in state.masks:  # of another slot: it stays there
            passed = Cell(Passed(old))
            state = state.write(passed, copy)
            state = state if within is None else state.write(Within(passed), within)
        return [(next_slot(state), old)]
    ctype = m.types.get(key.name[len(m.frame) :], "") if isinstance(key, Var) else ""
    if ctype.endswith("*"):
        return [(next_slot(state) if ctype in SLOT_POINTERS else state, old)]
    return [(m.forget(state, key), key)]


def binary(m: Machine, expr: Expr, state: State) -> Results:
    out: Results = []
    for s, (left, right) in m.eval_all(expr.args, state):
        if expr.name not in ("+", "-"):
            s = used(m, right, expr, used(m, left, expr, s))
        plus = expr.name == "+" and right != 0
        out.append((s, added(m, expr.args[0], left, right) if plus else operate(m, expr.name, left, right)))
    return out


def said(m: Machine, left: Value, right: Value) -> Value:
    """Return the question whether a marker says something, None for other operations."""
    for marker, flag in ((left, right), (right, left)):
        if isinstance(marker, Marker):
            told = {m.dictionary.meaning(name, "says") for name in names_in(flag)}
            yes = sum(SAYS[says] for says in told if says in SAYS)
            return KindTest(marker.root, yes, ALL & ~yes) if yes else None
    return None


def operate(m: Machine, operator: str, left: Value, right: Value) -> Value:
    if operator == "&" and (question := said(m, left, right)) is not None:
        return question
    if operator == "&" and isinstance(right, Flags):
        m.facts.questions.update((name, m.stack[-1]) for name in names_in(right))
    if operator in ("|", "&"):
        return bits(operator, left, right)
    if operator in ("==", "!="):
        same = COW if is_cow_test(m, left, right) or is_cow_test(m, right, left) else equal(left, right)
        return same if operator == "==" else negate(same)
    if operator in ("+", "-"):
        for side in (left, right):
            if isinstance(side, (PageOf, Offset)):
                return side
    if operator == "-" and left == right:
        return 0
    if operator in _SIGNS and isinstance(left, int) and isinstance(right, int):
        return int(_SIGNS[operator](left, right))
    if operator in _SIGNS and right == 0 and isinstance(left, ErrorNumber):
        return int(operator in ("<", "<="))
    return Binary(operator, left, right)


def is_cow_test(m: Machine, left: Value, right: Value) -> bool:
    """Recognise (flags & (VM_SHARED | VM_MAYWRITE)) == VM_MAYWRITE, is_cow_mapping()'s body."""
    if not isinstance(left, Binary) or left.operator != "&":
        return False
    asked = {name: m.dictionary.meaning(name, "cow") for name in names_in(left.right)}
    return set(asked.values()) == {"0", "1"} and names_in(right) == {name for name in asked if asked[name] == "1"}


def unary(m: Machine, expr: Expr, state: State) -> Results:
    return [(s, complement(expr.name, v)) for s, v in m.eval(expr.args[0], state)]


def negation(m: Machine, expr: Expr, state: State) -> Results:
    if expr.args[0].op in ("and", "or", "not"):
        return truth(m, expr, state)
    return [(s, negate(v)) for s, v in m.eval(expr.args[0], state)]


def truth(m: Machine, expr: Expr, state: State) -> Results:
    return answers(*m.branch(expr, state))


def conditional(m: Machine, expr: Expr, state: State) -> Results:
    yes, no = m.branch(expr.args[0], state)
    m.bound(len(yes) + len(no))
    return [r for s in yes for r in m.eval(expr.args[1], s)] + [r for s in no for r in m.eval(expr.args[2], s)]


def comma(m: Machine, expr: Expr, state: State) -> Results:
    return [r for s, _ in m.eval(expr.args[0], state) for r in m.eval(expr.args[1], s)]


def unknown(m: Machine, expr: Expr, state: State) -> Results:
    results = m.eval_all(expr.args, state)
    return [m.fresh(expr, s) for s, _ in results]


def number(m: Machine, expr: Expr, state: State) -> Results:
    return [(state, int(expr.name))]


def emptied(state: State, slot: Value) -> State:
    """Return the state in which a slot has been looked at that had nothing in it: there was nothing more to ask."""
    if isinstance(slot, Slot) and Walked(slot) not in state.mem:
        return state.write(Walked(slot), BY_ITSELF)
    return state


def stepped(state: State, slot: Key) -> State:
    """Return the state after stepping on: whoever asked nothing of this slot has found the next one himself.

    Of a slot that was looked up that is known anyway.
    """
    if Stepped(slot) in state.mem or any(isinstance(part, Slot) for part in parts(slot)):
        return state
    return state.write(Stepped(slot), int(Asked(slot) not in state.mem))


_EVAL: dict[str, Callable[[Machine, Expr, State], Results]] = {
    "num": number,
    "deref": load,
    "field": load,
    "index": load,
    "addr": address,
    "decl": declare,
    "assign": assign,
    "inc": increment,
    "bin": binary,
    "unary": unary,
    "not": negation,
    "and": truth,
    "or": truth,
    "cond": conditional,
    "comma": comma,
    "call": call,
    "icall": unknown,
    "opaque": unknown,
}
