"""What a function's callers have proven when they call it, said of the parameters that they fill."""

from collections.abc import Sequence

from anonlint.domain.kinds import VAGUE
from anonlint.domain.state import Proof, State, exchanged, parts
from anonlint.domain.subjects import ALIKE, OF_CALL, OF_MAPPING, PASSED, ZERO_PAGE, is_new
from anonlint.domain.terms import Term
from anonlint.domain.values import (
    Flags,
    Key,
    Mapping,
    NewPage,
    PageOf,
    Pair,
    Param,
    Passed,
    Ref,
    Site,
    Slot,
    TableLock,
    Value,
    Var,
)
from anonlint.trace.records import CallSite

_MAX_STARTS = 4  # states in which one caller may call; of more only what holds in all is kept
_OWN = (Var, Site, Ref, NewPage, Slot, TableLock, Passed)  # what nobody but the caller can name


def starts(sites: Sequence[CallSite], params: Sequence[str], types: dict[str, str]) -> tuple[State, ...]:
    """Return the states in which a function begins when it is called at the given places.

    ``types`` are those of its variables.
    """
    found: dict[object, State] = {}
    for site in sites:
        state = _start(site, params, types)
        found.setdefault((state.key(), frozenset(state.masks.items()), state.proofs), state)
    states = list(found.values())
    if len(states) > _MAX_STARTS:  # what they hold and what entries they have seen tells the least
        states = _alike(states)
    return tuple(states) if len(states) <= _MAX_STARTS else (_common(states),)


def _alike(states: Sequence[State]) -> list[State]:
    """Return the states that differ in what they know, each without what does not hold in all."""
    common = _common(states)
    found: dict[object, State] = {}
    for state in states:
        known = frozenset(state.cons.items()), state.proofs, state.marks
        found.setdefault(known, state.but(mem=common.mem, masks=common.masks))
    return list(found.values())


def _start(site: CallSite, params: Sequence[str], types: dict[str, str]) -> State:
    """Return the state in which one call begins: what is said of anything but the parameters is left out."""
    renames, mem, proofs = _renames(site.args, params)
    of_vma: dict[Value, Value] = {Mapping(old): Mapping(new) for old, new in _mappings(site.args, params, types)}

    def said(value: Value) -> Value:
        for old, new in renames:
            value = exchanged(value, old, new)
        return value

    def subject(fact: str, of: Value) -> Value:
        if fact == ALIKE:
            return of.made_of(lambda one: of_vma.get(one, one)) if isinstance(of, Pair) else None
        if fact in OF_MAPPING and not of_vma:
            return None  # it comes as a member of something
        return of_vma.get(of, said(of))

    for fact, of in site.state.proofs:
        renamed = subject(fact, of)
        if fact != "caller" and not fact.startswith(PASSED) and _sayable(renamed):  # a flag of the caller's is his
            proofs.add(Proof(fact, renamed))
    masks = {said(root): entry_states for root, entry_states in site.state.masks.items() if not entry_states & VAGUE}
    # Whose page a caller has at hand is no answer of its callee's.
    cons = {said(cond): got for cond, got in site.state.cons.items() if not isinstance(cond, PageOf)}
    return State(
        {key: _parameter(value) for key, value in mem.items() if _sayable(value)},
        {_parameter(root): entry_states for root, entry_states in masks.items() if _sayable(root)},
        {_parameter(cond): got for cond, got in cons.items() if _sayable(cond)},
        frozenset(Proof(fact, _parameter(of)) for fact, of in proofs),
        site.state.marks & OF_CALL,
    )


def _renames(
    args: Sequence[Value], params: Sequence[str]
) -> tuple[list[tuple[Value, Value]], dict[Key, Value], set[Proof]]:
    """Return what the caller's values are called by the function, what its parameters hold, what is known of them."""
    renames: list[tuple[Value, Value]] = []
    mem: dict[Key, Value] = {}
    proofs: set[Proof] = set()
    for arg, name in sorted(zip(args, params, strict=False), key=lambda pair: len(repr(pair[0]))):
        if arg is None:
            continue
        value = arg
        for old, new in renames:
            value = exchanged(value, old, new)
        if not isinstance(value, Term) or value == ZERO_PAGE or isinstance(value, Flags):
            mem[Var(name)] = value
        elif _sayable(value):
            mem[Var(name)] = value  # made of what another parameter is
        else:
            renames.append((arg, Param(name)))
            if is_new(arg):
                proofs.add(Proof("new", Param(name)))
    return renames, mem, proofs


def _mappings(args: Sequence[Value], params: Sequence[str], types: dict[str, str]) -> list[tuple[str, str]]:
    """Return the names that mappings have in the caller and in the function."""
    named = [(arg, name) for arg, name in zip(args, params, strict=False) if "vm_area_struct" in types.get(name, "")]
    return [(arg.name, name) for arg, name in named if isinstance(arg, Var)]


def _sayable(value: Value) -> bool:
    """Return whether a value is made of nothing that only the caller can name."""
    return not any(isinstance(part, _OWN) for part in parts(value))


def _parameter(value: Value) -> Value:
    """Return a value with the parameters under their own names."""
    if isinstance(value, Param):
        return Var(value.name)
    return value.made_of(_parameter) if isinstance(value, Term) else value


def _common(states: Sequence[State]) -> State:
    """Return what holds in all of some states."""
    first, *others = states
    mem = {key: value for key, value in first.mem.items() if all(s.mem.get(key) == value for s in others)}
    cons = {cond: got for cond, got in first.cons.items() if all(s.cons.get(cond) == got for s in others)}
    masks = {root: entry_states for root, entry_states in first.masks.items() if all(root in s.masks for s in others)}
    for root in masks:
        for state in others:
            masks[root] |= state.masks[root]
    proofs = first.proofs.intersection(*(s.proofs for s in others))
    return State(mem, masks, cons, proofs, first.marks.intersection(*(s.marks for s in others)))
