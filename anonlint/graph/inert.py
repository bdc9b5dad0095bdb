"""Branches that change nothing for any entry: both arms do only what no state shows, and meet again."""

from collections.abc import Iterable

from anonlint.graph.ir import CFG

_EXIT = -1


class Branches:
    """The branches of a function, and what lies between their arms. Growth: linear, save for loops that nest deeply."""

    def __init__(self, cfg: CFG) -> None:
        self._cfg = cfg
        self._meet: dict[int, int] | None = None  # worked out where it is needed
        self._controls: list[list[int]] = []

    def inert(self, acts: Iterable[int]) -> dict[int, int]:
        """Return, for each branch between whose arms no block ``acts``, the block at which the arms meet.

        A block acts if it, or the question at its end, does anything that a state shows. What is asked at the branch
        itself is for whoever skips its arms.
        """
        work = [*acts, *(block.index for block in self._cfg.blocks if not block.targets)]
        if not self._may_be_inert(set(work)):
            return {}
        meet = self._meet
        if meet is None:
            meet = self._meet = _postdominators(self._cfg)
            self._controls = _controls(self._cfg, meet)
        busy: set[int] = set()
        while work:
            for branch in self._controls[work.pop()]:
                if branch not in busy:
                    busy.add(branch)
                    work.append(branch)
        return {
            block.index: meet[block.index]
            for block in self._cfg.blocks
            if block.kind == "branch" and block.index not in busy and meet.get(block.index, _EXIT) != _EXIT
        }

    def _may_be_inert(self, acts: set[int]) -> bool:
        """Return whether there is a branch of which one arm begins quietly; the other may be where they meet."""
        branches = (block.targets for block in self._cfg.blocks if block.kind == "branch")
        return any(yes == no or yes not in acts or no not in acts for yes, no in branches)


def deciding(cfg: CFG) -> list[list[int]]:
    """Return for each block the branches that decide whether it runs once control comes to them."""
    return _controls(cfg, _postdominators(cfg))


def _controls(cfg: CFG, meet: dict[int, int]) -> list[list[int]]:
    """Return ``deciding(cfg)``; ``meet`` is where the ways from each block meet."""
    controls: list[list[int]] = [[] for _ in cfg.blocks]
    for block in cfg.blocks:
        if len(block.targets) < 2 or block.index not in meet:
            continue
        for target in block.targets:
            here = target
            while here not in (meet[block.index], _EXIT):
                controls[here].append(block.index)
                here = meet.get(here, _EXIT)
    return controls


def _postdominators(cfg: CFG) -> dict[int, int]:
    """Return where all ways from each block meet first (-1: at the end); blocks that never end are left out.

    The algorithm of Cooper, Harvey and Kennedy (A Simple, Fast Dominance Algorithm, 2001), on the graph turned round.
    """
    order = _backwards(cfg)
    number = {index: at for at, index in enumerate(order)}
    meet: dict[int, int] = {_EXIT: _EXIT}
    changed = True
    while changed:
        changed = False
        for index in order[1:]:
            ways = [target for target in cfg.blocks[index].targets or [_EXIT] if target in meet]
            found = ways[0]
            for other in ways[1:]:
                found = _common(found, other, meet, number)
            if meet.get(index) != found:
                meet[index] = found
                changed = True
    return meet


def _common(one: int, other: int, meet: dict[int, int], number: dict[int, int]) -> int:
    while one != other:
        if number[one] > number[other]:
            one = meet[one]
        else:
            other = meet[other]
    return one


def _backwards(cfg: CFG) -> list[int]:
    """Return the blocks from which the end is reached, each, loops aside, after all that it leads to."""
    sources: dict[int, list[int]] = {}
    for block in cfg.blocks:
        for target in block.targets or [_EXIT]:
            sources.setdefault(target, []).append(block.index)
    seen = {_EXIT}
    done: list[int] = []
    stack: list[tuple[int, int]] = [(_EXIT, 0)]
    while stack:
        here, child = stack.pop()
        before = sources.get(here, [])
        if child == len(before):
            done.append(here)
            continue
        stack.append((here, child + 1))
        if before[child] not in seen:
            seen.add(before[child])
            stack.append((before[child], 0))
    return done[::-1]
