"""What a block may still read: variables, and conditions that may be tested again.

States that differ only in what nothing reads any more are equal, and equal states merge; that is
what keeps execution over all entry states small.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from anonlint.graph.ir import CFG, OPTION, Block, Expr, walk


class Reads(NamedTuple):
    """What a step reads: ``always``, or for nothing but what it assigns to ``target``.

    ``keeps`` says that some of the target's old value is in its new one (``|=``).
    """

    always: frozenset[str]
    target: str = ""
    for_it: frozenset[str] = frozenset()
    keeps: bool = False


class Liveness:
    """What each block, and the function as a whole, may still read.

    ``variables[b]`` and ``texts[b]`` are the names read and the condition texts tested at or after block
    ``b``; a name that is read only for the value of one that nothing reads is not among them, and of a structure with a
    name the members that are read are (``s.m``). ``joins[b]`` and
    ``loops[b]`` say whether several edges, or an edge back, lead to it, ``turns[b]`` whether it may be run again once
    it was run, and ``changed[b]`` are the names that a loop that begins there assigns to.
    ``repeated`` are the condition texts that are tested in more than one place: only those can
    contradict each other. ``reads`` and ``asked`` are what each block's steps and its end read.
    """

    __slots__ = (
        "_after",
        "_preds",
        "_rank",
        "_targets",
        "addressed",
        "asked",
        "assigned",
        "changed",
        "joins",
        "loops",
        "reads",
        "repeated",
        "texts",
        "turns",
        "variables",
    )

    def __init__(self, cfg: CFG, data: bytes) -> None:
        count = len(cfg.blocks)
        kills: list[set[str]] = []
        tests: list[set[str]] = []
        self.addressed: set[str] = set()
        for block in cfg.blocks:
            kill, test = self._scan(block.steps, block.cond if block.kind == "branch" else None, data)
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
        self.turns = _turns(cfg, preds)
        self.changed = _changed(cfg, {i: preds[i] for i, loop in enumerate(self.loops) if loop})
        self.repeated = _repeated(cfg, data)
        self.texts = [set(t) for t in tests]
        self._spread(preds, kills, cfg.rank)
        self._targets = [block.targets for block in cfg.blocks]
        self._preds, self._rank = preds, cfg.rank
        self.reads = [[_reads(step) for step in block.steps] for block in cfg.blocks]
        self.assigned = {step.target for block in self.reads for step in block if step.target}
        self.asked = [_asked(block) for block in cfg.blocks]
        self.variables = self.within(self.reads, self.asked)
        self._after = [
            set(asked).union(*(self.variables[target] for target in block.targets))
            for block, asked in zip(cfg.blocks, self.asked, strict=True)
        ]

    def within(self, reads: list[list[Reads]], asked: list[set[str]]) -> list[set[str]]:
        """Return the names that are live at the beginning of each block, by what its steps and its end read."""
        after = [set(read) for read in asked]
        live: list[set[str]] = [set() for _ in after]
        work = sorted(range(len(after)), key=self._rank.__getitem__)
        waiting = set(work)
        while work:
            here = work.pop()
            waiting.discard(here)
            before = _before(reads[here], after[here])
            if before == live[here]:
                continue
            live[here] = before
            for pred in self._preds[here]:
                if not before <= after[pred]:
                    after[pred] |= before
                    if pred not in waiting:
                        waiting.add(pred)
                        work.append(pred)
        return live

    def behind(self, index: int, step: int) -> set[str]:
        """Return the names that are live once a step of a block, or the question at its end, has been evaluated."""
        return _before(self.reads[index][step + 1 :], self._after[index])

    def during(self, index: int, step: int, expr: Expr) -> set[str]:
        """Return the names that are live while a step of a block, or the question at its end, is evaluated."""
        live = self.behind(index, step)
        read = _reads(expr)
        if not read.keeps:
            live.discard(read.target)
        return live.union(read.always, read.for_it, (read.target,) if read.keeps else ())

    def over(self, index: int, live: list[set[str]], asked: Iterable[str]) -> dict[int, str]:
        """Return the steps of a block that assign to a name which is not live behind them, with that name.

        ``live`` are the names that are live at the beginning of each block, ``asked`` those read at this one's end.
        """
        here = set(asked).union(*(live[target] for target in self._targets[index]))
        found: dict[int, str] = {}
        for at in range(len(self.reads[index]) - 1, -1, -1):
            step = self.reads[index][at]
            if step.target and step.target not in here:
                found[at] = step.target
            here = _before([step], here)
        return found

    def _spread(self, preds: list[list[int]], kills: list[set[str]], rank: list[int]) -> None:
        work = sorted(range(len(preds)), key=rank.__getitem__)
        while work:
            here = work.pop()
            for pred in preds[here]:
                texts = self.texts[here] - self.texts[pred]
                if rank[pred] >= rank[here]:  # what a loop's next turn tests, it tests anew, save for what stays
                    texts = {t for t in texts if stays(t, self.changed[here])}
                elif kills[pred]:
                    texts = {t for t in texts if kills[pred].isdisjoint(_WORDS.findall(t))}
                if texts:
                    self.texts[pred] |= texts
                    work.append(pred)

    def _scan(self, steps: list[Expr], cond: Expr | None, data: bytes) -> tuple[set[str], set[str]]:
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
                # Until a call returns, or for no more than a member.
                lent = {id(arg) for e in walk(part) if e.op in ("call", "field") for arg in e.args}
                for expr in walk(part):
                    if expr.op == "addr" and id(expr) not in lent:
                        self.addressed.update(_read(expr.args[0]))
                    elif expr.op in ("and", "or", "not", "cond"):
                        test.update(text(leaf, data) for leaf in leaves(expr))
            if target is not None:
                kill.add(target)
        if cond is not None:
            test.update(text(leaf, data) for leaf in leaves(cond))
        return kill, test


_NOTHING: frozenset[str] = frozenset()
_PLAIN = frozenset(("id", "num", "bin", "unary", "cast"))  # what does nothing but give a value


def _before(reads: list[Reads], after: set[str]) -> set[str]:
    """Return the names that are live before some steps, of those that are behind them."""
    live = set(after)
    for step in reversed(reads):
        if step.target in live:
            if not step.keeps:
                live.discard(step.target)
            live |= step.for_it
        live |= step.always
    return live


def _reads(step: Expr) -> Reads:
    if step.op == "decl":
        return _assigning(step.name, step.args, keeps=False)
    if step.op == "assign" and step.args[0].op == "id":
        return _assigning(step.args[0].name, step.args[1:], keeps=step.name != "=")
    if step.op == "assign" and (member := _member(step.args[0])):
        return _assigning(member, step.args[1:], keeps=step.name != "=")
    if step.op == "inc" and step.args[0].op == "id":
        return Reads(_NOTHING, step.args[0].name, keeps=True)
    return Reads(frozenset(_read(step)))


def _member(place: Expr) -> str:
    """Return ``s.m`` for a member of a structure that has a name, "" for what a pointer leads to."""
    inner = place.args[0] if place.op == "field" else None
    named = inner is not None and inner.op == "addr" and inner.args[0].op == "id"
    return f"{inner.args[0].name}.{place.name}" if inner is not None and named else ""


def _read(expr: Expr) -> Iterator[str]:
    """Yield the names that an expression reads; of a structure of which it reads a member that member."""
    if expr.op == "id":
        yield expr.name
    elif member := _member(expr):
        yield member
    else:
        for arg in expr.args:
            yield from _read(arg)


def _assigning(target: str, values: Iterable[Expr], *, keeps: bool) -> Reads:
    plain = all(expr.op in _PLAIN for value in values for expr in walk(value))
    read = frozenset(name for value in values for name in _read(value))
    return Reads(_NOTHING, target, read, keeps) if plain else Reads(read, target, _NOTHING, keeps)


def _asked(block: Block) -> set[str]:
    """Return the names that are read at a block's end."""
    values = [value for case in block.cases for value in case]
    return {name for expr in (*values, *([block.cond] if block.cond is not None else ())) for name in _read(expr)}


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


def _turns(cfg: CFG, preds: list[list[int]]) -> list[bool]:
    """Return which blocks lie, by rank, between the two ends of an edge back: all others are run once."""
    edges = [(cfg.rank[i], cfg.rank[p]) for i, ps in enumerate(preds) for p in ps if cfg.rank[p] >= cfg.rank[i]]
    return [any(first <= rank <= last for first, last in edges) for rank in cfg.rank]


def _written(block: Block) -> list[str]:
    """Return the names that a block assigns to."""
    found: set[str] = set()
    for expr in (e for top in block.tops() for e in walk(top)):
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
        source: Any = data  # of bytes mypyc takes no slice that ends before it begins, or begins before them
        raw: bytes = source[expr.start : expr.end]
        expr.label = b"".join(raw.split()).decode("utf-8", "replace")
    return expr.label


def stays(asked: str, changed: set[str]) -> bool:
    """Return whether a condition's text asks the same in a loop's next turn: a variable, or the configuration."""
    return asked.startswith(OPTION) if not asked.isidentifier() else asked not in changed


def names(expr: Expr) -> set[str]:
    """Return the identifiers in an expression."""
    return {e.name for e in walk(expr) if e.op == "id"}
