"""What is asked of the nodes of a syntax tree."""

from collections.abc import Iterable
from typing import Any


def identifiers(node: Any) -> set[str]:
    """Return the names in a statement."""
    found: set[str] = set()
    stack = [node]
    while stack:
        here = stack.pop()
        if here.type == "identifier":
            found.add(here.text.decode("utf-8", "replace"))
        stack += here.named_children
    return found


def leaves(node: Any) -> list[Any]:
    """Return the conditions that && and || join, without parentheses and negation."""
    found, stack = [], [node]
    while stack:
        here = stack.pop()
        kind = here.type
        if kind == "parenthesized_expression" and here.named_children:
            stack.append(here.named_children[0])
        elif kind == "unary_expression" and here.children[0].type == "!":
            stack.append(here.child_by_field_name("argument"))
        elif kind == "call_expression" and here.children[0].text in (b"likely", b"unlikely"):
            stack.extend(here.children[1].named_children)
        elif kind == "binary_expression" and here.children[1].type in ("&&", "||"):
            stack.extend((here.child_by_field_name("right"), here.child_by_field_name("left")))
        else:
            found.append(here)
    return found


def texts(conditions: Iterable[Any]) -> set[str]:
    """Return what conditions ask, each text without white space, as anonlint.graph.liveness.text() gives it."""
    return {_text(leaf) for node in conditions for leaf in leaves(node)}


def _text(node: Any) -> str:
    if node.type == "binary_expression" and node.children[1].type == "!=":
        return "==".join(_text(node.child_by_field_name(side)) for side in ("left", "right"))
    raw: bytes = node.text
    return "".join(raw.decode("utf-8", "replace").split())
