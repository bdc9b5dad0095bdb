"""What in a function matters for its entries: everything else would only multiply states."""

from collections.abc import Callable

from anonlint.flow.ir import CFG, Expr, walk
from anonlint.flow.liveness import leaves, names, text
from anonlint.flow.words import Dictionary

Helper = Callable[[str], bool]  # whether a name is a function that would be run in place of its call
_MAKES = frozenset(("constructor:R",))
_ACTS = frozenset(
    (
        "constructor",
        "raw-constructor",
        "store",
        "take",
        "clear",
        "rmap-add",
        "rmap-share",
        "make-present",
        "page-of",
        "convert",
        "hand-over",
        "store-marker",
        "rmap-remove",
    )
)
_LOGIC = ("and", "or", "not", "cond")
_ENTRY_TYPES = ("pte_t", "pmd_t", "swp_entry_t", "softleaf_t", "leaf_entry_t", "struct page", "struct folio")


class Relevance:
    """What matters in one function.

    ``makers`` and ``actors`` are the texts of the conditions that enclose the making of a readable entry,
    and anything done to an entry or its page. ``telling`` are the variables whose value can decide
    anything about an entry, ``inner`` the same when the caller looks at the returned value. ``ored``
    maps a variable to the named bits that the function itself ORs into it, ``looked`` are the variables that get the
    page of a mapped entry. ``worth`` says whether the
    function, as a helper, can tell or do anything about an entry. Every condition
    may prove something, so that all of them are kept.
    """

    __slots__ = ("actors", "asks_cow", "inner", "looked", "makers", "ored", "telling", "worth")

    def __init__(self, cfg: CFG, data: bytes, dictionary: Dictionary, helper: Helper) -> None:
        self.makers = _guards(cfg, dictionary, _MAKES, _nothing)
        self.actors = _conditions(cfg, data)
        self.ored = _ored_bits(cfg)
        self.asks_cow = _asks_cow(cfg, dictionary)
        flow = _Flow(cfg, data, dictionary, helper, self.actors)
        self.telling = flow.close(flow.seeds)
        self.inner = flow.close(flow.seeds | flow.returned)
        self.looked = frozenset(flow.looked)
        self.worth = _worth_running(cfg, dictionary)


class _Flow:
    """Which variables flow where: ``seeds`` reach something that matters at once."""

    def __init__(
        self,
        cfg: CFG,
        data: bytes,
        dictionary: Dictionary,
        helper: Helper,
        actors: frozenset[str],
    ) -> None:
        self.cfg = cfg
        self.data = data
        self.dictionary = dictionary
        self.helper = helper
        self.actors = actors
        self.seeds: set[str] = set()
        self.returned: set[str] = set()
        self.counters: set[str] = set()
        self.looked: set[str] = set()
        self.flows: list[tuple[str, set[str]]] = []
        for block in cfg.blocks:
            for step in block.steps:
                self.expression(step)
            if block.cond is not None:
                self.expression(block.cond)
                if block.kind == "return":
                    self.returned |= names(block.cond)
                elif block.kind == "branch":
                    self.condition(block.cond)
                else:
                    self.seeds |= names(block.cond)

    def expression(self, step: Expr) -> None:
        """Note what an expression does with variables."""
        for expr in walk(step):
            if expr.op == "call":
                self.call(expr)
            elif expr.op in ("and", "or", "not", "cond"):
                self.condition(expr)
            elif expr.op == "decl" and expr.args:
                self.flow(expr.name, expr.args[0])
            elif expr.op == "assign" and expr.args[0].op == "id":
                self.flow(expr.args[0].name, expr.args[1])
            elif expr.op == "assign":
                self.seeds |= names(expr)
            if _counts(expr, self.cfg):
                self.counters.add(expr.args[0].name)

    def flow(self, target: str, source: Expr) -> None:
        """Note what a variable is made of; one that answers for the configuration decides what entries there are."""
        self.flows.append((target, names(source)))
        for expr in walk(source):
            op = self.dictionary.op(expr.name, len(expr.args)) if expr.op == "call" else None
            if op is not None and op.cls in ("config-test", "present-page", "map", "lock"):
                self.seeds.add(target)
            if (op is not None and op.cls == "present-page") or (op is None and self.looks_up(expr)):
                self.looked.add(target)

    def looks_up(self, expr: Expr) -> bool:
        """Return whether a helper is handed an entry by value: what it returns, or does not, tells of that."""
        given = {self.cfg.types.get(arg.name, "") for arg in expr.args if arg.op == "id"}
        found = not given.isdisjoint(("pte_t", "pmd_t")) or any(arg.op == "deref" for arg in expr.args)
        return expr.op == "call" and found and self.helper(expr.name)

    def call(self, expr: Expr) -> None:
        """Note the operands that a word's class looks at, and all operands of a helper."""
        op = self.dictionary.op(expr.name, len(expr.args))
        if op is not None:
            for at in op.positions.values():
                if 0 <= at < len(expr.args):
                    self.seeds |= names(expr.args[at])
        elif self.helper(expr.name):
            for arg in expr.args:
                self.seeds |= names(arg)

    def condition(self, cond: Expr) -> None:
        """Note the variables of conditions that decide about something done to an entry."""
        for leaf in leaves(cond):
            if text(leaf, self.data) in self.actors:
                self.seeds |= names(leaf)

    def close(self, seeds: set[str]) -> frozenset[str]:
        """Return the seeds and all that flows into them, counters left out, handles of entries put in."""
        handles = {name for name, ctype in self.cfg.types.items() if any(t in ctype for t in _ENTRY_TYPES)}
        found = seeds | handles
        grown = True
        while grown:
            more = {name for target, read in self.flows if target in found for name in read} - found
            found |= more
            grown = bool(more)
        return frozenset(found - self.counters)


