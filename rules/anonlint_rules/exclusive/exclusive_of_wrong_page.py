"""PageAnonExclusive() is asked of another page than the one that is mapped.

Why: a folio mapped by a PMD keeps the flag in its first page; one mapped by PTEs keeps a flag in each page.
The head's flag says nothing of a tail page that a PTE maps, and the tails' flags mean nothing under a PMD.

Misses: pages that a variable holds.
"""

from collections.abc import Iterator

from anonlint.rule.plugin import Cell, Diagnostic, Event, Facts, Pass, Result, Severity, base, rule


@rule(
    code="AL207",
    name="exclusive-of-wrong-page",
    severity=Severity.WARNING,
    since="0.2.0",
    breaks="the flag of another page decides: a page is reused though it is shared, or refused though it is exclusive",
    help="ask the page that the entry maps: the subpage for a PTE, the first page for a PMD and for hugetlb",
    words=frozenset(("page-test", "must-unshare")),
    about=frozenset(("page-test", "page-set", "page-clear", "must-unshare")),
    fragments=False,
)
def check(p: Pass) -> Iterator[Diagnostic]:
    facts = p.facts
    cells = {root: level for root, level in facts.levels.items() if isinstance(root, Cell)}
    levels = {cells[root] for root in facts.paged if root in cells} or set(cells.values())
    if "huge" in levels or any(store.level == "huge" for store in facts.stores):
        if "hugetlb" not in facts.asks:
            return  # of a hugetlb folio the first page is the one to ask
        levels -= {"huge"}
    for event, _ in p.events("ask-exclusive", "ask-unshare"):
        level = _level(facts, event, levels)
        known = event.proven("small", "hugetlb") or p.goes_on_to_ask(event, "large")
        if event.word == "head" and level == {"pte"} and not known:
            yield Diagnostic(
                p.at(event),
                "the first page of a folio that may be large is asked whether it is exclusive: PTEs map the pages",
            )
        if event.word == "tail" and level == {"pmd"}:
            yield Diagnostic(
                p.at(event),
                "a page inside a folio mapped by a PMD is asked whether it is exclusive: only the first one knows",
            )


def _level(facts: Facts, event: Event, levels: set[str]) -> set[str]:
    """Return at what levels the page that is asked may be mapped; nothing of a page that was grabbed from nowhere."""
    page = base(event.value)
    if isinstance(page, Result) and page.what == "grab":
        return set() if page.of is None else {facts.levels.get(page.of, "")}
    return levels if event.root is None else {facts.levels.get(event.root, "")}
