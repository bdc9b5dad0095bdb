"""What in a function matters for its entries: everything else would only multiply states."""

from functools import partial

from anonlint.graph.ir import CFG, SLOTS, Expr, walk
from anonlint.graph.liveness import Liveness, names, text
from anonlint.graph.nodes import texts
from anonlint.words.dictionary import SLOT_FOUND, Dictionary, Op
from anonlint.words.matters import ENTRY_TYPES, Helper, Matters, matters

_MAKES = frozenset(("constructor:R",))
ACTS = frozenset(
    (
        "constructor",
        "raw-constructor",
        "store",
        "take",
        "clear",
        "rmap-add",
        "rmap-share",
        "rmap-dup",
        "rmap-move",
        "page-set",
        "page-clear",
        "make-present",
        "page-of",
        "convert",
        "hand-over",
        "store-marker",
        "rmap-remove",
    )
)
_FEW = 8  # blocks of a helper that asks flags or numbers, and nothing else


class Relevance:
    """What matters in one function.

    ``copies`` says that it has two slots of one level at hand: what is read from one may be left in the other.
    ``makers`` are the texts of the conditions that enclose the making of a readable entry. ``alone`` and ``called``
    say what matters when the function is looked at for itself, and when its caller looks at the returned value.
    ``ored`` maps a variable to the named bits that the function itself ORs into it. ``cow_of`` are the names by which
    it asks whether a mapping is a COW mapping.
    """

    def __init__(self, cfg: CFG, live: Liveness, data: bytes, dictionary: Dictionary, helper: Helper) -> None:
        self.makers = _guards(cfg, dictionary, _MAKES, nothing)
        tops = [top for block in cfg.blocks for top in block.tops()]
        parts = [expr for top in tops for expr in walk(top)]
        self.copies = _copies(cfg, parts, data, dictionary)
        self.ored = _ored_bits(cfg)
        self.asks_cow, self.cow_of = _asks_cow(tops, parts, dictionary)
        self._matters = partial(matters, cfg, live, dictionary, helper)
        self._alone: Matters | None = None  # no cached_property: mypyc makes a plain property of it
        self._called: Matters | None = None

    @property
    def alone(self) -> Matters:
        """What matters in the function itself."""
        if self._alone is None:
            self._alone = self._matters(returned=False)
        return self._alone

    @property
    def called(self) -> Matters:
        """What matters in the function as a helper; most are never run as one."""
        if self._called is None:
            self._called = self._matters(returned=True)
        return self._called


def _guards(cfg: CFG, dictionary: Dictionary, classes: frozenset[str], helper: Helper) -> frozenset[str]:
    """Return the conditions that enclose a word of the given classes, or a helper that may hold one."""
    found: set[str] = set()
    for block in cfg.blocks:
        if block.guards and any(uses(step, dictionary, classes, helper) for step in block.steps):
            found |= texts(block.guards)
    return frozenset(found)


def _copies(cfg: CFG, parts: list[Expr], data: bytes, dictionary: Dictionary) -> bool:
    """Return whether there are two slots of one level: pointers to some, and what is handed to words as one."""
    found = {(ctype[:3], name) for name, ctype in cfg.types.items() if ctype in SLOTS}
    for expr in parts:
        op = dictionary.op(expr.name, len(expr.args)) if expr.op == "call" else None
        at = -1 if op is None else op.at("ptr")
        if op is not None and 0 <= at < len(expr.args) and expr.args[at].op != "id":
            found.add((op.level, text(expr.args[at], data)))
    levels = [level for level, _ in found]
    return len(levels) > len(set(levels))


def uses(step: Expr, dictionary: Dictionary, classes: frozenset[str], helper: Helper) -> bool:
    acts = classes is ACTS
    for expr in walk(step):
        if expr.op == "call":
            op = dictionary.op(expr.name, len(expr.args))
            if op is None:
                if helper(expr.name):
                    return True
            elif (
                op.cls in classes
                or (acts and op.meaning.get("bit") == "write")
                or (not acts and f"{op.cls}:{op.meaning.get('kind')}" in classes)
            ):
                return True
        elif acts and expr.op == "assign" and expr.name == "|=":
            return True
    return False


def nothing(_name: str) -> bool:
    """Count no helper."""
    return False


def is_worth_running(cfg: CFG, dictionary: Dictionary) -> bool:
    """Return whether a helper can tell or do anything about an entry.

    Whoever finds slots of his own is judged for himself.
    """
    types = [cfg.types.get(name, "") for name in cfg.params]
    handed = any(known in t for t in types for known in (*ENTRY_TYPES, "macro_t"))
    if not handed and len(cfg.blocks) < _FEW:
        handed = any("vm_area_struct" in t or "flags" in t or "long" in t for t in types)
    if cfg.pointer or not (handed or cfg.name in dictionary):
        return False
    if any(_finds(top, dictionary) for block in cfg.blocks for top in block.tops()):
        return False
    if handed and not cfg.void:
        return True
    acts = any(uses(step, dictionary, ACTS, nothing) for block in cfg.blocks for step in block.steps)
    return acts or (cfg.void and any(_gives_back(step, cfg) for block in cfg.blocks for step in block.steps))


def asks_mapping(cfg: CFG) -> bool:
    """Return whether a helper is handed a mapping and answers something."""
    return not (cfg.pointer or cfg.void) and any("vm_area_struct" in cfg.types[p] for p in cfg.params)


def _gives_back(step: Expr, cfg: CFG) -> bool:
    """Return whether an entry is put behind a pointer that was handed in."""
    places = [expr.args[0] for expr in walk(step) if expr.op == "assign" and expr.args[0].op == "deref"]
    return any(p.args[0].op == "id" and cfg.types.get(p.args[0].name) in _ENTRY_POINTERS for p in places)


_ENTRY_POINTERS = frozenset(("pte_t*", "pmd_t*", "swp_entry_t*", "softleaf_t*"))


def _finds(step: Expr, dictionary: Dictionary) -> bool:
    """Return whether a page table slot is looked up."""
    for expr in walk(step):
        op = dictionary.op(expr.name, len(expr.args)) if expr.op == "call" else None
        if op is not None and (op.cls == "walk" or op.meaning.get("returns") in SLOT_FOUND):
            return True
    return False


def _asks_cow(tops: list[Expr], parts: list[Expr], dictionary: Dictionary) -> tuple[bool, frozenset[str]]:
    """Return whether the function asks, in any spelling, if a mapping is a COW mapping, and the names it does it by."""
    words = {(e.name, len(e.args)) for e in parts if e.op == "id" or e.op == "call"}
    asking = {word for word in words if _is_cow_test(dictionary.op(*word))}
    by: set[str] = set()
    for top in tops if asking else ():
        if any((e.name, len(e.args)) in asking for e in walk(top) if e.op == "id" or e.op == "call"):
            by |= names(top)
    return bool(asking), frozenset(by)


def _is_cow_test(op: Op | None) -> bool:
    return op is not None and (op.cls == "cow-test" or op.meaning.get("cow") == "1")


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
