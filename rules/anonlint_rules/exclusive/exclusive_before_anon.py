"""The exclusive flag is read or set where the page may not be anonymous.

Why: PG_anon_exclusive shares its bit with a flag of other pages (PG_mappedtodisk, PG_owner_2). Of a page that
is not anonymous it says something else.

Misses: pages that are handed in and of which the function never asks whether they are anonymous: there the
caller is responsible.
"""

from collections.abc import Iterator

from anonlint.rule.plugin import ANON, FILE, Diagnostic, Pass, Severity, base, rule

_SETTERS = frozenset(("SetPageAnonExclusive",))


@rule(
    code="AL208",
    name="exclusive-before-anon",
    severity=Severity.ERROR,
    since="0.2.0",
    breaks=(
        "on a page that is not anonymous the bit means something else (PG_mappedtodisk): the answer is arbitrary, "
        "an assertion fires"
    ),
    help="ask PageAnon() or folio_test_anon() first",
    words=frozenset(("page-test", "page-set")),
    about=frozenset(("page-test", "page-set", "page-clear")),
    fragments=False,
)
def check(p: Pass) -> Iterator[Diagnostic]:
    facts = p.facts
    for event, entry_states in p.events("ask-exclusive", "claim"):
        asked = facts.anon_asked & {base(event.value), *facts.folios.get(base(event.value), ())}
        if not asked or event.proven("anon", "vma-anon"):
            continue
        if event.kind == "claim" and event.word not in _SETTERS:
            continue
        if event.root is not None and not entry_states & FILE:
            continue
        maybe = event.root is None or entry_states & ANON
        in_one = p.goes_on_to_ask(event, "anon")
        if maybe and p.left_to_callers("anonymous") and not in_one:
            continue
        where = event.span if in_one else p.at(event)
        yield Diagnostic(where, "the exclusive flag is used of a page that may not be anonymous")
