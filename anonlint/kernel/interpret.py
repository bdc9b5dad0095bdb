"""Runs the functions of a kernel header on concrete values.

The values are ints, entries (a swp_entry_t or softleaf_t), page table entries, pages and references
to variables. The code is the tree's own; what the architecture defines is supplied by ``builtins``.
Whatever else a function needs ends its run with UnknownError, which says why.
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from anonlint.kernel.cpp import CONFIG, Macro
from anonlint.kernel.definitions import Definition
from anonlint.kernel.prototypes import clean, parse

_WORD = (1 << 64) - 1
_STEPS = 20_000
_DEPTH = 40


class UnknownError(Exception):
    """The run needs something that is not known; the text says what."""


class FailedError(Exception):
    """An assertion of the code failed."""


class Entry(NamedTuple):
    """A swp_entry_t or softleaf_t."""

    val: int


class Pte(NamedTuple):
    """A page table entry: ``state`` is none, Pw, Pr or swap (then ``val`` is the entry in it)."""

    state: str
    val: int = 0
    bits: frozenset[str] = frozenset()


class Page(NamedTuple):
    """A struct page or struct folio, by its first pfn."""

    pfn: int


class Ref(NamedTuple):
    """A pointer to a variable."""

    cell: list[Any]


class _Return(Exception):
    def __init__(self, value: Any) -> None:
        super().__init__()
        self.value = value


class _Break(Exception):
    pass


Env = dict[str, list[Any]]
Builtins = Mapping[str, Callable[..., Any]]


class Interpreter:
    """The functions, macros and enumerators of a tree, ready to run."""

    def __init__(self, builtins: Builtins, globals_: Mapping[str, int]) -> None:
        self.functions: dict[str, Definition] = {}
        self.macros: dict[str, Macro] = {}
        self.constants: dict[str, int] = dict(globals_)
        self._builtins = builtins
        self._parsed: dict[str, Any] = {}
        self._steps = 0
        self._depth = 0

    # -- entrances

    def run(self, name: str, args: list[Any]) -> Any:
        """Return what a function gives for arguments; UnknownError or FailedError if it gives nothing."""
        self._steps = 0
        self._depth = 0
        try:
            return self._call(name, args)
        except RecursionError:
            raise UnknownError("nested too deeply") from None

    def is_builtin(self, name: str) -> bool:
        """Return whether a function is supplied, not the tree's."""
        return name in self._builtins

    def value(self, text: str) -> int:
        """Return the value of a constant expression; ValueError if it has none."""
        try:
            self._steps = 0
            result = self._eval(self._expression(text), {})
        except (UnknownError, FailedError, RecursionError) as error:
            raise ValueError(str(error)) from error
        if not isinstance(result, int):
            raise ValueError(f"{text} is no number")
        return result

    # -- code

    def _expression(self, text: str) -> Any:
        key = f"={text}"
        if key not in self._parsed:
            self._parsed[key] = self._parse(f"void f(void) {{ return ({text}); }}").body.block_items[0].expr
        return self._parsed[key]

    def _function(self, name: str) -> Any:
        if name not in self._parsed:
            self._parsed[name] = self._parse(self.functions[name].code)
        return self._parsed[name]

    @staticmethod
    def _parse(code: str) -> Any:
        try:
            declared = parse(clean(code))
        except ValueError as error:
            raise UnknownError(f"not understood: {error}") from error
        if not declared or not hasattr(declared[-1], "body"):
            raise UnknownError("not understood: no function body")
        return declared[-1]

    # -- calls

    def _call(self, name: str, args: list[Any]) -> Any:
        self._depth += 1
        if self._depth > _DEPTH:
            raise UnknownError(f"{name}() calls itself too often")
        try:
            if name in self._builtins:
                return self._builtins[name](*args)
            if name in self.functions:
                return self._enter(name, args)
            return self._expand(name, args)
        except (TypeError, AttributeError, ValueError) as error:
            raise UnknownError(f"{name}() is given what it does not expect") from error
        finally:
            self._depth -= 1

    def _enter(self, name: str, args: list[Any]) -> Any:
        function = self._function(name)
        params = function.decl.type.args
        names = [p.name for p in params.params if getattr(p, "name", None)] if params else []
        if len(names) != len(args):
            raise UnknownError(f"{name}() takes {len(names)} arguments, not {len(args)}")
        try:
            self._block(function.body, {n: [a] for n, a in zip(names, args, strict=True)})
        except _Return as result:
            return result.value
        return None

    def _expand(self, name: str, args: list[Any]) -> Any:
        macro = self.macros.get(name)
        if macro is None or macro.body == name:
            raise UnknownError(f"{name}() is not defined in the headers read")
        if macro.params is None:
            return self._call(macro.body, args)
        if len(macro.params) != len(args):
            raise UnknownError(f"{name}() takes {len(macro.params)} arguments, not {len(args)}")
        return self._eval(self._expression(macro.body), {p: [a] for p, a in zip(macro.params, args, strict=True)})

    # -- statements and expressions; one method for each kind of pycparser node

    def _eval(self, node: Any, env: Env) -> Any:
        self._steps += 1
        if self._steps > _STEPS:
            raise UnknownError("runs too long")
        kind = type(node).__name__
        handler = _NODES.get(kind)
        if handler is None:
            raise UnknownError(f"uses {kind}, which is not run")
        return handler(self, node, env)

    def _block(self, node: Any, env: Env) -> None:
        if node is not None:
            self._eval(node, env)

    def _compound(self, node: Any, env: Env) -> None:
        for item in node.block_items or ():
            self._eval(item, env)

    def _decl(self, node: Any, env: Env) -> None:
        env[node.name] = [None if node.init is None else self._eval(node.init, env)]

    def _return(self, node: Any, env: Env) -> None:
        raise _Return(None if node.expr is None else self._eval(node.expr, env))

    def _if(self, node: Any, env: Env) -> None:
        self._block(node.iftrue if self._truth(node.cond, env) else node.iffalse, env)

    def _switch(self, node: Any, env: Env) -> None:
        wanted = self._eval(node.cond, env)
        items = node.stmt.block_items or []
        labels = [i for i, item in enumerate(items) if self._matches(item, wanted, env)]
        labels += [i for i, item in enumerate(items) if type(item).__name__ == "Default"]
        try:
            for item in items[labels[0] :] if labels else ():
                for statement in item.stmts if hasattr(item, "stmts") else [item]:
                    self._block(statement, env)
        except _Break:
            return

    def _matches(self, item: Any, wanted: Any, env: Env) -> bool:
        return type(item).__name__ == "Case" and bool(self._eval(item.expr, env) == wanted)

    def _break(self, node: Any, env: Env) -> None:  # noqa: ARG002
        raise _Break

    def _empty_statement(self, node: Any, env: Env) -> None:
        pass

    def _do_while(self, node: Any, env: Env) -> None:
        self._block(node.stmt, env)
        if self._truth(node.cond, env):
            raise UnknownError("loops")

    def _constant(self, node: Any, env: Env) -> int:  # noqa: ARG002
        if "int" not in node.type:
            raise UnknownError(f"uses the constant {node.value}")
        text = node.value.rstrip("uUlL")
        return int(text, 8 if text[0] == "0" and text.isdigit() and len(text) > 1 else 0)

    def _identifier(self, node: Any, env: Env) -> Any:
        if node.name in env:
            return env[node.name][0]
        if node.name in self.constants:
            return self.constants[node.name]
        macro = self.macros.get(node.name)
        if macro is None or macro.params is not None or macro.body in ("", node.name):
            raise UnknownError(f"{node.name} is not defined in the headers read")
        return self._eval(self._expression(macro.body), {})

    def _func_call(self, node: Any, env: Env) -> Any:
        name = getattr(node.name, "name", None)
        if not isinstance(name, str):
            raise UnknownError("calls through a pointer")
        operands = node.args.exprs if node.args else []
        if name.startswith("BUILD_BUG_ON"):
            return 0
        if name == "IS_ENABLED":
            return int(operands[0].name in CONFIG)
        if name.startswith(("BUG_ON", "VM_BUG_ON", "WARN_ON", "VM_WARN_ON")):
            if self._truth(operands[0], env):
                raise FailedError(name)
            return 0
        return self._call(name, [self._eval(operand, env) for operand in operands])

    def _struct_ref(self, node: Any, env: Env) -> Any:
        whole = self._eval(node.name, env)
        if isinstance(whole, Entry) and node.field.name == "val":
            return whole.val
        raise UnknownError(f"looks at .{node.field.name}")

    def _compound_literal(self, node: Any, env: Env) -> Entry:
        return self._init_list(node.init, env)

    def _init_list(self, node: Any, env: Env) -> Entry:
        first = node.exprs[0] if node.exprs else None
        first = getattr(first, "expr", first)
        return Entry(0 if first is None else self._eval(first, env))

    def _cast(self, node: Any, env: Env) -> Any:
        return self._eval(node.expr, env)

    def _expr_list(self, node: Any, env: Env) -> Any:
        return [self._eval(part, env) for part in node.exprs][-1]

    def _ternary_op(self, node: Any, env: Env) -> Any:
        return self._eval(node.iftrue if self._truth(node.cond, env) else node.iffalse, env)

    def _assignment(self, node: Any, env: Env) -> Any:
        value = self._eval(node.rvalue, env)
        if node.op != "=":
            value = self._arithmetic(node.op[:-1], self._eval(node.lvalue, env), value)
        target = node.lvalue
        if type(target).__name__ == "StructRef" and node.lvalue.field.name == "val":
            target, value = target.name, Entry(value)
        self._cell(target, env)[0] = value
        return value

    def _cell(self, node: Any, env: Env) -> list[Any]:
        kind = type(node).__name__
        if kind == "ID" and node.name in env:
            return env[node.name]
        if kind == "UnaryOp" and node.op == "*":
            pointer = self._eval(node.expr, env)
            if isinstance(pointer, Ref):
                return pointer.cell
        raise UnknownError("writes to what is no variable of its own")

    def _unary_op(self, node: Any, env: Env) -> Any:
        if node.op == "&":
            return Ref(self._cell(node.expr, env))
        if node.op == "!":
            return int(not self._truth(node.expr, env))
        if node.op == "*":
            return self._cell(node, env)[0]
        value = self._eval(node.expr, env)
        if node.op in ("~", "-", "+") and isinstance(value, int):
            return {"~": ~value, "-": -value, "+": value}[node.op] & _WORD
        raise UnknownError(f"uses {node.op}")

    def _binary_op(self, node: Any, env: Env) -> Any:
        if node.op == "&&":
            return int(self._truth(node.left, env) and self._truth(node.right, env))
        if node.op == "||":
            return int(self._truth(node.left, env) or self._truth(node.right, env))
        return self._arithmetic(node.op, self._eval(node.left, env), self._eval(node.right, env))

    @staticmethod
    def _arithmetic(op: str, left: Any, right: Any) -> int:
        if not (isinstance(left, int) and isinstance(right, int)) or op not in _OPERATORS:
            raise UnknownError(f"uses {op} on what is no number")
        if op in ("<<", ">>") and right > 63:
            raise UnknownError("shifts by more than a word")
        if op in ("/", "%") and right == 0:
            raise UnknownError("divides by zero")
        return int(_OPERATORS[op](left, right)) & _WORD

    def _truth(self, node: Any, env: Env) -> bool:
        value = self._eval(node, env)
        if not isinstance(value, int):
            raise UnknownError("tests what is no number")
        return value != 0


