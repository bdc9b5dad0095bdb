"""A forced write is let through a read-only entry with no proof of exclusivity.

Why: FOLL_FORCE lets a debugger write where the process itself may not. Through a read-only entry of a page that is
not exclusive, the write reaches a page that others share: the page cache, in the worst case
(CVE-2022-2590, 5535be309971).

Misses: decisions that are not returned by a function.
"""

from collections.abc import Iterator

from anonlint.rule.plugin import SHARED_MAPPED, Diagnostic, Pass, Severity, rule


@rule(
    code="AL306",
    name="force-write-without-exclusive",
    severity=Severity.ERROR,
    since="0.2.0",
    breaks="a forced write (ptrace) reaches a page that other processes share (Dirty COW, CVE-2022-2590)",
    help=(
        "let it through a read-only entry only for PageAnonExclusive() pages of private mappings, and only where "
        "neither soft-dirty nor userfaultfd wants the fault"
    ),
    words=frozenset(("flag-constant",)),
    fragments=False,
    fixes=('5535be309971 ("mm/gup: fix FOLL_FORCE COW security issue and remove FOLL_COW")',),
    kernels="5.19-",
)
def check(p: Pass) -> Iterator[Diagnostic]:
    for event, entry_states in p.events("exit"):
        if event.value != 0 and not event.proven("excl") and entry_states & SHARED_MAPPED:
            yield Diagnostic(event.span, "a forced write is allowed through an entry whose page may be shared")
