"""Changes of C text that keep its meaning.

Each takes the bytes of a file and returns others, or the same where it fits nowhere. It touches only functions that
parse without an error and hold no preprocessor line, and of those only the ones that it is told to (all, if none).
"""

import re
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from anonlint.syntax.grammar import parser

Node = Any  # tree_sitter.Node
Names = frozenset[str]
Edit = tuple[int, int, bytes]  # what stands from one place to another is to read thus
ALL: Names = frozenset()
JUMPS = frozenset(
    (
        "return_statement",
        "break_statement",
        "continue_statement",
        "goto_statement",
        "labeled_statement",
        "case_statement",
    )
)
# What a vocabulary call gives, where that must be written down to put it into a local variable.
_GIVES = (
    (re.compile(rb"p(te|md)_(mk|wrprotect|swp_mk|swp_clear|clear|modify)|swp_entry_to_pte|huge_pte_mk"), b"pte_t"),
    (re.compile(rb"pte_to_swp_entry|make_\w+_entry$|swp_entry$"), b"swp_entry_t"),
    (re.compile(rb"pfn_swap_entry_to_page|vm_normal_page$|pte_page$|pfn_to_page$"), b"struct page *"),
    (re.compile(rb"page_folio$|pfn_swap_entry_folio|vm_normal_folio$"), b"struct folio *"),
)

_MIRRORED = {"==": b"==", "!=": b"!=", "<": b">", ">": b"<", "<=": b">=", ">=": b"<="}


class Function(NamedTuple):
    """One definition; ``result`` is its type as the text has it, "void" or another."""

    node: Node
    name: bytes
    body: Node
    result: bytes


def walk(node: Node) -> Iterator[Node]:
    """Yield a node and all nodes below it, in the order of the text."""
    yield node
    for child in node.children:
        yield from walk(child)


def functions(data: bytes, names: Names) -> Iterator[Function]:
    """Yield the functions that may be changed."""
    for node in walk(parser().parse(data).root_node):
        if node.type != "function_definition" or node.has_error:
            continue
        if any(n.type.startswith("preproc") for n in walk(node)):
            continue
        declarator, stars = node.child_by_field_name("declarator"), b""
        while declarator.type == "pointer_declarator":
            declarator, stars = declarator.child_by_field_name("declarator"), stars + b"*"
        name = declarator.child_by_field_name("declarator")
        if declarator.type != "function_declarator" or name.type != "identifier":
            continue
        if not names or name.text.decode() in names:
            yield Function(
                node, name.text, node.child_by_field_name("body"), node.child_by_field_name("type").text + b" " + stars
            )


def replaced(data: bytes, edits: list[Edit]) -> bytes:
    """Return the text with these edits made; of overlapping ones the first."""
    out, at = [], 0
    for start, end, text in sorted(edits, key=lambda p: (p[0], p[1])):
        if start >= at:
            out += [data[at:start], text]
            at = end
    return b"".join((*out, data[at:]))


# -- text


def blank_lines(data: bytes, names: Names) -> bytes:
    """Put blank lines between all lines and indent by blanks."""
    edits = []
    for function in functions(data, names):
        text = data[function.body.start_byte : function.body.end_byte]
        if b"\\\n" not in text:
            lines = [b"  " * (len(line) - len(line.lstrip(b"\t"))) + line.lstrip(b"\t") for line in text.split(b"\n")]
            edits.append((function.body.start_byte, function.body.end_byte, b"\n\n".join(lines)))
    return replaced(data, edits)


def no_comments(data: bytes, names: Names) -> bytes:
    """Remove all comments in functions."""
    found = [n for f in functions(data, names) for n in walk(f.node) if n.type == "comment"]
    return replaced(data, [(n.start_byte, n.end_byte, b"\n" * n.text.count(b"\n")) for n in found])


def commented(*comments: bytes) -> Callable[[bytes, Names], bytes]:
    """Return the change that puts comments before statements, one after the other."""

    def add(data: bytes, names: Names) -> bytes:
        edits = []
        for function in functions(data, names):
            for block in (n for n in walk(function.body) if n.type == "compound_statement"):
                for i, statement in enumerate(n for n in block.named_children if n.type != "comment"):
                    text = b"/* " + comments[i % len(comments)] + b" */ "
                    edits.append((statement.start_byte, statement.start_byte, text))
        return replaced(data, edits)

    return add


# -- names


def declared_in(function: Function) -> Iterator[Node]:
    """Yield the identifiers that a function declares, its parameters' first."""
    for node in walk(function.node):
        if node.type in ("parameter_declaration", "declaration", "init_declarator"):
            for child in node.children_by_field_name("declarator"):
                while child is not None and child.type in ("pointer_declarator", "array_declarator", "init_declarator"):
                    child = child.child_by_field_name("declarator")
                if child is not None and child.type == "identifier":
                    yield child


def renamed(data: bytes, names: Names) -> bytes:
    """Give all parameters and local variables names that say nothing."""
    edits = []
    for function in functions(data, names):
        known: dict[bytes, bytes] = {}
        for node in declared_in(function):
            known.setdefault(node.text, b"local%d" % len(known))
        edits += [
            (n.start_byte, n.end_byte, known[n.text])
            for n in walk(function.node)
            if n.type == "identifier" and n.text in known and not is_called(n)
        ]
    return replaced(data, edits)


def is_called(node: Node) -> bool:
    """Return whether an identifier is the name of a function that is called."""
    parent = node.parent
    return bool(parent.type == "call_expression" and parent.child_by_field_name("function").id == node.id)


# -- conditions and jumps


