"""What can decide anything about an entry: variables, and branches; everything else only multiplies states."""

from collections.abc import Callable, Container, Iterable, Mapping
from typing import NamedTuple

from anonlint.graph.inert import Branches
from anonlint.graph.ir import CFG, Expr, walk
from anonlint.graph.liveness import Liveness, names
from anonlint.words.dictionary import Dictionary
from anonlint.words.idle import Idle, decisive, is_number

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
    flow = _Flow(cfg, dictionary, helper)
    branches = Branches(cfg)
    called = returned or dictionary.promises(cfg.name)
    skips: dict[int, int] = {}
    while True:
        telling = flow.telling(skips, returned=returned)
        found = _idle_branches(branches, live, dictionary, flow.acting(telling, live), cfg, called=called)
        if found.keys() <= skips.keys():
            looked = flow.looked | flow.results if returned else flow.looked
            return Matters(telling, flow.elements - telling, skips, frozenset(looked))
        skips = found


Acting = tuple[list[int], dict[int, list[int]]]


def _idle_branches(
    branches: Branches, live: Liveness, dictionary: Dictionary, acting: Acting, cfg: CFG, *, called: bool
) -> dict[int, int]:
    """Return the most branches that decide about nothing but numbers which nothing else depends on.

    ``acting`` are the blocks that do what a state shows, and those that do so if one of some steps is not idle.
    """
    acts, doubtful = acting
    nothing: list[set[str]] = [set()] * len(cfg.blocks)
    found = branches.inert([*acts, *_busy(doubtful, Idle(cfg, live, nothing, None))])
    while found and doubtful:
        deciding = decisive(cfg, live, dictionary, found, called=called)
        idle = branches.inert([*acts, *_busy(doubtful, Idle(cfg, live, deciding, found))])
        fewer = {branch: meet for branch, meet in idle.items() if branch in found}
        if len(fewer) == len(found):
            break
        found = fewer
    return found


def _busy(doubtful: Mapping[int, list[int]], idle: Idle) -> list[int]:
    """Return the blocks of which one of the given steps is not idle."""
    return [index for index, steps in doubtful.items() if not idle.steps(index).issuperset(steps)]


def element_of(place: Expr) -> str:
    """Return a name for what a place is an element of, an array or what a pointer leads to: ``*p``; "" for others."""
    return "*" + place.args[0].name if place.op in ("index", "deref") and place.args[0].op == "id" else ""


def _elements(cfg: CFG, changed: Container[str]) -> frozenset[str]:
    """Return the elements that are only ever reached by one name, a parameter's: no slots, pages or structures."""
    plain = (name for name in cfg.params if not any(t in cfg.types[name] for t in ("struct", *ENTRY_TYPES)))
    return frozenset("*" + name for name in plain if name not in changed)


def _reads(expr: Expr) -> set[str]:
    """Return the variables that an expression reads, and those of whose elements it reads one, as ``*p``."""
    found: set[str] = set()
    for part in walk(expr):
        if part.op == "id":
            found.add(part.name)
        elif name := element_of(part):
            found.add(name)
    return found


_KEEPING = ("=", "|=", "&=")  # assignments after which a variable is made of what is assigned
_ENTRY_OR_SLOT = frozenset(("pte_t", "pmd_t", "pte_t*", "pmd_t*"))


class _Deeds:
    """What a block does that a state may show: that it ``acts`` for sure, else which names it assigns or declares.

    Each of these stands with the step that does just that, -1 for a part of a step; ``lent`` are names whose address
    is handed on.
    """

    __slots__ = ("acts", "assigned", "declared", "lent")

    def __init__(self) -> None:
        self.acts = False
        self.assigned: list[tuple[str, int]] = []
        self.declared: list[tuple[str, int]] = []
        self.lent: set[str] = set()


