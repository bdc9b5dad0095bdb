"""Evaluates expressions and conditions on abstract states; a state splits where the function splits it."""

from typing import TYPE_CHECKING

from anonlint.flow.calls import Calls
from anonlint.flow.facts import Facts
from anonlint.flow.ir import Expr
from anonlint.flow.kinds import ALL, NONE
from anonlint.flow.liveness import text
from anonlint.flow.state import Key, State, Value, mentions
from anonlint.flow.words import PAGE_TESTS, Dictionary

if TYPE_CHECKING:
    from anonlint.model.source import Source

Results = list[tuple[State, Value]]
COW: Value = ("COW",)
_PRIVATE_TESTS = frozenset(("VM_SHARED", "VM_MAYSHARE"))
_TRUTHS = frozenset(("bool", "int", "_Bool", "unsigned int", "unsigned", "rmap_t"))
_ARITHMETIC = frozenset(("+", "-", "*", "/", "%", "<<", ">>", "^", "~", "|"))
_COW_BITS = frozenset(("VM_SHARED", "VM_MAYWRITE"))


class Evaluator(Calls):
    """Expression semantics; what calls mean is in Calls, how blocks follow each other in Executor."""

    def __init__(self, source: "Source", dictionary: Dictionary, types: dict[str, str]) -> None:
        super().__init__(source, dictionary)
        self.types = types
        self.facts = Facts()

    def eval(self, expr: Expr, state: State) -> Results:
        """Return every (state, value) that evaluating ``expr`` can give."""
        return _EVAL[expr.op](self, expr, state)

    def eval_all(self, exprs: tuple[Expr, ...], state: State) -> list[tuple[State, list[Value]]]:
        """Evaluate operands from left to right."""
        results: list[tuple[State, list[Value]]] = [(state, [])]
        for expr in exprs:
            results = [(s, [*values, v]) for before, values in results for s, v in self.eval(expr, before)]
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
        return [(s, s.mem.get(key, key)) for s, key in self.place(expr, state)]

    def address(self, expr: Expr, state: State) -> Results:
        return [
            (s, key[1] if key[0] == "cell" else ("ref", key)) for s, key in self.place(expr.args[0], state)
        ]

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
        if expr.name not in self.telling and expr.name in self.types:
            return self.comma_last(expr, state)
        if not expr.args:
            return [(self.forget(state, key), 0)]
        return [
            (self.put(s, key, self.known_bits(expr.name, v)), v) for s, v in self.eval(expr.args[0], state)
        ]

    def put(self, state: State, key: Key, value: Value) -> State:
        """Store a value; what is unknown, or a plain number, is known by the place that holds it.

        That makes ``if (a) p = f(); else p = g();`` one state afterwards, not two.
        """
        if key[0] in ("var", "fld") and self.nameless(key, value):
            return self.forget(state, key)
        return state.write(key, value)

    def nameless(self, key: Key, value: Value) -> bool:
        if type(value) is tuple and value[0] != "flags":
            return value[0] == "site" or (value[0] == "op" and value[1] in _ARITHMETIC)
        if key[0] == "fld":
            return True
        name = key[1][len(self.frame) :]
        if type(value) is tuple:
            plain = value[1] is None and not any(bit in self.dictionary for bit, _ in value[2])
            return plain and name not in self.ored
        return self.types.get(name, "bool") not in _TRUTHS and name not in self.ored

    def comma_last(self, expr: Expr, state: State) -> Results:
        """Evaluate for the side effects only: nothing ever asks for the variable's value."""
        results = self.eval(expr.args[-1], state) if expr.args else [(state, 0)]
        name = expr.name if expr.op == "decl" else expr.args[0].name
        return [(self.moved(s, self.variable(name)), v) for s, v in results]

    @staticmethod
    def moved(state: State, key: Key) -> State:
        """Forget the answers to questions about a variable that has changed."""
        cons = {cond: got for cond, got in state.cons.items() if not mentions(cond, key)}
        return state if len(cons) == len(state.cons) else State(state.mem, state.masks, cons)

    def assign(self, expr: Expr, state: State) -> Results:
        target, source = expr.args
        if target.op == "id" and target.name not in self.telling and target.name in self.types:
            return self.comma_last(expr, state)
        out: Results = []
        for s, value in self.eval(source, state):
            for after, key in self.place(target, s):
                out += self.store_value(expr, after, key, value)
        return out

    def store_value(self, expr: Expr, state: State, key: Key, value: Value) -> Results:
        if expr.name != "=":
            old = state.mem.get(key, key)
            if expr.name in ("|=", "&="):
                value = self.bits(expr.name[0], old, value)
            else:
                return self.advance(expr, state, key, old)
        elif expr.args[0].op == "id":
            value = self.known_bits(expr.args[0].name, value)
        if key[0] == "cell":
            self.record_store(expr, state, key, value)
        return [(self.put(state, key, value), value)]

    def increment(self, expr: Expr, state: State) -> Results:
        target = expr.args[0]
        if target.op == "id" and target.name not in self.telling and target.name in self.types:
            return [(self.moved(state, self.variable(target.name)), 0)]
        return [
            result
            for s, key in self.place(expr.args[0], state)
            for result in self.advance(expr, s, key, s.mem.get(key, key))
        ]

    def advance(self, expr: Expr, state: State, key: Key, old: Value) -> Results:
        """Move a pointer or counter on: what was known of the old slot is over."""
        if type(old) is tuple and ("cell", old) in {*state.masks, *state.mem}:
            state = self.forget(state, ("cell", old))
            return [(state, old)]
        if key[0] == "var" and self.types.get(key[1][len(self.frame) :], "").endswith("*"):
            return [(state, old)]
        return [(self.forget(state, key), key)]

    def binary(self, expr: Expr, state: State) -> Results:
        out: Results = []
        for s, (left, right) in self.eval_all(expr.args, state):
            out.append((s, self.operate(expr.name, left, right, s)))
        return out

    def operate(self, operator: str, left: Value, right: Value, state: State) -> Value:
        if operator in ("|", "&"):
            return self.bits(operator, left, right)
        if operator == "==":
            return self.equal(left, right)
        if operator == "!=":
            return negate(self.equal(left, right))
        if operator in ("+", "-"):
            for side in (left, right):
                if type(side) is tuple and side[0] in ("page", "off"):
                    return side
        if operator == "-" and left == right:
            return 0
        return ("op", operator, left, right)

    def unary(self, expr: Expr, state: State) -> Results:
        return [
            (
                s,
                ("clear", v[2])
                if type(v) is tuple and v[0] == "flags" and v[1] is None
                else ("op", expr.name, v, 0),
            )
            for s, v in self.eval(expr.args[0], state)
        ]

    def negation(self, expr: Expr, state: State) -> Results:
        if expr.args[0].op in ("and", "or", "not"):
            return self.truth(expr, state)
        return [(s, negate(v)) for s, v in self.eval(expr.args[0], state)]

    def truth(self, expr: Expr, state: State) -> Results:
        yes, no = self.branch(expr, state)
        return [(s, 1) for s in yes] + [(s, 0) for s in no]

    def conditional(self, expr: Expr, state: State) -> Results:
        yes, no = self.branch(expr.args[0], state)
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

    # -- comparison and named bits

    def equal(self, left: Value, right: Value) -> Value:
        """Return the value of ``left == right``."""
        if left == right:
            return 1
        if isinstance(left, int):
            left, right = right, left
        if isinstance(left, int):
            return 0
        if right == 0:
            return negate(left)
        if right == 1 and left[0] in ("test", "COW", "VMA_ANON", "pagetest", "not"):
            return left
        if isinstance(right, tuple):
            if right[0] == "type":
                left, right = right, left
            if left[0] == "type" and right[0] == "kinds":
                return ("test", left[1], right[1], ALL & ~right[1])
            if left[0] == "kinds" and right[0] == "kinds":
                return 0
            if right[0] == "flags" and _is_cow_test(left, right):
                return COW
            left, right = sorted((left, right), key=repr)
        return ("op", "==", left, right)

    def bits(self, operator: str, left: Value, right: Value) -> Value:
        """Return ``left | right`` or ``left & right`` where named bits are known."""
        if left == 0 or right == 0:
            return (right if left == 0 else left) if operator == "|" else 0
        if type(left) is tuple and left[0] == "clear":
            left, right = right, left
        if type(right) is tuple and right[0] == "clear" and operator == "&":
            base, known = _flags(left)
            return ("flags", base, _merge(known, {n: 0 for n, _ in right[1]}))
        if operator == "|":
            if _plain(left) and not _plain(right):
                left, right = right, left
            if _plain(right):
                base, known = _flags(left)
                return ("flags", base, _merge(known, dict(right[2])))
            return ("op", "|", left, right)
        if _plain(left) and not _plain(right):
            left, right = right, left
        if _plain(right) and len(right[2]) == 1:
            base, known = _flags(left)
            name = right[2][0][0]
            if name in known:
                return known[name] and right
            return 0 if base is None else ("op", "&", base, right)
        return ("op", "&", left, right)

    def known_bits(self, name: str, value: Value) -> Value:
        """Give a computed value 0 for the bits that the function itself ORs into the variable.

        ``mpfn = migrate_pfn(pfn) | FLAG`` says nothing of MIGRATE_PFN_WRITE; the function's own
        later ``mpfn |= MIGRATE_PFN_WRITE`` does.
        """
        ored = self.ored.get(name)
        if not ored or type(value) is not tuple or value[0] not in ("site", "call", "op", "flags"):
            return value
        base, known = _flags(value)
        for bit in ored:
            known.setdefault(bit, 0)
        return ("flags", base, tuple(sorted(known.items())))

    # -- conditions

    def branch(self, expr: Expr, state: State) -> tuple[list[State], list[State]]:
        """Return the states for which a condition holds, and those for which it does not."""
        if expr.op == "not":
            yes, no = self.branch(expr.args[0], state)
            return no, yes
        if expr.op in ("and", "or"):
            return self.short_circuit(expr, state)
        if expr.op == "cond":
            return self.choose(expr, state)
        yes, no = [], []
        results = self.question(expr, state) if expr.op == "call" else self.eval(expr, state)
        label = text(expr, self.source.data)
        for s, value in results:
            t, f = self.split(s, value, label)
            yes += t
            no += f
        return yes, no

    def short_circuit(self, expr: Expr, state: State) -> tuple[list[State], list[State]]:
        yes, no = self.branch(expr.args[0], state)
        open_, decided = (yes, no) if expr.op == "and" else (no, yes)
        second_yes: list[State] = []
        second_no: list[State] = []
        for s in open_:
            t, f = self.branch(expr.args[1], s)
            second_yes += t
            second_no += f
        return (second_yes, decided + second_no) if expr.op == "and" else (decided + second_yes, second_no)

    def choose(self, expr: Expr, state: State) -> tuple[list[State], list[State]]:
        taken, other = self.branch(expr.args[0], state)
        yes: list[State] = []
        no: list[State] = []
        for arm, states in ((expr.args[1], taken), (expr.args[2], other)):
            for s in states:
                t, f = self.branch(arm, s)
                yes += t
                no += f
        return yes, no

    def compare(self, state: State, left: Value, right: Value, label: str) -> tuple[list[State], list[State]]:
        """Return the states in which two values are equal, and those in which they are not."""
        return self.split(state, self.equal(left, right), label)

    def split(self, state: State, value: Value, label: str) -> tuple[list[State], list[State]]:
        """Split a state by the truth of a value."""
        if isinstance(value, int):
            return ([state], []) if value else ([], [state])
        kind = value[0]
        if kind == "not":
            no, yes = self.split(state, value[1], label)
            return yes, no
        if kind == "test":
            return self.split_kinds(state, value)
        if kind == "pagetest":
            return self.split_page(state, value, label)
        if kind == "flags" and any(on for _, on in value[2]):
            return [state], []
        if kind == "flags" and value[1] is None:
            return [], [state]
        if kind in ("ref", "kinds", "made", "pres"):
            return [state], []
        known = state.known(value)
        if known is not None:
            return ([state], []) if known else ([], [state])
        return self.split_open(state, value, "" if value == COW else label)

    def split_open(self, state: State, value: Value, label: str) -> tuple[list[State], list[State]]:
        yes = state.assume(value, True, label)
        no = state.assume(value, False, label)
        if value[0] == "VMA_ANON":
            yes = self.narrow(yes.assume(("pagetest", "anon"), True, label), "anon", True)
        if value[:2] == ("op", "&") and _names_in(value[3]) & _PRIVATE_TESTS:
            if yes.known(COW) is True:
                return [], [no]
            if self.asks_cow:
                yes = yes.assume(COW, False, "")
        return [yes], [no]

    def split_kinds(self, state: State, value: Value) -> tuple[list[State], list[State]]:
        _, root, yes, no = value
        atoms = self.atoms(state, root, "pte")
        return (
            [state.refine(root, atoms & yes)] if atoms & yes else [],
            [state.refine(root, atoms & no)] if atoms & no else [],
        )

    def split_page(self, state: State, value: Value, label: str) -> tuple[list[State], list[State]]:
        """Split by a question about a page that is not known to be a certain entry's page."""
        what = value[1]
        known = state.known(value)
        if known is not None:
            return ([state], []) if known else ([], [state])
        yes = self.narrow(state.assume(value, True, label), what, True)
        no = self.narrow(state.assume(value, False, label), what, False)
        return [yes], [no]

    def narrow(self, state: State, what: str, outcome: bool) -> State:
        """Apply an answer about the page at hand to every entry under consideration."""
        atoms = PAGE_TESTS[what][0 if outcome else 1] | NONE
        for root, had in state.masks.items():
            if had & atoms:
                state = state.refine(root, had & atoms)
        return state


def negate(value: Value) -> Value:
    """Return the value of ``!value``."""
    if isinstance(value, int):
        return int(not value)
    if value[0] == "not":
        return value[1]
    if value[0] == "test":
        return ("test", value[1], value[3], value[2])
    return ("not", value)


def _flags(value: Value) -> tuple[Value, dict[str, int]]:
    if type(value) is tuple and value[0] == "flags":
        return value[1], dict(value[2])
    return (None if value == 0 else value), {}


def _plain(value: Value) -> bool:
    return type(value) is tuple and value[0] == "flags" and value[1] is None


def _merge(known: dict[str, int], more: dict[str, int]) -> tuple[tuple[str, int], ...]:
    return tuple(sorted({**known, **more}.items()))


def _names_in(value: Value) -> set[str]:
    return {name for name, on in value[2] if on} if _plain(value) else set()


def _is_cow_test(left: Value, right: Value) -> bool:
    """Recognise (flags & (VM_SHARED | VM_MAYWRITE)) == VM_MAYWRITE, is_cow_mapping()'s body."""
    return left[:2] == ("op", "&") and _names_in(left[3]) == _COW_BITS and _names_in(right) == {"VM_MAYWRITE"}


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
