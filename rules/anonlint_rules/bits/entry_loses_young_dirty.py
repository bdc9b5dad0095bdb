"""An entry made from an old one drops its young or dirty bit, or overwrites what the hardware set meanwhile.

Why: the hardware sets young and dirty bits at any time as long as an entry is mapped. A copy that was read before
the entry was cleared may be out of date; stored back, it undoes the update, and a page that was written to counts
as clean (CVE-2024-36943, 4cccb6221cae).

Misses: entries that functions not in sight rewrite.
"""

from collections.abc import Iterator

from anonlint.rule.plugin import Diagnostic, Pass, Severity, rule
from anonlint_rules.heirs import stale


@rule(
    code="AL403",
    name="entry-loses-young-dirty",
    severity=Severity.ERROR,
    since="0.2.0",
    breaks="a write by the hardware is forgotten: the page is dropped or not written back, and data is lost",
    help="take the entry (ptep_get_and_clear(), modify_prot_start()), change what was taken, and store that",
    words=frozenset(("constructor", "make-present", "store", "take")),
    about=frozenset(
        (
            "store",
            "constructor",
            "make-present",
            "modify",
            "convert",
            "move-offset",
            "bit-set",
            "bit-clear",
            "young-clear",
        )
    ),
    fragments=False,
    fixes=(
        'fd35ca3d12cc ("mm/migrate_device.c: copy pte dirty bit to page")',
        '0ccf7f168e17 ("mm/thp: carry over dirty bit when thp splits on pmd")',
    ),
    scope="user",
)
def check(p: Pass) -> Iterator[Diagnostic]:
    yield from stale(p)
