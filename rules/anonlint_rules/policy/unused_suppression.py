"""A remark that is to suppress a finding suppresses nothing.

Why: ``/* anonlint: ignore[AL301] reason */`` stands for a decision about a finding. Where the finding is gone,
the remark would hide the next one in the same place. It covers the line it stands on; alone on a line, the
statement below, or the whole function if one starts there.

Misses: remarks about rules that were not selected in the run, and in functions that could not be analysed:
of those nothing is said.
"""

from collections.abc import Iterator

from anonlint.rule.plugin import Diagnostic, Pass, Severity, rule


@rule(
    code="AL001",
    name="unused-suppression",
    severity=Severity.WARNING,
    since="0.2.0",
    words=frozenset(("remark",)),
)
def check(_p: Pass) -> Iterator[Diagnostic]:
    yield from ()  # the runner knows which remarks were of use (anonlint/run/suppress.py)
