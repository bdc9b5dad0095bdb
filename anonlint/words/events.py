"""What happens on a path, as records with the proofs of it."""

from anonlint.domain.kinds import ALL, VAGUE, mask
from anonlint.domain.state import State
from anonlint.domain.subjects import facts_about
from anonlint.domain.values import PageOf, PresentEntry, Value
from anonlint.graph.ir import Expr
from anonlint.model.source import Span
from anonlint.trace.records import Event, EventKind
from anonlint.words.machine import Machine

_OF_PAGES = frozenset(("claim", "move", "hand-clear", "dup", "count", "ask-exclusive"))  # events whose value is a page
_SWAP_EXCLUSIVE = mask("Se")
_SWAP_SHARED = mask("S") & ~_SWAP_EXCLUSIVE


def misused(m: Machine, expr: Expr, state: State, root: Value, wrong: int, domain: int, word: str) -> None:
    """Record the event."""
    noted(m, "misuse", expr, state, root, domain, word, wrong)


def noted(
    m: Machine, kind: EventKind, expr: Expr, state: State, root: Value, value: Value, word: str, entry_states: int
) -> None:
    """Record an event for just these entry states."""
    span = expr.span
    note_at(m, kind, span, m.seen_at(span), state, root, value, word, entry_states & ALL)


def note_at(
    m: Machine,
    kind: EventKind,
    span: Span,
    call: Span,
    state: State,
    root: Value,
    value: Value,
    word: str,
    entry_states: int,
) -> None:
    """Record an event at a place, with what its path has proven of no page or mapping in particular."""
    event = Event(kind, span, root, value, word, facts_about(state, None, None), state.marks, call)
    m.facts.seen(event, entry_states, state.way)


def event(
    m: Machine,
    kind: EventKind,
    expr: Expr,
    state: State,
    root: Value,
    value: Value = 0,
    word: str = "",
    vma: Value = None,
) -> None:
    """Record that something happened, for the entry states in which it can.

    Of the path's proofs those are written down that are about the page and the mapping it happens to. Where the calls
    of another function are what counts, nothing is.
    """
    if m.watched:
        return
    span = expr.span
    call = m.seen_at(span)
    page = value.page if isinstance(value, PresentEntry) else value if kind in _OF_PAGES else None
    proofs = facts_about(state, PageOf(root) if page is None and root is not None else page, vma)
    proofs = proofs | {"excl"} if marked(state) else proofs
    event = Event(kind, span, root, value, word, proofs, state.marks, call)
    entry_states = m.entry_states(state, root, "pte") if root is not None else doubts(state)
    m.facts.seen(event, entry_states, state.way)


def marked(state: State) -> bool:
    """Return whether a swap entry under consideration is known to bear the exclusive mark."""
    return any(
        entry_states & _SWAP_EXCLUSIVE and not entry_states & _SWAP_SHARED for entry_states in state.masks.values()
    )


def doubts(state: State) -> int:
    vague = VAGUE if any(entry_states & VAGUE for entry_states in state.masks.values()) else 0
    return ALL | vague
