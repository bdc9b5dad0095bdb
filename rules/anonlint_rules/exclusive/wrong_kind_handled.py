"""Code for one family of entries is reached by an entry of another.

Why: a marker, a hwpoison entry or a swap entry that is treated as a migration entry becomes one that points to
some unrelated page, and what it stood for is lost.

Misses: entries of whose kind the function never asks.
"""

from collections.abc import Iterator
from itertools import combinations

from anonlint.rule.plugin import (
    DEVICE_EXCLUSIVE,
    DEVICE_PRIVATE,
    MARKER,
    MIGRATION,
    NONPRESENT,
    SWAP,
    UFFD_WP_MARKER,
    Diagnostic,
    Event,
    Pass,
    Severity,
    Span,
    kinds_of,
    mask,
    rule,
    spelled,
)
from anonlint_rules.proven import knows_presence


@rule(
    code="AL212",
    name="wrong-kind-handled",
    severity=Severity.ERROR,
    since="0.2.0",
    breaks="an entry of another family is treated as if it were of this one: a wild page, a wrong count, a lost marker",
    help="ask for the kind before, and leave entries of other kinds alone",
    words=frozenset(("constructor", "swap-count", "lookup", "marker", "clear", "store")),
    about=frozenset(("constructor", "swap-count", "lookup", "marker", "clear", "store")),
    fragments=False,
    fixes=("c1edda54a0f7 (swap entries of other kinds are no business of the swap map)",),
)
def check(p: Pass) -> Iterator[Diagnostic]:
    for made, entry_states in p.facts.made.items():
        family = next((f for f in (MIGRATION, DEVICE_PRIVATE, DEVICE_EXCLUSIVE) if mask(made.kind) & f), 0)
        if made.root is None or not family or not knows_presence(p, made.root, made.span):
            continue
        wrong = p.plausible(made.root, entry_states, narrow=False) & NONPRESENT & ~family
        wrong &= ~(DEVICE_PRIVATE | DEVICE_EXCLUSIVE | MIGRATION)
        if wrong:
            yield _reached(p.at(made), made.word, wrong)
    found: dict[tuple[Span, str], int] = {}
    for event, entry_states in p.misuses():
        if event.value in (SWAP, MARKER, MIGRATION):
            found[event.span, event.word] = found.get((event.span, event.word), 0) | entry_states
    yield from (_reached(span, word, entry_states) for (span, word), entry_states in found.items())
    yield from _wiped(p)


def _reached(span: Span, word: str, entry_states: int) -> Diagnostic:
    return Diagnostic(span, f"{word}() is reached by an entry that may be a {spelled(entry_states)} entry")


def _wiped(p: Pass) -> Iterator[Diagnostic]:
    """Yield a diagnostic for every marker that is overwritten though it may say one thing or another."""
    found: dict[Span, tuple[Event, int]] = {}
    for event, entry_states in p.events("wiped"):
        found[event.span] = (event, found.get(event.span, (event, 0))[1] | entry_states)
    for span, (event, entry_states) in found.items():
        parts = [mask(kind) & entry_states if kind != "M" else UFFD_WP_MARKER for kind in kinds_of(entry_states)]
        sides = [t.yes for t in p.facts.tests if t.root == event.root and not t.asserted]
        if any(not any(bool(s & a) != bool(s & b) for s in sides) for a, b in combinations(parts, 2)):
            said = f"{event.word}() wipes out a marker without asking what it says"
            yield Diagnostic(span, f"{said}: it may be a {spelled(entry_states)}")
