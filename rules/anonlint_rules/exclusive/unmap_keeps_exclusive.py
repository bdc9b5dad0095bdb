"""An exclusive anonymous page is unmapped or write-protected for sharing with no successful share call.

Why: once an entry is replaced for swap or migration, or write-protected for KSM, nothing maps the page
writable, and its PG_anon_exclusive flag has to go: a fork or a GUP-fast pin that comes meanwhile must not
believe that the page is still exclusive. folio_try_share_anon_rmap_pte() and its kin clear the flag, and
say so if the page may be pinned.

Misses: entries that are cleared by a function that is not in sight.
"""

from collections.abc import Iterator

from anonlint.rule.plugin import (
    MAPPED_EXCLUSIVE,
    WORDS,
    Diagnostic,
    MadeEntry,
    Outcome,
    Pass,
    PresentEntry,
    Severity,
    Span,
    SwapEntry,
    Value,
    bits_of,
    kinds_of,
    root_of,
    rule,
)


@rule(
    code="AL201",
    name="unmap-keeps-exclusive",
    severity=Severity.ERROR,
    since="0.2.0",
    breaks=(
        "the page keeps its exclusive flag while others may map it: a later fault reuses it in place under their eyes"
    ),
    help="clear the entry, then call the share or dup helper for the page and go on only where it succeeds",
    words=frozenset(("take", "rmap-share", "constructor", "convert")),
    fragments=False,
    fixes=('6c287605fd56 ("mm: remember exclusively mapped anonymous pages with PG_anon_exclusive")',),
    kernels="5.19-",
)
def check(p: Pass) -> Iterator[Diagnostic]:
    for outcome, entry_states in p.outcomes():
        bad = entry_states & MAPPED_EXCLUSIVE
        if not bad or outcome.done("shared", "dup"):
            continue
        values = [outcome.own, *(value for _, value in outcome.others)]
        values = [v for v in values if root_of(v) in (None, outcome.root)]  # not one made of another entry
        become = next((word for word in map(_replacement, values) if word), "")
        if not become and _write_protected(p, outcome):
            become = "a write-protected mapping that is to be shared"
        if become:
            stored = [s.span for s in p.facts.stores if s.root == outcome.root]
            yield _report(p.nearest(stored, p.span), bad, become)
    # Migration entries that a mapped PMD is written out as, its page not shared.
    for event, entry_states in p.events("store"):
        bad, become = entry_states & MAPPED_EXCLUSIVE, _replacement(event.value)
        split = event.word == "pte" and p.facts.levels.get(event.root) == "pmd"
        if split and bad and become and not event.done("shared", "dup"):
            yield _report(p.at(event), bad, become)


def _report(span: Span, entry_states: int, become: str) -> Diagnostic:
    kind = WORDS[kinds_of(entry_states)[0]]
    return Diagnostic(span, f"an anonymous page that is {kind} becomes {become} with no successful share call")


def _replacement(value: Value) -> str:
    """Return what a value is if it keeps a page for swap or migration, else nothing."""
    if isinstance(value, SwapEntry):
        return "a swap entry"
    migration = isinstance(value, MadeEntry) and value.kind in ("W", "RX", "R")
    return f"a {WORDS[value.kind]} migration entry" if isinstance(value, MadeEntry) and migration else ""


def _write_protected(p: Pass, outcome: Outcome) -> bool:
    """Return whether a mapping is made read-only by a function that asks for exclusivity and counts references."""
    own = outcome.own
    protected = isinstance(own, PresentEntry) and own.write == 0 and bits_of(own)[1] != "s"
    return protected and any(p.events("ask-exclusive")) and outcome.proven("sole", "sole-unlocked", "few")
