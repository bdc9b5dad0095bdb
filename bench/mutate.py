"""Change one operator or condition of the engine or a rule at a time, and say what no test without kernels notices.

    python -m bench.mutate                    # 60 places, drawn with seed 1
    python -m bench.mutate --count 4 --jobs 2 --passed
    python -m bench.mutate --list             # only says where

Each change is made in a copy of the package; the work tree is not touched. Of 60 places 55 are to be noticed, or the
exit status is 1. Of fewer, as ./run tests draws them, so many may go unnoticed as would by chance in more than one of a
hundred draws from a code of which eleven in twelve are noticed.
"""

import argparse
import ast
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from math import comb
from pathlib import Path
from queue import SimpleQueue
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]
# The engine, in any of its rooms, and the rules.
PARTS = (
    "anonlint/run/analysis.py", "anonlint/run/wake.py", "anonlint/rule/view.py", "anonlint/rule/plugin.py",
    "anonlint/graph", "anonlint/domain", "anonlint/words", "anonlint/engine", "anonlint/trace", "rules/anonlint_rules",
)  # fmt: skip
COPIED = (
    "anonlint", "rules", "tests", "fixtures", "examples", "docs", "bench", "pyproject.toml", "README.md",
    "CHANGELOG.md", "run", ".pre-commit-hooks.yaml",
)  # fmt: skip
# Tests of what the engine says, under a minute on two cores, those that notice most first; the rest only costs time.
TESTS = ("tests/fixtures", "tests/flow", "tests/rules", "tests/diff")
MANY = 60  # places of which the share itself is held against the target
UNNOTICED = 1 / 12  # may be
CHANCE = 0.01
_TIMEOUT = 900

_COMPARISONS: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Eq: ast.NotEq, ast.NotEq: ast.Eq, ast.Lt: ast.GtE, ast.LtE: ast.Gt, ast.Gt: ast.LtE, ast.GtE: ast.Lt,
    ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Is: ast.IsNot, ast.IsNot: ast.Is,
}  # fmt: skip
_OPERATORS: dict[type[ast.operator], type[ast.operator]] = {
    ast.BitAnd: ast.BitOr, ast.BitOr: ast.BitAnd, ast.Add: ast.Sub, ast.Sub: ast.Add,
}  # fmt: skip


class Place(NamedTuple):
    """One change: in which file, at which line, what it does, and the text of the file after it."""

    path: str
    line: int
    what: str
    text: str

    @property
    def said(self) -> str:
        return f"{self.path}:{self.line}: {self.what}"


@lru_cache(1)
def places() -> list[tuple[str, int, int]]:
    """Return all changes that can be made, as (path, number of the node, number of the change of it)."""
    found = []
    for path in _files():
        for number, node in enumerate(ast.walk(ast.parse((ROOT / path).read_text()))):
            found += [(path, number, i) for i in range(len(_changes(node)))]
    return found


def _files() -> Iterator[str]:
    for part in PARTS:
        top = ROOT / part
        for path in [top] if top.is_file() else sorted(top.rglob("*.py")):
            yield str(path.relative_to(ROOT))


def _changes(node: ast.AST) -> list[tuple[str, Callable[[], None]]]:
    """Return what can be changed of a node: what it is, and a function that does it."""
    match node:
        case ast.Compare(ops=[op]) if type(op) in _COMPARISONS:
            other = _COMPARISONS[type(op)]
            return [(f"{type(op).__name__} to {other.__name__}", lambda: setattr(node, "ops", [other()]))]
        case ast.BoolOp(op=op):
            other_op: ast.boolop = ast.Or() if isinstance(op, ast.And) else ast.And()
            drop = ("drop the last condition", lambda: setattr(node, "values", [*node.values[:-1], _neutral(op)]))
            swap = f"{type(op).__name__} to {type(other_op).__name__}"
            return [(swap, lambda: setattr(node, "op", other_op)), drop]
        case ast.UnaryOp(op=ast.Not()):
            return [("drop a not", lambda: setattr(node, "op", _Truth()))]
        case ast.If() | ast.IfExp() if ast.unparse(node.test) != "TYPE_CHECKING":
            return [("negate a condition", lambda: setattr(node, "test", ast.UnaryOp(ast.Not(), node.test)))]
        case ast.BinOp(op=arithmetic) if type(arithmetic) in _OPERATORS and not _is_type(node):
            new = _OPERATORS[type(arithmetic)]
            return [(f"{type(arithmetic).__name__} to {new.__name__}", lambda: setattr(node, "op", new()))]
    return []


def _neutral(op: ast.boolop) -> ast.expr:
    return ast.Constant(isinstance(op, ast.And))


def _is_type(node: ast.BinOp) -> bool:
    """Return whether an operator joins types, as in ``int | None``: that changes nothing at run time."""
    sides = (node.left, node.right)
    return any(isinstance(s, ast.Constant) and s.value is None for s in sides) or any(
        isinstance(s, ast.Name)
        and (s.id in ("int", "str", "bool", "bytes") or (s.id[0].isupper() and not s.id.isupper()))
        for s in sides
    )


class _Truth(ast.Not):
    """Stands for ``not`` twice: the operand's own truth."""


