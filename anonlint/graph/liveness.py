"""What a block may still read: variables, and conditions that may be tested again.

States that differ only in what nothing reads any more are equal, and equal states merge; that is
what keeps execution over all entry states small.
"""

import re

from anonlint.graph.ir import CFG, Block, Expr, walk


class Liveness:
    """What each block, and the function as a whole, may still read.

    ``variables[b]`` and ``texts[b]`` are the names read and the condition texts tested at or after block
    ``b``; ``joins[b]`` and ``loops[b]`` say whether several edges, or an edge back, lead to it, and
    ``changed[b]`` are the names that a loop that begins there assigns to.
    ``repeated`` are the condition texts that are tested in more than one place: only those can
    contradict each other.
    """

    __slots__ = ("addressed", "changed", "joins", "loops", "repeated", "texts", "variables")

    def __init__(self, cfg: CFG, data: bytes) -> None:
        count = len(cfg.blocks)
        uses: list[set[str]] = []
        kills: list[set[str]] = []
        tests: list[set[str]] = []
        self.addressed: set[str] = set()
        for block in cfg.blocks:
            use, kill, test = self._scan(block.steps, block.cond if block.kind == "branch" else None, data)
            if block.cond is not None:
                use |= names(block.cond) - kill
            for case in block.cases:
                for value in case:
                    use |= names(value)
            uses.append(use)
            kills.append(kill)
            tests.append(test)
        preds: list[list[int]] = [[] for _ in range(count)]
        for block in cfg.blocks:
            if cfg.rank[block.index] == count:
                continue  # not reachable: what stands behind a return
            for target in block.targets:
                preds[target].append(block.index)
        self.joins = [len(p) > 1 for p in preds]
        self.loops = [any(cfg.rank[p] >= cfg.rank[i] for p in ps) for i, ps in enumerate(preds)]
        self.changed = _changed(cfg, {i: preds[i] for i, loop in enumerate(self.loops) if loop})
        self.repeated = _repeated(cfg, data)
        self.variables = [set(u) for u in uses]
        self.texts = [set(t) for t in tests]
        self._spread(preds, kills, cfg.rank)

    def _spread(self, preds: list[list[int]], kills: list[set[str]], rank: list[int]) -> None:
        work = sorted(range(len(preds)), key=rank.__getitem__)
        while work:
            here = work.pop()
            for pred in preds[here]:
                more = (self.variables[here] - kills[pred]) - self.variables[pred]
                texts = self.texts[here] - self.texts[pred]
                if rank[pred] >= rank[here]:  # what a loop's next turn tests, it tests anew, save for what stays
                    texts = {t for t in texts if t.isidentifier() and t not in self.changed[here]}
                elif kills[pred]:
                    texts = {t for t in texts if kills[pred].isdisjoint(_WORDS.findall(t))}
                if more or texts:
                    self.variables[pred] |= more
                    self.texts[pred] |= texts
                    work.append(pred)

    def _scan(self, steps: list[Expr], cond: Expr | None, data: bytes) -> tuple[set[str], set[str], set[str]]:
        use: set[str] = set()
        kill: set[str] = set()
        test: set[str] = set()
        for step in [*steps, cond] if cond is not None else steps:
            target = None
            if step.op == "decl":
                target, read = step.name, step.args
            elif step.op == "assign" and step.name == "=" and step.args[0].op == "id":
                target, read = step.args[0].name, step.args[1:]
            else:
                read = (step,)
            for part in read:
                lent = {id(arg) for call in walk(part) if call.op == "call" for arg in call.args}  # until it returns
                for expr in walk(part):
                    if expr.op == "id" and expr.name not in kill:
                        use.add(expr.name)
                    elif expr.op == "addr" and expr.args[0].op == "id" and id(expr) not in lent:
                        self.addressed.add(expr.args[0].name)
                    elif expr.op in ("and", "or", "not", "cond"):
                        test.update(text(leaf, data) for leaf in leaves(expr))
            if target is not None:
                kill.add(target)
        if cond is not None:
            test.update(text(leaf, data) for leaf in leaves(cond))
        return use, kill, test


def _changed(cfg: CFG, loops: dict[int, list[int]]) -> dict[int, set[str]]:
    """Return the names that the blocks of each loop assign to; some blocks behind it may count to it.

    ``loops`` gives the blocks that lead to each loop's head.
    """
    blocks = cfg.blocks if loops else []
    written = [(cfg.rank[block.index], names) for block in blocks if (names := _written(block))]
    changed: dict[int, set[str]] = {}
    for head, preds in loops.items():
        last = max(cfg.rank[p] for p in preds)
        changed[head] = {name for rank, names in written if cfg.rank[head] <= rank <= last for name in names}
    return changed


def _written(block: Block) -> list[str]:
    """Return the names that a block assigns to."""
    found: set[str] = set()
    for expr in (e for step in [*block.steps, block.cond] if step is not None for e in walk(step)):
        if expr.op == "decl":
            found.add(expr.name)
        elif expr.op in ("assign", "inc") and expr.args[0].op == "id":
            found.add(expr.args[0].name)
    return sorted(found)


def _repeated(cfg: CFG, data: bytes) -> frozenset[str]:
    seen: set[str] = set()
    twice: set[str] = set()
    for block in cfg.blocks:
        conds = [e.args[0] if e.op == "cond" else e for step in block.steps for e in walk(step) if e.op in _LOGIC]
        if block.kind == "branch" and block.cond is not None:
            conds.append(block.cond)
        for leaf in {text(leaf, data) for cond in conds for leaf in leaves(cond)}:
            (twice if leaf in seen else seen).add(leaf)
    return frozenset(twice)


_WORDS = re.compile(r"[A-Za-z_]\w*")
_LOGIC = frozenset(("and", "or", "not", "cond"))


def leaves(cond: Expr) -> list[Expr]:
    """Return the conditions that &&, ||, ! and ?: are made of."""
    found, stack = [], [cond]
    while stack:
        here = stack.pop()
        if here.op in ("and", "or", "not"):
            stack.extend(here.args)
        elif here.op == "cond":
            stack.append(here.args[0])
        else:
            found.append(here)
    return found


def text(expr: Expr, data: bytes) -> str:
    """Return the expression's source text without white space; ``a != b`` asks what ``a == b`` asks."""
    if expr.label is None and expr.op == "bin" and expr.name == "!=":
        expr.label = "==".join(text(arg, data) for arg in expr.args)
    elif expr.label is None:
        expr.label = b"".join(data[expr.start : expr.end].split()).decode("utf-8", "replace")
    return expr.label


def names(expr: Expr) -> set[str]:
    """Return the identifiers in an expression."""
    return {e.name for e in walk(expr) if e.op == "id"}
