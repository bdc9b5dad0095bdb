"""From tree-sitter's nodes to expressions of our own: what a call, an operand, a member is."""

from collections.abc import Iterable
from typing import Any

from anonlint.graph.ir import OPTION, Expr

_WRAPPERS = frozenset(("likely", "unlikely", "READ_ONCE", "data_race", "lockless_dereference"))
_JOINS = {"!": "not", "&&": "and", "||": "or"}
_MAX_DEPTH = 150


class TooDeep(Exception):
    """A function nests deeper, or is larger, than anonlint follows; the message says what."""


class Scopes:
    """Names as declared: an inner declaration that shadows an outer one gets a name of its own."""

    def __init__(self) -> None:
        self._stack: list[dict[str, str]] = [{}]
        self._used: set[str] = set()
        self._numbers: dict[str, int] = {}
        self.types: dict[str, str] = {}

    def push(self) -> None:
        """Enter a block."""
        self._stack.append({})

    def pop(self) -> dict[str, str]:
        """Leave a block and return its names, with the unique name that stood for each."""
        return self._stack.pop()

    def declare(self, name: str, ctype: str) -> str:
        """Declare a name in the innermost block and return the unique name that stands for it."""
        unique = name
        if any(name in scope for scope in self._stack[:-1]) or (name in self._used and self.types.get(name) != ctype):
            number = self._numbers[name] = self._numbers.get(name, 0) + 1
            unique = f"{name}@{number}"
        self._used.add(unique)
        self._stack[-1][name] = unique
        self.types[unique] = ctype
        return unique

    def resolve(self, name: str) -> str:
        """Return the unique name that ``name`` stands for here; itself when it is not a local."""
        for scope in reversed(self._stack):
            if name in scope:
                return scope[name]
        return name