def change(path: str, number: int, which: int) -> Place:
    """Return a file after one change."""
    tree = ast.parse((ROOT / path).read_text())
    node = list(ast.walk(tree))[number]
    what, apply = _changes(node)[which]
    apply()
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, _Truth):
        node.op, node.operand = ast.Not(), ast.UnaryOp(ast.Not(), node.operand)
    assert isinstance(node, ast.expr | ast.stmt)
    return Place(path, node.lineno, what, ast.unparse(ast.fix_missing_locations(tree)) + "\n")


def noticed(place: Place, copy: Path, tests: Sequence[str], workers: str) -> str:
    """Return the first test that fails on a change, "" if none does."""
    target = copy / place.path
    original = target.read_text()
    target.write_text(place.text)
    environment = {k: v for k, v in os.environ.items() if k not in ("ANONLINT_KERNELS", "PYTHONPATH")}
    environment |= {"PYTHONPATH": f"{copy}{os.pathsep}{copy / 'rules'}", "PYTHONDONTWRITEBYTECODE": "1"}
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-x",
        "--no-header",
        "-p",
        "no:cacheprovider",
        "-n",
        workers,
        *tests,
    ]
    try:
        done = subprocess.run(command, cwd=copy, env=environment, capture_output=True, text=True, timeout=_TIMEOUT)
    except subprocess.TimeoutExpired:
        return "time ran out"
    finally:
        target.write_text(original)
    if done.returncode == 0:
        return ""
    failed = [line for line in done.stdout.splitlines() if line.startswith(("FAILED", "ERROR"))]
    return failed[0][:100] if failed else f"pytest ended with {done.returncode}"


def _copy(to: Path) -> None:
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, to / name, ignore=shutil.ignore_patterns("__pycache__"))
        elif source.exists():
            shutil.copy(source, to / name)


class Copies:
    """Copies of the package, one for each change that is tried at the same time."""

    def __init__(self, folder: Path, jobs: int) -> None:
        self._free: SimpleQueue[Path] = SimpleQueue()
        for number in range(jobs):
            copy = folder / str(number)
            _copy(copy)
            self._free.put(copy)

    def tried(self, place: Place, tests: Sequence[str], workers: str) -> tuple[str, float]:
        """Return the first test that fails on a change, "" if none does, and the seconds that it took."""
        copy, start = self._free.get(), time.monotonic()
        try:
            return noticed(place, copy, tests, workers), time.monotonic() - start
        finally:
            self._free.put(copy)


def enough(survivors: int, count: int) -> bool:
    """Return whether so many changes of so many are noticed that the target may be met."""
    if count >= MANY:
        return survivors <= count * UNNOTICED
    at_least = (comb(count, n) * UNNOTICED**n * (1 - UNNOTICED) ** (count - n) for n in range(survivors, count + 1))
    return sum(at_least) > CHANCE


def tried(chosen: Sequence[Place], options: argparse.Namespace) -> int:
    """Make the changes, say what becomes of each, and return how many go unnoticed; -1 where the tests fail anyway."""
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(options.jobs) as pool:
        copies = Copies(Path(folder), options.jobs)
        nothing = Place("README.md", 0, "", (ROOT / "README.md").read_text())
        untouched = None if options.passed else pool.submit(copies.tried, nothing, options.tests, options.workers)
        started = [pool.submit(copies.tried, place, options.tests, options.workers) for place in chosen]
        if untouched is not None and untouched.result()[0]:
            pool.shutdown(cancel_futures=True)
            print(f"the tests fail before any change: {untouched.result()[0]}")
            return -1
        survivors = 0
        for place, future in zip(chosen, started, strict=True):
            by, seconds = future.result()
            survivors += not by
            print(f"{place.said}: {'noticed by ' + by if by else 'SURVIVES'} ({seconds:.0f} s)", flush=True)
        return survivors


def main() -> int:
    parser = argparse.ArgumentParser(description="Say which small changes of the engine and the rules no test notices.")
    parser.add_argument("--count", type=int, default=MANY, help=f"how many places to change (default: {MANY})")
    parser.add_argument("--seed", type=int, default=1, help="which places (default: 1)")
    parser.add_argument("--tests", nargs="+", default=TESTS, metavar="PATH", help=f"default: {' '.join(TESTS)}")
    parser.add_argument("--jobs", type=int, default=1, help="changes that are tried at the same time (default: 1)")
    parser.add_argument("--workers", default="2", help="processes of pytest for each (default: 2; 0: none of its own)")
    parser.add_argument("--passed", action="store_true", help="the tests have just passed: do not run them unchanged")
    parser.add_argument("--list", action="store_true", help="only say what would be changed")
    options = parser.parse_args()
    chosen = [change(*where) for where in random.Random(options.seed).sample(places(), options.count)]
    if options.list:
        print("\n".join(place.said for place in chosen))
        return 0
    survivors = tried(chosen, options)
    if survivors < 0:
        return 2
    print(f"{options.count - survivors} of {options.count} changes are noticed")
    return int(not enough(survivors, options.count))


if __name__ == "__main__":
    sys.exit(main())
