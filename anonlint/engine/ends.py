"""The ends of entries and of paths: what is left behind is recorded."""

from collections.abc import Sequence

from anonlint.domain.debts import heirs, left, owed
from anonlint.domain.kinds import ALL, ON_A_PAGE, VAGUE
from anonlint.domain.notes import Grab, Grabbed, Within
from anonlint.domain.state import State, root_of
from anonlint.domain.subjects import apart, facts_about
from anonlint.domain.values import Cell, Cow, Flags, PageOf, Passed, Unknown, Value, Var
from anonlint.trace.records import Outcome
from anonlint.words.domains import settle_steps
from anonlint.words.machine import Machine


def finish(m: Machine, state: State, roots: list[Value]) -> None:
    """Record what is left behind for each of the roots, unless it is the calls of another function that count."""
    if m.watched:
        return
    cow = state.known(Cow())
    told = [(cond, got) for cond, got in state.cons.items() if m.tells(cond, got)]
    conds = tuple(sorted({(cond.name if isinstance(cond, Var) else got.text, got.outcome) for cond, got in told}))
    for root in roots:
        settle_steps(m, state, root)
        if state.masks[root] & VAGUE:
            outcome = Outcome(root, Unknown(), (), cow, conds)
            m.facts.left(outcome, state.masks[root] & ALL, state.way, sure=False)
            continue
        own = state.mem.get(root, root) if isinstance(root, Cell) else None
        slots = [key for key, v in state.mem.items() if isinstance(key, Cell) and key != root and root_of(v) == root]
        others: tuple[tuple[Value, Value], ...] = tuple(
            (Cell(key.pointer.pointer) if isinstance(key.pointer, Passed) else key, state.mem[key]) for key in slots
        )
        others = tuple(sorted(others, key=repr))
        proofs = said_there(state, facts_about(state, PageOf(root), None), slots)
        debts = owed(state, root), heirs(state, root), left(state, root)
        got = state.mem.get(Grabbed(root))
        grabbed = got if isinstance(got, Grab) else None
        outcome = Outcome(root, own, others, cow, conds, state.marks, proofs, *debts, grabbed)
        m.facts.left(outcome, state.masks[root], state.way, sure=not state.masks[root] & ~ON_A_PAGE)


def said_there(state: State, proofs: frozenset[str], slots: Sequence[Value]) -> frozenset[str]:
    """Return the proofs, what a mapping wants told from what those want in whose slots something is left."""
    places = [state.mem.get(Within(slot)) for slot in slots]
    asked = [of for fact, of in state.proofs if fact == "uffd-wanted"]
    elsewhere = places and asked and all(apart(of, place) for of in asked for place in places)
    return proofs - {"uffd-wanted"} | {"uffd-wanted-elsewhere"} if elsewhere else proofs


def only_flags(state: State) -> State:
    """Return the state behind the last call of a function whose calls alone count.

    Nothing is told of what happens there but what is asked of mappings, by flags that a variable may hold.
    """
    return State({key: value for key, value in state.mem.items() if isinstance(value, Flags)}, {}, {}, way=state.way)


def leave_off(m: Machine, state: State) -> State:
    """Go on into code that a hunk does not show: what was done is done, all else may yet happen."""
    done = []
    for root in state.masks:
        own = state.mem.get(root, root) if isinstance(root, Cell) else root
        if own != root or any(isinstance(key, Cell) and root_of(v) == root for key, v in state.mem.items()):
            done.append(root)
    finish(m, state, done)
    return State({}, {}, {})
