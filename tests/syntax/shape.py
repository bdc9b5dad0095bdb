"""Short forms of trees and texts for the tests of this room."""

from typing import Any

from anonlint.model.function import Function
from anonlint.model.snapshot import Fragment, Image
from anonlint.model.source import Source, Span
from anonlint.syntax.index import FileIndex

_KINDS = {
    "if_statement": "if",
    "while_statement": "while",
    "do_statement": "do",
    "for_statement": "for",
    "switch_statement": "switch",
    "case_statement": "case",
    "labeled_statement": "label",
    "goto_statement": "goto",
    "return_statement": "return",
    "break_statement": "break",
    "continue_statement": "continue",
    "declaration": "decl",
    "else_clause": "else",
}


def index(text: str) -> FileIndex:
    return FileIndex(Image(Source("mm/x.c", text.encode())))


def only(text: str) -> Function:
    """Parse the one function of a file and check that it could be parsed."""
    found = index(text)
    assert len(found.extents) == 1, found.extents
    function = found.parse(found.extents[0])
    assert not function.damage, function.damage
    return function


def hunk(text: str, context: str = "", partial: bool = True) -> FileIndex:
    data = text.encode()
    fragment = Fragment(Span(0, len(data)), context.encode(), partial)
    return FileIndex(Image(Source("mm/x.c", data), (fragment,)))


def shape(function: Function, variant: int = 0) -> str:
    """Return the statements of a function as nested words: ``if[call else[call]]``."""
    return _shape(function.variants[variant].node.child_by_field_name("body"))


def _shape(node: Any) -> str:
    words = []
    for child in node.named_children:
        inner = _shape(child)
        word = _KINDS.get(child.type, "")
        if child.type == "expression_statement":
            what = child.named_children[0] if child.named_children else None
            if what is not None and what.type == "call_expression":
                word, inner = what.child_by_field_name("function").text.decode(), ""
            elif what is not None:
                word = what.type.split("_")[0]
        if word and inner:
            words.append(f"{word}[{inner}]")
        elif word or inner:
            words.append(word or inner)
    return " ".join(words)


def conditions(function: Function, variant: int = 0) -> list[str]:
    """Return the texts of all if, while and switch conditions, in order."""
    found = []
    todo = [function.variants[variant].node]
    while todo:
        node = todo.pop()
        condition = node.child_by_field_name("condition")
        if condition is not None:
            found.append((node.start_byte, " ".join(condition.text.decode().split())))
        todo += node.children
    return [text for _, text in sorted(found)]
