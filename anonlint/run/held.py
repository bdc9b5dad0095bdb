"""Which locks are held where in a function, whatever path leads there."""

from anonlint.graph.ir import CFG, Expr, walk
from anonlint.words.dictionary import Dictionary

_NAMES = {
    "pte": "page table lock",
    "pmd": "page table lock",
    "spin": "page table lock",
    "seqcount": "write_protect_seq",
}
Held = frozenset[str]
_NOTHING: Held = frozenset()
_WALKED: Held = frozenset((_NAMES["pte"],))


def held(cfg: CFG, dictionary: Dictionary) -> dict[int, Held]:
    """Return the locks that are held at each call, by the call's place: on every path, and taken in the function."""
    at: dict[int, Held] = {0: _NOTHING}
    found: dict[int, Held] = {}
    work = [0]
    while work:
        index = work.pop()
        block, now = cfg.blocks[index], at[index]
        for expr in (*block.steps, *([block.cond] if block.cond is not None else ())):
            now = _after(expr, now, dictionary, found)
        for arm, target in enumerate(block.targets):
            now = now - _WALKED if arm and _is_walk(block.cond, dictionary) else now
            left = now if target not in at else at[target] & now
            if target not in at or left != at[target]:
                at[target] = left
                work.append(target)
    return found


def _is_walk(cond: Expr | None, dictionary: Dictionary) -> bool:
    """Return whether a condition is that a walk goes on: where it does not, it has let its lock go."""
    op = dictionary.op(cond.name, len(cond.args)) if cond is not None and cond.op == "call" else None
    return op is not None and op.cls == "walk"


def _after(top: Expr, now: Held, dictionary: Dictionary, found: dict[int, Held]) -> Held:
    """Return what is held after an expression; note what is held at each call in it."""
    for expr in sorted((e for e in walk(top) if e.op in ("call", "assign")), key=lambda e: e.end):
        found[expr.start] = now
        op = dictionary.op(expr.name, len(expr.args)) if expr.op == "call" else None
        if op is None:
            continue
        what = "pte" if op.cls in ("walk", "walk-end") else op.meaning.get("what", "")
        name = _NAMES.get(what)
        if name is not None and op.cls in ("lock", "walk"):
            now = now | {name}
        elif name is not None and op.cls in ("unlock", "walk-end"):
            now = now - {name}
    return now
