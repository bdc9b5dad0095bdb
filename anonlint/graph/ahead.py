"""What is still to come: from which blocks an expression may be reached."""

from collections.abc import Callable

from anonlint.graph.ir import CFG, Expr, walk


def ahead(cfg: CFG, wanted: Callable[[Expr], bool]) -> list[bool]:
    """Return, for each block, whether it or one that it leads to has an expression that is ``wanted``."""
    sources: list[list[int]] = [[] for _ in cfg.blocks]
    for block in cfg.blocks:
        for target in block.targets:
            sources[target].append(block.index)
    found = [False] * len(cfg.blocks)
    work = []
    for block in cfg.blocks:
        cases = [expr for case in block.cases for expr in case]
        tops = [*block.steps, *cases, *([] if block.cond is None else [block.cond])]
        if any(wanted(expr) for top in tops for expr in walk(top)):
            work.append(block.index)
    while work:
        here = work.pop()
        if not found[here]:
            found[here] = True
            work += sources[here]
    return found
