"""The functions and enumerators that a kernel header defines, found without parsing all of it."""

import re
from collections.abc import Iterator
from typing import NamedTuple

_EDGE = re.compile(r"[;{}]")
_STRING = re.compile(r'"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'')
_START = re.compile(r"\b(?:static|extern)\b")
_NAME = re.compile(r"\b([A-Za-z_]\w*)\s*\(")
_ENUM = re.compile(r"\benum\b[^;{}()]*\{([^{}]*)\}")
_ATTRIBUTE = re.compile(r"\b(?:__attribute__|__releases|__acquires|__must_hold)\s*\((?:[^()]|\([^()]*\))*\)")


class Definition(NamedTuple):
    """A function definition: ``code`` from its return type to its closing brace, at ``path``:``line``."""

    name: str
    params: str
    code: str
    path: str
    line: int


def functions(text: str, path: str) -> Iterator[Definition]:
    """Yield the function definitions of preprocessed text, in order."""
    flat = _STRING.sub(lambda m: '"' + " " * (len(m[0]) - 2) + '"', text)
    depth = start = opened = 0
    for edge in _EDGE.finditer(flat):
        mark = edge[0]
        if mark == "{":
            if depth == 0:
                opened = edge.start()
            depth += 1
        elif mark == "}":
            depth = max(depth - 1, 0)
            if depth == 0:
                found = _definition(flat, text, start, opened, edge.end(), path)
                if found is not None:
                    yield found
                start = edge.end()
        elif depth == 0:
            start = edge.end()


def _definition(flat: str, text: str, start: int, opened: int, end: int, path: str) -> Definition | None:
    """Make a Definition of what lies between the end of the last one and a closing brace."""
    head = _ATTRIBUTE.sub(lambda m: " " * len(m[0]), flat[start:opened])
    if not head.rstrip().endswith(")"):
        return None
    starts = [m.start() for m in _START.finditer(head)] or [head.rfind("\n\n", 0, len(head.rstrip())) + 1]
    head = head[starts[-1] :]
    name = _NAME.search(head)
    if name is None or "=" in head:
        return None
    begin = start + starts[-1]
    params = head[name.end() : head.rindex(")")]
    line = text.count("\n", 0, begin + len(head) - len(head.lstrip())) + 1
    return Definition(name[1], " ".join(params.split()), text[begin:end], path, line)


def enumerators(text: str) -> Iterator[list[tuple[str, str]]]:
    """Yield each enum's names in order, each with its ``= expression`` ("" if it has none)."""
    for found in _ENUM.finditer(text):
        names = [part.partition("=") for part in found[1].split(",") if part.strip()]
        yield [(name.strip(), value.strip()) for name, _, value in names]
