"""Reports made by hand, so that formats are tested without running any rule."""

from anonlint.model.finding import Evidence, Finding, Severity, Table, TableRow
from anonlint.model.report import Report, Stats
from anonlint.model.snapshot import Skip

CHANGE_PTE = Table(
    "change_pte_range",
    "protect",
    "mm/mprotect.c",
    163,
    ("anon", "file"),
    (
        TableRow("writable", ("read-excl", "read")),
        TableRow("readable-exclusive", ("(kept)", "-")),
        TableRow("readable", ("(kept)", "(kept)")),
    ),
)
HUGETLB = Table(
    "hugetlb_change_protection",
    "protect",
    "mm/hugetlb.c",
    6175,
    ("anon", "file"),
    (
        TableRow("writable", ("read-excl", "read")),
        TableRow("readable-exclusive", ("read-excl", "-")),
        TableRow("readable", ("(kept)", "(kept)")),
    ),
)
SIBLINGS = Finding(
    "mm/hugetlb.c",
    6175,
    8,
    "AL101",
    "hugetlb_change_protection",
    "tests !is_readable_migration_entry() where change_pte_range() tests is_writable_migration_entry(); "
    "the effect is the same for every kind, so is_writable_migration_entry() is enough",
    "inconsistent-migration-predicate",
    Severity.NOTE,
    "\t\t\tif (!is_readable_migration_entry(entry)) {",
    (
        Evidence(
            "mm/mprotect.c",
            157,
            8,
            "change_pte_range() tests is_writable_migration_entry() here",
            "\t\t\tif (is_writable_migration_entry(entry)) {",
        ),
    ),
    (HUGETLB, CHANGE_PTE),
    "0123456789abcdef",
    43,
)
PFN = Finding(
    "mm/mprotect.c",
    155,
    24,
    "AL108",
    "change_pte_range",
    "takes the page of a swap entry before its kind is known",
    "pfn-before-kind",
    Severity.ERROR,
    "\t\t\tstruct page *page = pfn_swap_entry_to_page(entry);",
    (
        Evidence("mm/mprotect.c", 154, 24, "the entry is any swap entry here", "\tswp_entry_t entry = x;"),
        Evidence("mm/mprotect.c", 157, 8, "its kind is first asked here"),
    ),
    (),
    "fedcba9876543210",
    53,
    "6c287605fd56ab12",
    "mm: remember exclusively mapped anonymous pages",
)
HOSTILE = Finding(
    "mm/\x1b[2Jevil\udcff.c",
    1,
    3,
    "AL103",
    "f[bold]x",
    "uses \u202egnp\u202c\n[red]red[/red] :smile:",
    "protect-changes-exclusivity",
    Severity.WARNING,
    "\tx = '\x1b]0;owned\x07'; /* [link=file:///etc]\u2066 */",
    (Evidence("a\rb", 1, 1, "see\x9b31m", "\x00\x08y"),),
    (Table("t\x1b[0m", "fork", "p\u200b", 1, ("anon",), (TableRow("w\x1b", ("\x07",)),)),),
    "00",
    4,
)
SKIPPED = (Skip("mm/a.c", 12, "big", "more than 4096 states"), Skip("mm/b\x1b.c", 0, "", "binary"))


def report(*findings: Finding, skipped: tuple[Skip, ...] = (), errors: tuple[str, ...] = ()) -> Report:
    return Report(tuple(sorted(findings)), skipped, Stats(2, 43, 2, 0.25), errors)
