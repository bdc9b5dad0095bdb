"""AL205: the exclusive mark of a swap entry is forgotten, left on in a fork, or made up.

Why: while a page is swapped out, pte_swp_mkexclusive() remembers that it was exclusive. Forgotten, the
page is copied at the next write fault although a pin may rely on it; left on in parent and child after a fork,
or claimed at swap-in with neither mark nor proof, two processes write to one page (1493a1913e34).

Misses: marks that are set or cleared by functions that are not in sight.
"""

from collections.abc import Iterator

from anonlint.plugin import (
    EXCLUSIVE,
    PRESENT,
    TRACE,
    Diagnostic,
    Facts,
    Pass,
    Severity,
    Value,
    bare,
    bits_of,
    mask,
    rule,
)

_SWAP_EXCLUSIVE = mask("Se")


@rule(
    code="AL205",
    name="swap-exclusive-mark",
    severity=Severity.ERROR,
    since="0.2.0",
    words=frozenset(("rmap-share", "bit-test", "bit-clear", "bit-set", "rmap-add", "page-set")),
    requires=(TRACE,),
    fixes=('1493a1913e34 ("mm/swap: remember PG_anon_exclusive via a swp pte bit")',),
    references=(),
)
def check(p: Pass) -> Iterator[Diagnostic]:
    """The exclusive mark of a swap entry is forgotten, left on in a fork, or made up.

    Why: while a page is swapped out, pte_swp_mkexclusive() remembers that it was exclusive. Forgotten, the
    page is copied at the next write fault although a pin may rely on it; left on in parent and child after a fork,
    or claimed at swap-in with neither mark nor proof, two processes write to one page (1493a1913e34).

    Misses: marks that are set or cleared by functions that are not in sight.
    """
    if not p.read_exclusive:
        return
    facts = p[TRACE]
    for outcome, atoms in facts.outcomes.items():
        where = p.nearest([s.span for s in facts.stores if s.root == outcome.root], p.span)
        plausible = p.plausible(outcome.root, atoms)
        if plausible & EXCLUSIVE & PRESENT and "shared" in outcome.marks and _unmarked(facts, outcome.own):
            yield Diagnostic(where, "an exclusive page is swapped out and its entry is not marked exclusive")
        if plausible & _SWAP_EXCLUSIVE and outcome.others and outcome.own not in (None, ("none",)):
            both = (("parent", outcome.own), ("child", outcome.others[0][1]))
            left = " and the ".join(who for who, value in both if _marked(value, outcome.root))
            if left:
                yield Diagnostic(where, f"the exclusive mark of a swap entry is left on in the {left}")


def _unmarked(facts: Facts, own: Value) -> bool:
    """Return whether a value is an entry whose swap count was taken, with no exclusive mark."""
    is_swap = isinstance(own, tuple) and own[0] == "swp" and own[1] in facts.swapped
    return is_swap and bits_of(own)[4] == "l"


def _marked(value: Value, root: Value) -> bool:
    return bare(value) == root and bits_of(value)[4] == "k"
