"""What a state no longer needs: variables, places, answers and entries to which nothing leads any more."""

from collections.abc import Collection, Mapping, Sequence

from anonlint.domain.debts import new_turn, settled, unpaid
from anonlint.domain.notes import (
    Asked,
    Converted,
    Copied,
    Debt,
    Grabbed,
    Guarded,
    Handed,
    Huge,
    Level,
    Note,
    Pending,
    Stepped,
    Taken,
    Walked,
    Wrote,
)
from anonlint.domain.state import NOTHING, Answer, State, holding, mentioning, mentions, parts, root_of
from anonlint.domain.subjects import next_entry, without_subject
from anonlint.domain.terms import Term
from anonlint.domain.values import (
    OPERATIONS,
    Binary,
    Bit,
    Cell,
    ClearBits,
    Cow,
    Enumerator,
    ErrorNumber,
    Field,
    Flags,
    Index,
    Key,
    NewPage,
    PageOf,
    PageTest,
    Site,
    Slot,
    Value,
    Var,
)
from anonlint.engine.ends import finish
from anonlint.engine.unread import is_beyond, read_from, unread
from anonlint.graph.liveness import stays
from anonlint.words.body import Body, Spot
from anonlint.words.idle import NUMBERS
from anonlint.words.machine import Machine
from anonlint.words.members import EVERY, FAILS
from anonlint.words.relevance import Relevance

# What a path notes of an entry, beside what it holds.
_OF_ENTRIES = (Asked, Guarded, Pending, Huge, Level, Converted, Handed, Grabbed)
_OF_PLACES = frozenset((*_OF_ENTRIES, Cell, Field, Index, Walked, Wrote, Stepped))
_HOLDERS = frozenset((Var, Field))
_HELD = frozenset(("held-lock", "held-ref", "held-swap"))
_READ_OR_FAILS = frozenset((EVERY, FAILS))
_TAKEN = frozenset((Taken,))
_ASKED = (Asked, Guarded, Pending)
_NUMBERS = (Binary, ClearBits, Enumerator, ErrorNumber, Flags, Site, Var)  # what numbers are made of


def prune(m: Machine, state: State, body: Body, index: int) -> State:
    """Drop what nothing at or after a block reads, and record the outcome of roots that die."""
    spot = body.spot(index, m.frame, m.dictionary, m.matter.skips, returned=m.thorough)
    live = spot.live
    if not spot.over.isdisjoint(state.mem):
        state = without_dead(state, spot)
    if not m.frame and not m.thorough:  # what is returned is told of the entries that led there
        state = bury(m, state, live, body.passed(index, m.dictionary, m.helpers.known), (body, index))
    if body.live.loops[index]:
        state = unused(new_turn(state))
        if between_entries(state, [m.frame + name for name in body.live.changed[index]]):
            state = next_entry(state)
    state = unaskable(m, state, spot)
    state = unread(m, state, (body, index))
    if not m.thorough and not _HELD.isdisjoint(state.marks) and _READ_OR_FAILS.isdisjoint(read_from(m, (body, index))):
        state = state.but(marks=state.marks - _HELD)
    if state.cons:
        cons = kept_conditions(m, state, body, index)
        state = state if len(cons) == len(state.cons) else state.but(cons=cons)
    return state


def without_dead(state: State, spot: Spot) -> State:
    """Drop the variables that nothing reads any more, and numbers that decide about nothing."""
    mem = dict(state.mem)
    for key in spot.over.intersection(mem):
        if key in spot.dead or _is_number(state, mem[key]):
            del mem[key]
    return state if len(mem) == len(state.mem) else state.but(mem=mem)


def trim(m: Machine, states: Sequence[State], body: Body, index: int, at: int) -> list[State]:
    """Drop what nothing reads behind a step of a block: variables, and answers to what is not asked again."""
    over = body.unread(body.live.behind(index, at), m.frame)
    trimmed = []
    for state in states:
        mem = {key: value for key, value in state.mem.items() if key not in over}
        cons = state.cons if body.live.loops[index] else kept_conditions(m, state, body, index)
        trimmed.append(state.but(mem=mem, cons=cons))
    return trimmed


def _is_number(state: State, value: Value) -> bool:
    """Return whether a value says nothing of any entry."""
    return all(isinstance(part, _NUMBERS) and part not in state.masks for part in parts(value))


def unused(state: State) -> State:
    """Return the state for the next turn of a loop: what it asks of ``p[i]`` is asked of another entry."""
    over = {key for key in state.mem if isinstance(key, _ASKED) and _is_element(key.of)}
    return state.but(mem={k: v for k, v in state.mem.items() if k not in over}) if over else state


