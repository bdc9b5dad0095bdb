"""Writes docs/robustness.md from the tests' ``@pytest.mark.fault("the fault", "what happens")``: ``./run docs``."""

import ast
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

PATH = "docs/robustness.md"
TESTS = "tests"
_AREAS = {
    "cli": "Command line, outputs and git",
    "corpus": "Mails and patches",
    "fuzz": "Anything at all",
    "intake": "Mails, patches and trees",
    "outside": "Rules of your own",
    "policy": "Settings and baselines",
    "runner": "The run",
    "syntax": "C",
}
_HEAD = """\
<!-- Written by anonlint/dev/gen_robustness.py from the tests' fault marks: change it there. -->

# What happens when something is wrong

Each row is a fault of the input or of the machine, and a test that makes it happen. What is lost is in every row the
same: nothing but what the fault itself has destroyed. What could not be judged is named.
"""


class Fault(NamedTuple):
    """A mark: what is wrong and what happens; ``place`` is the test, as path::name."""

    what: str
    happens: str
    place: str


def faults(root: Path) -> list[Fault]:
    """Return the marks of all tests below a directory, in the order of their files."""
    found = []
    for path in sorted(root.rglob("test_*.py")):
        for node in ast.walk(ast.parse(path.read_bytes())):
            if isinstance(node, ast.FunctionDef | ast.ClassDef):
                place = f"{path.relative_to(root.parent).as_posix()}::{node.name}"
                found += [Fault(*mark, place) for mark in _marks(node.decorator_list, place)]
    return found


def _marks(decorators: Sequence[ast.expr], place: str) -> Iterator[tuple[str, str]]:
    for call in decorators:
        if not (isinstance(call, ast.Call) and ast.unparse(call.func) == "pytest.mark.fault"):
            continue
        words = [arg.value for arg in call.args if isinstance(arg, ast.Constant) and isinstance(arg.value, str)]
        if len(words) != 2 or call.keywords:
            raise ValueError(f"{place}: a fault mark takes two strings: what is wrong, and what happens")
        yield words[0], words[1]


def page(found: Sequence[Fault]) -> str:
    """Return the document."""
    areas: dict[str, list[Fault]] = {}
    for fault in found:
        folder = fault.place.split("/")[1]
        areas.setdefault(_AREAS.get(folder, folder.capitalize()), []).append(fault)
    parts = [_HEAD]
    for title in sorted(areas):
        rows = dict.fromkeys(f"| {_cell(f.what)} | {_cell(f.happens)} | nothing |" for f in areas[title])
        head = [f"## {title}", "", "| fault | what happens | what is lost |", "|---|---|---|"]
        parts.append("\n".join([*head, *rows, ""]))
    return "\n".join(parts)


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "&lt;")


def main(arguments: Sequence[str]) -> None:
    """Write the page (default: docs/robustness.md)."""
    path = Path(arguments[0] if arguments else PATH)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(page(faults(Path(TESTS))))


if __name__ == "__main__":
    main(sys.argv[1:])
