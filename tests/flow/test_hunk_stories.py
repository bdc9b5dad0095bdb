"""What leads to a finding in a hunk is told in words that the hunk shows."""

from anonlint.intake import Request
from anonlint.rule import registry
from anonlint.run.runner import Options, check

PATCH = b"""\
--- a/mm/protect.c
+++ b/mm/protect.c
@@ -152,6 +152,7 @@ static unsigned long protect_some(struct vm_area_struct *vma, pmd_t *pmd, unsign
 \t\t\tpages++;
 \t\t} else if (is_swap_pte(old)) {
 \t\t\tswp_entry_t entry = pte_to_swp_entry(old);
+\t\t\tstruct page *page = pfn_swap_entry_to_page(entry);
 \t\t\tpte_t fresh;
 
 \t\t\tif (is_writable_migration_entry(entry)) {
"""


def test_the_path_is_told_in_the_hunks_own_words() -> None:
    report = check(Options(Request(inputs=("-",)), registry.rules(), workers=1), lambda: PATCH)
    (found,) = [finding for finding in report.findings if finding.code == "AL108"]
    assert found.because
    for step in found.because:
        asked = step.message.partition(" is ")[0]
        assert asked and asked.encode() in PATCH, step