class Lowering:
    """Turns expression nodes of one parsed variant into Expr; ``base`` maps tree bytes to Source bytes."""

    def __init__(self, base: int, scopes: Scopes) -> None:
        self.base = base
        self.scopes = scopes
        self._depth = 0

    def text(self, node: Any) -> str:
        """Return the node's text."""
        raw: bytes = node.text
        return raw.decode("utf-8", "replace")

    def expr(self, node: Any) -> Expr:
        """Lower one expression node."""
        self._depth += 1
        if self._depth > _MAX_DEPTH:
            raise TooDeep("expressions nest too deeply")
        try:
            handler = _HANDLERS.get(node.type)
            if handler is None:
                return self.make("opaque", node.type, (), node)
            return handler(self, node)
        finally:
            self._depth -= 1

    def make(self, op: str, name: str, args: tuple[Expr, ...], node: Any) -> Expr:
        """Build an Expr placed at ``node``."""
        return Expr(op, name, args, node.start_byte + self.base, node.end_byte + self.base)

    def test(self, test: Iterable[bytes], start: int, end: int) -> Expr:
        """Lower the test in a line of an ``#if`` group, which is in postfix order."""
        found: list[Expr] = []
        at = start + self.base, end + self.base
        for token in (raw.decode("utf-8", "replace") for raw in test):
            if token in _JOINS:
                size = 1 if token == "!" else 2
                found[-size:] = [Expr(_JOINS[token], token, tuple(found[-size:]), *at)]
            elif token in ("0", "1"):
                found.append(Expr("num", token, (), *at))
            else:
                found.append(Expr("config", token, (), *at))
                found[-1].label = f"{OPTION}{token})"
        return found[0]

    def identifier(self, node: Any) -> Expr:
        """Lower a name: true, false and NULL are numbers."""
        name = self.text(node)
        if name in ("true", "false", "NULL"):
            return self.make("num", "1" if name == "true" else "0", (), node)
        return self.make("id", self.scopes.resolve(name), (), node)

    def number(self, node: Any) -> Expr:
        """Lower an integer or character literal; what is not a plain integer is opaque."""
        text = self.text(node).rstrip("uUlL")
        try:
            value = int(text, 8 if text.startswith("0") and text.isdigit() else 0)
        except ValueError:
            return self.make("opaque", text, (), node)
        return self.make("num", str(value), (), node)

    def call(self, node: Any) -> Expr:
        """Lower a call; compiler hints and READ_ONCE() stand for their argument."""
        function = node.child_by_field_name("function")
        arguments = node.child_by_field_name("arguments")
        args = tuple(self.expr(a) for a in arguments.named_children if a.type != "comment")
        if function.type == "identifier":
            name = self.text(function)
            if name in _WRAPPERS and len(args) == 1:
                return args[0]
            if name == "WRITE_ONCE" and len(args) == 2:
                return self.make("assign", "=", args, node)
            return self.make("call", name, args, node)
        if function.type == "parenthesized_expression" and len(function.named_children) == 1:
            inner = function.named_children[0]
            if inner.type == "identifier":
                return self.make("call", self.text(inner), args, node)
        return self.make("icall", "", (self.expr(function), *args), node)

    def parenthesized(self, node: Any) -> Expr:
        """Lower what is inside the parentheses; a statement expression is opaque."""
        inner = [c for c in node.named_children if c.type != "comment"]
        if len(inner) != 1 or inner[0].type == "compound_statement":
            return self.make("opaque", "stmt-expr", (), node)
        return self.expr(inner[0])

    def field(self, node: Any) -> Expr:
        """Lower p->f and s.f: both become a member of an address."""
        base = self.expr(node.child_by_field_name("argument"))
        name = self.text(node.child_by_field_name("field"))
        if node.child_by_field_name("operator").type == ".":
            base = base.args[0] if base.op == "deref" else Expr("addr", "", (base,), base.start, base.end)
        return self.make("field", name, (base,), node)

    def pointer(self, node: Any) -> Expr:
        """Lower *p and &x; one undoes the other."""
        operand = self.expr(node.child_by_field_name("argument"))
        op = "deref" if node.child_by_field_name("operator").type == "*" else "addr"
        undone = "addr" if op == "deref" else "deref"
        return operand.args[0] if operand.op == undone else self.make(op, "", (operand,), node)

    def unary(self, node: Any) -> Expr:
        """Lower !x, ~x, -x, +x."""
        operator: str = node.child_by_field_name("operator").type
        operand = self.expr(node.child_by_field_name("argument"))
        return self.make("not" if operator == "!" else "unary", operator, (operand,), node)

    def binary(self, node: Any) -> Expr:
        """Lower a binary operator; && and || have an op of their own."""
        operator: str = node.child_by_field_name("operator").type
        left = self.expr(node.child_by_field_name("left"))
        right = self.expr(node.child_by_field_name("right"))
        return self.make({"&&": "and", "||": "or"}.get(operator, "bin"), operator, (left, right), node)

    def assignment(self, node: Any) -> Expr:
        """Lower an assignment; the name is its operator."""
        operator: str = node.child_by_field_name("operator").type
        left = self.expr(node.child_by_field_name("left"))
        right = self.expr(node.child_by_field_name("right"))
        return self.make("assign", operator, (left, right), node)

    def update(self, node: Any) -> Expr:
        """Lower ++ and --."""
        operator: str = node.child_by_field_name("operator").type
        return self.make("inc", operator, (self.expr(node.child_by_field_name("argument")),), node)

    def conditional(self, node: Any) -> Expr:
        """Lower c ? a : b, and GNU's c ?: b."""
        condition = self.expr(node.child_by_field_name("condition"))
        consequence = node.child_by_field_name("consequence")
        first = self.expr(consequence) if consequence is not None else condition
        second = self.expr(node.child_by_field_name("alternative"))
        return self.make("cond", "", (condition, first, second), node)

    def cast(self, node: Any) -> Expr:
        """Lower a cast to its operand: no cast changes what an entry means."""
        return self.expr(node.child_by_field_name("value"))

    def comma(self, node: Any) -> Expr:
        """Lower the comma operator."""
        parts = (self.expr(node.child_by_field_name("left")), self.expr(node.child_by_field_name("right")))
        return self.make("comma", "", parts, node)

    def subscript(self, node: Any) -> Expr:
        """Lower a[i]."""
        parts = (
            self.expr(node.child_by_field_name("argument")),
            self.expr(node.child_by_field_name("index")),
        )
        return self.make("index", "", parts, node)

    def named(self, initializer: Any) -> list[str]:
        """Return the names in an initializer, in no certain order."""
        found, stack = [], [initializer]
        while stack:
            node = stack.pop()
            found += [self.text(node)] if node.type == "identifier" else []
            stack += node.named_children
        return found

    def functions(self, name: str, initializer: Any) -> list[Expr]:
        """Return the assignments that put functions into the structure ``name``: who is called back."""
        found = []
        for pair in (child for child in initializer.named_children if child.type == "initializer_pair"):
            value, member = pair.child_by_field_name("value"), pair.child_by_field_name("designator")
            if value is None or member is None or (value.type, member.type) != ("identifier", "field_designator"):
                continue
            function = self.expr(value)
            if function.op != "id" or function.name in self.scopes.types or function.name.isupper():
                continue
            structure = self.make("addr", "", (self.make("id", name, (), pair),), pair)
            place = self.make("field", self.text(member.named_children[0]), (structure,), pair)
            found.append(self.make("assign", "=", (place, function), pair))
        return found


_HANDLERS = {
    "identifier": Lowering.identifier,
    "true": Lowering.identifier,
    "false": Lowering.identifier,
    "null": Lowering.identifier,
    "number_literal": Lowering.number,
    "call_expression": Lowering.call,
    "parenthesized_expression": Lowering.parenthesized,
    "field_expression": Lowering.field,
    "pointer_expression": Lowering.pointer,
    "unary_expression": Lowering.unary,
    "binary_expression": Lowering.binary,
    "assignment_expression": Lowering.assignment,
    "update_expression": Lowering.update,
    "conditional_expression": Lowering.conditional,
    "cast_expression": Lowering.cast,
    "comma_expression": Lowering.comma,
    "subscript_expression": Lowering.subscript,
}


def declared(node: Any) -> tuple[Any, int]:
    """Return the identifier node inside a declarator and how many pointer levels wrap it (None if none)."""
    stars = 0
    while node is not None and node.type != "identifier":
        stars += node.type in ("pointer_declarator", "array_declarator")
        inner = node.child_by_field_name("declarator")
        if inner is None:
            inner = next((c for c in node.named_children if c.type.endswith(("declarator", "identifier"))), None)
        node = inner
    return node, stars
