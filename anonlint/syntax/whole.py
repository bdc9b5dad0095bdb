"""Whether the alternatives of an ``#if`` group are whole statements of one block, by the tree that has them all."""

import re
from collections.abc import Iterator, Sequence
from typing import Any

from anonlint.model.function import Group

_LISTS = ("compound_statement", "case_statement")  # what statements are the children of
_WORD = re.compile(rb"\w+")


def misplaced(node: Any, groups: Sequence[Group]) -> set[Group]:
    """Return the groups that are not whole statements, and those that declare a variable as different things."""
    found: set[Group] = set()
    declared: dict[bytes, tuple[tuple[bytes, bytes], Group]] = {}  # as what, and where first
    for group in groups:
        for alternative in group:
            statements = _statements(node, alternative.start, alternative.end)
            if statements is None:
                found.add(group)
                break
            for name, kind in (pair for statement in statements for pair in _declared(statement)):
                was, first = declared.setdefault(name, (kind, group))
                if was != kind:
                    found |= {first, group}
    return found


def _statements(node: Any, start: int, end: int) -> list[Any] | None:
    """Return the statements that lie between two bytes; None where one is cut, and where that is no list of any."""
    while True:
        inside = [child for child in node.named_children if child.start_byte < end and start < child.end_byte]
        cut = [child for child in inside if child.start_byte < start or end < child.end_byte]
        if not cut:
            whole = node.type in _LISTS and all(child.type != "case_statement" for child in inside)
            return inside if whole or not inside else None
        if len(inside) > 1:
            return None
        node = cut[0]


def _declared(statement: Any) -> Iterator[tuple[bytes, tuple[bytes, bytes]]]:
    """Yield the variables that a statement declares, each with its type and declarator."""
    if statement.type == "declaration":
        of = statement.child_by_field_name("type").text
        for child in statement.children_by_field_name("declarator"):
            declarator = child.child_by_field_name("declarator") if child.type == "init_declarator" else child
            for name in _WORD.findall(declarator.text)[:1]:
                yield name, (of, declarator.text)
