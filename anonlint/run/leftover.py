"""What of a change no row can show: conditions that say nothing of an entry.

They are compared by their text, without the names of variables, and by what they decide: which calls are reached only
where they hold, and only where they do not. What differs in that was not compared, and is said not to be.
"""

import re
from collections import Counter
from collections.abc import Container, Iterator
from typing import NamedTuple

from anonlint.graph.ir import CFG, Block, Expr, walk
from anonlint.graph.liveness import text as text_of
from anonlint.words.dictionary import Dictionary
from anonlint.words.reaching import ident_of

_NAME = re.compile(r"(?<![\w.>])[A-Za-z_]\w*(?!\w*\()")
# Questions that execution understands: what comes of them shows in the states and proofs of what they lead to.
_ASKED = frozenset(
    (
        "predicate",
        "entry-test",
        "bit-test",
        "page-test",
        "cow-test",
        "config-test",
        "pud-test",
        "write-test",
        "reuse",
        "same-entry",
        "type",
        "must-unshare",
        "pin-test",
        "trylock",
        "rmap-dup",
        "rmap-share",
        "refcount",
        "mapcount",
        "flush-test",
        "assert",
        "noreturn",
        "read",
        "walk",
        "lock",
        "map",
    )
)
_ENTRIES = ("pte_t", "pmd_t", "pud_t", "swp_entry_t", "softleaf_t")  # of which it shows what is in them
_QUIET = _ASKED | frozenset(
    (
        "vma-test",
        "convert",
        "offset",
        "page-of",
        "present-page",
        "same-page",
        "constructor",
        "raw-constructor",
        "bit-set",
        "bit-clear",
        "modify",
        "make-present",
        "unlock",
        "unmap",
        "flag-constant",
        "kind-constant",
        "inert",
    )
)


class Question(NamedTuple):
    """A condition: its text, whether it is one of several of which one is enough, and what it decides about."""

    text: str
    either: bool
    yes: frozenset[str]
    no: frozenset[str]


def questions(cfg: CFG, data: bytes, dictionary: Dictionary, inlined: Container[str] = ()) -> Counter[Question]:
    """Return the questions of a function that are no words of the vocabulary, nor helpers run in their place."""
    found: Counter[Question] = Counter()
    acts = [_acts(block, cfg.types, dictionary) for block in cfg.blocks]
    ahead = [_ahead(cfg, block.index) for block in cfg.blocks]
    for block in cfg.blocks:
        if block.cond is None or block.kind not in ("branch", "switch"):
            continue
        ways = [ahead[target] for target in block.targets]
        yes = no = frozenset[str]()
        if block.kind == "branch":
            yes = frozenset[str]().union(*(acts[at] for at in ways[0] - ways[1]))
            no = frozenset[str]().union(*(acts[at] for at in ways[1] - ways[0]))
        for leaf, is_not, either in _leaves(block.cond, negated=False, either=False):
            if not _is_word(leaf, cfg, dictionary) and not (leaf.op == "call" and leaf.name in inlined):
                text, unequal = text_of(leaf, data), leaf.op == "bin" and leaf.name == "!="
                sides = (no, yes) if is_not is not unequal else (yes, no)
                found[Question(_plain(text, cfg), either, *sides)] += 1
    return found


def differing(before: Counter[Question], after: Counter[Question], *, moved: bool) -> tuple[list[str], list[str]]:
    """Return the questions that only the one, and only the other asks; what is ``moved`` to a helper decides there."""
    if moved:
        before, after = (_texts(side) for side in (before, after))
    return _told(before - after), _told(after - before)


def _texts(side: Counter[Question]) -> Counter[Question]:
    found: Counter[Question] = Counter()
    for question, count in side.items():
        found[Question(question.text, either=False, yes=frozenset(), no=frozenset())] += count
    return found


def _told(side: Counter[Question]) -> list[str]:
    return sorted({question.text for question in side})


def _leaves(cond: Expr, *, negated: bool, either: bool) -> Iterator[tuple[Expr, bool, bool]]:
    """Yield the conditions that one is made of: whether each is negated, and whether it is one of several."""
    if cond.op == "not":
        yield from _leaves(cond.args[0], negated=not negated, either=either)
    elif cond.op in ("and", "or"):
        one_of = (cond.op == "or") is not negated
        for arg in cond.args:
            yield from _leaves(arg, negated=negated, either=either or one_of)
    elif cond.op == "bin" and cond.name in ("==", "!=") and cond.args[0].op == "call" and _is_zero(cond.args[1]):
        yield from _leaves(cond.args[0], negated=negated is not (cond.name == "=="), either=either)
    elif cond.op == "cond":
        for arg in cond.args:
            yield from _leaves(arg, negated=negated, either=True)
    elif cond.op == "comma":
        yield from _leaves(cond.args[-1], negated=negated, either=either)
    else:
        yield cond, negated, either


def _is_zero(expr: Expr) -> bool:
    return expr.op == "num" and expr.name == "0"


def _acts(block: Block, types: dict[str, str], dictionary: Dictionary) -> frozenset[str]:
    """Return what a block does, by the meaning of its words."""
    found: set[str] = set()
    for top in block.tops():
        for expr in walk(top):
            if expr.op == "call":
                op = dictionary.op(expr.name, len(expr.args))
                if op is None or op.cls not in _QUIET:
                    found.add(expr.name if op is None else " ".join(ident_of(op)))
            elif expr.op == "assign" and types.get((place := expr.args[0]).name, "") not in _ENTRIES:
                given = expr.args[1].name if expr.args[1].op in ("num", "id") else ""
                found.add(f"{types.get(place.name, '')}{expr.name}{types.get(given, given)}")
    return frozenset(found)


def _ahead(cfg: CFG, start: int) -> frozenset[int]:
    """Return the blocks that can be reached from a block on."""
    seen, work = {start}, [start]
    while work:
        for target in cfg.blocks[work.pop()].targets:
            if target not in seen:
                seen.add(target)
                work.append(target)
    return frozenset(seen)


def _is_word(leaf: Expr, cfg: CFG, dictionary: Dictionary) -> bool:
    """Return whether a question is one that execution understands, or asks a local of which it knows what it is."""
    if leaf.op in ("num", "config"):
        return True
    if leaf.op == "id":
        return leaf.name not in cfg.params
    if leaf.op == "bin" and leaf.name in ("==", "!="):
        return any(_is_type(arg, dictionary) for arg in leaf.args)
    if leaf.op == "call":
        op = dictionary.op(leaf.name, len(leaf.args))
        return op is not None and op.cls in _ASKED
    return False


def _is_type(expr: Expr, dictionary: Dictionary) -> bool:
    op = dictionary.op(expr.name, len(expr.args)) if expr.op == "call" else None
    return op is not None and op.cls == "type"


def _plain(text: str, cfg: CFG) -> str:
    """Return a condition with the function's own names replaced by their types, of parameters by which it is."""
    return _NAME.sub(lambda match: _type_of(match[0], cfg), text)


def _type_of(name: str, cfg: CFG) -> str:
    ctype = cfg.types.get(name)
    if ctype is None:
        return name
    same = [param for param in cfg.params if cfg.types[param] == ctype]
    which = f"#{same.index(name) + 1}" if name in same and len(same) > 1 else ""
    return ctype.replace(" ", "") + which
