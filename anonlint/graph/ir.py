"""A function as the executor sees it: expressions, and a control-flow graph with conditions on its edges."""

from typing import Any

from anonlint.model.source import Span

OPTION = "IS_ENABLED("  # how the text of a condition begins that asks for an option of the configuration
SLOT_POINTERS = frozenset(("pte_t*", "pmd_t*"))  # the types of pointers to page table slots
SLOTS = SLOT_POINTERS | {"pud_t*"}  # with those of the level above


class Expr:
    """One C expression, reduced to what execution needs.

    ``op`` is one of: id num str call icall field deref addr index not unary bin and or cond assign
    inc comma decl opaque config. ``name`` is the identifier, callee, member, operator, declared type or option;
    ``args`` are the operands. ``start`` and ``end`` are byte offsets into the Source. ``label`` is the
    source text without white space once somebody has asked for it.
    """

    __slots__ = ("_span", "args", "end", "label", "name", "op", "start")

    def __init__(self, op: str, name: str, args: "tuple[Expr, ...]", start: int, end: int) -> None:
        self.op = op
        self.name = name
        self.args = args
        self.start = start
        self.end = end
        self.label: str | None = None
        self._span: Span | None = None

    @property
    def span(self) -> Span:
        """Where it stands."""
        if self._span is None:
            self._span = Span(self.start, self.end)
        return self._span

    def __repr__(self) -> str:
        """Return a short form for debugging and golden tests."""
        inside = " ".join([self.name, *map(repr, self.args)]).strip()
        return f"({self.op} {inside})"


class Block:
    """A basic block: ``steps`` run in order, then control leaves.

    ``kind`` is "jump" (targets[0]), "branch" (``cond`` true: targets[0], false: targets[1]),
    "switch" (``cond`` against ``cases[i]`` goes to targets[i]; a case of () is the default),
    "return" (``cond`` is the value or None) or "stop" (does not come back). ``guards`` are the nodes
    of the conditions that enclose the block in the source (see nodes.texts).
    """

    __slots__ = ("cases", "cond", "guards", "index", "kind", "steps", "targets")

    def __init__(self, index: int, guards: tuple[Any, ...]) -> None:
        self.index = index
        self.steps: list[Expr] = []
        self.kind = "stop"
        self.cond: Expr | None = None
        self.targets: list[int] = []
        self.cases: list[tuple[Expr, ...]] = []
        self.guards = guards

    def tops(self) -> list[Expr]:
        """Return the steps, and the condition at the end."""
        return self.steps if self.cond is None else [*self.steps, self.cond]

    def expressions(self) -> list[Expr]:
        """Return those, and what a switch compares with."""
        return [*self.tops(), *(value for case in self.cases for value in case)] if self.cases else self.tops()


class CFG:
    """A function's graph. ``blocks[0]`` is the entry; ``types`` maps locals and parameters to C types.

    ``params`` are the parameter names in order, ``loops`` the bodies of loops; ``pointer`` (to something
    other than a page) and ``void`` say what is returned. ``rank``
    orders blocks so that, loops aside, each comes after its predecessors.
    """

    __slots__ = ("blocks", "loops", "name", "params", "pointer", "rank", "types", "void")

    def __init__(
        self,
        name: str,
        blocks: list[Block],
        params: tuple[str, ...],
        types: dict[str, str],
        returns: str,
        loops: tuple[Span, ...] = (),
    ) -> None:
        self.name = name
        self.blocks = blocks
        self.params = params
        self.types = types
        self.loops = loops
        self.pointer = returns.endswith("*") and returns not in ("struct page*", "struct folio*")
        self.void = returns == "void"
        _pass_by_empty(blocks)
        self.rank = _reverse_postorder(blocks)


def _pass_by_empty(blocks: list[Block]) -> None:
    """Lead what goes to a block in which nothing is done on to where that goes; the head of a loop stays.

    Each state would cost a step in it.
    """
    rank = _reverse_postorder(blocks)
    heads = {target for block in blocks for target in block.targets if rank[block.index] >= rank[target]}
    ahead = {
        block.index: block.targets[0]
        for block in blocks
        if block.kind == "jump" and not block.steps and block.index not in heads
    }
    for block in blocks:
        for at, target in enumerate(block.targets):
            while target in ahead:
                target = ahead[target]
            block.targets[at] = target


def _reverse_postorder(blocks: list[Block]) -> list[int]:
    """Return each block's rank; unreachable blocks come last."""
    rank = [len(blocks)] * len(blocks)
    seen = {0}
    order: list[int] = []
    stack: list[tuple[int, int]] = [(0, 0)]
    while stack:
        block, child = stack.pop()
        targets = blocks[block].targets
        if child < len(targets):
            stack.append((block, child + 1))
            target = targets[-1 - child]  # the way out of a loop first: its body then ranks before it
            if target not in seen:
                seen.add(target)
                stack.append((target, 0))
        else:
            order.append(block)
    for position, block in enumerate(reversed(order)):
        rank[block] = position
    return rank


def walk(expr: Expr) -> "list[Expr]":
    """Return ``expr`` and everything under it, operands after their operator."""
    found = [expr]
    for here in found:  # it grows meanwhile
        found += here.args
    return found
