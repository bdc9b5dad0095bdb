"""Walks over page tables as the kernel has them, in shapes of our own, and every single edit of them."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).parent
_FUNCTION = re.compile(r"^static .*?^}\n", re.M | re.S)
_NAME = re.compile(r"(\w+)\(")
# What is swapped, one way and the other.
_SWAPS = (
    ("make_readable_exclusive_migration", "make_readable_migration"),
    ("is_writable_migration", "is_readable_migration"),
    ("swp_soft_dirty", "swp_uffd_wp"),
    ("RMAP_EXCLUSIVE", "RMAP_NONE"),
    ("pte_mkold", "pte_mkyoung"),
)


class Edit(NamedTuple):
    """One function after one edit; ``code`` has the functions that it calls as well."""

    name: str
    code: str


def functions() -> Iterator[tuple[str, str]]:
    """Yield each function by ``file:name``, with the functions of its file that it calls in front of it."""
    for path in sorted(HERE.glob("*.c")):
        texts = _FUNCTION.findall(path.read_text())
        named = {_NAME.search(text)[1]: text for text in texts}  # type: ignore[index]
        for name, text in named.items():
            called = "".join(other for known, other in named.items() if known != name and f"{known}(" in text)
            yield f"{path.stem}:{name}", called + text


def edits(name: str, code: str) -> Iterator[Edit]:
    """Yield all edits of a function: a statement dropped, a condition negated or halved, a word swapped."""
    lines = code.split("\n")
    start = max(i for i, line in enumerate(lines) if line.startswith("static "))
    for i, line in enumerate(lines[start:], start):
        for what, changed in _of_line(line):
            yield Edit(f"{name}:{i - start}:{what}", "\n".join([*lines[:i], changed, *lines[i + 1 :]]))


def _of_line(line: str) -> Iterator[tuple[str, str]]:
    statement = re.fullmatch(r"(\t+)((?:\*?[\w.>-]+ \|?= |\w+\().*\);|\w+ \|?= \w+;)", line)
    if statement is not None and not statement[2].startswith("return"):
        yield "drop", f"{statement[1]};"
    condition = re.fullmatch(r"(.*\b(?:if|while) \()(.*)(\)(?: \{)?)", line)
    if condition is not None and condition[2].count("(") == condition[2].count(")"):
        before, asked, after = condition.groups()
        yield "negate", f"{before}!({asked}){after}"
        if " && " in asked or " || " in asked:
            first, operator, last = _halves(asked)
            if operator:
                yield "first", before + first + after
                yield "last", before + last + after
    for one, other in _SWAPS:
        for old, new in ((one, other), (other, one)):
            if re.search(rf"{old}(?!_exclusive)", line):
                yield f"{old} to {new}", re.sub(rf"{old}(?!_exclusive)", new, line)


def _halves(asked: str) -> tuple[str, str, str]:
    """Return what stands before and behind the first && or || outside of parentheses, and which it is."""
    for match in re.finditer(r" (&&|\|\|) ", asked):
        before = asked[: match.start()]
        if before.count("(") == before.count(")"):
            return before, match[1], asked[match.end() :]
    return asked, "", ""
