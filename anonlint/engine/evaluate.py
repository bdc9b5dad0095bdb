"""Evaluates expressions and conditions on abstract states; a state splits where the function splits it."""

from operator import ge, gt, le, lt
from typing import TYPE_CHECKING

from anonlint.domain.debts import reread
from anonlint.domain.kinds import ALL, NONE, SAYS
from anonlint.domain.operators import bits, complement, deeper, equal, known_bits, names_in, negate
from anonlint.domain.state import Key, State, Value, mentions, renamed, root_of
from anonlint.domain.subjects import base
from anonlint.engine.conditions import Conditions
from anonlint.graph.ir import Expr
from anonlint.trace.facts import Facts
from anonlint.words.dictionary import Dictionary
from anonlint.words.domains import stepped
from anonlint.words.matters import element_of

if TYPE_CHECKING:
    from anonlint.model.source import Source

Results = list[tuple[State, Value]]
_MAX_VALUE = 12  # steps: what a value may be made of
_MAX_LINKS = 5  # members of members: p = p->left or p->right in a loop makes twice as many with each turn
_SLOTS = frozenset(("pte_t*", "pmd_t*"))
_TRUTHS = frozenset(("bool", "int", "_Bool", "unsigned int", "unsigned", "rmap_t"))
_SIGNS = {"<": lt, "<=": le, ">": gt, ">=": ge}
_ARITHMETIC = frozenset(("+", "-", "*", "/", "%", "<<", ">>", "^", "~", "|"))