def _conditions(cfg: CFG, data: bytes) -> frozenset[str]:
    """Return the texts of all conditions."""
    found: set[str] = set()
    for block in cfg.blocks:
        conds = [e.args[0] if e.op == "cond" else e for s in block.steps for e in walk(s) if e.op in _LOGIC]
        if block.cond is not None:
            conds.append(block.cond)
            conds += [e for e in walk(block.cond) if e.op in _LOGIC]
        found.update(text(leaf, data) for cond in conds for leaf in leaves(cond))
    return frozenset(found)


def _guards(cfg: CFG, dictionary: Dictionary, classes: frozenset[str], helper: Helper) -> frozenset[str]:
    """Return the conditions that enclose a word of the given classes, or a helper that may hold one."""
    found: set[str] = set()
    for block in cfg.blocks:
        if block.guards - found and any(_uses(step, dictionary, classes, helper) for step in block.steps):
            found |= block.guards
    return frozenset(found)


def _uses(step: Expr, dictionary: Dictionary, classes: frozenset[str], helper: Helper) -> bool:
    acts = classes is _ACTS
    for expr in walk(step):
        if expr.op == "call":
            op = dictionary.op(expr.name, len(expr.args))
            if op is None:
                if helper(expr.name):
                    return True
            elif (
                op.cls in classes
                or f"{op.cls}:{op.meaning.get('kind')}" in classes
                or (acts and op.meaning.get("bit") == "write")
            ):
                return True
        elif acts and expr.op == "assign" and expr.name == "|=":
            return True
    return False


def _nothing(_name: str) -> bool:
    """Count no helper."""
    return False


def _worth_running(cfg: CFG, dictionary: Dictionary) -> bool:
    """Return whether a helper can tell or do anything about an entry.

    Whoever finds slots of his own is judged for himself.
    """
    if any(_finds(e, dictionary) for b in cfg.blocks for e in (*b.steps, b.cond) if e is not None):
        return False
    types = [cfg.types.get(name, "") for name in cfg.params]
    entry = any(known in t for t in types for known in (*_ENTRY_TYPES, "macro_t"))
    asks = any("vm_area_struct" in t or "flags" in t or "long" in t for t in types) and len(cfg.blocks) < 8
    acts = any(_uses(step, dictionary, _ACTS, _nothing) for block in cfg.blocks for step in block.steps)
    return not cfg.pointer and (entry or asks or (acts and cfg.name in dictionary)) and (acts or not cfg.void)


def _finds(step: Expr, dictionary: Dictionary) -> bool:
    """Return whether a page table slot is looked up."""
    for expr in walk(step):
        op = dictionary.op(expr.name, len(expr.args)) if expr.op == "call" else None
        if op is not None and (op.cls == "walk" or op.meaning.get("returns") in ("ptep", "pmdp", "pudp")):
            return True
    return False


def _asks_cow(cfg: CFG, dictionary: Dictionary) -> bool:
    """Return whether the function asks, in any spelling, whether the mapping is a COW mapping."""
    for block in cfg.blocks:
        for top in block.steps if block.cond is None else [*block.steps, block.cond]:
            for expr in walk(top):
                if expr.op == "id" and expr.name == "VM_MAYWRITE":
                    return True
                if expr.op == "call":
                    op = dictionary.op(expr.name, len(expr.args))
                    if op is not None and op.cls == "cow-test":
                        return True
    return False


def _ored_bits(cfg: CFG) -> dict[str, set[str]]:
    """Return, for each variable, the named bits that the function itself ORs into it."""
    found: dict[str, set[str]] = {}
    for block in cfg.blocks:
        for step in block.steps:
            for expr in walk(step):
                if expr.op == "assign" and expr.name == "|=" and expr.args[0].op == "id":
                    bits = {e.name for e in walk(expr.args[1]) if e.op == "num" or (e.op == "id" and e.name.isupper())}
                    found.setdefault(expr.args[0].name, set()).update(bits)
    return found


def _counts(expr: Expr, cfg: CFG) -> bool:
    """Return whether an expression moves a variable that is no pointer."""
    moves = expr.op == "inc" or (expr.op == "assign" and expr.name not in ("=", "|=", "&="))
    return moves and expr.args[0].op == "id" and not cfg.types.get(expr.args[0].name, "*").endswith("*")
