"""What a patch brings: its findings, less those that the code had before."""

from collections import Counter
from collections.abc import Sequence

from anonlint.model.finding import Finding


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
