"""An entry of a file mapping is removed with its uffd-wp bit, and no marker says that it was there.

Why: the page of a file or of shmem stays when its entry goes. From 5.19 on a marker keeps the write protection in
the empty slot; without it the next access maps the page writable, and the monitor never hears of the write.

Misses: slots that are handed in: their callers can have put the marker there.
"""

from collections.abc import Iterator

from anonlint.rule.plugin import Diagnostic, Pass, Severity, rule
from anonlint_rules.heirs import removed


@rule(
    code="AL408",
    name="uffd-wp-lost-on-removal",
    severity=Severity.ERROR,
    since="0.2.0",
    breaks="userfaultfd forgets the write protection: the next write goes unnoticed",
    help="call pte_install_uffd_wp_if_needed(), or store make_pte_marker(PTE_MARKER_UFFD_WP), where the entry was",
    words=frozenset(("take", "clear")),
    about=frozenset(("take", "clear", "rmap-remove")),
    fragments=False,
    kernels="5.19-",
    scope="user",
)
def check(p: Pass) -> Iterator[Diagnostic]:
    yield from removed(p, "uffd-wp", "a file mapping's entry is removed with its uffd-wp bit, and no marker is left")
