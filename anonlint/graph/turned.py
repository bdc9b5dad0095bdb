"""Which calls are asked for a no: with a "!" before them, or compared with 0."""

from anonlint.graph.ir import CFG, Expr, walk

_TURNING = frozenset(("not", "bin"))


def turned(cfg: CFG) -> frozenset[int]:
    """Return where the calls begin whose answer is turned round at once."""
    found: set[int] = set()
    for block in cfg.blocks:
        for top in block.tops():
            stack = [(top, False)] if any(expr.op in _TURNING for expr in walk(top)) else []
            while stack:
                expr, no = stack.pop()
                if expr.op == "call" and no:
                    found.add(expr.start)
                stack += [(arg, _is_turned(expr, arg, no=no)) for arg in expr.args]
    return frozenset(found)


def _is_turned(expr: Expr, arg: Expr, *, no: bool) -> bool:
    """Return whether an operand is asked for a no; ``no`` says that the whole is."""
    if expr.op == "not":
        return not no
    if expr.op == "bin" and expr.name in ("==", "!="):
        zero = any(side.op == "num" and side.name == "0" for side in expr.args if side is not arg)
        return zero and no is not (expr.name == "==")
    return no and expr.op in ("and", "or")
