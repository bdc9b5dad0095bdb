"""What a patch brings: its findings, less those that the code had before."""

from collections import Counter
from collections.abc import Iterable, Sequence

from anonlint.model.finding import Finding
from anonlint.model.snapshot import Snapshot

_NEAR = 25  # lines from what is found to the nearest one that the patch adds


def order(found: Finding) -> tuple[object, ...]:
    """Return what findings are sorted by."""
    return (found.path, found.line, found.column, found.code, found.function, found.message, found.commit)


def brought(after: Sequence[Finding], before: Sequence[Finding]) -> list[Finding]:
    """Return the findings that are new: as many of each fingerprint as the image before did not have."""
    had = Counter(found.fingerprint for found in before)
    new = []
    for found in sorted(after, key=order):
        if had[found.fingerprint] > 0:
            had[found.fingerprint] -= 1
        else:
            new.append(found)
    return new


def anchored(findings: Sequence[Finding], snapshots: Iterable[Snapshot]) -> list[Finding]:
    """Return the findings of patches with the line where a review takes a remark on them: one that is added."""
    added: dict[tuple[str, str, str], frozenset[int]] = {}
    for snapshot in snapshots:
        if snapshot.added is not None:
            origin = snapshot.origin
            key = (snapshot.path, origin.commit, origin.subject)
            added[key] = added.get(key, frozenset()) | snapshot.added
    return [
        found._replace(anchor=_anchor(found, lines)) if (lines := added.get(_key(found))) else found
        for found in findings
    ]


def _key(found: Finding) -> tuple[str, str, str]:
    return found.path, found.commit, found.subject


def _anchor(found: Finding, added: frozenset[int]) -> int:
    """Return an added line: the finding's own, the last one that its story is about, or one close by."""
    told = [item.line for item in (*found.evidence, *found.because) if item.path == found.path]
    near = sorted((line for line in added if abs(line - found.line) <= _NEAR), key=lambda line: abs(line - found.line))
    own = (found.line, *reversed(told))
    return next((line for line in own if line in added), near[0] if near else found.line)