def swapped_arms(data: bytes, names: Names) -> bytes:
    """Negate the condition of every `if` and swap its arms."""
    edits = [(f.body.start_byte, f.body.end_byte, _swapped(f.body, data)) for f in functions(data, names)]
    return replaced(data, edits)


def _swapped(node: Node, data: bytes) -> bytes:
    if node.type == "if_statement":
        condition = node.child_by_field_name("condition").text
        then = _swapped(node.child_by_field_name("consequence"), data)
        other = node.child_by_field_name("alternative")
        arm = b"{ }" if other is None else b"{ " + _swapped(other.named_children[-1], data) + b" }"
        return b"".join((b"if (!", condition, b") ", arm, b" else { ", then, b" }"))
    out, at = [], node.start_byte
    for child in node.children:
        out += [data[at : child.start_byte], _swapped(child, data)]
        at = child.end_byte
    return b"".join((*out, data[at : node.end_byte]))


def _rewritten(node: Node, data: bytes, rewrite: Callable[[Node], list[Node | bytes] | None]) -> bytes:
    """Return a node's text; ``rewrite`` gives what a node is to read, of nodes and texts, None where it stays."""
    parts = rewrite(node)
    if parts is not None:
        return b"".join(part if isinstance(part, bytes) else _rewritten(part, data, rewrite) for part in parts)
    out, at = [], node.start_byte
    for child in node.children:
        out += [data[at : child.start_byte], _rewritten(child, data, rewrite)]
        at = child.end_byte
    return b"".join((*out, data[at : node.end_byte]))


def swapped_operands(data: bytes, names: Names) -> bytes:
    """Turn every comparison round: ``1 == x`` for ``x == 1``, ``b > a`` for ``a < b``."""

    def rewrite(node: Node) -> list[Node | bytes] | None:
        operator = node.child_by_field_name("operator") if node.type == "binary_expression" else None
        mirrored = _MIRRORED.get(operator.type) if operator is not None else None
        if mirrored is None:
            return None
        left, right = (node.child_by_field_name(side) for side in ("left", "right"))
        return [b"(", right, b") ", mirrored, b" (", left, b")"]

    pieces = [(f.body.start_byte, f.body.end_byte, _rewritten(f.body, data, rewrite)) for f in functions(data, names)]
    return replaced(data, pieces)


def compared_with_zero(data: bytes, names: Names) -> bytes:
    """Write ``x == 0`` for every ``!x``."""

    def rewrite(node: Node) -> list[Node | bytes] | None:
        if node.type != "unary_expression" or node.children[0].type != "!":
            return None
        return [b"((", node.child_by_field_name("argument"), b") == 0)"]

    pieces = [(f.body.start_byte, f.body.end_byte, _rewritten(f.body, data, rewrite)) for f in functions(data, names)]
    return replaced(data, pieces)


def condition_in_local(data: bytes, names: Names) -> bytes:
    """Put the condition of every `if` that stands in a block of its own into a local variable."""
    edits = []
    for function in functions(data, names):
        for i, node in enumerate(n for n in walk(function.body) if n.type == "if_statement"):
            if node.parent.type == "compound_statement" and node.prev_sibling.type != "labeled_statement":
                condition = node.child_by_field_name("condition")
                name = b"decided%d" % i
                declared = b"const bool " + name + b" = " + condition.text + b"; "
                edits.append((node.start_byte, condition.end_byte, declared + b"if (" + name + b")"))
    return replaced(data, edits)


def argument_in_local(data: bytes, names: Names) -> bytes:
    """Put the one argument of a call that is itself a call into a local variable."""
    edits = []
    for function in functions(data, names):
        for i, node in enumerate(n for n in walk(function.body) if n.type == "expression_statement"):
            if node.parent.type != "compound_statement" or node.named_child_count != 1:
                continue
            call = node.named_children[0]
            if call.type == "assignment_expression" and call.child_by_field_name("left").type == "identifier":
                call = call.child_by_field_name("right")
            inner = [n for n in walk(call) if n.type == "call_expression" and n.id != call.id]
            if call.type != "call_expression" or not inner:
                continue
            first = inner[0]
            if first.parent.parent.id != call.id or any(n.start_byte >= first.end_byte for n in inner):
                continue
            kind = next((t for word, t in _GIVES if word.match(first.child_by_field_name("function").text)), None)
            if kind is not None and not first.text.startswith((b"pmd", b"huge")):
                name = b"given%d" % i
                edits.append(
                    (node.start_byte, node.start_byte, b"const " + kind + b" " + name + b" = " + first.text + b"; ")
                )
                edits.append((first.start_byte, first.end_byte, name))
    return replaced(data, edits)


def jump_to_return(data: bytes, names: Names) -> bytes:
    """Make every early return a jump to one at the end."""
    edits = []
    for function in functions(data, names):
        returns = [n for n in walk(function.body) if n.type == "return_statement"]
        early = [n for n in returns if n.parent.id != function.body.id]
        if not early:
            continue
        void = all(n.named_child_count == 0 for n in returns)
        for node in early:
            value = b"" if void else b"left_with = " + node.named_children[0].text + b"; "
            edits.append((node.start_byte, node.end_byte, b"{ " + value + b"goto left; }"))
        if not void:
            at = function.body.start_byte + 1
            edits.append((at, at, b" " + function.result + b" left_with; "))
        end = function.body.end_byte - 1
        last = b"" if not void or function.body.named_children[-1].type == "return_statement" else b"return; "
        edits.append((end, end, last + b"left: return" + (b"" if void else b" left_with") + b";\n"))
    return replaced(data, edits)
