"""Function-like macros that are one expression: what they say is said in place of their call."""

import re
from typing import NamedTuple

from anonlint.model.source import Source

_DEFINE = re.compile(rb"^[ \t]*#[ \t]*define[ \t]+(\w+)\(([\w \t,]*)\)((?:[^\n\\]|\\\n|\\(?!\n))*)$", re.M)
_NO_EXPRESSION = re.compile(rb"[;{}#]")
_MAX_BODY = 600  # bytes
TYPE = "macro_t"
"""What the parameters of a macro are declared as: they have no type."""


class Macro(NamedTuple):
    """A macro as a function: ``text`` is C; a byte ``b`` of it is byte ``b + base`` of the Source, in the body."""

    text: bytes
    base: int


def macros(source: Source) -> dict[str, Macro]:
    """Return the macros of a file by name; of a name that is defined twice, none."""
    found: dict[str, Macro] = {}
    twice: set[str] = set()
    for match in _DEFINE.finditer(source.data):
        body = match[3].replace(b"\\\n", b"  ")
        name = match[1].decode()
        if name in found:
            twice.add(name)
        if not body.strip() or len(body) > _MAX_BODY or _NO_EXPRESSION.search(body):
            continue
        parameters = [p.strip() for p in match[2].split(b",") if p.strip()]
        typed = b", ".join(TYPE.encode() + b" " + p for p in parameters) or b"void"
        head = b"static int %s(%s) { return " % (match[1], typed)
        found[name] = Macro(head + body + b"; }", match.start(3) - len(head))
    return {name: macro for name, macro in found.items() if name not in twice}
