"""Slots that nothing looks at again: a function has done with what is in them."""

from collections.abc import Iterable, Iterator

from anonlint.graph.ir import CFG, SLOTS, Expr, walk
from anonlint.graph.liveness import Liveness, Reads, names
from anonlint.words.dictionary import SLOT_FOUND, Dictionary
from anonlint.words.idle import ARITHMETIC
from anonlint.words.matters import ENTRY_TYPES, Helper
from anonlint.words.relevance import ACTS, nothing, uses

_NONE: frozenset[str] = frozenset()


def touching(cfg: CFG, live: Liveness, dictionary: Dictionary, helper: Helper) -> list[set[str]]:
    """Return, for each block, the pointers by which a slot may still be read or written.

    Who moves a pointer on, unmaps or unlocks a slot does nothing to what is in it. Whatever is done to a page may be
    done for any of them.
    """
    slots = frozenset(name for name, ctype in cfg.types.items() if ctype in SLOTS)
    tops = [block.tops() for block in cfg.blocks]
    reads = [[read for top in block for read in _touches(top, slots, dictionary)] for block in tops]
    ever = Reads(_NONE.union(*(read.always for block in reads for read in block)))
    if ever.always:
        for block, read in zip(tops, reads, strict=True):
            read += [ever] * any(_acts(top, cfg, dictionary, helper) for top in block)
    cases = ({name for case in block.cases for value in case for name in names(value)} & slots for block in cfg.blocks)
    return live.within(reads, list(cases))


def _acts(top: Expr, cfg: CFG, dictionary: Dictionary, helper: Helper) -> bool:
    """Return whether an expression does something to an entry or a page, or has a helper do it."""
    if uses(top, dictionary, ACTS, nothing):
        return True
    calls = [expr for expr in walk(top) if expr.op == "call" and helper(expr.name)]
    given = {cfg.types.get(name, "") for call in calls for arg in call.args for name in names(arg)}
    return any(entry in ctype for ctype in given for entry in ENTRY_TYPES)


def _touches(top: Expr, slots: frozenset[str], dictionary: Dictionary) -> Iterator[Reads]:
    """Yield by which pointers the parts of an expression touch slots, in order; nothing for what names none."""
    target = top.args[0].name if top.op in ("assign", "inc") and top.args[0].op == "id" else ""
    target = top.name if top.op == "decl" else target
    if top.op == "comma":
        for arg in top.args:
            yield from _touches(arg, slots, dictionary)
    elif target not in slots:
        if read := frozenset(_touched((top,), slots, dictionary)):
            yield Reads(read)
    elif top.op == "inc" or (top.op == "assign" and top.name != "="):
        yield Reads(frozenset(_touched(top.args[1:], slots, dictionary)))
        yield Reads(_NONE, target)
    else:
        values = top.args if top.op == "decl" else top.args[1:]
        plain = all(expr.op in ARITHMETIC for value in values for expr in walk(value))
        read = frozenset(_touched(values, slots, dictionary))
        yield Reads(_NONE, target, read - {target}) if plain else Reads(read, target)


def _touched(exprs: Iterable[Expr], slots: frozenset[str], dictionary: Dictionary) -> set[str]:
    """Return the pointers by which expressions touch slots."""
    found: set[str] = set()
    todo = list(exprs)
    for expr in todo:  # it grows meanwhile
        if expr.op == "id":
            if expr.name in slots:
                found.add(expr.name)
            continue
        moves = expr.op == "inc" or (expr.op == "assign" and expr.name != "=")
        if moves and expr.args[0].op == "id" and expr.args[0].name in slots:
            todo += expr.args[1:]
        elif expr.op != "call" or not _lets_go(expr, dictionary):
            todo += expr.args
    return found


def _lets_go(call: Expr, dictionary: Dictionary) -> bool:
    """Return whether a slot is unlocked or unmapped, or leads on to one of the table below."""
    op = dictionary.op(call.name, len(call.args))
    if op is None:
        return False
    return op.cls in ("unlock", "unmap") or (op.meaning.get("returns") in SLOT_FOUND and op.at("ptr") < 0)
