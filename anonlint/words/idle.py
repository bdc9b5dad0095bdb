"""Numbers that decide about nothing: what they hold would only multiply states."""

from collections.abc import Container

from anonlint.graph.ir import CFG, Expr, walk
from anonlint.graph.liveness import Liveness, Reads
from anonlint.words.dictionary import Dictionary

NUMBERS = frozenset(("int", "long", "unsigned int", "unsigned long", "vm_fault_t", "ssize_t", "size_t"))
ARITHMETIC = frozenset(("id", "num", "bin", "unary", "not", "and", "or"))
_NONE: frozenset[str] = frozenset()


class Idle:
    """Which steps assign to a number on which nothing depends any more.

    ``deciding`` are the names on which something depends at the beginning of each block; ``skips`` as in decisive(),
    None where no question at a block's end counts.
    """

    def __init__(self, cfg: CFG, live: Liveness, deciding: list[set[str]], skips: Container[int] | None) -> None:
        self.cfg = cfg
        self.live = live
        self.deciding = deciding
        self.skips = skips

    def steps(self, index: int) -> set[int]:
        """Return the steps of a block."""
        silent = self.skips is None or index in self.skips or self.cfg.blocks[index].kind == "return"
        over = self.live.over(index, self.deciding, () if silent else self.live.asked[index])
        return {at for at, name in over.items() if is_number(self.cfg, self.live, name)}


def is_number(cfg: CFG, live: Liveness, name: str) -> bool:
    """Return whether a name is a variable that holds a number, and is reached by no other way."""
    return cfg.types.get(name) in NUMBERS and name not in live.addressed


def decisive(
    cfg: CFG, live: Liveness, dictionary: Dictionary, skips: Container[int], *, called: bool
) -> list[set[str]]:
    """Return, for each block, the live names on which something depends.

    That is not so of a branch that decides about nothing (``skips``), of an assertion about numbers, and of the value
    that is returned unless the function is a helper (``called``).
    """

    def asserts_numbers(step: Expr) -> bool:
        op = dictionary.op(step.name, len(step.args)) if step.op == "call" else None
        if op is None or op.cls != "assert":
            return False
        inside = [expr for arg in step.args for expr in walk(arg)]
        plain = all(expr.op in ARITHMETIC for expr in inside)
        return plain and all(cfg.types.get(expr.name, "") in NUMBERS for expr in inside if expr.op == "id")

    reads = [
        [Reads(_NONE) if asserts_numbers(step) else read for step, read in zip(block.steps, had, strict=True)]
        for block, had in zip(cfg.blocks, live.reads, strict=True)
    ]
    silent = (block.index in skips or (block.kind == "return" and not called) for block in cfg.blocks)
    asked = [set() if nothing else read for nothing, read in zip(silent, live.asked, strict=True)]
    return live.within(reads, asked)
