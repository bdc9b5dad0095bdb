"""What a helper does not start with: nobody can ask for it."""

from collections.abc import Sequence

from anonlint.domain.state import State, parts
from anonlint.domain.terms import Term
from anonlint.domain.values import NewPage, Site, Slot, Value, Var
from anonlint.engine.forget import bury, forget, kept_conditions
from anonlint.graph.ir import Expr
from anonlint.words.body import Body
from anonlint.words.machine import Machine

_NAMES = frozenset((Var, Site, Slot, NewPage))  # what values are made of in the end


def before_call(m: Machine, state: State, args: Sequence[Value], body: Body, spot: tuple[int, int, Expr]) -> State:
    """Return the state in which a helper is called from a step of a block, without what nobody can ask for."""
    index, step, top = spot
    if not m.frame and not m.thorough:
        live = body.alive(index, step, top)
        passed = body.passed(index, m.dictionary, m.helpers.known)
        state = bury(m, state, live, passed, (body, index), args)
    return unasked(m, state, args, body, index)


def unasked(m: Machine, state: State, args: Sequence[Value], body: Body, index: int) -> State:
    """Return the state without answers that nothing asks for behind a call, and that its helper cannot ask for."""
    if not state.cons or body.live.loops[index]:
        return state
    kept = kept_conditions(m, state, body, index)
    if len(kept) == len(state.cons):
        return state
    seen = _shown(state, args)
    cons = {cond: got for cond, got in state.cons.items() if cond in kept or _is_askable(cond, seen)}
    return state if len(cons) == len(state.cons) else state.but(cons=cons)


def _shown(state: State, args: Sequence[Value]) -> set[Term]:
    """Return the names that values which are handed to a helper are made of, and what those lead to in memory."""
    seen = {part for arg in args for part in parts(arg) if type(part) in _NAMES}
    before = -1
    while before < len(seen):
        before = len(seen)
        for key, value in state.mem.items():
            if isinstance(value, Term) and isinstance(key, Term) and not seen.isdisjoint(key.inside):
                seen.update(part for part in value.inside if type(part) in _NAMES)
    return seen


def _is_askable(cond: Value, seen: set[Term]) -> bool:
    """Return whether a question can be put in these names; one that has none can be put anywhere."""
    named = [part for part in parts(cond) if type(part) in _NAMES]
    return not named or not seen.isdisjoint(named)


def of_frame(m: Machine, state: State) -> State:
    """Return the state in which a helper starts: what its locals were when it was run before is something else."""
    values = (*state.mem.values(), *state.masks, *state.cons, *(proof.of for proof in state.proofs))
    inside = {part for value in values if isinstance(value, Term) for part in value.inside}
    for part in sorted((p for p in inside if isinstance(p, Var) and p.name.startswith(m.frame)), key=repr):
        state = forget(m, state, part)
    return state
