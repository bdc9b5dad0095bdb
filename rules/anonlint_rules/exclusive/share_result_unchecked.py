"""The result of a share or dup call decides nothing.

Why: sharing and duplicating fail when the page may be pinned: a device writes to it behind the page
tables' back. Whoever goes on regardless maps the pinned page copy-on-write, and the next write fault
tears process and device apart. Only for device-private pages, which cannot be pinned, there is no failure.

Misses: results that are stored in memory and looked at elsewhere.
"""

from collections.abc import Iterator

from anonlint.rule.plugin import DEVICE_PRIVATE, Diagnostic, Pass, Severity, rule


@rule(
    code="AL202",
    name="share-result-unchecked",
    severity=Severity.ERROR,
    since="0.2.0",
    breaks=(
        "a page that may be pinned is shared all the same: the pin and the process see different data after the "
        "next write"
    ),
    help="test the result; where the helper fails put the entry back (share), or copy the page (dup)",
    words=frozenset(("rmap-share", "rmap-dup")),
    about=frozenset(("rmap-share", "rmap-dup")),
    fragments=False,
    fixes=('6c287605fd56 ("mm: remember exclusively mapped anonymous pages with PG_anon_exclusive")',),
)
def check(p: Pass) -> Iterator[Diagnostic]:
    for result, span in p.facts.results.items():
        calls = [call for call in p.events("share", "dup") if call[0].span == span]
        if result in p.facts.decided:
            continue
        if any(not event.proven("device-private") and entry_states & ~DEVICE_PRIVATE for event, entry_states in calls):
            event, _ = calls[0]
            yield Diagnostic(
                p.nearest([span], event.call),
                f"the result of {event.word}() decides nothing: it fails for a page that may be pinned",
            )