def bury(
    m: Machine,
    state: State,
    live: frozenset[Key],
    passed: frozenset[Key],
    here: tuple[Body, int],
    handed: Sequence[Value] = (),
) -> State:
    """Record the outcome of the roots to which no live variable leads; drop them, and what is noted of places.

    ``passed`` are those of the live ones that only move on from their slot, ``here`` is the block, ``handed`` what a
    helper is called with.
    """
    touching = live - passed if passed else live
    noted = [key for key in state.mem if type(key) in _OF_PLACES]
    if not _is_loose(m, state, noted, live, touching, here):
        return state  # as nearly always: what else holds them need not be looked for
    held: set[Value] = set().union(*map(parts, handed))
    for key, value in state.mem.items():
        if isinstance(value, Term) and type(key) in _HOLDERS and key not in passed and not is_beyond(m, key, here):
            held |= value.inside
    owing = not _TAKEN.isdisjoint(map(type, state.mem))
    open_ = {root for root in state.masks if unpaid(state, root)} if owing else set()
    open_ |= {root for root in state.masks if open_ and root_of(state.mem.get(root)) in open_}  # an heir's slot
    dead = [
        root
        for root in state.masks
        if root not in open_ and not _reachable(root, NOTHING if is_beyond(m, root, here) else touching, held)
    ]
    if dead:
        finish(m, state, dead)
        state = drop(m, state, dead)
        if not state.masks:
            state = next_entry(state)
    return tidy(state, noted, live, held.union(*(parts(state.mem.get(key)) for key in passed)))


def _is_loose(
    m: Machine,
    state: State,
    noted: Sequence[Value],
    live: frozenset[Key],
    touching: frozenset[Key],
    here: tuple[Body, int],
) -> bool:
    """Return whether no live variable leads to some root or place by itself."""
    for key in noted:  # no note is alive: it is what it is of that counts
        if isinstance(key, Term) and live.isdisjoint(key.inside):
            return True
    for root in state.masks:
        if (isinstance(root, Term) and touching.isdisjoint(root.inside)) or is_beyond(m, root, here):
            return True
    return False


def tidy(state: State, noted: Sequence[Value], live: frozenset[Key], held: set[Value]) -> State:
    """Drop what is noted of places, and what is in them, to which no live variable and no entry leads."""
    if not _TAKEN.isdisjoint(map(type, state.mem)):
        return state
    gone = set()
    for key in noted:
        value = state.mem.get(key)
        place = key.of if isinstance(key, Note) else key
        entries = () if isinstance(key, Note) else parts(value)
        if state.masks.keys().isdisjoint((place, *entries)) and not _reachable(place, live, held):
            gone.add(key)
    if gone.isdisjoint(state.mem):
        return state
    return state.but(mem={key: value for key, value in state.mem.items() if key not in gone})


def kept_conditions(m: Machine, state: State, body: Body, index: int) -> dict[Value, Answer]:
    """Return the conditions whose outcome may still matter; a loop's next turn asks its own questions."""
    matter = relevance(m, body)
    keep, pinned = body.repeated(index), m.pinned
    steady: Collection[str] = ()
    if body.live.loops[index]:
        steady = body.live.changed[index]
        keep = frozenset(n for n in keep if stays(n, steady) and n not in body.live.addressed)
        pinned = NOTHING
    cow = not m.frame and matter.asks_cow and matter.cow_of.isdisjoint(steady)
    kept: dict[Value, Answer] = {}
    for cond, got in state.cons.items():
        text = got.text
        if (
            text in keep
            or text in pinned
            or (not text and not body.live.loops[index])
            or cond in m.switches
            or cond in m.outer
            or (isinstance(cond, Bit) and cond.name == "dirty")  # a local flag may stand for it
            or (isinstance(cond, PageOf) and got.outcome)
            or (cow and isinstance(cond, Cow))  # of a mapping that the loop leaves alone
            or (not state.masks and isinstance(cond, PageTest))
        ):
            kept[cond] = got
    return kept


def relevance(m: Machine, body: Body) -> Relevance:
    """Return what matters in a body."""
    return body.relevant(m.source, m.dictionary, m.helpers)


def drop(m: Machine, state: State, roots: list[Value]) -> State:
    """Remove roots, and the contents of slots that stem from them."""
    gone = set(roots)
    masks = {root: entry_states for root, entry_states in state.masks.items() if root not in gone}
    mem = {
        key: value
        for key, value in state.mem.items()
        if (not isinstance(key, Cell) or (key not in gone and root_of(value) not in gone))
        and not (isinstance(key, _OF_ENTRIES) and key.of in gone)
    }
    cons = {cond: got for cond, got in state.cons.items() if m.tells(cond, got) or gone.isdisjoint(parts(cond))}
    return state.but(mem=settled(mem, gone), masks=masks, cons=cons, proofs=without_subject(state.proofs, roots))


