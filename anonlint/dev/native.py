"""Writes out what the decorator ``sort`` does (domain/sorts.py), so that mypyc can make native classes of the sorts.

The compiled build alone uses it, on a copy of the package: asking for the sort of a term is a comparison of pointers
there, and its parts are members of a C structure.
"""

import ast
import sys
from pathlib import Path

_NEW = """
    def __new__(cls{parameters}) -> "{name}":
        args: tuple[Any, ...] = ({parts})
        found = {known}.get(args)
        if found is not None:
            return found
        term = object.__new__(cls)
{members}
        settle(term, args)
        {known}[args] = term
        return term
"""
_IMPORT = "from anonlint.domain.terms import KNOWN, settle\nfrom typing import Any\n"


def native(text: str) -> str:
    """Return a module's text with each ``@sort`` written out; without one it is returned as it is."""
    fields: dict[str, dict[str, str]] = {}
    edits: list[tuple[int, int, str]] = []  # lines, from and to, and what stands there instead
    for node in ast.parse(text).body:
        if isinstance(node, ast.ClassDef) and any(ast.unparse(by) == "sort" for by in node.decorator_list):
            parts = dict(fields.get(ast.unparse(node.bases[0]), {}))
            parts |= {
                ast.unparse(n.target): ast.unparse(n.annotation) for n in node.body if isinstance(n, ast.AnnAssign)
            }
            fields[node.name] = parts
            at, end = node.decorator_list[0].lineno, node.end_lineno or node.lineno
            edits += [(at, at + 1, _remembered(node.name, parts)), (end + 1, end + 1, _constructor(node.name, parts))]
    lines = text.splitlines(keepends=True)
    for start, stop, instead in reversed(edits):
        lines[start - 1 : stop - 1] = [instead]
    if not edits:
        return text
    first = next(node for node in ast.parse(text).body if isinstance(node, (ast.Import, ast.ImportFrom)))
    lines.insert(first.lineno - 1, _IMPORT)
    return "".join(lines)


def _remembered(name: str, parts: dict[str, str]) -> str:
    """Return the definition of the terms that there are of a sort."""
    known = f'_known_{name}: "dict[tuple[Any, ...], {name}]" = {{}}\n'
    return f"{known}KNOWN.append(_known_{name})\n" if parts else known


def _constructor(name: str, parts: dict[str, str]) -> str:
    """Return the method that gives the term of some parts."""
    return _NEW.format(
        name=name,
        known=f"_known_{name}",
        parameters="".join(f", {part}: {of}" for part, of in parts.items()),
        parts="".join(f"{part}, " for part in parts),
        members="\n".join(f"        term.{part} = {part}" for part in parts),
    )


def main(paths: list[str]) -> None:
    """Rewrite files in place."""
    for path in map(Path, paths):
        path.write_text(native(path.read_text()))


if __name__ == "__main__":
    main(sys.argv[1:])
