"""One cause is one finding: further places of it are notes of the first."""

from collections.abc import Iterable

from anonlint.model.finding import Evidence, Finding
from anonlint.run.brought import order


def merged(findings: Iterable[Finding]) -> list[Finding]:
    """Return the findings in order, those of one cause as one.

    Only what is reported is put together: a patch that brings another place of an old cause still brings something.
    """
    found: dict[object, Finding] = {}
    for finding in sorted(findings, key=lambda finding: (*order(finding), finding.because)):
        key: object = finding
        if finding.cause:
            key = (finding.path, finding.code, finding.cause, finding.patch, finding.gone_by)
        found[key] = _with(found[key], finding) if key in found else finding
    return list({_place(finding): finding for finding in reversed(found.values())}.values())[::-1]


def _place(found: Finding) -> tuple[object, ...]:
    """Return what is one thing, from whichever file one is led there."""
    return (*order(found), found.patch, found.gone_by)


def _with(first: Finding, other: Finding) -> Finding:
    """Return a finding with another place of the same cause; the worse of the two severities counts."""
    also = Evidence(other.path, other.line, other.column, f"also here: {other.message}", other.text)
    notes = first.evidence if also in first.evidence else (*first.evidence, also)
    return first._replace(evidence=notes, severity=max(first.severity, other.severity))
