"""Writes a new rule: a file that runs, and a bad and a good example that pass."""

import os
import re

from anonlint.errors import UsageError

_RULE = '''\
"""An entry is mapped writable that was made from the mapping's permissions.

Why: say here what breaks, and whom it costs. This rule is a beginning that runs: change the examples first, then the
check, until `anonlint rule test` is content with both.

Misses: say here what the check does not see.
"""

from collections.abc import Iterator

from anonlint.rule.plugin import Diagnostic, Pass, PresentEntry, Severity, rule


@rule(
    code="{code}",
    name="{name}",
    severity=Severity.WARNING,
    since="0.1",
    words=frozenset(("store",)),  # classes of the vocabulary: functions without such a word are passed by
    kernels="",  # "5.19-", "5.9-6.17": the releases in which there is such a bug
    scope="user",  # page tables of processes only
    breaks="a page is written to that was to be read only",
    help="leave the entry read-only: the first write faults, and is looked at then",
)
def check(p: Pass) -> Iterator[Diagnostic]:
    for event, _ in p.events("store"):
        if isinstance(event.value, PresentEntry) and event.value.write == 1:
            yield Diagnostic(p.at(event), "an entry that nobody has written through is stored writable", record=event)
'''

_BAD = """\
static void map_page(struct vm_area_struct *vma, unsigned long addr, pte_t *ptep, struct page *page)
{{
	pte_t entry = mk_pte(page, vma->vm_page_prot);

	entry = pte_mkwrite(pte_mkdirty(entry));
	set_pte_at(vma->vm_mm, addr, ptep, entry); /* want {code} "is stored writable" */
}}
"""

_GOOD = """\
static void map_page(struct vm_area_struct *vma, unsigned long addr, pte_t *ptep, struct page *page)
{{
	pte_t entry = mk_pte(page, vma->vm_page_prot);

	/* ok {code}: it stays read-only */
	set_pte_at(vma->vm_mm, addr, ptep, pte_wrprotect(entry));
}}
"""


def new(code: str, name: str, directory: str) -> tuple[str, ...]:
    """Write a rule with its examples into a directory and return the paths; UsageError where something is there."""
    if not re.fullmatch(r"[A-Z]{2,8}\d{3}", code) or code.startswith("AL"):
        raise UsageError(f"{code!r} is no code such as XY101 (two to eight letters that are not AL, three digits)")
    if not re.fullmatch(r"[a-z]+(-[a-z]+)+", name):
        raise UsageError(f"{name!r} is no name such as a-bad-thing (words with dashes: what is wrong, not what to do)")
    examples = os.path.join(directory, "fixtures", f"{code}-{name}")
    texts = {
        os.path.join(directory, name.replace("-", "_") + ".py"): _RULE.format(code=code, name=name),
        os.path.join(examples, "bad.c"): _BAD.format(code=code),
        os.path.join(examples, "good.c"): _GOOD.format(code=code),
    }
    for path in texts:
        if os.path.lexists(path):
            raise UsageError(f"{path}: is there already")
    try:
        os.makedirs(examples, exist_ok=True)
        for path, text in texts.items():
            with open(path, "x", encoding="utf-8") as file:
                file.write(text)
    except OSError as error:
        raise UsageError(f"{error.filename or directory}: cannot be written: {error.strerror}") from error
    return tuple(texts)
