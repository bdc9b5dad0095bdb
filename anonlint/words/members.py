"""What is in structures, and behind pointers, that nothing reads any more."""

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from anonlint.graph.ir import CFG, Expr
from anonlint.graph.liveness import Liveness, Reads
from anonlint.words.dictionary import Dictionary

EVERY = "*"  # whatever there is in structures
FAILS = "!"  # what asks for all that is held to be given back if it fails
BEHIND = "->"  # what a pointer leads to; with a type, what a pointer of that type leads to

Inside = Callable[[str], Iterable[str]]  # what a function may read, by its name
_FAILING = ("rmap-share", "rmap-dup")
_NO_ENTRIES = ("vm_area_struct", "mm_struct", "struct page", "struct folio")


class Reading(NamedTuple):
    """What code may read itself of structures, and behind pointers; and the functions that it calls."""

    names: frozenset[str]
    calls: frozenset[str]


def reading(exprs: Iterable[Expr], cfg: CFG, dictionary: Dictionary) -> Reading:
    """Return what some expressions of a function may read; a word that is handed a structure may read all of it."""
    calls: set[str] = set()
    return Reading(frozenset(_read(exprs, cfg, dictionary, calls)), frozenset(calls))


def members(cfg: CFG, live: Liveness, dictionary: Dictionary, inside: Inside) -> list[set[str]]:
    """Return, for each block, the members of structures, and what is behind pointers, that may still be read.

    What a helper reads ``inside`` says.
    """
    reads = []
    for block in cfg.blocks:
        names, calls = reading(block.expressions(), cfg, dictionary)
        reads.append([Reads(names.union(*map(inside, calls)))])
    return live.within(reads, [set() for _ in cfg.blocks])


def _read(exprs: Iterable[Expr], cfg: CFG, dictionary: Dictionary, calls: set[str]) -> Iterator[str]:
    todo = list(exprs)
    for expr in todo:  # it grows meanwhile
        if expr.op == "assign" and expr.args[0].op in ("field", "deref"):  # what is put there is read elsewhere
            todo += [*expr.args[0].args, expr.args[1]]
            continue
        todo += expr.args
        if expr.op == "field":
            yield expr.name
        elif expr.op == "deref":
            yield BEHIND + cfg.types.get(expr.args[0].name, "") if expr.args[0].op == "id" else BEHIND
        elif expr.op == "call":
            calls.add(expr.name)
            op = dictionary.op(expr.name, len(expr.args))
            if op is None:
                continue
            if op.cls in _FAILING:
                yield FAILS
            if any(_is_structure(expr.args[at], cfg) for at in op.operands if at < len(expr.args)):
                yield EVERY


def _is_structure(arg: Expr, cfg: CFG) -> bool:
    """Return whether an operand leads to a structure that may hold an entry, or a pointer to a slot."""
    named = arg.args[0] if arg.op == "addr" else arg
    ctype = cfg.types.get(named.name, "") if named.op == "id" else ""
    return ctype.startswith("struct ") and not any(name in ctype for name in _NO_ENTRIES)