def forget(m: Machine, state: State, part: Value) -> State:
    """Forget a value that is about to stand for something new (the next turn of a loop)."""
    dead = mentioning(state.masks, part)
    if dead:
        finish(m, state, dead)
        state = drop(m, state, dead)
        if not state.masks:
            state = next_entry(state)
    mem, cons = state.mem, state.cons
    gone = mentioning(mem, part)
    hit = [key for key in holding(mem, part) if key not in gone]
    if gone or hit:
        mem = dict(mem)
        for key in gone:
            del mem[key]
        for key in hit:
            lost, had = Site(-1, repr(key)), mem[key]
            if isinstance(key, Copied):
                del mem[key]  # of an entry that nobody knows nothing is said
            elif isinstance(key, (Var, Field, Index)) and _starts_anew(m, key) and not known_of(state, key):
                del mem[key]  # it is as if it had never been set
            else:
                mem[key] = Debt(had.letters, lost) if isinstance(had, Debt) else lost  # what is owed still is
    asked = mentioning(cons, part)
    if asked:
        cons = {cond: got for cond, got in cons.items() if cond not in asked}
    proofs = without_subject(state.proofs, (part,))
    if mem is state.mem and cons is state.cons and proofs is state.proofs:
        return state
    return state.but(mem=mem, cons=cons, proofs=proofs)


def _starts_anew(m: Machine, key: Var | Field | Index) -> bool:
    """Return whether a place of which nothing is known is as good as one that was never set."""
    if isinstance(key, Field):
        return m.is_local_member(key)
    if isinstance(key, Index):  # a pointer to pages, say: no entry is in it
        return isinstance(key.base, Var) and m.type_of(key.base.name).endswith("**")
    ctype = m.type_of(key.name)
    return (ctype == "swp_entry_t" and key not in m.handed) or ctype in NUMBERS


def known_of(state: State, part: Value) -> bool:
    """Return whether anything is known of a value, or made of it."""
    if any(mentioning(keys, part) for keys in (state.masks, state.cons)) or holding(state.mem, part):
        return True
    if any(key is not part for key in mentioning(state.mem, part)):
        return True
    return any(mentions(proof.of, part) for proof in state.proofs)


def unaskable(m: Machine, state: State, spot: Spot) -> State:
    """Drop what was noted and proven of pages that nothing leads to any more: nobody can ask of them."""
    mem = state.mem
    known = spot.leading
    notes = [key for key in mem if type(key) is Copied and _gone(m, key.of, spot.live, known, mem)]
    proofs = [proof for proof in state.proofs if proof.of is not None and _gone(m, proof.of, spot.live, known, mem)]
    if not notes and not proofs:
        return state
    held: set[Value] = set()
    for key, value in state.mem.items():
        if isinstance(value, Term) and not isinstance(key, Copied):
            held |= parts(value)
    for root in state.masks:
        held |= parts(root)
    over = {key for key in notes if key.of not in held}
    dead = {proof for proof in proofs if proof.of not in held}
    if over:
        state = state.but(mem={key: value for key, value in state.mem.items() if key not in over})
    return state.but(proofs=state.proofs - dead) if dead else state


def _gone(
    m: Machine, of: Value, live: frozenset[Key], known: dict[Value, frozenset[Key] | None], mem: Mapping[Value, Value]
) -> bool:
    """Return whether no variable leads to a page by itself: none that is alive, or each holds something else now."""
    if of not in known:
        known[of] = _leading(m, of, live)
    leading = known[of]
    return leading is None or not leading.isdisjoint(mem)


def _leading(m: Machine, of: Value, live: frozenset[Key]) -> frozenset[Key] | None:
    """Return the variables that lead to a page as long as nothing else is put into them, None if they are dead."""
    if not isinstance(of, Term):
        return NOTHING
    leading = set()
    for part in of.inside:
        if isinstance(part, NewPage):
            return None
        if isinstance(part, Var) and part not in m.handed:
            if part in live:
                leading.add(part)
                continue
            frame = part.name.rpartition(":")[0]
            if frame + ":" == m.frame or not m.frame.startswith(frame + ":" if frame else ""):
                return None
    return frozenset(leading)


def _reachable(root: Value, live: frozenset[Key], held: set[Value]) -> bool:
    """Return whether a live variable still leads to the root, or to the slot or structure it was read from."""
    holder = root.pointer if isinstance(root, Cell) else root.base if isinstance(root, (Field, Index)) else None
    return not live.isdisjoint(parts(root)) or root in held or (holder is not None and holder in held)


def _is_element(root: Value) -> bool:
    """Return whether an entry is one of an array of them: ``p[i]``."""
    return isinstance(root, Cell) and isinstance(root.pointer, OPERATIONS)


def between_entries(state: State, changed: Sequence[str]) -> bool:
    """Return whether a loop has done with an entry.

    What it walks is forgotten then; what is left are slots that it never moves on from, none of them read.
    """
    if not state.masks:
        return True
    if not all(isinstance(root, Cell) and isinstance(root.pointer, (Var, Slot)) for root in state.masks):
        return False
    held: set[Value] = set()
    for key, value in state.mem.items():
        if isinstance(value, Term) and isinstance(key, (Var, Field, Index)):
            held |= value.inside
    still = {Cell(state.mem.get(Var(name), Var(name))) for name in changed}
    return state.masks.keys().isdisjoint(held) and state.masks.keys().isdisjoint(still)
