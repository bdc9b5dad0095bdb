"""Changes of C text that move code into helpers, or out of them (see transform.py)."""

from collections.abc import Iterator
from typing import NamedTuple

from anonlint.kit.transform import (
    ALL,
    JUMPS,
    Function,
    Names,
    Node,
    declared_in,
    functions,
    is_called,
    replaced,
    walk,
)
from anonlint.syntax.grammar import parser


def outlined(data: bytes, names: Names) -> bytes:
    """Move every innermost arm in braces that only goes on to a static helper, `outlined_N_of_F`."""
    edits = []
    for function in functions(data, names):
        types = {name.text: text for name in declared_in(function) if (text := _type_of(name)) is not None}
        helpers = b""
        for i, block in enumerate(_arms(function)):
            inner = {n.text for n in walk(block) if n.type == "identifier" and not is_called(n)}
            own = {n.text for n in declared_in(function) if block.start_byte <= n.start_byte < block.end_byte}
            taken = sorted(inner & {n.text for n in declared_in(function)} - own)
            if any(name not in types for name in taken) or own & inner & set(taken):
                continue
            changed = {name for name in taken if _changes(block, name)}
            name = b"outlined_%d_of_%s" % (i, function.name)
            uses = [
                (n.start_byte - block.start_byte, n.end_byte - block.start_byte, b"(*" + n.text + b")")
                for n in walk(block)
                if n.type == "identifier" and n.text in changed
            ]
            parameters = b", ".join(types[t] + (b" *" if t in changed else b" ") + t for t in taken)
            helpers += b"static void " + name + b"(" + (parameters or b"void") + b")\n"
            helpers += replaced(block.text, uses) + b"\n\n"
            arguments = b", ".join((b"&" if t in changed else b"") + t for t in taken)
            edits.append((block.start_byte, block.end_byte, b"{ " + name + b"(" + arguments + b"); }"))
        edits.append((function.node.start_byte, function.node.start_byte, helpers))
    return replaced(data, edits)


def _arms(function: Function) -> list[Node]:
    """Return the blocks that are an arm of an `if`, hold no jump, and no other such block."""
    found = []
    for block in (n for n in walk(function.body) if n.type == "compound_statement"):
        below = {n.type for n in walk(block) if n.id != block.id}
        goes_on = block.named_child_count and below.isdisjoint(JUMPS | {"compound_statement"})
        if goes_on and block.parent.type in ("if_statement", "else_clause"):
            found.append(block)
    return found


def _type_of(name: Node) -> bytes | None:
    """Return the type that a plain or pointer variable is declared with."""
    node, stars = name.parent, b""
    while node.type in ("pointer_declarator", "init_declarator"):
        stars += b"*" * (node.type == "pointer_declarator")
        node = node.parent
    if node.type not in ("declaration", "parameter_declaration") or node.child_by_field_name("type") is None:
        return None
    text: bytes = node.child_by_field_name("type").text
    return text + (b" " + stars if stars else b"")


def _changes(block: Node, name: bytes) -> bool:
    """Return whether a block may write to a variable, or hands out its address."""
    for node in walk(block):
        target = node.child_by_field_name("left" if node.type == "assignment_expression" else "argument")
        if node.type not in ("assignment_expression", "update_expression", "pointer_expression") or target is None:
            continue
        while target.type in ("field_expression", "parenthesized_expression") and b"->" not in target.text:
            target = target.named_children[0]
        if target.text == name and not node.text.startswith(b"*"):
            return True
    return False


class Helper(NamedTuple):
    """A static function that ends at its end only; ``value`` is what it returns there, None if it is void."""

    function: Function
    parameters: list[Node]
    names: frozenset[bytes]
    value: Node | None


def _helpers(data: bytes) -> Iterator[Helper]:
    for function in functions(data, ALL):
        body = [n for n in function.body.named_children if n.type != "comment"]
        returns = [n for n in walk(function.body) if n.type == "return_statement"]
        labels = any(n.type in ("labeled_statement", "goto_statement") for n in walk(function.body))
        if labels or not body or returns not in ([], body[-1:]) or not function.node.text.startswith(b"static"):
            continue
        declared = list(declared_in(function))
        parameters = [n for n in declared if n.start_byte < function.body.start_byte]
        value = returns[0].named_children[0] if returns and returns[0].named_children else None
        yield Helper(function, parameters, frozenset(n.text for n in declared), value)


def inlined(data: bytes, names: Names) -> bytes:
    """Put static helpers in place of their calls: of any call if they are one `return`, else of a statement's."""
    return _inlined(data, names, {h.function.name: h for h in _helpers(data)})