class Evaluator(Conditions):
    """Expression semantics; what calls mean is in Calls, how blocks follow each other in Executor."""

    def __init__(self, source: "Source", dictionary: Dictionary, types: dict[str, str]) -> None:
        super().__init__(source, dictionary)
        self.types = self.scopes[""] = types
        self.facts = Facts()

    def eval(self, expr: Expr, state: State) -> Results:
        """Return every (state, value) that evaluating ``expr`` can give."""
        return _EVAL[expr.op](self, expr, state)

    def eval_all(self, exprs: tuple[Expr, ...], state: State) -> list[tuple[State, list[Value]]]:
        """Evaluate operands from left to right."""
        results: list[tuple[State, list[Value]]] = [(state, [])]
        for expr in exprs:
            results = [(s, [*values, v]) for before, values in results for s, v in self.eval(expr, before)]
            self.bound(len(results))
        return results

    # -- places

    def variable(self, name: str) -> Key:
        """Return the place of a local; of a global when no local has the name."""
        return ("var", self.frame + name if name in self.types else name)

    def place(self, expr: Expr, state: State) -> list[tuple[State, Key]]:
        """Return the place that an lvalue names."""
        if expr.op == "id":
            return [(state, self.variable(expr.name))]
        if expr.op == "deref":
            return [(s, self.pointee(v)) for s, v in self.eval(expr.args[0], state)]
        if expr.op == "field":
            return [(s, ("fld", v, expr.name)) for s, v in self.eval(expr.args[0], state)]
        if expr.op == "index":
            return [(s, ("idx", v[0], v[1])) for s, v in self.eval_all(expr.args, state)]
        return [(s, self.site(expr, "place")) for s, _ in self.eval(expr, state)]

    @staticmethod
    def pointee(pointer: Value) -> Key:
        """Return the place behind a pointer value."""
        if type(pointer) is tuple and pointer[0] == "ref":
            key: Key = pointer[1]
            return key
        return ("cell", pointer)

    def load(self, expr: Expr, state: State) -> Results:
        return [(reread(s, key), s.mem.get(key, key)) for s, key in self.place(expr, state)]

    def address(self, expr: Expr, state: State) -> Results:
        return [(s, self.pointer_to(key)) for s, key in self.place(expr.args[0], state)]

    def pointer_to(self, key: Key) -> Value:
        """Return the address of a place; a folio's first page is the folio."""
        if key[0] == "fld" and key[2] == "page" and self.is_folio(key[1]):
            return ("part", key[1], 0)
        return key[1] if key[0] == "cell" else ("ref", key)

    def is_folio(self, value: Value) -> bool:
        """Return whether a pointer is known to lead to a folio."""
        if type(value) is not tuple or value[0] != "var":
            return type(value) is tuple and (value[0] in ("page", "new") or value[:2] == ("result", "grab"))
        return self.type_of(value[1]) == "struct folio*"

    def name(self, expr: Expr, state: State) -> Results:
        if expr.name not in self.types:
            constant = self.constant(expr.name)
            if constant is not None:
                return [(state, constant)]
        key = self.variable(expr.name)
        return [(state, state.mem.get(key, key))]

    # -- operators

    def declare(self, expr: Expr, state: State) -> Results:
        key = self.variable(expr.name)
        if expr.name not in self.matter.telling and expr.name in self.types:
            return self.comma_last(expr, state)
        if not expr.args:
            return [(self.forget(state, key), 0)]
        return [
            (self.put(s, key, known_bits(self.ored.get(expr.name), v)), v) for s, v in self.eval(expr.args[0], state)
        ]

    def put(self, state: State, key: Key, value: Value) -> State:
        """Store a value; what is unknown, or a plain number, is known by the place that holds it.

        That makes ``if (a) p = f(); else p = g();`` one state afterwards, not two.
        """
        if key[0] == "idx" and (isinstance(value, int) or (type(value) is tuple and value[0] in ("flags", "site"))):
            return self.forget(state, key)  # an element is found again by its index only, and no index is known
        if key[0] in ("var", "fld") and self.nameless(key, value):
            if type(value) is tuple and value[0] == "site":
                self.strange.add(key)
            return self.forget(state, key)
        return state.write(key, value)

    def nameless(self, key: Key, value: Value) -> bool:
        if type(value) is tuple and value[0] != "flags":
            if value[0] == "ask" and key[0] == "var":
                return self.types.get(key[1][len(self.frame) :], "").endswith("*")  # found by it, no answer about it
            return value[0] == "site" or (value[0] == "op" and value[1] in _ARITHMETIC)
        if key[0] == "fld":
            return True
        name = key[1][len(self.frame) :]
        if isinstance(value, int) and value < 0 and self.types.get(name, "").startswith("unsigned"):
            return False  # no number: it says that there is none
        if type(value) is tuple:
            plain = value[1] is None and not any(bit in self.dictionary for bit, _ in value[2])
            return plain and name not in self.ored
        ctype = self.types.get(name, "bool")
        if value == 0 and name in self.matter.looked:
            return False  # no page was found, or all went well, and that may say why
        return ctype not in _TRUTHS and name not in self.ored

    def comma_last(self, expr: Expr, state: State) -> Results:
        """Evaluate for the side effects only: nothing ever asks for the variable's value."""
        results = self.eval(expr.args[-1], state) if expr.args else [(state, 0)]
        name = expr.name if expr.op == "decl" else expr.args[0].name
        return [(self.moved(s, self.variable(name)), v) for s, v in results]

    @staticmethod
    def moved(state: State, key: Key) -> State:
        """Forget the answers to questions about a variable that has changed."""
        cons = {cond: got for cond, got in state.cons.items() if not mentions(cond, key)}
        return state if len(cons) == len(state.cons) else state.but(cons=cons)

    def assign(self, expr: Expr, state: State) -> Results:
        target, source = expr.args
        if target.op == "id" and target.name not in self.matter.telling and target.name in self.types:
            return self.comma_last(expr, state)
        if element_of(target) in self.matter.mute:
            return self.eval(source, state)
        out: Results = []
        for s, value in self.eval(source, state):
            for after, key in self.place(target, s):
                out += self.store_value(expr, after, key, value)
        return out

    def store_value(self, expr: Expr, state: State, key: Key, value: Value) -> Results:
        if expr.name != "=":
            old = state.mem.get(key, key)
            if expr.name in ("|=", "&="):
                value = bits(expr.name[0], old, value)
                if deeper(value, _MAX_VALUE):  # in a loop it would grow without end
                    return [(self.forget(state, key), key)]
            else:
                return self.advance(expr, state, key, old, value)
        elif deeper(value, _MAX_LINKS if type(value) is tuple and value[0] == "fld" else _MAX_VALUE):
            return [(self.forget(state, key), key)]
        elif expr.args[0].op == "id":
            value = known_bits(self.ored.get(expr.args[0].name), value)
        if key[0] == "fld" and key[2] == "mapping":
            state = state.proven("anon", of=base(key[1]))  # whoever sets it knows what the page is
        if key[0] != "var":
            state = self.used(value, expr, state)
        if key[0] == "cell":
            self.record_store(expr, state, key, value)
        return [(self.put(state, key, value), value)]

    def increment(self, expr: Expr, state: State) -> Results:
        target = expr.args[0]
        if target.op == "id" and target.name not in self.matter.telling and target.name in self.types:
            return [(self.moved(state, self.variable(target.name)), 0)]
        return [
            result
            for s, key in self.place(expr.args[0], state)
            for result in self.advance(expr, s, key, s.mem.get(key, key), 1)
        ]

    def advance(self, expr: Expr, state: State, key: Key, old: Value, step: Value) -> Results:
        """Move a pointer or counter on: what was known of the old slot is over, what was read ahead is at hand."""
        ahead = ("op", "+", old, step) if expr.name in ("++", "+=") else None
        return [(renamed(s, ahead, old), value) for s, value in self.leave_slot(expr, state, key, old)]

    def leave_slot(self, expr: Expr, state: State, key: Key, old: Value) -> Results:
        """Forget the slot that a pointer leaves."""
        if type(old) is tuple and ("cell", old) in {*state.masks, *state.mem}:
            if state.masks.get(("cell", old)) == NONE:  # what was read of it says so still
                state = state.but(mem={k: ("none",) if v == ("cell", old) else v for k, v in state.mem.items()})
            untold = stepped(state, ("cell", old)).mem.get(("stepped", ("cell", old)))
            copy = state.mem.get(("cell", old))
            state = self.forget(state, ("cell", old))
            if untold is not None:
                state = state.write(("stepped", ("cell", old)), untold)
            root = root_of(copy)
            if root is not None and root[0] == "cell" and root in state.masks:  # of another slot: it stays there
                state = state.write(("cell", ("passed", old)), copy)
            return [(self.next_slot(state), old)]
        ctype = self.types.get(key[1][len(self.frame) :], "") if key[0] == "var" else ""
        if ctype.endswith("*"):
            return [(self.next_slot(state) if ctype in _SLOTS else state, old)]
        return [(self.forget(state, key), key)]

    def binary(self, expr: Expr, state: State) -> Results:
        out: Results = []
        for s, (left, right) in self.eval_all(expr.args, state):
            if expr.name not in ("+", "-"):
                s = self.used(right, expr, self.used(left, expr, s))
            out.append((s, self.neighbour(expr, left, right) or self.operate(expr.name, left, right, s)))
        return out

    def neighbour(self, expr: Expr, page: Value, index: Value) -> Value:
        """Return another page of a page's folio where a page pointer is added to, None for other operations."""
        pointer = expr.args[0]
        paged = expr.name == "+" and pointer.op == "id" and self.types.get(pointer.name, "") == "struct page*"
        return ("part", page, index if isinstance(index, int) else None) if paged and index != 0 else None

    def said(self, left: Value, right: Value) -> Value:
        """Return the question whether a marker says something, None for other operations."""
        for marker, flag in ((left, right), (right, left)):
            if type(marker) is tuple and marker[0] == "marker":
                says = {self.dictionary.op(name, 0) for name in names_in(flag)}
                flags = [op.meaning.get("says") for op in says if op is not None]
                yes = sum(SAYS[str(flag)] for flag in flags if flag in SAYS)
                return ("test", marker[1], yes, ALL & ~yes) if yes else None
        return None

    def operate(self, operator: str, left: Value, right: Value, state: State) -> Value:
        if operator == "&" and (said := self.said(left, right)) is not None:
            return said
        if operator == "&" and type(right) is tuple and right[0] == "flags":
            self.facts.questions.update((name, self.stack[-1]) for name in names_in(right))
        if operator in ("|", "&"):
            return bits(operator, left, right)
        if operator == "==":
            return equal(left, right)
        if operator == "!=":
            return negate(equal(left, right))
        if operator in ("+", "-"):
            for side in (left, right):
                if type(side) is tuple and side[0] in ("page", "off"):
                    return side
        if operator == "-" and left == right:
            return 0
        if operator in _SIGNS and isinstance(left, int) and isinstance(right, int):
            return int(_SIGNS[operator](left, right))
        if operator in _SIGNS and right == 0 and type(left) is tuple and left[0] == "error":
            return int(operator in ("<", "<="))
        return ("op", operator, left, right)

    def unary(self, expr: Expr, state: State) -> Results:
        return [(s, complement(expr.name, v)) for s, v in self.eval(expr.args[0], state)]

    def negation(self, expr: Expr, state: State) -> Results:
        if expr.args[0].op in ("and", "or", "not"):
            return self.truth(expr, state)
        return [(s, negate(v)) for s, v in self.eval(expr.args[0], state)]

    def truth(self, expr: Expr, state: State) -> Results:
        yes, no = self.branch(expr, state)
        return [(s, 1) for s in yes] + [(s, 0) for s in no]

    def conditional(self, expr: Expr, state: State) -> Results:
        yes, no = self.branch(expr.args[0], state)
        self.bound(len(yes) + len(no))
        return [r for s in yes for r in self.eval(expr.args[1], s)] + [
            r for s in no for r in self.eval(expr.args[2], s)
        ]

    def comma(self, expr: Expr, state: State) -> Results:
        return [r for s, _ in self.eval(expr.args[0], state) for r in self.eval(expr.args[1], s)]

    def unknown(self, expr: Expr, state: State) -> Results:
        results = self.eval_all(expr.args, state)
        return [self.fresh(expr, s) for s, _ in results]

    def number(self, expr: Expr, state: State) -> Results:
        return [(state, int(expr.name))]


_EVAL = {
    "id": Evaluator.name,
    "num": Evaluator.number,
    "deref": Evaluator.load,
    "field": Evaluator.load,
    "index": Evaluator.load,
    "addr": Evaluator.address,
    "decl": Evaluator.declare,
    "assign": Evaluator.assign,
    "inc": Evaluator.increment,
    "bin": Evaluator.binary,
    "unary": Evaluator.unary,
    "not": Evaluator.negation,
    "and": Evaluator.truth,
    "or": Evaluator.truth,
    "cond": Evaluator.conditional,
    "comma": Evaluator.comma,
    "call": Evaluator.call,
    "icall": Evaluator.unknown,
    "opaque": Evaluator.unknown,
}
