"""What is asked for by name is there by that name: a string that is misspelt would match nothing, and say nothing.

Kinds of events and proofs are literal types (mypy finds a misspelt one); kinds of entries, questions, levels, classes
and keys are strings. Each that is compared with, in the engine or a rule, is one that is said elsewhere: made by the
engine, or written in the tables of the vocabulary.
"""

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest

from anonlint.domain.proofs import CallProof, Mark
from anonlint.domain.subjects import HELD_AGAINST, OF_CALL, OF_MAPPING, OF_PAGE, UNDER_PTL

ROOT = Path(__file__).resolve().parents[2]
ROOMS = (
    "anonlint/domain",
    "anonlint/engine",
    "anonlint/words",
    "anonlint/trace",
    "anonlint/rule",
    "rules/anonlint_rules",
)
DATA = ROOT / "anonlint" / "kernel" / "data"
# What is not ours to say, or is put together: names of the kernel and of Python, letters of software bits.
NOT_OURS = {
    *("vm_mm", "mapping", "struct mm_walk*", "struct vm_fault"),
    *("kk", "flush=1", "Why"),
    *("__dict__", "__weakref__", "/importlib/"),
}


def asked_and_said(text: str) -> tuple[dict[str, int], set[str]]:
    """Return the strings of a module that something is compared with, each with its line, and all others."""
    tree = ast.parse(text)
    asking = {id(node): node for parent in ast.walk(tree) for node in _asked(parent)}
    documented = {id(n.value) for n in ast.walk(tree) if isinstance(n, ast.Expr)}
    asked: dict[str, int] = {}
    said: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in documented:
            if id(node) in asking:
                asked.setdefault(node.value, node.lineno)
            else:
                said.add(node.value)
    return asked, said


def _asked(node: ast.AST) -> Iterator[ast.AST]:
    """Yield the constants that a comparison, a membership or a meeting of sets asks for."""
    match node:
        case ast.Compare(left=left, ops=[ast.In() | ast.NotIn()], comparators=[ast.Constant()]):
            sides = [left]  # in a text: letters, most often
        case ast.Compare(left=left, comparators=others):
            sides = [left, *others]
        case ast.BinOp(left=left, op=ast.BitAnd() | ast.Sub(), right=right):
            sides = [left, right]
        case ast.Call(func=ast.Attribute(attr="isdisjoint" | "intersection" | "get" | "says" | "holds"), args=args):
            sides = list(args)
        case ast.MatchValue(value=value):
            sides = [value]
        case _:
            return
    for side in sides:
        inner = side.args[0] if isinstance(side, ast.Call) and side.args and _is_frozenset(side) else side
        yield from inner.elts if isinstance(inner, ast.Tuple | ast.Set | ast.List) else [inner]


def _is_frozenset(call: ast.Call) -> bool:
    return isinstance(call.func, ast.Name) and call.func.id == "frozenset"


def test_what_is_asked_for_is_said_somewhere() -> None:
    asked: dict[str, str] = {}
    said = set(
        re.findall(r"[\w!*+.-]+", " ".join(path.read_text() for path in DATA.iterdir() if path.suffix == ".tsv"))
    )
    for room in ("anonlint", "rules/anonlint_rules"):
        for path in sorted((ROOT / room).rglob("*.py")):
            here, there = asked_and_said(path.read_text())
            name = str(path.relative_to(ROOT))
            said |= there
            if name.startswith(ROOMS):
                asked |= {text: f"{name}:{line}" for text, line in here.items() if re.search(r"\w{2}", text)}
    assert len(asked) > 150
    lost = {text: where for text, where in asked.items() if text not in said}
    assert lost.keys() == NOT_OURS, {text: where for text, where in lost.items() if text not in NOT_OURS}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('if kind == "stroe": pass', {"stroe"}),
        ('if kind in ("store", "claim"): pass', {"store", "claim"}),
        ('if proofs & {"excl"}: pass', {"excl"}),
        ('if proofs.isdisjoint(frozenset(("sole", "few"))): pass', {"sole", "few"}),
        ('if op.meaning.get("proves") == "writable": pass', {"proves", "writable"}),
        ('match what:\n    case "share": pass', {"share"}),
        ('"""Doc."""\nx = "said"', set()),
    ],
)
def test_the_strings_that_are_asked_for_are_found(text: str, expected: set[str]) -> None:
    assert set(asked_and_said(text)[0]) == expected


def test_sets_of_proofs_hold_proofs() -> None:
    facts = OF_PAGE | OF_MAPPING | set(get_args(CallProof))
    assert facts >= UNDER_PTL | HELD_AGAINST
    assert frozenset(get_args(Mark)) >= OF_CALL


def test_the_vocabulary_proves_and_marks_what_there_is() -> None:
    known: dict[str, set[str]] = defaultdict(set)
    for path in DATA.glob("*.tsv"):
        for key, values in re.findall(r"\b(clear|marks|unmarked|not)=(\S+)", path.read_text()):
            known[key] |= set(values.split(","))
    assert known["clear"] <= OF_PAGE | OF_MAPPING | set(get_args(CallProof))
    assert known["marks"] | known["unmarked"] | known["not"] <= set(get_args(Mark))
    assert known["marks"]
