"""What can decide anything about an entry: variables, and branches; everything else only multiplies states."""

from collections.abc import Callable, Container
from functools import partial
from typing import NamedTuple

from anonlint.graph.inert import Branches
from anonlint.graph.ir import CFG, Block, Expr, walk
from anonlint.graph.liveness import Liveness, names
from anonlint.words.dictionary import Dictionary
from anonlint.words.idle import decisive, idle_steps

Helper = Callable[[str], bool]  # whether a name is a function that would be run in place of its call
ENTRY_TYPES = ("pte_t", "pmd_t", "swp_entry_t", "softleaf_t", "leaf_entry_t", "struct page", "struct folio")


class Matters(NamedTuple):
    """What matters in a function: ``telling`` are the variables whose value can decide anything about an entry.

    ``mute`` are elements of what was handed in that are written and never read; ``skips`` are the branches (blocks)
    that decide about nothing of that kind, with the block where their arms meet; ``looked`` are the variables that get
    the page of a mapped entry, or what a helper returns: whether they are 0 tells.
    """

    telling: frozenset[str]
    mute: frozenset[str]
    skips: dict[int, int]
    looked: frozenset[str]


NOTHING_MATTERS = Matters(frozenset(), frozenset(), {}, frozenset())


def matters(cfg: CFG, live: Liveness, dictionary: Dictionary, helper: Helper, *, returned: bool) -> Matters:
    """Find what matters: a branch that decides about nothing makes its variables matter less, and so on.

    ``returned`` says that somebody looks at what the function returns.
    """
    elements = _elements(cfg)
    branches = Branches(cfg)
    skips: dict[int, int] = {}
    while True:
        flow = _Flow(cfg, dictionary, helper, elements, skips)
        telling = flow.close(flow.seeds | flow.returned if returned else flow.seeds)
        mute = (cfg.types.keys() | elements) - telling
        acts = partial(_acts, types=cfg.types, dictionary=dictionary, helper=helper, telling=telling, mute=mute)
        called = returned or dictionary.promises(cfg.name)
        found = _idle_branches(branches, cfg, live, dictionary, acts, called=called)
        if found.keys() <= skips.keys():
            looked = flow.looked | flow.results if returned else flow.looked
            return Matters(telling, elements - telling, skips, frozenset(looked))
        skips = found


def _idle_branches(
    branches: Branches, cfg: CFG, live: Liveness, dictionary: Dictionary, acts: Callable[..., bool], *, called: bool
) -> dict[int, int]:
    """Return the most branches that decide about nothing but numbers which nothing else depends on."""
    found = branches.inert(partial(acts, idle=idle_steps(cfg, live, None, {})))
    while True:
        deciding = decisive(cfg, live, dictionary, found, called=called)
        idle = branches.inert(partial(acts, idle=idle_steps(cfg, live, deciding, found)))
        fewer = {branch: meet for branch, meet in idle.items() if branch in found}
        if len(fewer) == len(found):
            return found
        found = fewer


def element_of(place: Expr) -> str:
    """Return a name for what a place is an element of, an array or what a pointer leads to: ``*p``; "" for others."""
    return "*" + place.args[0].name if place.op in ("index", "deref") and place.args[0].op == "id" else ""


def _elements(cfg: CFG) -> frozenset[str]:
    """Return the elements that are only ever reached by one name, a parameter's: no slots, pages or structures."""
    tops = (top for block in cfg.blocks for top in (*block.steps, *([block.cond] if block.cond else ())))
    changed = {e.args[0].name for top in tops for e in walk(top) if e.op in ("assign", "inc", "addr")}
    plain = (name for name in cfg.params if not any(t in cfg.types[name] for t in ("struct", *ENTRY_TYPES)))
    return frozenset("*" + name for name in plain if name not in changed)


def _reads(expr: Expr) -> set[str]:
    """Return the variables that an expression reads, and those of whose elements it reads one, as ``*p``."""
    return names(expr) | {name for e in walk(expr) if (name := element_of(e))}


def _acts(
    block: Block,
    types: dict[str, str],
    dictionary: Dictionary,
    helper: Helper,
    telling: frozenset[str],
    mute: set[str],
    idle: Callable[[int], Container[int]],
) -> bool:
    """Return whether a block, or the question at its end, does anything that a state shows."""
    silent = idle(block.index)
    for at, top in enumerate(block.steps if block.cond is None else [*block.steps, block.cond]):
        for expr in walk(top):
            if expr is top and at in silent:
                continue
            if expr.op in ("opaque", "icall") or (expr.op == "decl" and expr.name in telling):
                return True
            if expr.op in ("assign", "inc"):
                place = expr.args[0]
                if (place.name if place.op == "id" else element_of(place)) not in mute:
                    return True
            if expr.op == "call" and _may_act(expr, types, dictionary, helper, telling):
                return True
    return False