_OPERATORS: dict[str, Callable[[int, int], int]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: a // b,
    "%": lambda a, b: a % b,
    "<<": lambda a, b: a << b,
    ">>": lambda a, b: a >> b,
    "&": lambda a, b: a & b,
    "|": lambda a, b: a | b,
    "^": lambda a, b: a ^ b,
    "==": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}

# private methods by the name of the pycparser node that they run
_NODES: dict[str, Callable[[Interpreter, Any, Env], Any]] = {
    "Assignment": Interpreter._assignment,
    "BinaryOp": Interpreter._binary_op,
    "Break": Interpreter._break,
    "Cast": Interpreter._cast,
    "Compound": Interpreter._compound,
    "CompoundLiteral": Interpreter._compound_literal,
    "Constant": Interpreter._constant,
    "Decl": Interpreter._decl,
    "DoWhile": Interpreter._do_while,
    "EmptyStatement": Interpreter._empty_statement,
    "ExprList": Interpreter._expr_list,
    "FuncCall": Interpreter._func_call,
    "ID": Interpreter._identifier,
    "If": Interpreter._if,
    "InitList": Interpreter._init_list,
    "Return": Interpreter._return,
    "StructRef": Interpreter._struct_ref,
    "Switch": Interpreter._switch,
    "TernaryOp": Interpreter._ternary_op,
    "UnaryOp": Interpreter._unary_op,
}