class _Flow:
    """Which variables flow where, and what each block does; ``seeds`` reach something that matters at once.

    ``handles`` are the variables that may hold an entry, its slot or its page.
    """

    def __init__(self, cfg: CFG, dictionary: Dictionary, helper: Helper) -> None:
        self.cfg = cfg
        self.dictionary = dictionary
        self.helper = helper
        self.handles = {name for name, ctype in cfg.types.items() if any(t in ctype for t in ENTRY_TYPES)}
        self.seeds: set[str] = set()
        self.returned = {"*" + name for name in cfg.params}  # and what is left behind a pointer
        self.counters: set[str] = set()
        self.looked: set[str] = set()
        self.results: set[str] = set()  # variables that are returned as they are
        self.read: set[str] = set()
        self.sources: dict[str, set[str]] = {}
        self.asked: dict[int, set[str]] = {}  # what is read by the questions at the ends of blocks
        self.deeds = [_Deeds() for _ in cfg.blocks]
        self._moved: set[str] = set()  # what does not hold all the while what it was handed in with
        self._stored: list[tuple[str, Expr]] = []
        for block, deeds in zip(cfg.blocks, self.deeds, strict=True):
            for at, step in enumerate(block.steps):
                self.expression(step, at, deeds)
            if block.cond is not None:
                self.expression(block.cond, -1, deeds)
                if block.kind == "return":
                    self.returned |= _reads(block.cond)
                    self.results |= {block.cond.name} if block.cond.op == "id" else set()
                else:
                    self.asked[block.index] = _reads(_last(block.cond))
        self.elements = _elements(cfg, self._moved)
        for name, expr in self._stored:
            if name in self.elements:
                self.flow(name, expr)
            else:
                self.seeds |= _reads(expr)

    def expression(self, top: Expr, at: int, deeds: _Deeds) -> None:
        """Note what an expression does with variables."""
        for expr in walk(top):
            op = expr.op
            if op == "id":
                self.read.add(expr.name)
            elif op == "call":
                self.call(expr, deeds)
            elif op in ("assign", "inc"):
                self.assignment(expr, at if expr is top else -1, deeds)
            elif op == "cond" or (op in ("and", "or") and any(e.op == "call" for e in walk(expr.args[1]))):
                self.seeds |= _reads(expr.args[0])
            elif op == "decl":
                deeds.declared.append((expr.name, at if expr is top else -1))
                if expr.args:
                    self.flow(expr.name, expr.args[0])
            elif op == "addr":
                self._moved.add(expr.args[0].name)
            elif op in ("opaque", "icall"):
                deeds.acts = True

    def assignment(self, expr: Expr, at: int, deeds: _Deeds) -> None:
        """Note what is assigned; by how much a variable moves on is no matter."""
        place = expr.args[0]
        self._moved.add(place.name)
        if place.op != "id":
            element = element_of(place)
            deeds.assigned.append((element, at))
            if expr.op == "assign":
                self._stored.append((element, expr))
            return
        deeds.assigned.append((place.name, at))
        if expr.op == "assign" and expr.name in _KEEPING:
            self.flow(place.name, expr.args[1])
        elif not self.cfg.types.get(place.name, "*").endswith("*"):
            self.counters.add(place.name)

    def flow(self, target: str, source: Expr) -> None:
        """Note what a variable is made of; one that answers for the configuration decides what entries there are."""
        self.sources.setdefault(target, set()).update(_reads(source))
        for expr in walk(source):
            if expr.op != "call":
                continue
            op = self.dictionary.op(expr.name, len(expr.args))
            if op is None:
                if self.looks_up(expr):
                    self.looked.add(target)
            elif op.cls in ("config-test", "present-page", "map", "lock"):
                self.seeds.add(target)
                if op.cls == "present-page":
                    self.looked.add(target)

    def looks_up(self, call: Expr) -> bool:
        """Return whether a helper is handed an entry, or its slot: what it returns, or does not, tells of that."""
        given = {self.cfg.types.get(arg.name, "") for arg in call.args if arg.op == "id"}
        found = not given.isdisjoint(_ENTRY_OR_SLOT) or any(arg.op == "deref" for arg in call.args)
        return found and self.helper(call.name)

    def call(self, call: Expr, deeds: _Deeds) -> None:
        """Note the operands that a word's class looks at, and all operands of a helper.

        A call may do something to an entry if it is of a word, a helper, or a stranger that is handed one.
        """
        op = self.dictionary.op(call.name, len(call.args))
        if op is not None:
            deeds.acts = True
            for at in op.operands:
                if at < len(call.args):
                    self.seeds |= _reads(call.args[at])
        elif self.helper(call.name):
            deeds.acts = True
            for arg in call.args:
                self.seeds |= _reads(arg) | {"*" + name for name in names(arg)}
        elif not deeds.acts:
            for part in (part for arg in call.args for part in walk(arg)):
                if part.op == "id":
                    deeds.acts = deeds.acts or part.name in self.handles
                elif part.op == "addr":
                    deeds.lent |= names(part)

    def telling(self, skips: Container[int], *, returned: bool) -> frozenset[str]:
        """Return the seeds and all that flows into them, counters left out, handles of entries that are read put in.

        What is asked at the branches ``skips`` decides nothing.
        """
        found = self.seeds | (self.handles & self.read)
        found = found.union(*(read for index, read in self.asked.items() if index not in skips))
        if returned:
            found |= self.returned
        work = [target for target in self.sources if target in found]
        while work:
            more = self.sources[work.pop()] - found
            found |= more
            work += [target for target in more if target in self.sources]
        return frozenset(found - self.counters)

    def acting(self, telling: frozenset[str], live: Liveness) -> Acting:
        """Return the blocks that do what a state shows, and those that do if one of the given steps is not idle."""
        acts: list[int] = []
        doubtful: dict[int, list[int]] = {}
        for block, deeds in zip(self.cfg.blocks, self.deeds, strict=True):
            shown = [(name, at) for name, at in deeds.declared if name in telling]
            shown += [(name, at) for name, at in deeds.assigned if name in telling or not self.is_own(name)]
            if deeds.acts or not deeds.lent.isdisjoint(telling) or not self.may_be_idle(shown, live):
                acts.append(block.index)
            elif shown:
                doubtful[block.index] = [at for _, at in shown]
        return acts, doubtful

    def is_own(self, name: str) -> bool:
        """Return whether a name is of a local variable, or of an element of what was handed in."""
        return name in self.cfg.types or name in self.elements

    def may_be_idle(self, assigned: Iterable[tuple[str, int]], live: Liveness) -> bool:
        """Return whether all that is assigned are numbers of the function's own, each by a step."""
        return all(at >= 0 and is_number(self.cfg, live, name) for name, at in assigned)


def _last(cond: Expr) -> Expr:
    """Return what a condition asks: of operands with commas between them the last one."""
    while cond.op == "comma":
        cond = cond.args[-1]
    return cond
