"""Regular expressions mean the same on every Python that is supported."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# Before 3.11.5 a possessive repeat of a group goes on from where a part that did not fit had given up.
POSSESSIVE_GROUP = re.compile(r"(?<!\\)\)(?:[*+?]|\{[\d,]+\})\+")


def constants(path: Path) -> list[tuple[int, str]]:
    found = []
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.Constant) and isinstance(node.value, str | bytes):
            value = node.value if isinstance(node.value, str) else node.value.decode("latin-1")
            found.append((node.lineno, value))
    return found


def test_no_group_is_repeated_possessively() -> None:
    paths = [path for room in ("anonlint", "rules") for path in sorted((ROOT / room).rglob("*.py"))]
    assert [
        f"{path.relative_to(ROOT)}:{line}: {text}"
        for path in paths
        for line, text in constants(path)
        if POSSESSIVE_GROUP.search(text)
    ] == []


def test_the_search_finds_one() -> None:
    assert POSSESSIVE_GROUP.search("(?:ab?c)++")
    assert POSSESSIVE_GROUP.search("(a){1,12}+")
    assert not POSSESSIVE_GROUP.search(r"\w*+\)+")