def _may_act(
    call: Expr, types: dict[str, str], dictionary: Dictionary, helper: Helper, telling: frozenset[str]
) -> bool:
    """Return whether a call may do something to an entry: a word, a helper, or a stranger that is handed one."""
    if dictionary.op(call.name, len(call.args)) is not None or helper(call.name):
        return True
    given = {name for arg in call.args for name in names(arg)}
    if any(t in types.get(name, "") for name in given for t in ENTRY_TYPES):
        return True
    return any(e.op == "addr" and not names(e).isdisjoint(telling) for arg in call.args for e in walk(arg))


_KEEPING = ("=", "|=", "&=")  # assignments after which a variable is made of what is assigned
_ENTRY_OR_SLOT = frozenset(("pte_t", "pmd_t", "pte_t*", "pmd_t*"))


class _Flow:
    """Which variables flow where: ``seeds`` reach something that matters at once."""

    def __init__(
        self, cfg: CFG, dictionary: Dictionary, helper: Helper, elements: Container[str], skips: Container[int]
    ) -> None:
        self.cfg = cfg
        self.dictionary = dictionary
        self.helper = helper
        self.elements = elements
        self.seeds: set[str] = set()
        self.returned = {"*" + name for name in cfg.params}  # and what is left behind a pointer
        self.counters: set[str] = set()
        self.looked: set[str] = set()
        self.results: set[str] = set()  # variables that are returned as they are
        self.read: set[str] = set()
        self.flows: list[tuple[str, set[str]]] = []
        for block in cfg.blocks:
            for step in block.steps:
                self.expression(step)
            if block.cond is not None:
                self.expression(block.cond)
                if block.kind == "return":
                    self.returned |= _reads(block.cond)
                    self.results |= {block.cond.name} if block.cond.op == "id" else set()
                elif block.index not in skips:
                    self.seeds |= _reads(_last(block.cond))

    def expression(self, step: Expr) -> None:
        """Note what an expression does with variables."""
        self.read |= names(step)
        for expr in walk(step):
            if expr.op == "call":
                self.call(expr)
            elif expr.op == "cond" or (expr.op in ("and", "or") and any(e.op == "call" for e in walk(expr.args[1]))):
                self.seeds |= _reads(expr.args[0])
            elif expr.op == "decl" and expr.args:
                self.flow(expr.name, expr.args[0])
            elif expr.op == "assign" and expr.args[0].op == "id":
                if expr.name in _KEEPING:  # by how much a pointer moves on is no matter
                    self.flow(expr.args[0].name, expr.args[1])
            elif expr.op == "assign":
                name = element_of(expr.args[0])
                if name in self.elements:
                    self.flow(name, expr)
                else:
                    self.seeds |= _reads(expr)
            if _counts(expr, self.cfg):
                self.counters.add(expr.args[0].name)

    def flow(self, target: str, source: Expr) -> None:
        """Note what a variable is made of; one that answers for the configuration decides what entries there are."""
        self.flows.append((target, _reads(source)))
        for expr in walk(source):
            op = self.dictionary.op(expr.name, len(expr.args)) if expr.op == "call" else None
            if op is not None and op.cls in ("config-test", "present-page", "map", "lock"):
                self.seeds.add(target)
            if (op is not None and op.cls == "present-page") or (op is None and self.looks_up(expr)):
                self.looked.add(target)

    def looks_up(self, expr: Expr) -> bool:
        """Return whether a helper is handed an entry, or its slot: what it returns, or does not, tells of that."""
        given = {self.cfg.types.get(arg.name, "") for arg in expr.args if arg.op == "id"}
        found = not given.isdisjoint(_ENTRY_OR_SLOT) or any(arg.op == "deref" for arg in expr.args)
        return expr.op == "call" and found and self.helper(expr.name)

    def call(self, expr: Expr) -> None:
        """Note the operands that a word's class looks at, and all operands of a helper."""
        op = self.dictionary.op(expr.name, len(expr.args))
        if op is not None:
            for at in op.positions.values():
                if 0 <= at < len(expr.args):
                    self.seeds |= _reads(expr.args[at])
        elif self.helper(expr.name):
            for arg in expr.args:
                self.seeds |= _reads(arg) | {"*" + name for name in names(arg)}

    def close(self, seeds: set[str]) -> frozenset[str]:
        """Return the seeds and all that flows into them, counters left out, handles of entries that are read put in."""
        handles = {name for name, ctype in self.cfg.types.items() if any(t in ctype for t in ENTRY_TYPES)}
        found = seeds | (handles & self.read)
        grown = True
        while grown:
            more = {name for target, read in self.flows if target in found for name in read} - found
            found |= more
            grown = bool(more)
        return frozenset(found - self.counters)


def _last(cond: Expr) -> Expr:
    """Return what a condition asks: of operands with commas between them the last one."""
    while cond.op == "comma":
        cond = cond.args[-1]
    return cond


def _counts(expr: Expr, cfg: CFG) -> bool:
    """Return whether an expression moves a variable that is no pointer."""
    moves = expr.op == "inc" or (expr.op == "assign" and expr.name not in _KEEPING)
    return moves and expr.args[0].op == "id" and not cfg.types.get(expr.args[0].name, "*").endswith("*")
