"""What is known before each block of a piece: what its locals hold, what was answered on every way there.

And which questions decide whether it runs at all. Lines that the piece leaves out may have changed everything.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple, TypeVar

from anonlint.graph.cfg import UNSEEN
from anonlint.graph.inert import deciding
from anonlint.graph.ir import CFG, Block, Expr, walk
from anonlint.run.asked import Answer, Condition, Local, Question, Reader

_Known = TypeVar("_Known")


class Known(NamedTuple):
    """For each block: its locals at the start, its condition, the answers known there, the questions it hangs on.

    ``headless`` are the questions of ``else if`` whose chain begins out of sight.
    """

    locals: dict[int, dict[str, Local]]
    conditions: dict[int, Condition]
    answers: dict[int, frozenset[Answer]]
    guards: dict[int, frozenset[Question]]
    headless: frozenset[Question]


NOTHING = Known({}, {}, {}, {}, frozenset())


def known(cfg: CFG, reader: Reader) -> Known:
    """Return what is known in a graph; conditions that only stand for what a hunk leaves out are none."""
    nothing: dict[str, Local] = {}
    held = _forwards(cfg, nothing, lambda block, state, _: _behind(block, state), _common)
    conditions = {}
    for block in cfg.blocks:
        if block.cond is not None and block.kind in ("branch", "switch"):
            conditions[block.index] = reader.condition(block.cond, _behind(block, held.get(block.index, {})))
    answers = _forwards(
        cfg,
        frozenset[Answer](),
        lambda block, state, at: _answered(block, state, conditions, at),
        lambda one, other: one & other,
    )
    return Known(held, conditions, answers, _guards(cfg, conditions), _headless(cfg, conditions))


def is_seen(question: Question) -> bool:
    """Return whether a question is one of the text, and does not stand for what a hunk leaves out."""
    return UNSEEN not in question.names


def _forwards(
    cfg: CFG,
    start: _Known,
    through: Callable[[Block, _Known, int], _Known],
    joined: Callable[[_Known, _Known], _Known],
) -> dict[int, _Known]:
    """Return what is known at the start of each block; ``through`` gives it for each way out of one.

    What stands behind a jump, as a hunk may begin with one, is gone through for itself.
    """
    found: dict[int, _Known] = {}
    done: set[int] = set()
    for first in range(len(cfg.blocks)):
        if first in found:
            continue
        found[first] = start
        work = [first]
        mine = {first}
        while work:
            work.sort(key=cfg.rank.__getitem__, reverse=True)
            block = cfg.blocks[work.pop()]
            for at, target in enumerate(block.targets):
                if target in done:
                    continue
                new = through(block, found[block.index], at)
                both = joined(found[target], new) if target in found else new
                if target not in found or both != found[target]:
                    found[target] = both
                    mine.add(target)
                    if target not in work:
                        work.append(target)
        done |= mine
    return found


def _common(one: dict[str, Local], other: dict[str, Local]) -> dict[str, Local]:
    return {
        name: Local(local.value, local.fresh and other[name].fresh)
        for name, local in one.items()
        if name in other and other[name].value is local.value
    }


def _behind(block: Block, state: dict[str, Local]) -> dict[str, Local]:
    for step in block.steps:
        state = after(step, state)
    return state


def after(step: Expr, state: Mapping[str, Local]) -> dict[str, Local]:
    """Return what locals hold behind a step."""
    written = set(_written(step))
    if UNSEEN in written:
        return {}
    found = {}
    for name, local in state.items():
        if name not in written:
            stale = any(e.op == "id" and e.name in written for e in walk(local.value)) if written else False
            found[name] = local._replace(fresh=False) if stale else local
    name, value = _given(step)
    if value is not None and not any(e.op == "id" and e.name == name for e in walk(value)):
        found[name] = Local(value, fresh=True)
    return found


def _given(step: Expr) -> tuple[str, Expr | None]:
    """Return the variable that a step assigns to, and what."""
    if step.op == "decl" and step.args:
        return step.name, step.args[0]
    if step.op == "assign" and step.name == "=" and step.args[0].op == "id":
        return step.args[0].name, step.args[1]
    return "", None


def _written(step: Expr) -> Iterator[str]:
    """Yield the variables that a step may change."""
    for expr in walk(step):
        if expr.op == "decl":
            yield expr.name
        elif expr.op in ("assign", "inc", "addr") and expr.args[0].op == "id":
            yield expr.args[0].name
        elif expr.op == "call" and expr.name == UNSEEN:
            yield UNSEEN


def _answered(
    block: Block, state: frozenset[Answer], conditions: Mapping[int, Condition], at: int
) -> frozenset[Answer]:
    """Return what is known behind a block, on one way out."""
    for step in block.tops():
        state = still(step, state)
    condition = conditions.get(block.index)
    if condition is None or block.kind == "switch" or block.targets[0] == block.targets[1]:
        return state
    return state | {answer for answer in condition.known(yes=at == 0) if is_seen(answer.question)}


def still(step: Expr, answers: frozenset[Answer]) -> frozenset[Answer]:
    """Return the answers that are still true behind a step."""
    written = set(_written(step))
    if UNSEEN in written:
        return frozenset()
    return frozenset(a for a in answers if written.isdisjoint(a.question.names)) if written else answers


def _headless(cfg: CFG, conditions: Mapping[int, Condition]) -> frozenset[Question]:
    """Return what is asked where a question out of sight has been answered no, and before anything is done."""
    chained = _forwards(
        cfg,
        False,
        lambda block, state, at: at == 1 and (_is_out_of_sight(block, conditions) or (state and not block.steps)),
        lambda one, other: one and other,
    )
    asked = (conditions[i] for i, is_in in chained.items() if is_in and i in conditions and not cfg.blocks[i].steps)
    return frozenset(q for condition in asked for q in condition.questions() if is_seen(q))


def _is_out_of_sight(block: Block, conditions: Mapping[int, Condition]) -> bool:
    """Return whether a block asks what a hunk does not show."""
    return block.index in conditions and not all(map(is_seen, conditions[block.index].questions()))


def _guards(cfg: CFG, conditions: Mapping[int, Condition]) -> dict[int, frozenset[Question]]:
    """Return the questions that decide whether each block runs; what a loop asks behind it is for the next turn."""
    controls = deciding(cfg)
    found: dict[int, frozenset[Question]] = {}
    order = sorted(range(len(cfg.blocks)), key=lambda index: (cfg.rank[index], index))
    place = {index: at for at, index in enumerate(order)}
    for block in (cfg.blocks[index] for index in order):
        mine: set[Question] = set()
        for branch in controls[block.index]:
            if place[branch] < place[block.index]:
                mine.update(found.get(branch, ()))
                mine.update(q for q in conditions[branch].questions() if is_seen(q)) if branch in conditions else None
        found[block.index] = frozenset(mine)
    return found
