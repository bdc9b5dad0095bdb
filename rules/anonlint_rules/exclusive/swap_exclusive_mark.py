"""The exclusive mark of a swap entry is forgotten, left on in a fork, or made up.

Why: while a page is swapped out, pte_swp_mkexclusive() remembers that it was exclusive. Forgotten, the
page is copied at the next write fault although a pin may rely on it; left on in parent and child after a fork,
or claimed at swap-in with neither mark nor proof, two processes write to one page (1493a1913e34).

Misses: marks that are set or cleared by functions that are not in sight.
"""

from collections.abc import Iterator

from anonlint.rule.plugin import (
    EXCLUSIVE,
    PRESENT,
    SHARED_MAPPED,
    Cleared,
    Diagnostic,
    Facts,
    Pass,
    Severity,
    SwapEntry,
    Value,
    bare,
    bits_of,
    mask,
    rule,
)
from anonlint_rules.heirs import place, rewrites

_SWAP_EXCLUSIVE = mask("Se")


@rule(
    code="AL205",
    name="swap-exclusive-mark",
    severity=Severity.ERROR,
    since="0.2.0",
    breaks="after swap-in a shared page is reused in place, or an exclusive one is copied though it was pinned",
    help=(
        "mark the swap entry exclusive exactly where the page was, keep the mark when the entry is rewritten, and "
        "clear it in both page tables of a fork"
    ),
    words=frozenset(
        ("rmap-share", "swap-count", "convert", "bit-test", "bit-clear", "bit-set", "rmap-add", "page-set")
    ),
    about=frozenset(("bit-set", "bit-clear", "convert")),
    fragments=False,
    fixes=('1493a1913e34 ("mm/swap: remember PG_anon_exclusive via a swp pte bit")',),
    kernels="5.19-",
)
def check(p: Pass) -> Iterator[Diagnostic]:
    yield from _dropped(p)
    if not p.user:
        return
    facts = p.facts
    for outcome, entry_states in p.outcomes():
        left_there = {outcome.own, *(value for _, value in outcome.others)}
        stores = [s for s in facts.stores if s.root == outcome.root]
        where = p.nearest([s.span for s in stores if s.value in left_there] or [s.span for s in stores], p.span)
        if entry_states & EXCLUSIVE & PRESENT and outcome.done("shared") and _unmarked(facts, outcome.own):
            yield Diagnostic(where, "an exclusive page is swapped out and its entry is not marked exclusive")
        if entry_states & SHARED_MAPPED and not outcome.proven("excl") and _made_up(facts, outcome.own):
            yield Diagnostic(where, "a page that may be shared is swapped out and its entry is marked exclusive")
        if entry_states & _SWAP_EXCLUSIVE and outcome.others and outcome.own not in (None, Cleared()):
            both = (("parent", outcome.own), ("child", outcome.others[0][1]))
            left = " and the ".join(who for who, value in both if _marked(value, outcome.root))
            if left:
                yield Diagnostic(where, f"the exclusive mark of a swap entry is left on in the {left}")


def _dropped(p: Pass) -> Iterator[Diagnostic]:
    """Yield a diagnostic for every entry of another slot that is made without the old one's mark."""
    for heir in rewrites(p):
        if isinstance(heir.value, SwapEntry) and heir.entry_states & _SWAP_EXCLUSIVE and bits_of(heir.value)[4] == "l":
            where = place(p, heir.root, heir.value)
            yield Diagnostic(where, "the entry of another swap slot does not take over the old one's exclusive mark")


def _made_up(facts: Facts, own: Value) -> bool:
    """Return whether a value is an entry whose swap count was taken, marked exclusive for no reason."""
    return _swapped(facts, own) and bits_of(own)[4] == "s"


def _swapped(facts: Facts, own: Value) -> bool:
    return isinstance(own, SwapEntry) and own.source in facts.swapped


def _unmarked(facts: Facts, own: Value) -> bool:
    """Return whether a value is an entry whose swap count was taken, with no exclusive mark."""
    return _swapped(facts, own) and bits_of(own)[4] == "l"


def _marked(value: Value, root: Value) -> bool:
    return bare(value) == root and bits_of(value)[4] == "k"
