"""What is in structures, and behind pointers, that nothing reads any more."""

from collections.abc import Callable, Iterable, Iterator

from anonlint.graph.ir import CFG, Block, Expr
from anonlint.graph.liveness import Liveness, Reads
from anonlint.words.dictionary import Dictionary

EVERY = "*"  # whatever there is in structures
FAILS = "!"  # what asks for all that is held to be given back if it fails
BEHIND = "->"  # what a pointer leads to; with a type, what a pointer of that type leads to

Inside = Callable[[Expr], Iterable[str]]  # what a helper may read from its beginning on
_FAILING = ("rmap-share", "rmap-dup")
_NO_ENTRIES = ("vm_area_struct", "mm_struct", "struct page", "struct folio")


def members(cfg: CFG, live: Liveness, dictionary: Dictionary, inside: Inside) -> list[set[str]]:
    """Return, for each block, the members of structures, and what is behind pointers, that may still be read.

    What a helper reads ``inside`` says; a word that is handed a structure may read all of it.
    """
    tops = ([*block.steps, *_asked(block)] for block in cfg.blocks)
    reads = [[Reads(frozenset(_read(block, cfg, dictionary, inside)))] for block in tops]
    return live.within(reads, [set() for _ in cfg.blocks])


def _asked(block: Block) -> list[Expr]:
    values = [value for case in block.cases for value in case]
    return values if block.cond is None else [*values, block.cond]


def _read(tops: Iterable[Expr], cfg: CFG, dictionary: Dictionary, inside: Inside) -> Iterator[str]:
    todo = list(tops)
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
            op = dictionary.op(expr.name, len(expr.args))
            if op is None:
                yield from inside(expr)
                continue
            if op.cls in _FAILING:
                yield FAILS
            if any(_is_structure(expr.args[at], cfg) for at in op.positions.values() if 0 <= at < len(expr.args)):
                yield EVERY


def _is_structure(arg: Expr, cfg: CFG) -> bool:
    """Return whether an operand leads to a structure that may hold an entry, or a pointer to a slot."""
    named = arg.args[0] if arg.op == "addr" else arg
    ctype = cfg.types.get(named.name, "") if named.op == "id" else ""
    return ctype.startswith("struct ") and not any(name in ctype for name in _NO_ENTRIES)
