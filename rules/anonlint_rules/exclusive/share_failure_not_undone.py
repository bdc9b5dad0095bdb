"""The failing path of a share or dup leaves something behind.

Why: a share or dup that fails means that the page stays where it is. The entry that was cleared has to be
put back as it was; a swap count, a folio lock or a reference taken for the sake of the unmapping has to be
given back, or it is lost for good.

Misses: what is undone or left by functions that are not in sight.
"""

from collections.abc import Iterator

from anonlint.rule.plugin import DEVICE_PRIVATE, PRESENT, Cleared, Diagnostic, Mark, Outcome, Pass, Severity, Span, rule
from anonlint_rules.heirs import splits


@rule(
    code="AL204",
    name="share-failure-not-undone",
    severity=Severity.ERROR,
    since="0.2.0",
    breaks=(
        "a failed share leaks a lock, a reference or a swap count, or leaves the entry cleared: data is lost or "
        "memory never freed"
    ),
    help="undo on the failing path all that was taken before, and put the cleared entry back",
    words=frozenset(("rmap-share", "rmap-dup")),
    about=frozenset(("rmap-share", "rmap-dup")),
    fragments=False,
)
def check(p: Pass) -> Iterator[Diagnostic]:
    for outcome, entry_states in p.outcomes():
        if not outcome.done("failed"):
            continue
        left = [text for mark, text in _OWED.items() if outcome.done(mark)]
        gone = outcome.own == Cleared() and not outcome.others and not splits(p.facts, outcome)
        if gone and entry_states & (PRESENT | DEVICE_PRIVATE):
            left.insert(0, "the cleared entry is not put back")
        for text in left:
            yield Diagnostic(_place(p, outcome), f"where the share or dup fails, {text}")


_OWED: dict[Mark, str] = {
    "owed-lock": "the folio stays locked",
    "owed-ref": "the reference to the page is kept",
    "owed-swap": "the swap count is kept",
}


def _place(p: Pass, outcome: Outcome) -> Span:
    """Return the call that fails."""
    spans = [span for span in p.facts.results.values() if f"failed@{span.start}" in outcome.marks]
    return p.nearest(spans, p.span)