def _inlined(data: bytes, names: Names, helpers: dict[bytes, Helper]) -> bytes:
    left = dict.fromkeys(helpers, 0)
    for node in walk(parser().parse(data).root_node):
        if node.type == "identifier" and node.text in left:
            left[node.text] += 1
    edits = []
    used = {name for name, uses in left.items() if uses > 1}
    for function in functions(data, names):
        for node in walk(function.body):
            target, call = _taken(node)
            called = call.child_by_field_name("function").text if call is not None else b""
            text = _in_place(helpers[called], call, target) if called in helpers and called != function.name else None
            if text is not None:
                before = b""
                if node.type == "declaration":
                    before = data[node.start_byte : node.named_children[-1].child_by_field_name("value").start_byte]
                    before = before.rstrip().removesuffix(b"=") + b"; "
                edits.append((node.start_byte, node.end_byte, before + text))
                left[called] -= 1
                continue
            called = node.child_by_field_name("function").text if node.type == "call_expression" else b""
            inside = any(start <= node.start_byte < end for start, end, _ in edits)
            value = _value(helpers[called], node) if called in helpers and not inside else None
            if value is not None and called != function.name:
                edits.append((node.start_byte, node.end_byte, value))
                left[called] -= 1
    within = [(start, end) for start, end, _ in edits]
    gone = [helpers[name].function.node for name, uses in left.items() if uses == 1 and name in used]
    # A helper that is itself changed stays: it would be removed and changed at once.
    gone = [n for n in gone if not any(n.start_byte <= start < n.end_byte for start, _ in within)]
    return replaced(data, edits + [(n.start_byte, n.end_byte, b"") for n in gone]) if edits else data


def _taken(node: Node) -> tuple[bytes, Node | None]:
    """Return which variable a statement in a block gives a call's value, and the call."""
    if node.parent.type != "compound_statement" or node.named_child_count == 0:
        return b"", None
    call, target = None, b""
    if node.type == "expression_statement":
        call = node.named_children[0]
        if call.type == "assignment_expression" and call.child_by_field_name("left").type == "identifier":
            call, target = call.child_by_field_name("right"), call.child_by_field_name("left").text
    elif node.type == "declaration" and node.text.count(b",") == node.named_children[-1].text.count(b","):
        last = node.named_children[-1]
        if last.type == "init_declarator" and not node.text.startswith((b"const", b"static")):
            name = last.child_by_field_name("declarator")
            while name.type == "pointer_declarator":
                name = name.child_by_field_name("declarator")
            call, target = last.child_by_field_name("value"), name.text
    return (target, call) if call is not None and call.type == "call_expression" else (b"", None)


def _value(helper: Helper, call: Node) -> bytes | None:
    """Return the expression that a helper returns, if it does nothing else and the arguments are plain."""
    arguments = call.child_by_field_name("arguments").named_children
    alone = sum(n.type != "comment" for n in helper.function.body.named_children) == 1
    if helper.value is None or not alone or any(a.type != "identifier" for a in arguments):
        return None
    if len(arguments) != len(helper.parameters):
        return None
    given = dict(zip((p.text for p in helper.parameters), (a.text for a in arguments), strict=True))
    at = helper.value.start_byte
    uses = [
        (n.start_byte - at, n.end_byte - at, given[n.text])
        for n in walk(helper.value)
        if n.type == "identifier" and n.text in given and not is_called(n)
    ]
    return b"(" + replaced(helper.value.text, uses) + b")"


def moved_out_and_back(data: bytes, names: Names) -> bytes:
    """Move arms to helpers and put these in place of their calls: what they change is changed through pointers then."""
    out = outlined(data, names)
    moved = {h.function.name: h for h in _helpers(out) if h.function.name.startswith(b"outlined_")}
    return _inlined(out, names, moved)


def _in_place(helper: Helper, call: Node, target: bytes) -> bytes | None:
    """Return a block that does what a call does, the helper's own names with an addition; None where it cannot be."""
    arguments = call.child_by_field_name("arguments").named_children
    types = [_type_of(p) for p in helper.parameters]
    if len(arguments) != len(types) or None in types or (target and helper.value is None):
        return None
    given = zip(types, helper.parameters, arguments, strict=True)
    taken = b"".join((kind or b"") + b" " + p.text + b"_given = " + a.text + b"; " for kind, p, a in given)
    body = helper.function.body
    uses = [
        (n.start_byte - body.start_byte, n.end_byte - body.start_byte, n.text + b"_given")
        for n in walk(body)
        if n.type == "identifier" and n.text in helper.names and not is_called(n)
    ]
    if helper.value is not None:
        last = helper.value.parent
        head = target + b" = " if target else b""
        uses.append((last.start_byte - body.start_byte, helper.value.start_byte - body.start_byte, head))
    return b"{ " + taken + replaced(body.text, uses) + b" }"
